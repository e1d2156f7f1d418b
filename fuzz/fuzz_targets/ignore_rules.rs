//! Rules of ignore files against paths: whatever they are, an answer comes, and does not depend on what a
//! comment says.
#![no_main]

use bartizan::model::RepoPath;
use bartizan::source::{GitHome, Worktree, WorktreeOptions};
use bartizan_fuzz::{folder, write};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut pieces = bytes.splitn(2, |byte| *byte == 0);
    let rules = pieces.next().unwrap_or_default();
    let path = pieces.next().unwrap_or(b"a/b.c");
    // A path as git has them.
    let is_usual = |part: &[u8]| !part.is_empty() && part != b"." && part != b".." && !part.contains(&0);
    if path.len() > 1024 || !path.split(|byte| *byte == b'/').all(is_usual) {
        return;
    }
    let folder = folder();
    write(&folder, ".git/HEAD", b"ref: refs/heads/main\n");
    for name in [".git/objects/info/x", ".git/refs/x"] {
        write(&folder, name, b"");
    }
    let options = WorktreeOptions {
        max_file_size: 1 << 20,
        exclude: bartizan::model::PathGlobs::default(),
        allow_foreign_owner: true,
        git_home: GitHome::none(),
    };
    let path = RepoPath::new(path.to_vec());
    let answers = [rules.to_vec(), [rules, b"\n# a comment\n"].concat()].map(|rules| {
        write(&folder, ".gitignore", &rules);
        Worktree::open(&folder, &options).expect("it is a repository").ignores(&path)
    });
    assert_eq!(answers[0], answers[1]);
});
