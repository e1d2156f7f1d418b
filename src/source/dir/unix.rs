//! Directories as file descriptors: names are resolved one component at a time, so neither a symlink in the middle
//! of a path nor its length matters.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use rustix::io::retry_on_intr;

use super::{Kind, Listing, Opened};

/// `NONBLOCK`: a FIFO that replaces a file between listing and opening does not block; `NOCTTY`: a terminal does
/// not become ours.
const FILE: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// An open directory.
pub(in crate::source) struct Dir(OwnedFd);

impl Dir {
    /// Opens the directory at `path`, which the caller has resolved.
    pub(in crate::source) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(retry_on_intr(|| rustix::fs::openat(CWD, path, flags, Mode::empty()))?))
    }

    /// Opens the directory `name` in this one; a symlink is an error.
    pub(in crate::source) fn open_dir(&self, name: &[u8]) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(Self(retry_on_intr(|| rustix::fs::openat(&self.0, name, flags, Mode::empty()))?))
    }

    /// Opens `name` in this directory, unless it is a symlink, with its kind.
    pub(in crate::source) fn open_file(&self, name: &[u8]) -> io::Result<Opened> {
        let flags = FILE | OFlags::NOFOLLOW;
        opened(retry_on_intr(|| rustix::fs::openat(&self.0, name, flags, Mode::empty()))?)
    }

    /// The kind of `name`, without following it.
    pub(in crate::source) fn kind(&self, name: &[u8]) -> io::Result<Kind> {
        let stat = rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(kind(FileType::from_raw_mode(stat.st_mode)))
    }

    /// The mode of the regular file `name`; `None` if it is not one.
    pub(in crate::source) fn mode(&self, name: &[u8]) -> io::Result<Option<u32>> {
        let stat = rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?;
        let is_file = kind(FileType::from_raw_mode(stat.st_mode)) == Kind::File;
        // Its width differs between systems.
        let mode = i64::from(Mode::from_raw_mode(stat.st_mode).bits());
        Ok(u32::try_from(mode).ok().filter(|_| is_file))
    }

    /// The target of the symlink `name`; an error if it is not one.
    pub(in crate::source) fn read_link(&self, name: &[u8]) -> io::Result<Vec<u8>> {
        Ok(retry_on_intr(|| rustix::fs::readlinkat(&self.0, name, Vec::new()))?.into_bytes())
    }

    /// Adds everything in this directory to `listing`; entries before an error stay.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(in crate::source) fn list(&self, listing: &mut Listing) -> io::Result<()> {
        let mut buffer = Vec::with_capacity(32 * 1024);
        let mut entries = rustix::fs::RawDir::new(self.0.as_fd(), buffer.spare_capacity_mut());
        while let Some(entry) = entries.next() {
            match entry {
                Ok(entry) => listing.push(entry.file_name().to_bytes(), kind(entry.file_type())),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Adds everything in this directory to `listing`; entries before an error stay.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(in crate::source) fn list(&self, listing: &mut Listing) -> io::Result<()> {
        for entry in rustix::fs::Dir::read_from(self.0.as_fd())? {
            let entry = entry?;
            listing.push(entry.file_name().to_bytes(), kind(entry.file_type()));
        }
        Ok(())
    }
}

/// Opens the file at `path`, following symlinks, with its kind.
pub(in crate::source) fn open_path(path: &Path) -> io::Result<Opened> {
    opened(retry_on_intr(|| rustix::fs::openat(CWD, path, FILE, Mode::empty()))?)
}

/// Reads once, filling `buffer` as far as possible, and returns how many bytes were read.
pub(in crate::source) fn fill(file: &File, buffer: &mut Vec<u8>) -> io::Result<usize> {
    Ok(retry_on_intr(|| rustix::io::read(file, rustix::buffer::spare_capacity(buffer)))?)
}

/// Reads at the byte `offset` of `file`, filling `buffer` as far as possible, and returns how many bytes were
/// read; 0 at the end of the file.
pub(in crate::source) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    Ok(retry_on_intr(|| rustix::io::pread(file, &mut *buffer, offset))?)
}

fn opened(fd: OwnedFd) -> io::Result<Opened> {
    let stat = rustix::fs::fstat(&fd)?;
    let size = u64::try_from(stat.st_size).unwrap_or(0);
    Ok(Opened { file: fd.into(), kind: kind(FileType::from_raw_mode(stat.st_mode)), size })
}

fn kind(file_type: FileType) -> Kind {
    match file_type {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Dir,
        FileType::Symlink => Kind::Symlink,
        FileType::Unknown => Kind::Unknown,
        _ => Kind::Special,
    }
}
