//! What git hands to hooks: lines of references are ids and names; of a message only whole lines go.
#![no_main]

use bartizan::parse::hook::{self, Cleanup};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for updates in [hook::pushed(data), hook::received(data)] {
        match updates {
            Ok(updates) => {
                let ids = updates.iter().flat_map(|update| update.old.iter().chain(&update.new));
                assert!(ids.into_iter().all(|id| matches!(id.len(), 40 | 64)));
                assert!(updates.len() <= data.split(|byte| *byte == b'\n').count());
            }
            Err(line) => assert!(line >= 1),
        }
    }
    let (mark, text) = data.split_at(data.len().min(2));
    for (comments, scissors) in [(true, true), (true, false), (false, true), (false, false)] {
        let out = hook::message(text, &[mark.to_vec()], Cleanup { comments, scissors });
        assert!(out.len() <= text.len());
        let mut lines = text.split(|byte| *byte == b'\n');
        for line in out.split(|byte| *byte == b'\n') {
            let original = lines.next().expect("a line comes from a line");
            assert!(original.starts_with(line) || original.ends_with(line));
        }
        assert!(comments || scissors || out == text);
    }
});
