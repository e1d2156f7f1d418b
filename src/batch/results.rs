//! Committed blocks of parts; of several for one repository, the one that counts.

#![expect(clippy::disallowed_methods, reason = "parts are read here, block by block")]

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::Deserialize;

use super::part;
use super::record::{Status, Why};

/// Files that are held open at once.
const OPEN: usize = 400;
/// Longest line of ours.
const LINE: u64 = 1 << 20;

/// The start of a line of a finding, before its key.
const FINDING: &[u8] = b"{\"type\":\"finding\",\"key\":\"";
const RECORD: &[u8] = b"{\"type\":\"repository\",";

/// A committed block.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The key of the repository.
    pub key: u64,
    /// How it went.
    pub status: Status,
    /// Why it failed, if it did.
    pub why: Option<Why>,
    /// When it ended, in milliseconds since 1970.
    pub ended: i64,
    /// Milliseconds of the processor.
    pub cpu_ms: u32,
    file: u32,
    offset: u64,
    len: u32,
    /// Bytes of the block before the record.
    findings: u32,
}

/// The fields of a record that decide which one counts.
#[derive(Deserialize)]
struct Slim<'a> {
    #[serde(borrow)]
    key: std::borrow::Cow<'a, str>,
    status: Status,
    #[serde(default)]
    why: Option<Why>,
    #[serde(default)]
    lines: u64,
    #[serde(default)]
    cost: Option<SlimCost>,
}

#[derive(Deserialize)]
struct SlimCost {
    #[serde(default)]
    ended: i64,
    #[serde(default)]
    cpu_ms: u64,
}

/// A key as a number.
#[must_use]
pub fn number(key: &str) -> Option<u64> {
    if key.len() == 16 { u64::from_str_radix(key, 16).ok() } else { None }
}

/// The results of some directories: one block per repository, sorted by key.
pub struct Results {
    files: Vec<PathBuf>,
    open: Mutex<HashMap<u32, File>>,
    /// One for each repository.
    pub all: Vec<Known>,
}

/// The bytes of a block.
pub struct Block {
    bytes: Vec<u8>,
    findings: usize,
}

impl Block {
    /// The lines of its findings.
    #[must_use]
    pub fn findings(&self) -> &[u8] {
        &self.bytes[..self.findings]
    }

    /// The line of its record.
    #[must_use]
    pub fn record(&self) -> &[u8] {
        &self.bytes[self.findings..]
    }

    /// The record without its run-specific fields, which come last.
    #[must_use]
    pub fn settled(&self) -> Vec<u8> {
        let record = self.record();
        // In a string such quotes are escaped.
        match memchr::memmem::rfind(record, b",\"cost\":{") {
            Some(at) => [&record[..at], b"}\n"].concat(),
            None => record.to_vec(),
        }
    }
}

impl Results {
    /// Reads all parts of these directories.
    ///
    /// # Errors
    /// If one cannot be read. Uncommitted blocks are skipped.
    pub fn read(outs: &[PathBuf]) -> io::Result<Self> {
        let mut files = Vec::new();
        for out in outs {
            files.extend(part::files(out)?);
        }
        let mut all = Vec::new();
        for (at, path) in files.iter().enumerate() {
            read(path, u32::try_from(at).map_err(io::Error::other)?, &mut all)?;
        }
        let mut results = Self { files, open: Mutex::default(), all: Vec::new() };
        results.all = results.best(all)?;
        Ok(results)
    }

    /// Keeps the best block per repository: complete before incomplete, then the newest; ties are decided by the bytes,
    /// so file order does not matter.
    fn best(&self, mut all: Vec<Known>) -> io::Result<Vec<Known>> {
        all.sort_unstable_by_key(|known| {
            (known.key, std::cmp::Reverse((known.status, known.ended)), known.file, known.offset)
        });
        let mut best: Vec<Known> = Vec::with_capacity(all.len());
        for known in all {
            match best.last_mut() {
                Some(last) if last.key == known.key => {
                    if (last.status, last.ended) == (known.status, known.ended)
                        && self.block(&known)?.bytes < self.block(last)?.bytes
                    {
                        *last = known;
                    }
                }
                _ => best.push(known),
            }
        }
        Ok(best)
    }

    /// The result of the repository with this key.
    #[must_use]
    pub fn get(&self, key: u64) -> Option<&Known> {
        self.all.binary_search_by_key(&key, |known| known.key).ok().map(|at| &self.all[at])
    }

    /// The directory of results that a block is in.
    #[must_use]
    pub fn directory(&self, known: &Known) -> Option<&Path> {
        self.files[known.file as usize].parent()?.parent()
    }

    /// The bytes of a block.
    ///
    /// # Errors
    /// What the system says.
    pub fn block(&self, known: &Known) -> io::Result<Block> {
        let mut open = self.open.lock().map_err(|_| io::Error::other("a thread that read it broke"))?;
        if open.len() >= OPEN {
            open.clear();
        }
        let file = match open.entry(known.file) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(File::open(&self.files[known.file as usize])?)
            }
        };
        let mut bytes = vec![0; known.len as usize];
        file.seek(SeekFrom::Start(known.offset))?;
        file.read_exact(&mut bytes)?;
        Ok(Block { bytes, findings: known.findings as usize })
    }
}

/// Adds the committed blocks of one part.
fn read(path: &Path, file: u32, all: &mut Vec<Known>) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?);
    let (mut line, mut offset) = (Vec::new(), 0u64);
    // Findings waiting for their record: key, start, count.
    let mut open: Option<(u64, u64, u64)> = None;
    loop {
        line.clear();
        let read = (&mut reader).take(LINE).read_until(b'\n', &mut line)? as u64;
        if read == 0 {
            return Ok(());
        }
        let start = offset;
        offset += read;
        if let Some(rest) = line.strip_prefix(FINDING) {
            let key = rest.get(..16).and_then(|key| number(std::str::from_utf8(key).ok()?));
            open = match (key, open) {
                (Some(key), Some((before, from, count))) if key == before => Some((key, from, count + 1)),
                (Some(key), _) => Some((key, start, 1)),
                (None, _) => None,
            };
            continue;
        }
        let waiting = open.take();
        // A line without an end was not fully written.
        if !line.starts_with(RECORD) || line.last() != Some(&b'\n') {
            continue;
        }
        let Ok(slim) = serde_json::from_slice::<Slim<'_>>(&line) else { continue };
        let Some(key) = number(&slim.key) else { continue };
        let from = match waiting {
            Some((of, from, count)) if of == key && count == slim.lines => from,
            _ if slim.lines == 0 => start,
            _ => continue,
        };
        let len = u32::try_from(offset - from);
        let (Ok(len), Ok(findings)) = (len, u32::try_from(start - from)) else { continue };
        let (ended, cpu_ms) = slim.cost.map_or((0, 0), |cost| (cost.ended, cost.cpu_ms));
        let cpu_ms = u32::try_from(cpu_ms).unwrap_or(u32::MAX);
        all.push(Known {
            key,
            status: slim.status,
            why: slim.why,
            ended,
            cpu_ms,
            file,
            offset: from,
            len,
            findings,
        });
    }
}
