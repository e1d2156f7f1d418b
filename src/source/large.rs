//! Files over the size limit: what is handed on is a way to read them, and not their bytes.

use std::fmt;
use std::io::{Cursor, Read, Seek};

use crate::model::{Blob, Origin, RepoPath};
use crate::source::Item;

/// Files with more bytes are read by no setting: nobody wrote them.
pub const FILE_MAX: u64 = 1 << 30;
/// The same of objects of git's store, which are put together in memory.
pub const OBJECT_MAX: u64 = 256 << 20;

/// What can be read twice.
pub trait Content: Read + Seek {}

impl<T: Read + Seek> Content for T {}

/// A file over the size limit.
pub struct Large<'a> {
    /// Where it is, relative to the root of the scan.
    pub path: &'a RepoPath,
    /// True if git tracks it.
    pub tracked: bool,
    /// Where it is in the history, if it is of that.
    pub origin: Option<&'a Origin>,
    /// True if it is what the index has for a file that is not on disk, or may be another one there.
    pub is_stored: bool,
    /// Its bytes, from the first on.
    pub content: &'a mut dyn Content,
}

impl fmt::Debug for Large<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Large({:?})", self.path)
    }
}

/// Where a text is that is handed on.
#[derive(Clone, Copy)]
pub(super) enum Text<'a> {
    /// In a file as it is now.
    File,
    /// In the index, see [`Item::Stored`].
    Stored,
    /// In the history.
    Historic(&'a Origin),
}

/// Hands `blob` to `visit`: as one that is large if it has more than `limit` bytes.
pub(super) fn hand(visit: &(dyn Fn(Item<'_>) + Sync), limit: u64, blob: Blob<'_>, text: Text<'_>) {
    if blob.bytes.len() as u64 > limit {
        let Blob { path, bytes, tracked } = blob;
        let (origin, is_stored) = match text {
            Text::File => (None, false),
            Text::Stored => (None, true),
            Text::Historic(origin) => (Some(origin), false),
        };
        let content = &mut Cursor::new(bytes);
        return visit(Item::Large(Large { path, tracked, origin, is_stored, content }));
    }
    visit(match text {
        Text::File => Item::Blob(blob),
        Text::Stored => Item::Stored(blob),
        Text::Historic(origin) => Item::Historic(blob, origin),
    });
}
