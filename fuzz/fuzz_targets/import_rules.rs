//! Rules of other scanners, and a text behind a NUL that they look at: refused with places, or run.
#![no_main]

use bartizan::engine::Engine;
use bartizan::model::{Blob, Error, RepoPath};
use bartizan::scan::import::{RulesFile, load};
use bartizan_fuzz::{NOW, lies_in_its_text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut pieces = bytes.splitn(2, |byte| *byte == 0);
    let Ok(text) = std::str::from_utf8(pieces.next().unwrap_or_default()) else { return };
    let file = RulesFile { name: "rules.toml".to_owned(), text: text.to_owned() };
    let mut checks = Vec::new();
    match load(&[file], &mut checks, &[], true) {
        Ok(_) => {
            let engine = Engine::new(checks, Some(NOW));
            let path = RepoPath::from("a.txt");
            let bytes = pieces.next().unwrap_or(bytes);
            lies_in_its_text(&engine.scan(&Blob { path: &path, bytes, tracked: true }));
        }
        Err(Error::EmptySelection(_)) => {}
        Err(error) => {
            assert!(error.to_string().lines().all(|line| line.starts_with("rules.toml:")), "{error}")
        }
    }
});
