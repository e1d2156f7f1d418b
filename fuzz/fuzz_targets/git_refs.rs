//! The file of packed references: every line with an id is one, and no other is.
#![no_main]

use bartizan::source::git::refs;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let found = refs::packed(data);
    let lines = data.split(|byte| *byte == b'\n').count();
    assert!(found.len() <= lines);
    assert!(found.keys().all(|name| !name.contains(&b'\n')));
});
