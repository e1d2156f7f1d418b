//! What a delta changed of a text: looking at that gives what looking at the whole text gives.
#![no_main]

use std::sync::LazyLock;

use bartizan::engine::{Copied, Engine};
use bartizan::scan::registry;
use libfuzzer_sys::fuzz_target;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(registry::all(), Some(1_800_000_000)));

fuzz_target!(|input: (Vec<u8>, Vec<(u16, u16, Vec<u8>)>, Vec<(u16, u16, u16)>)| {
    let (base, parts, lies) = input;
    let prefiltered = ENGINE.prefilter(&base);
    let (mut text, mut copies) = (Vec::new(), Vec::new());
    for (from, len, new) in parts {
        let from = usize::from(from).min(base.len());
        let len = usize::from(len).min(base.len() - from);
        copies.push(Copied { from, to: text.len(), len });
        text.extend_from_slice(&base[from..from + len]);
        text.extend_from_slice(&new);
    }
    assert!(ENGINE.prefilter_delta(&text, &prefiltered, copies) == ENGINE.prefilter(&text));
    // Copies that are none: nothing but that it ends.
    let lies: Vec<_> = lies
        .into_iter()
        .map(|(from, to, len)| Copied { from: from.into(), to: to.into(), len: len.into() })
        .collect();
    let _ = ENGINE.prefilter_delta(&text, &prefiltered, lies).sightings();
});
