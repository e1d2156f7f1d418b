//! Directories as paths, for systems without directory descriptors.

#![expect(clippy::disallowed_methods, reason = "a source reads directories and files; this is where")]

use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Kind, Listing, Opened};

/// A directory.
pub(in crate::source) struct Dir(PathBuf);

impl Dir {
    /// Opens the directory at `path`, which the caller has resolved.
    pub(in crate::source) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(path.to_owned()))
    }

    /// Opens the directory `name` in this one; a symlink is an error.
    pub(in crate::source) fn open_dir(&self, name: &[u8]) -> io::Result<Self> {
        match self.kind(name)? {
            Kind::Dir => Ok(Self(self.0.join(text(name)?))),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// Opens `name` in this directory, unless it is a symlink, with its kind.
    pub(in crate::source) fn open_file(&self, name: &[u8]) -> io::Result<Opened> {
        match self.kind(name)? {
            Kind::File => open_path(&self.0.join(text(name)?)),
            _ => Err(io::Error::other("it is no longer a regular file")),
        }
    }

    /// The kind of `name`, without following it.
    pub(in crate::source) fn kind(&self, name: &[u8]) -> io::Result<Kind> {
        Ok(kind(fs::symlink_metadata(self.0.join(text(name)?))?.file_type()))
    }

    /// No Unix modes on this platform.
    #[expect(clippy::unnecessary_wraps, reason = "as where it can fail")]
    #[expect(clippy::unused_self, reason = "as where it is asked")]
    pub(in crate::source) fn mode(&self, _name: &[u8]) -> io::Result<Option<u32>> {
        Ok(None)
    }

    /// The target of the symlink `name`; an error if it is not one.
    pub(in crate::source) fn read_link(&self, name: &[u8]) -> io::Result<Vec<u8>> {
        let target = fs::read_link(self.0.join(text(name)?))?;
        Ok(target
            .as_os_str()
            .as_encoded_bytes()
            .iter()
            .map(|byte| if *byte == b'\\' { b'/' } else { *byte })
            .collect())
    }

    /// Adds everything in this directory to `listing`; entries before an error stay.
    pub(in crate::source) fn list(&self, listing: &mut Listing) -> io::Result<()> {
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            listing.push(entry.file_name().as_encoded_bytes(), kind(entry.file_type()?));
        }
        Ok(())
    }
}

/// Opens the file at `path`, following symlinks, with its kind.
pub(in crate::source) fn open_path(path: &Path) -> io::Result<Opened> {
    // Checked first: opening a directory or a device is an error or worse.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    Ok(Opened { file, kind: kind(metadata.file_type()), size: metadata.len() })
}

/// Reads once, filling `buffer` as far as possible, and returns how many bytes were read.
pub(in crate::source) fn fill(file: &File, buffer: &mut Vec<u8>) -> io::Result<usize> {
    let room = (buffer.capacity() - buffer.len()) as u64;
    let mut file = file;
    file.by_ref().take(room).read_to_end(buffer)
}

/// Reads at the byte `offset` of `file`, filling `buffer` as far as possible, and returns how many bytes were
/// read; 0 at the end of the file.
#[cfg(windows)]
pub(in crate::source) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// The same where files cannot be read by position.
#[cfg(not(windows))]
pub(in crate::source) fn read_at(_: &File, _: &mut [u8], _: u64) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

fn text(name: &[u8]) -> io::Result<&str> {
    std::str::from_utf8(name).map_err(|_| io::Error::other("its name is not Unicode"))
}

fn kind(file_type: FileType) -> Kind {
    if file_type.is_symlink() {
        Kind::Symlink
    } else if file_type.is_dir() {
        Kind::Dir
    } else if file_type.is_file() {
        Kind::File
    } else {
        Kind::Special
    }
}
