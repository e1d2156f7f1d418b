//! A worktree of a stranger: the first byte picks the file of git's that is theirs, or one of two more names. Reading it ends,
//! and every file in it is shown or told of.
#![no_main]

use std::sync::Mutex;

use bartizan::model::RepoPath;
use bartizan::source::{GitHome, Item, Source as _, Worktree, WorktreeOptions};
use bartizan_fuzz::{folder, sealed, write};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 8] = [
    ".gitignore",
    ".gitattributes",
    ".git/config",
    ".git/index",
    ".git/HEAD",
    ".git/packed-refs",
    ".git/info/exclude",
    "src/.gitignore",
];
const FILES: [&str; 4] = ["a.txt", "src/main.rs", "src/deep/er/b.log", "build/[x].o"];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let folder = folder();
    write(&folder, ".git/HEAD", b"ref: refs/heads/main\n");
    for name in [".git/objects/info/x", ".git/refs/x"] {
        write(&folder, name, b"");
    }
    for name in FILES {
        write(&folder, name, b"text\n");
    }
    let name = NAMES[usize::from(*first) % NAMES.len()];
    // An index is worth nothing without its checksum, unless that is what is tried.
    let sealed = (name.ends_with("index") && *first < 128).then(|| sealed(bytes.to_vec()));
    write(&folder, name, sealed.as_deref().unwrap_or(bytes));
    let options = WorktreeOptions {
        max_file_size: 1 << 20,
        exclude: bartizan::model::PathGlobs::default(),
        allow_foreign_owner: true,
        git_home: GitHome::none(),
    };
    let Ok(worktree) = Worktree::open(&folder, &options) else { return };
    let shown = Mutex::new(Vec::new());
    let read = worktree.each(&|item| {
        let path = match item {
            Item::Blob(blob) => blob.path.clone(),
            Item::Skipped(path, _) => path,
            _ => return,
        };
        shown.lock().expect("nothing panics").push(path);
    });
    if read.is_err() {
        return;
    }
    let shown = shown.into_inner().expect("nothing panics");
    for name in FILES {
        let path = RepoPath::from(name);
        assert!(shown.contains(&path) || worktree.ignores(&path), "{name} was passed over");
    }
});
