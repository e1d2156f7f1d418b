//! Where the bytes come from: the files that a scan looks at, read fast and safely.
//!
//! A [`Source`] pushes [`Item`]s at a visitor, from many threads and in no order. The worktree
//! ([`Worktree`]) is the first: what git tracks, whatever the ignore files say, and what git does
//! not track but does not ignore either.
//!
//! Everything that is read belongs to somebody else. So no link is followed, nothing but regular
//! files is opened for reading, no path is taken from git's index (names come from the disk, the
//! index only tells which of them are tracked), git's configuration decides nothing but where the
//! index is and what is ignored, and no program is started.

mod attributes;
mod digest;
mod dir;
mod discover;
mod file;
pub mod git;
mod glob;
pub mod graph;
pub mod hooks;
mod index;
mod large;
mod message;
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
pub use large::{Content, FILE_MAX, Large, OBJECT_MAX};
pub use message::Message;
pub use names::{Named, Telling, telling};
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

/// One thing that a source has come across.
#[derive(Debug)]
pub enum Item<'a> {
    /// A file with its bytes, which are gone when the visitor returns. Binary files too: telling
    /// text from binary is the engine's business.
    Blob(Blob<'a>),
    /// A text of the history. Each object comes once; its path is that at which it first came in, as
    /// far as that is known, see [`Source::attribute`].
    Historic(Blob<'a>, &'a Origin),
    /// A file that a range leaves changed, with its content at the tip of the range. The same text comes as an
    /// [`Self::Historic`], too.
    Tip(Blob<'a>),
    /// The content that git's index has for a file that is not on disk, or may be another one there. A file that
    /// is on disk comes as a [`Self::Blob`], too.
    Stored(Blob<'a>),
    /// A file over the size limit, of today or of the history, to be read in pieces.
    Large(Large<'a>),
    /// An entry that was passed over, and why.
    Skipped(RepoPath, SkipReason),
    /// Something that could not be read. What was passed over because of it is reported as
    /// [`SkipReason::Unreadable`] as well.
    Problem(Problem),
}

/// A commit, or an annotated tag.
#[derive(Clone, Copy, Debug)]
pub struct StoredCommit<'a> {
    /// Its id.
    pub id: ObjectId,
    /// True for a tag.
    pub is_tag: bool,
    /// Its place in the order of the source, in which no commit comes before its parents; 0 for a tag.
    pub rank: u64,
    /// How it is signed, by the first line of its signature.
    pub signature: Option<SignatureKind>,
    /// All of it, as it is stored; only of those that are signed with SSH or X.509. Then nothing is here
    /// if it cannot be read, or hashes to another id.
    pub bytes: Option<&'a [u8]>,
}

/// The tags and branches of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// The names of its tags, and what each stands for.
    pub tags: Vec<(String, ObjectId)>,
    /// The names of its branches, here and at its remotes, sorted.
    pub branches: Vec<String>,
    /// The branch that changes go to.
    pub default_branch: Option<String>,
    /// The commit that is looked at.
    pub head: Option<ObjectId>,
    /// True if its history ends where a clone was cut off.
    pub is_shallow: bool,
    /// True if all branches of the remote seem to be here.
    pub has_all_branches: bool,
}

/// A commit that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Made {
    /// When, in seconds since 1970.
    pub time: i64,
    /// Its id.
    pub id: ObjectId,
    /// True if it brings several commits together.
    pub is_merge: bool,
    /// True if it is signed, in whatever way.
    pub is_signed: bool,
}

/// A step by which texts came in: a commit against its parents, or the index against `HEAD`.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its number in the source.
    pub number: usize,
    /// The commit, if it is one.
    pub commit: Option<Commit>,
}

/// A text that a change removed or replaced by another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Its path.
    pub path: RepoPath,
    /// Its content.
    pub object: ObjectId,
    /// Which of the sides it is from that the change brings together: the parents of a commit in their order.
    pub side: usize,
    /// True if the change leaves nothing at this path.
    pub gone: bool,
}

