//! A lock per shard of a results directory, so that two workers do not scan the same shard. It is released when the
//! process ends; without file system locks, work may be done twice.

#![expect(clippy::disallowed_methods, reason = "the files of locks are made in the directory of results")]

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;

use crate::external::file::make_private;

/// A lock, held until dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// The result of a lock attempt.
#[derive(Debug)]
pub enum Asked {
    /// Acquired.
    Held(Lock),
    /// Held by another process.
    Taken,
    /// Locks are not supported here.
    Unsupported,
}

/// The directory of the locks, in that of the results.
pub const DIRECTORY: &str = "lock";

fn open(out: &Path, name: &str) -> io::Result<File> {
    let directory = out.join(DIRECTORY);
    make_private(&directory)?;
    OpenOptions::new().create(true).truncate(false).write(true).open(directory.join(name))
}

/// Tries to take the lock `name` of the results in `out`.
///
/// # Errors
/// If the file of the lock cannot be made.
pub fn take(out: &Path, name: &str) -> io::Result<Asked> {
    let mut file = open(out, name)?;
    match file.try_lock() {
        Ok(()) => {
            // For people; nothing reads it.
            let _ = file.set_len(0);
            let _ = writeln!(file, "{}", std::process::id());
            Ok(Asked::Held(Lock { _file: file }))
        }
        Err(TryLockError::WouldBlock) => Ok(Asked::Taken),
        Err(TryLockError::Error(_)) => Ok(Asked::Unsupported),
    }
}

/// How many locks of the results in `out` are held.
#[must_use]
pub fn held(out: &Path) -> usize {
    let entries = std::fs::read_dir(out.join(DIRECTORY)).into_iter().flatten().flatten();
    let is_held = |entry: &std::fs::DirEntry| {
        let file = OpenOptions::new().write(true).open(entry.path());
        file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    };
    entries.filter(is_held).count()
}
