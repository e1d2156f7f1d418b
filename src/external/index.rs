//! An index of an OSV dump: its advisories sorted by package in one file, of which a scan reads only what it
//! needs.
//!
//! The file is a fixed-size header, facts about the dump as JSON, a list of table blocks, the table with an entry
//! per advisory in the order of package hashes, and the advisories as JSON. All numbers are little-endian. The
//! header has a checksum of everything before the table, the list one of each block, and an entry one of its
//! advisory, so a lookup verifies what it reads and reads little else.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::external::file;
use crate::parse::advisory::{Advisories, Advisory, Unread};
use crate::parse::lockfile::Ecosystem;

/// The magic number; its last byte is raised when the layout, or what is kept of advisories, changes.
const MAGIC: &[u8; 8] = b"bzn-osv\x01";
/// The magic number, a checksum, and the sizes of what follows.
const HEADER: usize = 8 + 4 + 4 + 4 + 8;
/// The hash of the package, the offset of its advisory, its length, and its checksum.
const ENTRY: usize = 8 + 8 + 4 + 4;
/// Entries per block; the hash of a block's first entry, and the block's checksum.
const BLOCK: usize = 64;
const LISTED: usize = 8 + 4;
/// The largest facts about the dump.
const ABOUT_MAX: usize = 4 << 20;
/// The most entries.
const ENTRIES_MAX: usize = 8 << 20;
/// The largest index.
const INDEX_MAX: u64 = 4 << 30;
/// The most bytes of advisories per ecosystem: npm has about 70 MB.
const DATA_MAX: usize = 512 << 20;
/// Adjacent advisories are read together, up to this many bytes.
const RUN_MAX: u64 = 1 << 20;
/// The most bytes of advisories that one scan reads.
const READ_MAX: u64 = 256 << 20;
/// The most unreadable documents that are listed.
const UNREAD_MAX: usize = 1000;
/// The most characters of each error.
const WHY_MAX: usize = 200;

/// Facts about a dump.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How many documents it has.
    pub count: usize,
    /// The date of the newest one.
    pub newest: String,
    /// Unreadable documents, up to a limit.
    pub unread: Vec<Unread>,
    /// How many documents are about each ecosystem.
    about: BTreeMap<String, usize>,
    /// The names of the ecosystems that it covers completely.
    covered: BTreeSet<String>,
}

impl Summary {
    /// Counts a document about `ecosystem`.
    pub(super) fn mention(&mut self, ecosystem: Ecosystem) {
        *self.about.entry(ecosystem.as_str().to_owned()).or_default() += 1;
    }

    /// The same, restricted to `ecosystem`.
    pub(super) fn only(mut self, ecosystem: Ecosystem) -> Self {
        self.covered.retain(|name| name == ecosystem.as_str());
        self.about.retain(|name, _| name == ecosystem.as_str());
        self.count = self.about.values().sum();
        self
    }

    /// Adds `ecosystem` to the covered ones.
    pub(super) fn cover(&mut self, ecosystem: Ecosystem) {
        self.covered.insert(ecosystem.as_str().to_owned());
    }

    /// Adds an unreadable document.
    pub(super) fn broken(&mut self, file: &str, why: &str) {
        if self.unread.len() < UNREAD_MAX {
            let short = |text: &str| text.chars().take(WHY_MAX).collect::<String>();
            self.unread.push(Unread { package: String::new(), file: short(file), why: short(why) });
        }
    }

    /// True if the dump is complete for `ecosystem`.
    #[must_use]
    pub fn covers(&self, ecosystem: Ecosystem) -> bool {
        self.covered.contains(ecosystem.as_str())
    }
}

/// The facts before the table.
#[derive(Serialize, Deserialize)]
struct About {
    /// Identifies the indexed dump; the index is rebuilt when it changes.
    identity: String,
    summary: Summary,
}

