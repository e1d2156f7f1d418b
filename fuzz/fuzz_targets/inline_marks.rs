//! Marks that allow a finding, in any text.
#![no_main]

use bartizan::scan::suppress;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let lines = text.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    for mark in suppress::inline_marks(text, &[]) {
        assert!(mark.line >= 1 && mark.line as usize <= lines);
    }
});
