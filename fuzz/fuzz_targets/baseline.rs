//! A repository's `bartizan.baseline`: refused with lines, or read; and what is written of it is read the same.
#![no_main]

use bartizan::parse::baseline::{Entry, parse, write};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let with_header = format!("{}{text}", write(None, &[]));
    for text in [text, &with_header] {
        match parse(text) {
            Ok(document) => {
                let entries: Vec<Entry> = document.entries.into_iter().map(|(_, entry)| entry).collect();
                let written =
                    parse(&write(document.key.as_deref(), &entries)).expect("what is written is right");
                assert!(written.oddities.is_empty());
                let again: Vec<Entry> = written.entries.into_iter().map(|(_, entry)| entry).collect();
                assert_eq!(entries, again);
            }
            Err(mistakes) => assert!(mistakes.iter().all(|told| told.line > 0) && !mistakes.is_empty()),
        }
    }
});