/// A place that bytes come from.
pub trait Source: Sync {
    /// Calls `visit` for everything there is, from the threads of the current rayon pool.
    ///
    /// # Errors
    /// If the source as a whole cannot be read; a single file that cannot is an [`Item::Problem`].
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), Error>;

    /// The same, but texts that are many versions of one another may be left out if `prefilter` says that
    /// nothing can be found in them.
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

    /// True if this source is texts of many moments: it has no files by name, and reading it again costs as much as
    /// the first time.
    fn is_history(&self) -> bool {
        false
    }

    /// True if this source shows files as they are at one moment.
    fn has_files(&self) -> bool {
        !self.is_history()
    }

    /// The names of files of the history in which `telling` sees something, once [`each`](Self::each) has
    /// returned. Those of today are the paths of the [`Item`]s.
    fn names(&self, _telling: Telling<'_>) -> Vec<Named> {
        Vec::new()
    }

    /// How many bytes of `path` name something that was there before whatever this source brings. Asked of names
    /// in which something was found.
    fn known_name(&self, _path: &RepoPath) -> usize {
        0
    }

    /// True if this source is what somebody is about to bring, or has brought: what of it cannot be looked at
    /// is not only counted then.
    fn is_change(&self) -> bool {
        false
    }

    /// What is looked at, in words: "worktree".
    fn scope(&self) -> String;

    /// Says where objects in which something was found came in and how they live in the history:
    /// asked once, after [`each`](Self::each), so that it costs nothing where nothing was found. A
    /// group are the objects that hold one secret, sorted.
    fn attribute(&self, _groups: &[Vec<ObjectId>]) -> Attribution {
        Attribution::default()
    }

    /// The file at `path` as this source has it, to be read once; none if there is no such regular file.
    /// Nothing is followed on the way to it.
    fn file(&self, _path: &RepoPath) -> Option<io::Result<Box<dyn io::Read>>> {
        None
    }

    /// Who may do what with the regular file at `path`, as Unix has it; none where that is not known.
    fn mode(&self, _path: &RepoPath) -> Option<u32> {
        None
    }

    /// Where the symbolic link at `path` leads, as it says itself; none if there is none.
    fn link(&self, _path: &RepoPath) -> Option<Vec<u8>> {
        None
    }
    /// Shows the path of every file that is known before anything is read: of those that git tracks.
    fn tracked(&self, _visit: &mut dyn FnMut(&[u8])) {}

    /// Shows the path of every file that git tracks, those left out of this source among them; nothing if this source
    /// is a part of a repository, or of none.
    fn listed(&self, _visit: &mut dyn FnMut(&[u8])) {}

    /// True if there is such a file.
    fn has(&self, path: &RepoPath) -> bool {
        self.file(path).is_some()
    }

    /// When the file at `path` came to have the content that it has in `HEAD`, in seconds since 1970.
    fn last_changed(&self, _path: &RepoPath) -> Option<i64> {
        None
    }

    /// The tags and branches; none if this source is of no repository.
    fn references(&self) -> Option<References> {
        None
    }

    /// When what `object` stands for was made, a commit or a tag of one, in seconds since 1970.
    fn made(&self, _object: ObjectId) -> Option<i64> {
        None
    }

    /// The last commits, the latest first; at most `max`.
    fn recent(&self, _max: usize) -> Vec<Made> {
        Vec::new()
    }

    /// Since when the file at `path` holds `text`, in seconds since 1970, as far back as is looked.
    fn holds_since(&self, _path: &RepoPath, _text: &[u8]) -> Option<i64> {
        None
    }

    /// Shows each commit that was examined, and each annotated tag on the way to one, once
    /// [`each`](Self::each) has returned; from many threads, in no order, each once. False if this source
    /// is not about commits.
    fn commits(&self, _visit: &(dyn Fn(StoredCommit<'_>) + Sync)) -> bool {
        false
    }

    /// The file at `path` as it was before whatever this source brings, which is not to vouch for itself;
    /// none if there was none.
    fn file_before(&self, path: &RepoPath, max: u64) -> Option<io::Result<Vec<u8>>> {
        let mut bytes = Vec::new();
        let read = |file: Box<dyn io::Read>| file.take(max.saturating_add(1)).read_to_end(&mut bytes);
        let len = self.file(path)?.and_then(read);
        Some(len.and_then(|len| match len as u64 > max {
            true => Err(io::Error::other(format!("it is larger than {max} bytes"))),
            false => Ok(bytes),
        }))
    }

    /// The changes that brought a text with this path and origin, the earliest first: what is found in it
    /// counts only as far as one of them brought it. None if all that is found counts. Asked once
    /// [`each`](Self::each) has returned, and only of texts in which something was found.
    fn changes(&self, _path: &RepoPath, _origin: Option<&Origin>) -> Option<Vec<Change>> {
        None
    }

    /// The texts that the change with this number removed or replaced.
    fn earlier(&self, _change: usize) -> Vec<Earlier> {
        Vec::new()
    }

    /// The content of an [`Earlier`] text; none if it cannot be read or is too large.
    fn content(&self, _object: ObjectId) -> Option<Vec<u8>> {
        None
    }

    /// What the files of this source replace, as a source of its own, to judge findings that rest on files
    /// as a whole. None if nothing is compared.
    fn before(&self) -> Option<Box<dyn Source + '_>> {
        None
    }

    /// The paths of files that [`before`](Self::before) has and this source removes.
    fn gone(&self) -> HashSet<RepoPath> {
        self.earlier(0).into_iter().filter(|one| one.gone).map(|one| one.path).collect()
    }

    /// What is worth telling of how it was read, once [`each`](Self::each) has returned, and kept nothing from
    /// being looked at.
    fn notices(&self) -> Vec<Problem> {
        Vec::new()
    }

    /// The address from which the repository was cloned, as it says itself.
    fn origin(&self) -> Option<&str> {
        None
    }

    /// What was examined of the history, once [`each`](Self::each) has returned. Texts and their
    /// bytes are counted by whoever visits; references, commits and gaps by the source.
    fn examined(&self) -> Option<Examined> {
        None
    }
}
