//! Files over the size limit: handed on as readers, not as bytes.

use std::fmt;
use std::io::{Cursor, Read, Seek};

use crate::model::{Blob, Origin, RepoPath};
use crate::source::Item;

/// No setting makes larger files readable.
pub const FILE_MAX: u64 = 1 << 30;
/// The same for git objects, which are assembled in memory.
pub const OBJECT_MAX: u64 = 256 << 20;

/// Content that can be read more than once.
pub trait Content: Read + Seek {}

impl<T: Read + Seek> Content for T {}

/// A file over the size limit.
pub struct Large<'a> {
    /// Where it is, relative to the root of the scan.
    pub path: &'a RepoPath,
    /// True if git tracks it.
    pub tracked: bool,
    /// Its origin, if it is from the history.
    pub origin: Option<&'a Origin>,
    /// True if it is the index's content of a file that is missing on disk or may differ there.
    pub is_stored: bool,
    /// For an archive that comes in as a stream: how many bytes may be read and unpacked. It is read once.
    pub unpack: Option<u64>,
    /// Its content, positioned at the start.
    pub content: &'a mut dyn Content,
}

impl fmt::Debug for Large<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Large({:?})", self.path)
    }
}

/// Where a text comes from.
#[derive(Clone, Copy)]
pub(super) enum Text<'a> {
    /// The worktree.
    File,
    /// The index, see [`Item::Stored`].
    Stored,
    /// The history.
    Historic(&'a Origin),
}

/// Passes `blob` to `visit`, as [`Item::Large`] if it has more than `limit` bytes.
pub(super) fn hand(visit: &(dyn Fn(Item<'_>) + Sync), limit: u64, blob: Blob<'_>, text: Text<'_>) {
    if blob.bytes.len() as u64 > limit {
        let Blob { path, bytes, tracked } = blob;
        let (origin, is_stored) = match text {
            Text::File => (None, false),
            Text::Stored => (None, true),
            Text::Historic(origin) => (Some(origin), false),
        };
        let content = &mut Cursor::new(bytes);
        return visit(Item::Large(Large { path, tracked, origin, is_stored, unpack: None, content }));
    }
    visit(match text {
        Text::File => Item::Blob(blob),
        Text::Stored => Item::Stored(blob),
        Text::Historic(origin) => Item::Historic(blob, origin),
    });
}
