//! Dockerfiles and scripts of shells: any bytes are read or told why not, places are those of the text, and every check
//! of containers holds out.
#![no_main]

use bartizan::model::RepoPath;
use bartizan::parse::{dockerfile, shell};
use bartizan_fuzz::{Memory, report};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let file = dockerfile::read(text);
    let mut end = 0;
    for one in &file.instructions {
        assert!(one.span.start >= end && one.span.start <= one.span.end && one.span.end <= text.len());
        end = one.span.end;
        for word in one.words.iter().chain(one.flags.iter().map(|flag| &flag.value)) {
            assert!(word.span.start <= word.span.end && word.span.end <= end);
        }
        for command in shell::commands(&one.text.text) {
            assert!(one.text.text.get(command.range.clone()).is_some());
            assert!(one.text.locate(command.range).end <= end);
        }
    }
    let lines = 1 + text.iter().filter(|byte| **byte == b'\n').count();
    assert!(file.unread.iter().all(|mistake| (1..=lines).contains(&(mistake.line as usize))));
    let files = ["Dockerfile", "a/b.dockerfile"].map(|name| (RepoPath::from(name), text.to_vec()));
    let report = report(&Memory(files.into())).expect("memory can be read");
    for finding in report.findings.iter().flat_map(bartizan::model::Finding::parts) {
        assert!(finding.place.span.end <= text.len(), "{finding:?}");
    }
});
