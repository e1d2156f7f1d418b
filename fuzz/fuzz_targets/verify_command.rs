//! Commands and patterns of identities: words lie in the text and in order, and any pattern is judged.
#![no_main]

use bartizan::parse::command;
use bartizan::parse::identity::{Issuer, laxness};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    for at in command::programs(text, b"cosign").take(64) {
        let command = command::read(text, at);
        assert!(command.end <= text.len());
        assert!(command.words.is_sorted_by_key(|word| word.span.start));
        assert!(command.words.iter().all(|word| at <= word.span.start && word.span.end <= command.end));
        assert!(command::word(text, at).span.end <= text.len());
    }
    if let Ok(pattern) = std::str::from_utf8(text) {
        let _ = laxness(pattern, Issuer::Any);
    }
});
