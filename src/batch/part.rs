//! Append-only part files. A repository is one block, whose last line commits it.

#![expect(clippy::disallowed_methods, reason = "results of a batch are written here")]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::record::{Line, Record};
use crate::external::file::make_private;
use crate::render::SafeJson;

/// A larger part is followed by a new one.
const LARGE: u64 = 64 << 20;
/// Names tried.
const ATTEMPTS: u32 = 10_000;

/// Where the parts of the results in `out` are.
#[must_use]
pub fn directory(out: &Path) -> PathBuf {
    out.join("parts")
}

/// The bytes of a block: findings, then the record.
///
/// # Errors
/// If serialising fails.
pub fn block(lines: &[Line], record: &Record) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(400 * (lines.len() + 1));
    for line in lines {
        json_line(line, &mut bytes)?;
    }
    json_line(record, &mut bytes)?;
    Ok(bytes)
}

/// One line of JSON, safe for terminals.
///
/// # Errors
/// As [`block`].
pub fn json_line(what: &impl Serialize, bytes: &mut Vec<u8>) -> io::Result<()> {
    serde_json::to_writer(SafeJson::new(bytes), what)?;
    bytes.push(b'\n');
    Ok(())
}

/// Writes blocks to its own files.
#[derive(Debug)]
pub struct Parts {
    directory: PathBuf,
    /// Prefix of its files.
    name: String,
    number: u32,
    open: Option<(File, u64)>,
}

impl Parts {
    /// Parts in `out` with the prefix `name`. A file is created on the first write.
    #[must_use]
    pub fn new(out: &Path, name: &str) -> Self {
        Self { directory: directory(out), name: name.to_owned(), number: 0, open: None }
    }

    /// Adds a block. A partial write is rolled back if the disk is full.
    ///
    /// # Errors
    /// The I/O error.
    pub fn add(&mut self, block: &[u8]) -> io::Result<()> {
        if self.open.as_ref().is_some_and(|(_, size)| *size >= LARGE) {
            self.close()?;
        }
        if self.open.is_none() {
            self.open = Some((self.create()?, 0));
        }
        let Some((file, size)) = &mut self.open else { return Ok(()) };
        if let Err(error) = file.write_all(block) {
            // If that fails, readers skip it, as no line commits it.
            let _ = file.set_len(*size);
            self.open = None;
            return Err(error);
        }
        *size += block.len() as u64;
        Ok(())
    }

    /// Syncs the file to disk.
    ///
    /// # Errors
    /// The I/O error.
    pub fn close(&mut self) -> io::Result<()> {
        match self.open.take() {
            Some((file, _)) => file.sync_data(),
            None => Ok(()),
        }
    }

    fn create(&mut self) -> io::Result<File> {
        make_private(&self.directory)?;
        for _ in 0..ATTEMPTS {
            let path = self.directory.join(format!("{}-{:04}.jsonl", self.name, self.number));
            self.number += 1;
            let mut options = OpenOptions::new();
            options.append(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            match options.open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                result => return result,
            }
        }
        Err(io::Error::other("too many parts of this name"))
    }
}

/// The part files of these results, sorted by name; empty without a parts directory.
///
/// # Errors
/// The I/O error.
pub fn files(out: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(directory(out)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        result => result?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_file() && entry.path().extension().is_some_and(|ending| ending == "jsonl") {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}
