//! Directories as handles: list entries and open them, never following symlinks.

#[cfg(not(unix))]
mod portable;
mod read;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub(super) use portable::{Dir, fill, open_path, read_at};
pub(super) use read::read;
#[cfg(unix)]
pub(super) use unix::{Dir, fill, open_path, read_at};

use std::fs::File;
use std::io;
use std::path::Path;

/// The kind of a directory entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symlink, to whatever.
    Symlink,
    /// A FIFO, socket or device.
    Special,
    /// The file system did not say; use [`Dir::kind`].
    #[cfg_attr(not(unix), expect(dead_code, reason = "elsewhere file systems always say"))]
    Unknown,
}

/// An open file and its kind, determined after opening.
pub(super) struct Opened {
    pub(super) file: File,
    pub(super) kind: Kind,
    pub(super) size: u64,
}

/// The names in a directory, in one buffer.
#[derive(Default)]
pub(super) struct Listing {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

struct Entry {
    start: usize,
    len: u32,
    kind: Kind,
}

impl Listing {
    /// Adds an entry, unless it is `.` or `..`.
    fn push(&mut self, name: &[u8], kind: Kind) {
        if name == b"." || name == b".." {
            return;
        }
        let len = u32::try_from(name.len()).expect("the system bounds the length of a name");
        self.entries.push(Entry { start: self.bytes.len(), len, kind });
        self.bytes.extend_from_slice(name);
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Name and kind of the entry at `at`.
    pub(super) fn get(&self, at: usize) -> (&[u8], Kind) {
        let Entry { start, len, kind } = self.entries[at];
        (&self.bytes[start..start + len as usize], kind)
    }

    /// Every name and kind, in the order of the file system.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], Kind)> {
        (0..self.len()).map(|at| self.get(at))
    }
}

/// The bytes of a small file that the program itself needs, such as an ignore file or a git configuration; `None`
/// if it does not exist.
///
/// # Errors
/// If it exists and is not a readable regular file of at most `max` bytes. A FIFO is rejected, not waited for.
pub(super) fn read_small(path: &Path, max: u64) -> io::Result<Option<Vec<u8>>> {
    match open_path(path) {
        Ok(opened) => read_opened(&opened, max).map(Some),
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The bytes of a small open regular file.
///
/// # Errors
/// As [`read_small`].
pub(super) fn read_opened(opened: &Opened, max: u64) -> io::Result<Vec<u8>> {
    if opened.kind != Kind::File {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    if read(&opened.file, opened.size, max, &mut bytes)? {
        Ok(bytes)
    } else {
        Err(io::Error::other(format!("it is larger than {max} bytes")))
    }
}

/// True if `error` means that the name does not exist.
pub(super) fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
