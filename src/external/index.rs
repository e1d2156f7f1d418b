//! The index of a dump of OSV: its advisories sorted by package in one file, of which a scan reads only what it
//! asks about.
//!
//! The file is a header of fixed size, what is known of the dump as JSON, a table of entries in the order of the
//! hashes of their packages, and the advisories as JSON. All numbers are little-endian. The header has a checksum of what
//! stands before the advisories, and each entry one of its advisory, so that a lookup checks what it reads and
//! nothing else.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::external::file;
use crate::parse::advisory::{Advisories, Advisory, Unread};
use crate::parse::lockfile::Ecosystem;

/// What an index starts with; the last byte is raised when the layout, or what is kept of advisories, changes.
const MAGIC: &[u8; 8] = b"bzn-osv\x01";
/// The marks at the start, a checksum, and the sizes of what follows.
const HEADER: usize = 8 + 4 + 4 + 4 + 8;
/// The hash of the package, where its advisory starts, how long it is, and its checksum.
const ENTRY: usize = 8 + 8 + 4 + 4;
/// What is known of the dump is not larger.
const ABOUT_MAX: usize = 4 << 20;
/// More entries are not read.
const ENTRIES_MAX: usize = 8 << 20;
/// A larger index is not read.
const INDEX_MAX: u64 = 4 << 30;
/// Bytes of advisories that one scan reads.
const READ_MAX: usize = 256 << 20;
/// Documents that cannot be read and are listed.
const UNREAD_MAX: usize = 1000;
/// Characters of what is said of each of them.
const WHY_MAX: usize = 200;

/// What a dump is of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How many documents it has.
    pub count: usize,
    /// The date of the newest one.
    pub newest: String,
    /// Those that cannot be read, up to a number of them.
    pub unread: Vec<Unread>,
    /// How many of its documents are about each ecosystem.
    about: BTreeMap<String, usize>,
    /// The ecosystems that it is a dump of, by their names.
    covered: BTreeSet<String>,
}

impl Summary {
    /// Counts a document about `ecosystem`.
    pub(super) fn mention(&mut self, ecosystem: Ecosystem) {
        *self.about.entry(ecosystem.as_str().to_owned()).or_default() += 1;
    }

    /// The same, as far as it is about `ecosystem`.
    pub(super) fn only(mut self, ecosystem: Ecosystem) -> Self {
        self.covered.retain(|name| name == ecosystem.as_str());
        self.about.retain(|name, _| name == ecosystem.as_str());
        self.count = self.about.values().sum();
        self
    }

    /// Adds `ecosystem` to those that it is a dump of.
    pub(super) fn cover(&mut self, ecosystem: Ecosystem) {
        self.covered.insert(ecosystem.as_str().to_owned());
    }

    /// Adds a document that cannot be read.
    pub(super) fn broken(&mut self, file: &str, why: &str) {
        if self.unread.len() < UNREAD_MAX {
            let short = |text: &str| text.chars().take(WHY_MAX).collect::<String>();
            self.unread.push(Unread { package: String::new(), file: short(file), why: short(why) });
        }
    }

    /// True if what it does not say about a package of `ecosystem` is not known to OSV.
    #[must_use]
    pub fn covers(&self, ecosystem: Ecosystem) -> bool {
        self.covered.contains(ecosystem.as_str())
    }
}

/// What stands in front of the table.
#[derive(Serialize, Deserialize)]
struct About {
    /// What the index was made of; another one is made when it changes.
    identity: String,
    summary: Summary,
}

