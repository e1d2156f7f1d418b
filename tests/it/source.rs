//! The worktree source against git itself, and against trees made to hurt.

mod graph;
pub(crate) mod history;
mod hostile;
mod hostile_graph;
mod hostile_packs;
mod ignored;
mod objects;
mod packs;
mod repositories;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use bartizan::model::{Error, PathGlob, PathGlobs, Problem, SkipReason};
use bartizan::source::{GitHome, Item, Source as _, Worktree, WorktreeOptions};

use crate::run_git::{git, pipe};

/// Everything that a source has said, sorted by path.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    /// Path to content, and whether it is tracked.
    blobs: BTreeMap<String, (Vec<u8>, bool)>,
    skipped: BTreeMap<String, SkipReason>,
    problems: Vec<Problem>,
}

impl Seen {
    fn paths(&self) -> Vec<&str> {
        self.blobs.keys().map(String::as_str).collect()
    }

    fn bytes(&self, path: &str) -> &[u8] {
        &self.blobs[path].0
    }

    fn tracked(&self, path: &str) -> bool {
        self.blobs[path].1
    }

    fn skipped(&self) -> Vec<(&str, SkipReason)> {
        self.skipped.iter().map(|(path, reason)| (path.as_str(), *reason)).collect()
    }
}

fn options() -> WorktreeOptions {
    WorktreeOptions {
        max_file_size: 1 << 20,
        exclude: PathGlobs::default(),
        allow_foreign_owner: false,
        git_home: GitHome::none(),
    }
}

fn globs(globs: &[&str]) -> PathGlobs {
    let globs: Vec<PathGlob> = globs.iter().map(|glob| PathGlob::parse(glob, "").unwrap()).collect();
    PathGlobs::new(&globs).unwrap()
}

fn open(path: &Path) -> Result<Worktree, Error> {
    Worktree::open(path, &options())
}

fn see(path: &Path) -> Seen {
    see_with(path, &options())
}

fn see_with(path: &Path, options: &WorktreeOptions) -> Seen {
    see_all(&Worktree::open(path, options).unwrap())
}

fn see_all(source: &Worktree) -> Seen {
    let seen = Mutex::new(Seen::default());
    source
        .each(&|item| {
            let mut seen = seen.lock().unwrap();
            match item {
                Item::Blob(blob) => {
                    let old = seen.blobs.insert(blob.path.shown(), (blob.bytes.to_vec(), blob.tracked));
                    assert!(old.is_none(), "{:?} came twice", blob.path);
                }
                // What is only stored is told apart by the program's own tests.
                Item::Stored(_) | Item::Tip(_) => {}
                Item::Large(large) => {
                    let old = seen.skipped.insert(large.path.shown(), SkipReason::TooLarge);
                    assert!(old.is_none(), "{:?} came twice", large.path);
                }
                Item::Skipped(path, reason) => {
                    let old = seen.skipped.insert(path.shown(), reason);
                    assert!(old.is_none(), "{path:?} was skipped twice");
                }
                Item::Problem(problem) => seen.problems.push(problem),
                Item::Historic(..) => panic!("a worktree has no history"),
            }
        })
        .unwrap();
    let mut seen = seen.into_inner().unwrap();
    seen.problems.sort();
    seen
}

/// A temporary directory without links in its path.
struct Temp(tempfile::TempDir);

impl Temp {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A directory in memory, where there is such a place: for what is slow to make on a disk.
    fn in_memory() -> Self {
        Self(tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap()))
    }

    fn path(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    /// A directory with a fresh git repository in it.
    fn git() -> Self {
        let temp = Self::new();
        git(&temp.path(), &["init", "-q", "."]);
        temp
    }

    fn write(&self, path: &str, content: &str) -> &Self {
        write(&self.path().join(path), content.as_bytes());
        self
    }

    fn add(&self, paths: &[&str]) -> &Self {
        git(&self.path(), &[&["add", "-f", "--"], paths].concat());
        self
    }
}

fn write(path: &Path, content: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// The message of the error that opening `path` must give.
fn refusal(path: &Path) -> String {
    match open(path) {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(error) => error.to_string(),
    }
}
