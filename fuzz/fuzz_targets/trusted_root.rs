//! Trusted roots that a repository's settings name: used, or refused in words.
#![no_main]

use bartizan::verify::{Roots, verifier};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Roots::of_file("root.json", text) {
        Ok(roots) => {
            if let Err(why) = verifier(roots, false).check() {
                assert!(!why.is_empty());
            }
        }
        Err(why) => assert!(why.starts_with("root.json")),
    }
});
