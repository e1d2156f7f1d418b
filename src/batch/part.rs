//! Part files: lines that are only ever added. A repository is written as one block, whose last line commits it.

#![expect(clippy::disallowed_methods, reason = "what a batch has found is written here")]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::record::{Line, Record};
use crate::external::file::make_private;
use crate::render::SafeJson;

/// A part that is larger is followed by another one.
const LARGE: u64 = 64 << 20;
/// Names that are tried.
const ATTEMPTS: u32 = 10_000;

/// Where the parts of the results in `out` are.
#[must_use]
pub fn directory(out: &Path) -> PathBuf {
    out.join("parts")
}

/// The bytes of a block: findings, then the record.
///
/// # Errors
/// None but what serialising can bring.
pub fn block(lines: &[Line], record: &Record) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(400 * (lines.len() + 1));
    for line in lines {
        json_line(line, &mut bytes)?;
    }
    json_line(record, &mut bytes)?;
    Ok(bytes)
}

/// One line of JSON that a terminal can be shown.
///
/// # Errors
/// As [`block`].
pub fn json_line(what: &impl Serialize, bytes: &mut Vec<u8>) -> io::Result<()> {
    serde_json::to_writer(SafeJson::new(bytes), what)?;
    bytes.push(b'\n');
    Ok(())
}

/// Writes blocks to files of its own, which nothing else writes to.
#[derive(Debug)]
pub struct Parts {
    directory: PathBuf,
    /// What the names of its files start with.
    name: String,
    number: u32,
    open: Option<(File, u64)>,
}

impl Parts {
    /// Parts in `out` whose names start with `name`. A file is made when there is something to write.
    #[must_use]
    pub fn new(out: &Path, name: &str) -> Self {
        Self { directory: directory(out), name: name.to_owned(), number: 0, open: None }
    }

    /// Adds a block. What was written of one that does not fit on the disk is taken back.
    ///
    /// # Errors
    /// What the system says.
    pub fn add(&mut self, block: &[u8]) -> io::Result<()> {
        if self.open.as_ref().is_some_and(|(_, size)| *size >= LARGE) {
            self.close()?;
        }
        if self.open.is_none() {
            self.open = Some((self.create()?, 0));
        }
        let Some((file, size)) = &mut self.open else { return Ok(()) };
        if let Err(error) = file.write_all(block) {
            // If it stays, readers pass over it, for no line commits it.
            let _ = file.set_len(*size);
            self.open = None;
            return Err(error);
        }
        *size += block.len() as u64;
        Ok(())
    }

    /// Makes sure that what was written survives the machine.
    ///
    /// # Errors
    /// What the system says.
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
        Err(io::Error::other("there are too many parts of this name"))
    }
}

/// The part files of these results, sorted by name; none if there is no directory of parts.
///
/// # Errors
/// What the system says.
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
