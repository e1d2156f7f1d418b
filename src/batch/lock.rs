//! A lock for each shard of a directory of results, so that two workers do not scan the same. It ends with the process,
//! however that ends; a file system without locks has none, and then work is done twice at worst.

#![expect(clippy::disallowed_methods, reason = "the files of locks are made in the directory of results")]

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;

use crate::external::file::make_private;

/// A lock that is held for as long as this lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// What came of asking for one.
#[derive(Debug)]
pub enum Asked {
    /// It is ours.
    Held(Lock),
    /// Another process has it.
    Taken,
    /// There are no locks here.
    Unsupported,
}

fn open(out: &Path, name: &str) -> io::Result<File> {
    let directory = out.join("lock");
    make_private(&directory)?;
    OpenOptions::new().create(true).truncate(false).write(true).open(directory.join(name))
}

/// Asks for the lock `name` of the results in `out`.
///
/// # Errors
/// If the file of the lock cannot be made.
pub fn take(out: &Path, name: &str) -> io::Result<Asked> {
    let mut file = open(out, name)?;
    match file.try_lock() {
        Ok(()) => {
            // For people who look; nothing reads it.
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
    let entries = std::fs::read_dir(out.join("lock")).into_iter().flatten().flatten();
    let is_held = |entry: &std::fs::DirEntry| {
        let file = OpenOptions::new().write(true).open(entry.path());
        file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    };
    entries.filter(is_held).count()
}
