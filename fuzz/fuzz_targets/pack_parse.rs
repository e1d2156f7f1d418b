//! A user's pack: any text is read or refused with a line.
#![no_main]

use bartizan::engine::pack;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match pack::parse(text, "fuzz") {
        Ok(rules) => assert!(rules.iter().all(|rule| rule.rule.id.starts_with("fuzz") && rule.line >= 1)),
        Err(errors) => assert!(errors.iter().all(|error| error.starts_with(|c: char| c.is_ascii_digit()))),
    }
});
