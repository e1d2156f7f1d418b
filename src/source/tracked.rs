//! Which paths git tracks: its index, sorted, searched by directory.

use std::ops::Range;
use std::path::Path;

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::index::State;
use gix::index::entry::{Flags, Mode, Stage};

use super::{digest, index};

/// What git tracks at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A file or symlink.
    File,
    /// A submodule.
    Submodule,
}

/// What git stores for an entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stored {
    /// Its content: a blob, or a tree.
    pub(super) id: ObjectId,
    /// True for a tree: a sparse index does not list its content.
    pub(super) is_dir: bool,
    /// True if git ignores the file on disk (assume-unchanged), or does not check it out (skip-worktree).
    pub(super) is_left_out: bool,
}

impl Stored {
    /// True if it is a blob of these bytes.
    pub(super) fn is_blob(&self, bytes: &[u8]) -> bool {
        // Git stores no object that is part of a collision.
        !self.is_dir && digest::is_of_blob(&self.id, bytes)
    }
}

/// The index of a repository.
pub(super) struct Tracked(State);

impl Tracked {
    /// Without an index nothing is tracked.
    pub(super) fn nothing() -> Self {
        Self(State::new(gix::hash::Kind::Sha1))
    }

    /// Reads the index at `path`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(path: &Path, hash: gix::hash::Kind) -> Result<Self, String> {
        index::read(path, hash, true).map(Self)
    }

    /// All of it.
    pub(super) fn all(&self) -> Range<usize> {
        0..self.0.entries().len()
    }

    /// The entries below the directory `dir` (with a slash at its end), all of which are `within`.
    pub(super) fn below(&self, within: Range<usize>, dir: &[u8]) -> Range<usize> {
        let entries = &self.0.entries()[within.clone()];
        let start = entries.partition_point(|entry| entry.path(&self.0) < dir.as_bstr());
        let len = entries[start..].partition_point(|entry| entry.path(&self.0).starts_with(dir));
        within.start + start..within.start + start + len
    }

    /// What git tracks as `name` in a directory whose path has `base` bytes and whose entries are `within`.
    pub(super) fn find(&self, within: Range<usize>, base: usize, name: &[u8]) -> Option<Entry> {
        let at = self.place(within, base, name)?;
        Some(if self.0.entries()[at].mode == Mode::COMMIT { Entry::Submodule } else { Entry::File })
    }

    /// The position of the entry `name`, as in [`find`](Self::find).
    pub(super) fn place(&self, within: Range<usize>, base: usize, name: &[u8]) -> Option<usize> {
        let entries = &self.0.entries()[within.clone()];
        let at = entries.binary_search_by(|entry| entry.path(&self.0)[base..].cmp(name.as_bstr())).ok()?;
        Some(within.start + at)
    }

    /// The path of the entry at a position; with a slash at its end for a directory.
    pub(super) fn path(&self, at: usize) -> &[u8] {
        self.0.entries()[at].path(&self.0)
    }

    /// What git stores for the regular file, or the directory, at a position.
    pub(super) fn stored(&self, at: usize) -> Option<Stored> {
        let entry = &self.0.entries()[at];
        // The base of a conflict is on neither side.
        if entry.flags.contains(Flags::INTENT_TO_ADD) || entry.stage() == Stage::Base {
            return None;
        }
        let is_dir = match entry.mode {
            Mode::FILE | Mode::FILE_EXECUTABLE => false,
            Mode::DIR => true,
            _ => return None,
        };
        let is_left_out = entry.flags.intersects(Flags::SKIP_WORKTREE | Flags::ASSUME_VALID);
        Some(Stored { id: entry.id, is_dir, is_left_out })
    }

    /// True if the index has the directory `dir` (with a slash at its end), whose entries are `below`, as one
    /// entry only: a sparse index does not list its content.
    pub(super) fn is_opaque(&self, below: Range<usize>, dir: &[u8]) -> bool {
        self.0.entries()[below]
            .first()
            .is_some_and(|entry| entry.mode == Mode::DIR && entry.path(&self.0) == dir)
    }
}