/// The first bytes of the digest of a package's name, see [`osv::key`](crate::parse::advisory::osv::key).
fn hash(package: &str) -> u64 {
    let digest: [u8; 32] = Sha256::digest(package.as_bytes()).into();
    let [a, b, c, d, e, f, g, h, ..] = digest;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Collects advisories for an index.
#[derive(Default)]
pub struct Builder {
    /// Advisories as JSON, one behind the other.
    data: Vec<u8>,
    /// Of each its hash, its start and its length.
    entries: Vec<(u64, usize, u32)>,
}

impl Builder {
    /// Adds an advisory.
    pub fn add(&mut self, advisory: &Advisory) {
        let start = self.data.len();
        // What was read from JSON can be written as such.
        if serde_json::to_writer(&mut self.data, advisory).is_err() {
            return self.data.truncate(start);
        }
        let Ok(length) = u32::try_from(self.data.len() - start) else { return self.data.truncate(start) };
        self.entries.push((hash(&advisory.package), start, length));
    }

    /// The bytes of the index, of a dump that `identity` stands for.
    #[must_use]
    pub fn finish(mut self, identity: &str, summary: Summary) -> Vec<u8> {
        // Those of one package stay in the order of the dump.
        self.entries.sort_by_key(|(hash, ..)| *hash);
        let about = About { identity: identity.to_owned(), summary };
        let about = serde_json::to_vec(&about).unwrap_or_default();
        let mut all = Vec::with_capacity(HEADER + about.len() + self.entries.len() * ENTRY + self.data.len());
        all.extend(MAGIC);
        all.extend([0; 4]);
        all.extend(u32::try_from(about.len()).unwrap_or(u32::MAX).to_le_bytes());
        all.extend(u32::try_from(self.entries.len()).unwrap_or(u32::MAX).to_le_bytes());
        all.extend((self.data.len() as u64).to_le_bytes());
        all.extend(&about);
        let mut at = 0_u64;
        for (hash, start, length) in &self.entries {
            let advisory = &self.data[*start..*start + *length as usize];
            all.extend(hash.to_le_bytes());
            all.extend(at.to_le_bytes());
            all.extend(length.to_le_bytes());
            all.extend(crc32fast::hash(advisory).to_le_bytes());
            at += u64::from(*length);
        }
        let checksum = crc32fast::hash(&all[MAGIC.len() + 4..]);
        all[MAGIC.len()..MAGIC.len() + 4].copy_from_slice(&checksum.to_le_bytes());
        for (_, start, length) in &self.entries {
            all.extend(&self.data[*start..*start + *length as usize]);
        }
        all
    }
}

/// Where the bytes of an index are.
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

/// An index that can be asked.
pub struct Index {
    about: About,
    table: Vec<u8>,
    bytes: Bytes,
    /// Where the advisories start, and how many bytes they are.
    data: (u64, u64),
}

/// A number that stands at `at`; what is too short was refused before.
fn long(bytes: &[u8], at: usize) -> u64 {
    let part = bytes.get(at..at + 8).and_then(|part| part.try_into().ok());
    u64::from_le_bytes(part.unwrap_or_default())
}

fn short(bytes: &[u8], at: usize) -> u32 {
    let part = bytes.get(at..at + 4).and_then(|part| part.try_into().ok());
    u32::from_le_bytes(part.unwrap_or_default())
}

impl Index {
    /// The index in the file at `path`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let (file, length) = file::open(path).map_err(|error| file::in_words(&error))?;
        Self::new(Bytes::File(file), length)
    }

    /// The index that these bytes are.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of(bytes: Vec<u8>) -> Result<Self, String> {
        let length = bytes.len() as u64;
        Self::new(Bytes::Memory(bytes), length)
    }

    fn new(bytes: Bytes, length: u64) -> Result<Self, String> {
        let damaged = |what: &str| format!("the index is damaged: {what}");
        if length > INDEX_MAX {
            return Err(damaged("it is too large"));
        }
        let header = bytes.read(0, HEADER).map_err(|_| damaged("it is too short"))?;
        if !header.starts_with(MAGIC) {
            return Err("the index is none of this version of bartizan".to_owned());
        }
        let (about, entries) = (short(&header, 12) as usize, short(&header, 16) as usize);
        if about > ABOUT_MAX || entries > ENTRIES_MAX {
            return Err(damaged("it claims too much"));
        }
        let front = about + entries * ENTRY;
        let data = ((HEADER + front) as u64, long(&header, 20));
        if data.0.checked_add(data.1) != Some(length) {
            return Err(damaged("it has another size than it says"));
        }
        let front = bytes.read(HEADER as u64, front).map_err(|error| damaged(&file::in_words(&error)))?;
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&header[12..]);
        checksum.update(&front);
        if checksum.finalize() != short(&header, 8) {
            return Err(damaged("its checksum is another one"));
        }
        let read = serde_json::from_slice(&front[..about]).map_err(|error| damaged(&error.to_string()))?;
        Ok(Self { about: read, table: front[about..].to_vec(), bytes, data })
    }

    /// True if it was made of what `identity` stands for.
    #[must_use]
    pub fn is_of(&self, identity: &str) -> bool {
        self.about.identity == identity
    }

    /// What the dump is of.
    #[must_use]
    pub const fn summary(&self) -> &Summary {
        &self.about.summary
    }

    /// Where the entries of `hash` are in the table.
    fn entries(&self, hash: u64) -> impl Iterator<Item = &[u8]> {
        let count = self.table.len() / ENTRY;
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low.midpoint(high);
            match long(&self.table, middle * ENTRY) < hash {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        let rest = self.table[low * ENTRY..].chunks_exact(ENTRY);
        rest.take_while(move |entry| long(entry, 0) == hash)
    }

    /// The advisories about the packages in `wanted`. `origin` says what the dump is.
    ///
    /// # Errors
    /// What is wrong with the index.
    pub fn advisories(&self, wanted: &HashSet<String>, origin: &str) -> Result<Advisories, String> {
        let damaged = |what: &str| format!("the index is damaged: {what}");
        let mut left = READ_MAX;
        let mut found = Vec::new();
        let mut wanted: Vec<(u64, &String)> = wanted.iter().map(|package| (hash(package), package)).collect();
        // What stands together in the file is read together.
        wanted.sort_unstable();
        for (hash, package) in wanted {
            for entry in self.entries(hash) {
                let (start, length) = (long(entry, 8), short(entry, 16));
                if start.checked_add(u64::from(length)).is_none_or(|end| end > self.data.1) {
                    return Err(damaged("an advisory is outside of it"));
                }
                left =
                    left.checked_sub(length as usize).ok_or_else(|| damaged("it has too many advisories"))?;
                let bytes = self.bytes.read(self.data.0 + start, length as usize);
                let bytes = bytes.map_err(|error| damaged(&file::in_words(&error)))?;
                if crc32fast::hash(&bytes) != short(entry, 20) {
                    return Err(damaged("an advisory has another checksum"));
                }
                let advisory: Advisory =
                    serde_json::from_slice(&bytes).map_err(|error| damaged(&error.to_string()))?;
                // Two packages may have the same hash.
                if advisory.package == *package {
                    found.push(advisory);
                }
            }
        }
        let mut advisories = Advisories::new(found);
        let Summary { count, newest, unread, .. } = self.summary().clone();
        (advisories.count, advisories.newest, advisories.unread) = (count, newest, unread);
        advisories.origin = origin.to_owned();
        Ok(advisories)
    }
}