/// The first bytes of the digest of a package's key, see [`osv::key`](crate::parse::advisory::osv::key).
fn hash(package: &str) -> u64 {
    let digest: [u8; 32] = Sha256::digest(package.as_bytes()).into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Collects advisories for an index.
#[derive(Default)]
pub struct Builder {
    /// Concatenated advisories as JSON.
    data: Vec<u8>,
    /// For each its hash, its offset and its length.
    entries: Vec<(u64, usize, u32)>,
    full: bool,
}

impl Builder {
    /// Adds an advisory.
    pub fn add(&mut self, advisory: &Advisory) {
        let start = self.data.len();
        if start > DATA_MAX || self.entries.len() >= ENTRIES_MAX {
            self.full = true;
            return;
        }
        // What was read from JSON can be written as JSON.
        if serde_json::to_writer(&mut self.data, advisory).is_err() {
            return self.data.truncate(start);
        }
        let Ok(length) = u32::try_from(self.data.len() - start) else { return self.data.truncate(start) };
        self.entries.push((hash(&advisory.package), start, length));
    }

    /// True if the dump did not fit.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.full
    }

    /// The bytes of the index of a dump that `identity` identifies.
    #[must_use]
    pub fn finish(mut self, identity: &str, summary: Summary) -> Vec<u8> {
        // Stable: advisories of one package stay in the order of the dump.
        self.entries.sort_by_key(|(hash, ..)| *hash);
        let about = About { identity: identity.to_owned(), summary };
        let about = serde_json::to_vec(&about).unwrap_or_default();
        let (mut at, mut table) = (0_u64, Vec::with_capacity(self.entries.len() * ENTRY));
        for (hash, start, length) in &self.entries {
            let advisory = &self.data[*start..*start + *length as usize];
            table.extend(hash.to_le_bytes());
            table.extend(at.to_le_bytes());
            table.extend(length.to_le_bytes());
            table.extend(crc32fast::hash(advisory).to_le_bytes());
            at += u64::from(*length);
        }
        let mut all = Vec::with_capacity(HEADER + about.len() + table.len() * 2 + self.data.len());
        all.extend(MAGIC);
        all.extend([0; 4]);
        all.extend(u32::try_from(about.len()).unwrap_or(u32::MAX).to_le_bytes());
        all.extend(u32::try_from(self.entries.len()).unwrap_or(u32::MAX).to_le_bytes());
        all.extend((self.data.len() as u64).to_le_bytes());
        all.extend(&about);
        for block in table.chunks(BLOCK * ENTRY) {
            all.extend(&block[..8]);
            all.extend(crc32fast::hash(block).to_le_bytes());
        }
        let checksum = crc32fast::hash(&all[MAGIC.len() + 4..]);
        all[MAGIC.len()..MAGIC.len() + 4].copy_from_slice(&checksum.to_le_bytes());
        all.extend(&table);
        for (_, start, length) in &self.entries {
            all.extend(&self.data[*start..*start + *length as usize]);
        }
        all
    }
}

/// The storage of an index.
enum Bytes {
    File(File),
    Memory(Vec<u8>),
}

impl Bytes {
    fn read(&self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        match self {
            Self::File(file) => {
                let (mut file, mut bytes) = (file, vec![0; length]);
                file.seek(SeekFrom::Start(at))?;
                file.read_exact(&mut bytes)?;
                Ok(bytes)
            }
            Self::Memory(bytes) => {
                let start = usize::try_from(at).map_err(|_| io::ErrorKind::UnexpectedEof)?;
                let part = start.checked_add(length).and_then(|end| bytes.get(start..end));
                part.map(<[u8]>::to_vec).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
        }
    }
}

/// An index opened for lookups.
pub struct Index {
    about: About,
    /// The list of blocks.
    blocks: Vec<u8>,
    bytes: Bytes,
    /// The offset and size of the table.
    table: (u64, usize),
    /// The offset and size of the advisories.
    data: (u64, u64),
}

/// Where an advisory is, and its checksum.
struct Found {
    start: u64,
    length: u32,
    checksum: u32,
}

fn damaged(what: &str) -> String {
    format!("the index is damaged: {what}")
}

/// The number at `at`; the length was checked before.
fn long(bytes: &[u8], at: usize) -> u64 {
    let part = bytes.get(at..at + 8).and_then(|part| part.try_into().ok());
    u64::from_le_bytes(part.unwrap_or_default())
}

fn short(bytes: &[u8], at: usize) -> u32 {
    let part = bytes.get(at..at + 4).and_then(|part| part.try_into().ok());
    u32::from_le_bytes(part.unwrap_or_default())
}

impl Index {
    /// Opens the index at `path`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let (file, length) = file::open(path).map_err(|error| file::in_words(&error))?;
        Self::new(Bytes::File(file), length)
    }

