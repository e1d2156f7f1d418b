//! The index and ranges of commits, against git itself and against repositories made to hurt.

mod base;
mod brought;
mod clean;
mod excluded;
mod history;
mod hostile;
mod judged;
mod large;
mod names;
mod newness;
mod places;
mod program;
mod random;
mod range;
#[cfg(unix)]
mod shrinking;
#[cfg(feature = "signatures")]
mod signatures;
mod staged;
mod stale;
mod stored;
mod structure;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use bartizan::model::{Attribution, Error, ObjectId, PathGlobs, Problem, SkipReason, TextKind};
use bartizan::source::{
    Git, GitEnvironment, GitHome, GitOptions, Item, Limits, Place, Range, RangeOptions, Source, Staged,
};
use tempfile::TempDir;

use crate::run_git;
pub(crate) use crate::words::github_token as token;

/// A repository that git has made.
pub(crate) struct Repo(TempDir);

impl Repo {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(options: &[&str]) -> Self {
        let repo = Self(tempfile::tempdir().unwrap());
        repo.git(&[&["init", "-q", "-b", "main"], options, &["."]].concat());
        repo
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(&self.path(), arguments, b"")
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// Stages everything and commits it.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.head()
    }

    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    fn open(&self) -> Git {
        open(&Place::Around(self.path())).unwrap()
    }

    fn staged(&self) -> Seen {
        see(&Staged::open(self.open(), &limits()).unwrap())
    }

    fn range(&self, range: &str) -> Seen {
        see(&Range::open(self.open(), range, &options()).unwrap())
    }

    /// The message of the error that opening the range must give.
    fn refused(&self, range: &str) -> String {
        match Range::open(self.open(), range, &options()) {
            Ok(_) => panic!("{range} was opened"),
            Err(error) => error.to_string(),
        }
    }
}

/// Runs git with `input` and returns what it prints.
fn git(directory: &Path, arguments: &[&str], input: &[u8]) -> String {
    String::from_utf8_lossy(&run_git::pipe(directory, arguments, input)).into_owned()
}

fn open(place: &Place) -> Result<Git, Error> {
    let options = GitOptions {
        allow_foreign_owner: false,
        git_home: GitHome::none(),
        environment: GitEnvironment::default(),
    };
    Git::open(place, &options)
}

fn limits() -> Limits {
    Limits { max_file_size: 1 << 20, exclude: PathGlobs::default() }
}

fn options() -> RangeOptions {
    RangeOptions { limits: limits(), include_authors: false }
}

/// The kind, path and content of a text of the history.
type Text = (&'static str, String, Vec<u8>);

/// Everything that a source has said.
#[derive(Debug, Default)]
struct Seen {
    /// Files: path and content.
    files: BTreeSet<(String, Vec<u8>)>,
    /// Texts of the history, each with its object and its commit.
    historic: BTreeMap<Text, (Option<ObjectId>, Option<ObjectId>)>,
    skipped: BTreeMap<String, SkipReason>,
    problems: Vec<Problem>,
}

impl Seen {
    fn paths(&self) -> Vec<&str> {
        self.files.iter().map(|(path, _)| path.as_str()).collect()
    }

    /// Paths of the blobs of the history.
    fn blobs(&self) -> BTreeSet<&str> {
        self.of(TextKind::Blob)
    }

    fn of(&self, kind: TextKind) -> BTreeSet<&str> {
        self.historic.keys().filter(|key| key.0 == kind.key()).map(|key| key.1.as_str()).collect()
    }

    fn messages(&self, kind: TextKind) -> BTreeSet<String> {
        let texts = self.historic.keys().filter(|key| key.0 == kind.key());
        texts.map(|key| String::from_utf8_lossy(&key.2).trim().to_owned()).collect()
    }

    fn skipped(&self) -> Vec<(&str, SkipReason)> {
        self.skipped.iter().map(|(path, reason)| (path.as_str(), *reason)).collect()
    }
}

fn see(source: &dyn Source) -> Seen {
    let seen = Mutex::new(Seen::default());
    source
        .each(&|item| {
            let mut seen = seen.lock().unwrap();
            match item {
                Item::Blob(blob) | Item::Stored(blob) | Item::Tip(blob) => {
                    seen.files.insert((blob.path.shown(), blob.bytes.to_vec()));
                }
                Item::Historic(blob, origin) => {
                    let key = (origin.kind.key(), blob.path.shown(), blob.bytes.to_vec());
                    let commit = origin.commit.as_ref().map(|commit| commit.id);
                    let old = seen.historic.insert(key.clone(), (origin.object, commit));
                    assert!(old.is_none(), "{key:?} came twice");
                }
                Item::Large(large) => drop(seen.skipped.insert(large.path.shown(), SkipReason::TooLarge)),
                Item::Skipped(path, reason) => drop(seen.skipped.insert(path.shown(), reason)),
                Item::Problem(problem) => seen.problems.push(problem),
            }
        })
        .unwrap();
    let mut seen = seen.into_inner().unwrap();
    seen.problems.sort();
    seen
}

fn attribute(source: &dyn Source, groups: &[Vec<ObjectId>]) -> Attribution {
    source.attribute(groups)
}
