//! Lines, columns and snippets of any span of any text.
#![no_main]

use bartizan::engine::place::Lines;
use bartizan::model::Span;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, u16, &[u8])| {
    let (a, b, text) = input;
    let clamp = |at: u16| usize::from(at).min(text.len());
    let span = Span::new(clamp(a.min(b)), clamp(a.max(b)));
    let lines = Lines::new(text);
    let region = lines.region(span);
    assert!(region.start_line >= 1 && region.start_column >= 1);
    assert!((region.start_line, region.start_column) <= (region.end_line, region.end_column));
    let snippet = lines.snippet(span, &[(span, 4)]);
    assert!(snippet.mark_len >= 1 && snippet.text.chars().count() <= 200);
});
