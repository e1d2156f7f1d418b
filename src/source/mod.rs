//! Sources of the bytes that a scan reads, fast and safely.
//!
//! A [`Source`] pushes [`Item`]s to a visitor, from many threads, unordered. [`Worktree`] is the basic one: what
//! git tracks, whatever the ignore files say, and untracked files that are not ignored.
//!
//! All input is untrusted. No symlink is followed, only regular files are opened, and no path comes from git's
//! index (names come from the disk, the index only marks them as tracked). Git's configuration only decides where
//! the index is and what is ignored. No program is started.

mod attributes;
mod digest;
mod dir;
mod discover;
mod file;
pub mod git;
mod given;
mod glob;
pub mod graph;
pub mod hooks;
mod index;
mod large;
mod names;
mod nesting;
pub mod objects;
mod prefilter;
mod repository;
mod rules;
mod settings;
mod tracked;
mod walk;
mod worktree;

pub use discover::is_bare;
pub use git::{
    Git, GitEnvironment, GitOptions, History, HistoryOptions, Landmarks, Limits, Place, Pushed, Range,
    RangeOptions, Staged, Tree,
};
pub use given::Given;
pub use large::{Content, FILE_MAX, Large, OBJECT_MAX};
pub use names::{NameScan, Named, matching};
pub use objects::CleanCache;
pub use prefilter::{Prefilter, PrefilterState};
pub use settings::GitHome;
pub use worktree::{Keeping, Worktree, WorktreeOptions};

use std::collections::HashSet;
use std::io::{self, Read as _};

use crate::model::{
    Attribution, Blob, Commit, Error, Examined, ObjectId, Origin, Problem, RepoPath, SignatureKind,
    SkipReason,
};

/// One thing found by a source.
#[derive(Debug)]
pub enum Item<'a> {
    /// A file with its bytes, which are gone when the visitor returns. Binary files too: the engine distinguishes
    /// them.
    Blob(Blob<'a>),
    /// A text of the history. Each object comes once; its path is where it was introduced, as far as known, see
    /// [`Source::attribute`].
    Historic(Blob<'a>, &'a Origin),
    /// A file that a range leaves changed, with its content at the tip of the range. The same text comes as an
    /// [`Self::Historic`], too.
    Tip(Blob<'a>),
    /// The index's content of a file that is missing on disk or may differ there. A file on disk comes as a
    /// [`Self::Blob`], too.
    Stored(Blob<'a>),
    /// A file over the size limit, current or historic, to be read in pieces.
    Large(Large<'a>),
    /// A skipped entry, and why.
    Skipped(RepoPath, SkipReason),
    /// A read error. What is skipped because of it is reported as [`SkipReason::Unreadable`] as well.
    Problem(Problem),
}

/// A commit, or an annotated tag.
#[derive(Clone, Copy, Debug)]
pub struct StoredCommit<'a> {
    /// Its id.
    pub id: ObjectId,
    /// True for a tag.
    pub is_tag: bool,
    /// Its position in topological order; 0 for a tag.
    pub rank: u64,
    /// The kind of its signature, by its first line.
    pub signature: Option<SignatureKind>,
    /// The raw object; only of those signed with SSH or X.509. `None` if it cannot be read, or hashes to another
    /// id.
    pub bytes: Option<&'a [u8]>,
}

/// The tags and branches of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Tag names and their targets.
    pub tags: Vec<(String, ObjectId)>,
    /// Branch names, local and remote, sorted.
    pub branches: Vec<String>,
    /// The branch that changes are merged into.
    pub default_branch: Option<String>,
    /// The scanned commit.
    pub head: Option<ObjectId>,
    /// True for a shallow clone.
    pub is_shallow: bool,
    /// True if all branches of the remote seem to be fetched.
    pub has_all_branches: bool,
}

/// A commit's date and nature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Made {
    /// The commit date, in seconds since 1970.
    pub time: i64,
    /// Its id.
    pub id: ObjectId,
    /// True for a merge.
    pub is_merge: bool,
    /// True if it is signed, in whatever way.
    pub is_signed: bool,
}

/// A change that introduces texts: a commit against its parents, or the index against `HEAD`.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its number in the source.
    pub number: usize,
    /// The commit, if it is one.
    pub commit: Option<Commit>,
}

/// A text that a change removed or replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Its path.
    pub path: RepoPath,
    /// Its content.
    pub object: ObjectId,
    /// The side of the change that it is from: the index among the commit's parents.
    pub side: usize,
    /// True if the change removed the path.
    pub gone: bool,
}

