//! Commits, tags and trees of a stranger: whatever is in them, what is read lies in them.
#![no_main]

use bartizan::source::git::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some(commit) = decode::commit(data) {
        assert!(commit.parents.len() <= data.len() / 40);
        assert!(commit.message.len() <= data.len() + 1);
        let facts = commit.facts(commit.tree, true, 0);
        assert!(!facts.date().is_empty() && facts.offset.abs() < 360_000);
    }
    if let Some((_, message)) = decode::tag(data) {
        assert!(data.ends_with(message));
    }
    for hash in [decode::HashKind::Sha1, decode::HashKind::Sha256] {
        if let Some(entries) = decode::tree(data, hash) {
            assert!(entries.len() <= data.len() / 22);
            assert!(entries.iter().all(|entry| !entry.name.contains(&0)));
        }
    }
});
