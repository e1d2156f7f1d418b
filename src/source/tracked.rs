//! Which paths git tracks: its index, sorted, searched by directory.

use std::ops::Range;
use std::path::Path;

use gix::bstr::ByteSlice as _;
use gix::index::{State, entry::Mode};

use super::index;

/// How git knows a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// As a file or symbolic link.
    File,
    /// As a submodule.
    Submodule,
}

/// The index of a repository.
pub(super) struct Tracked(State);

impl Tracked {
    /// No index: nothing is tracked.
    pub(super) fn nothing() -> Self {
        Self(State::new(gix::hash::Kind::Sha1))
    }

    /// Reads the index at `path`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
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

    /// How git knows `name` in a directory whose path has `base` bytes and whose entries are
    /// `within`.
    pub(super) fn find(&self, within: Range<usize>, base: usize, name: &[u8]) -> Option<Entry> {
        let entries = &self.0.entries()[within];
        let at = entries.binary_search_by(|entry| entry.path(&self.0)[base..].cmp(name.as_bstr())).ok()?;
        Some(if entries[at].mode == Mode::COMMIT { Entry::Submodule } else { Entry::File })
    }

    /// True if the index holds the directory `dir` (with a slash at its end), whose entries are
    /// `below`, as one entry only: a sparse index does not tell what is in it.
    pub(super) fn is_opaque(&self, below: Range<usize>, dir: &[u8]) -> bool {
        self.0.entries()[below]
            .first()
            .is_some_and(|entry| entry.mode == Mode::DIR && entry.path(&self.0) == dir)
    }
}
