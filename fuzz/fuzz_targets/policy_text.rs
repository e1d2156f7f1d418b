//! Texts in which a project says what it does: any bytes are read in each of their forms, every place lies in the text, and
//! every check of claims holds out.
#![no_main]

use bartizan::model::RepoPath;
use bartizan::parse::policy::{Text, declared};
use bartizan_fuzz::{Memory, report};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 3] = ["SECURITY.md", "SECURITY.rst", "SECURITY.adoc"];

fuzz_target!(|text: &[u8]| {
    for name in NAMES {
        let read = Text::read(name.as_bytes(), text);
        for block in &read.blocks {
            for piece in &block.pieces {
                for sentence in piece.sentences() {
                    assert!(piece.locate(sentence).end <= text.len());
                }
                for code in &piece.code {
                    assert!(piece.text.get(code.clone()).is_some());
                }
            }
        }
    }
    for entries in [declared::security_txt(text), declared::insights(text)].into_iter().flatten() {
        for entry in entries {
            assert!(entry.span.end <= text.len() && entry.span.start <= entry.span.end);
        }
    }
    for name in NAMES.into_iter().chain([".well-known/security.txt", "SECURITY-INSIGHTS.yml"]) {
        let report =
            report(&Memory(vec![(RepoPath::from(name), text.to_vec())])).expect("memory can be read");
        for claim in &report.claims {
            assert!(claim.place.span.end <= text.len(), "{claim:?}");
        }
    }
});