    /// Opens the index in `bytes`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of(bytes: Vec<u8>) -> Result<Self, String> {
        let length = bytes.len() as u64;
        Self::new(Bytes::Memory(bytes), length)
    }

    fn new(bytes: Bytes, length: u64) -> Result<Self, String> {
        if length > INDEX_MAX {
            return Err(damaged("it is too large"));
        }
        let header = bytes.read(0, HEADER).map_err(|_| damaged("it is too short"))?;
        if !header.starts_with(MAGIC) {
            return Err("the index is of another version of bartizan".to_owned());
        }
        let (about, entries) = (short(&header, 12) as usize, short(&header, 16) as usize);
        if about > ABOUT_MAX || entries > ENTRIES_MAX {
            return Err(damaged("its sizes are over the limits"));
        }
        let front = about + entries.div_ceil(BLOCK) * LISTED;
        let table = ((HEADER + front) as u64, entries * ENTRY);
        let data = (table.0 + table.1 as u64, long(&header, 20));
        if data.0.checked_add(data.1) != Some(length) {
            return Err(damaged("its size is wrong"));
        }
        let mut front = bytes.read(HEADER as u64, front).map_err(|error| damaged(&file::in_words(&error)))?;
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&header[12..]);
        checksum.update(&front);
        if checksum.finalize() != short(&header, 8) {
            return Err(damaged("its checksum does not match"));
        }
        let blocks = front.split_off(about);
        let about = serde_json::from_slice(&front).map_err(|error| damaged(&error.to_string()))?;
        Ok(Self { about, blocks, bytes, table, data })
    }

    /// True if `identity` identifies the indexed dump.
    #[must_use]
    pub fn is_of(&self, identity: &str) -> bool {
        self.about.identity == identity
    }

    /// Facts about the dump.
    #[must_use]
    pub const fn summary(&self) -> &Summary {
        &self.about.summary
    }

    /// The hash of the first entry of a block.
    fn first(&self, block: usize) -> u64 {
        long(&self.blocks, block * LISTED)
    }

    /// The entries of a block.
    fn block(&self, number: usize) -> Result<Vec<u8>, String> {
        let start = number * BLOCK * ENTRY;
        let length = (BLOCK * ENTRY).min(self.table.1 - start);
        let block = self.bytes.read(self.table.0 + start as u64, length);
        let block = block.map_err(|error| damaged(&file::in_words(&error)))?;
        match crc32fast::hash(&block) == short(&self.blocks, number * LISTED + 8) {
            true => Ok(block),
            false => Err(damaged("the checksum of a part of its table does not match")),
        }
    }

    /// The entries of `hash`; `last` is the block that was read last.
    fn entries(&self, hash: u64, last: &mut Option<(usize, Vec<u8>)>) -> Result<Vec<Found>, String> {
        let count = self.blocks.len() / LISTED;
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low.midpoint(high);
            match self.first(middle) < hash {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        let mut found = Vec::new();
        for number in low.saturating_sub(1)..count {
            if self.first(number) > hash {
                break;
            }
            if last.as_ref().is_none_or(|(known, _)| *known != number) {
                *last = Some((number, self.block(number)?));
            }
            let entries = last.iter().flat_map(|(_, block)| block.chunks_exact(ENTRY));
            found.extend(entries.filter(|entry| long(entry, 0) == hash).map(|entry| Found {
                start: long(entry, 8),
                length: short(entry, 16),
                checksum: short(entry, 20),
            }));
        }
        Ok(found)
    }

    /// Calls back with the bytes of each of these advisories.
    fn read(
        &self,
        entries: &[Found],
        left: &mut u64,
        take: &mut dyn FnMut(&[u8]) -> Result<(), String>,
    ) -> Result<(), String> {
        let end = |entry: &Found| entry.start.saturating_add(u64::from(entry.length));
        let mut rest = entries;
        while let [first, behind @ ..] = rest {
            let mut together = 1;
            for next in behind {
                let is_next = next.start == end(&rest[together - 1]);
                if !is_next || end(next).saturating_sub(first.start) > RUN_MAX {
                    break;
                }
                together += 1;
            }
            let (run, others) = rest.split_at(together);
            let last = end(&run[together - 1]);
            if last > self.data.1 {
                return Err(damaged("an advisory is out of bounds"));
            }
            let length = last - first.start;
            *left = left.checked_sub(length).ok_or_else(|| damaged("it has too many advisories"))?;
            let bytes =
                self.bytes.read(self.data.0 + first.start, usize::try_from(length).unwrap_or(usize::MAX));
            let bytes = bytes.map_err(|error| damaged(&file::in_words(&error)))?;
            let mut at = 0;
            for entry in run {
                let advisory = &bytes[at..at + entry.length as usize];
                if crc32fast::hash(advisory) != entry.checksum {
                    return Err(damaged("the checksum of an advisory does not match"));
                }
                take(advisory)?;
                at += entry.length as usize;
            }
            rest = others;
        }
        Ok(())
    }

    /// The advisories about the packages in `wanted`. `origin` names the dump.
    ///
    /// # Errors
    /// What is wrong with the index.
    pub fn advisories(&self, wanted: &HashSet<String>, origin: &str) -> Result<Advisories, String> {
        let (mut left, mut last) = (READ_MAX, None);
        let mut found = Vec::new();
        let mut wanted: Vec<(u64, &String)> = wanted.iter().map(|package| (hash(package), package)).collect();
        // Adjacent advisories are read together.
        wanted.sort_unstable();
        for (hash, package) in wanted {
            let entries = self.entries(hash, &mut last)?;
            self.read(&entries, &mut left, &mut |bytes| {
                let advisory: Advisory =
                    serde_json::from_slice(bytes).map_err(|error| damaged(&error.to_string()))?;
                // Two packages may have the same hash.
                if advisory.package == *package {
                    found.push(advisory);
                }
                Ok(())
            })?;
        }
        let mut advisories = Advisories::new(found);
        let Summary { count, newest, unread, .. } = self.summary().clone();
        (advisories.count, advisories.newest, advisories.unread) = (count, newest, unread);
        advisories.origin = origin.to_owned();
        Ok(advisories)
    }
}
