//! Shared by archive readers: visiting entries, and budget accounting.

use std::io::{self, Read};

use crate::engine::decode::budget::{Budget, Layer};
use crate::model::RepoPath;

/// An entry of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A file.
    File,
    /// Names, one a line.
    Names,
    /// Comments and what else is text.
    Notes,
}

/// Visits an archive entry: path, bytes and layer.
pub(super) type Visit<'v> = dyn FnMut(What, &RepoPath, &[u8], Layer<'_>) + 'v;

/// Whether to go on with the next file of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Go,
    Stop,
}

/// Counts unpacked bytes; fails when the budget is spent.
pub(super) struct Metered<'a, R> {
    pub(super) inner: R,
    pub(super) budget: &'a Budget,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = buffer.len().min(self.budget.left());
        if room == 0 && !buffer.is_empty() {
            self.budget.ran_out();
            return Err(io::Error::other("unpacking limit exceeded"));
        }
        let count = self.inner.read(&mut buffer[..room])?;
        self.budget.spend(count);
        Ok(count)
    }
}
