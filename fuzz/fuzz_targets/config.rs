//! A repository's `bartizan.toml`: read, or refused with file, line and column.
#![no_main]

use bartizan::scan::config;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(error) = config::parse(text, "bartizan.toml", "") {
        let told = error.to_string();
        assert!(told.lines().all(|line| line.starts_with("bartizan.toml:")), "{told}");
    }
});
