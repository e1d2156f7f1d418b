//! Dotenv files: spans lie inside the text and in order.
#![no_main]

use bartizan::parse::dotenv;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let (entries, odd) = dotenv::entries(text);
    for entry in &entries {
        assert!(entry.key_span.end < entry.value.end.max(entry.value.start) + 1);
        assert!(entry.value.start <= entry.value.end && entry.value.end <= text.len());
        assert_eq!(&text[entry.key_span.range()], entry.key);
    }
    assert!(entries.is_sorted_by_key(|entry| entry.key_span.start));
    assert!(odd.is_sorted());
});