/// A source of bytes.
pub trait Source: Sync {
    /// Calls `visit` for every item, from the threads of the current rayon pool.
    ///
    /// # Errors
    /// If the source as a whole cannot be read; a single file that cannot is an [`Item::Problem`].
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), Error>;

    /// The same, but may leave out texts in which `prefilter` proves that nothing can be found.
    ///
    /// # Errors
    /// As [`each`](Self::each).
    fn each_prefiltered(
        &self,
        _prefilter: &dyn Prefilter,
        visit: &(dyn Fn(Item<'_>) + Sync),
    ) -> Result<(), Error> {
        self.each(visit)
    }

    /// True for a source of many versions: it has no files by name, and a second read costs as much as the first.
    fn is_history(&self) -> bool {
        false
    }

    /// True if this source shows files as they are at one moment.
    fn has_files(&self) -> bool {
        !self.is_history()
    }

    /// The file names in the history that `scan` matches, once [`each`](Self::each) has returned. Current names
    /// are the paths of the [`Item`]s.
    fn names(&self, _scan: NameScan<'_>) -> Vec<Named> {
        Vec::new()
    }

    /// How many bytes of `path` existed before this change. Called for names with findings.
    fn known_name(&self, _path: &RepoPath) -> usize {
        0
    }

    /// True if this source is a change (staged, pushed, or a range): what it cannot scan is then reported, not
    /// only counted.
    fn is_change(&self) -> bool {
        false
    }

    /// True if this source is one file that was handed over to be scanned: it is a problem if it is neither text nor an
    /// archive.
    fn is_given(&self) -> bool {
        false
    }

    /// A short name of the source: "worktree".
    fn scope(&self) -> String;

    /// Where the objects with findings were introduced, and how present they are in the history. Called once,
    /// after [`each`](Self::each), so it costs nothing without findings. A group is the sorted objects that
    /// contain one secret.
    fn attribute(&self, _groups: &[Vec<ObjectId>]) -> Attribution {
        Attribution::default()
    }

    /// The file at `path` in this source; `None` if it is missing or not a regular file. Symlinks on the way are
    /// not followed.
    fn file(&self, _path: &RepoPath) -> Option<io::Result<Box<dyn io::Read>>> {
        None
    }

    /// The Unix mode of the regular file at `path`; `None` if unknown.
    fn mode(&self, _path: &RepoPath) -> Option<u32> {
        None
    }

    /// The target of the symlink at `path`; `None` if it is not one.
    fn link(&self, _path: &RepoPath) -> Option<Vec<u8>> {
        None
    }
    /// Calls `visit` with the path of every tracked file, before anything is read.
    fn tracked(&self, _visit: &mut dyn FnMut(&[u8])) {}

    /// Calls `visit` with the path of every file that git tracks, including those excluded from this source;
    /// nothing if this source is only a part of a repository, or not in one.
    fn listed(&self, _visit: &mut dyn FnMut(&[u8])) {}

    /// True if the file exists.
    fn has(&self, path: &RepoPath) -> bool {
        self.file(path).is_some()
    }

    /// When the file at `path` last changed in `HEAD`, in seconds since 1970.
    fn last_changed(&self, _path: &RepoPath) -> Option<i64> {
        None
    }

    /// The tags and branches; `None` outside of a repository.
    fn references(&self) -> Option<References> {
        None
    }

    /// The date of `object`, a commit or a tag of one, in seconds since 1970.
    fn made(&self, _object: ObjectId) -> Option<i64> {
        None
    }

    /// The last commits, latest first; at most `max`.
    fn recent(&self, _max: usize) -> Vec<Made> {
        Vec::new()
    }

    /// Since when the file at `path` contains `text`, in seconds since 1970, within the examined history.
    fn holds_since(&self, _path: &RepoPath, _text: &[u8]) -> Option<i64> {
        None
    }

    /// Calls `visit` for each examined commit, and each annotated tag on the way to one, once [`each`](Self::each)
    /// has returned; from many threads, unordered, each once. False if this source has no commits.
    fn commits(&self, _visit: &(dyn Fn(StoredCommit<'_>) + Sync)) -> bool {
        false
    }

    /// The file at `path` before this change, which must not vouch for itself; `None` if it did not exist.
    fn file_before(&self, path: &RepoPath, max: u64) -> Option<io::Result<Vec<u8>>> {
        let mut bytes = Vec::new();
        let read = |file: Box<dyn io::Read>| file.take(max.saturating_add(1)).read_to_end(&mut bytes);
        let len = self.file(path)?.and_then(read);
        Some(len.and_then(|len| match len as u64 > max {
            true => Err(io::Error::other(format!("it is larger than {max} bytes"))),
            false => Ok(bytes),
        }))
    }

    /// The changes that introduced a text with this path and origin, earliest first: a finding counts only if one
    /// of them introduced it. `None` if all findings count. Called once [`each`](Self::each) has returned, only
    /// for texts with findings.
    fn changes(&self, _path: &RepoPath, _origin: Option<&Origin>) -> Option<Vec<Change>> {
        None
    }

    /// The texts that this change removed or replaced.
    fn earlier(&self, _change: usize) -> Vec<Earlier> {
        Vec::new()
    }

    /// The content of an [`Earlier`] text; `None` if it cannot be read or is too large.
    fn content(&self, _object: ObjectId) -> Option<Vec<u8>> {
        None
    }

    /// The previous state of the files as a source of its own, to compare findings that rest on files as a whole.
    /// `None` if nothing is compared.
    fn before(&self) -> Option<Box<dyn Source + '_>> {
        None
    }

    /// The paths of files that [`before`](Self::before) has and this source removes.
    fn gone(&self) -> HashSet<RepoPath> {
        self.earlier(0).into_iter().filter(|one| one.gone).map(|one| one.path).collect()
    }

    /// Notices about reading that did not reduce coverage, once [`each`](Self::each) has returned.
    fn notices(&self) -> Vec<Problem> {
        Vec::new()
    }

    /// The URL from which the repository was cloned, as configured.
    fn origin(&self) -> Option<&str> {
        None
    }

    /// What was examined of the history, once [`each`](Self::each) has returned. The visitor counts texts and
    /// bytes; the source counts refs, commits and gaps.
    fn examined(&self) -> Option<Examined> {
        None
    }
}
