//! Caches which blobs an earlier scan found clean, pack by pack.
//!
//! A record is bound to the content of a pack, not to blob ids. Reads do not verify that an object hashes to its
//! id (that costs more than the scan), so a store could offer anything under the id of a blob that is clean
//! elsewhere. Instead the pack is hashed with everything that decides what is assembled from it: an equal hash
//! means equal content under equal ids. Entries whose base is in another pack, and loose objects, are never
//! cached.

use std::fmt;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::forest::DeltaForest;
use super::pack::Pack;
use super::pack_file::Window;
use super::survey::Survey;
use super::{Home, ObjectKind};

/// A SHA-256.
pub type Name = [u8; 32];

/// Storage of records between scans. It may lose them; a loaded record is checked for damage, not for forgery.
pub trait CleanCache: fmt::Debug + Send + Sync {
    /// A digest of everything except the bytes of a blob that decides whether it is clean: the program, its rules,
    /// the options. `None` if unknown; then nothing is cached.
    fn rules(&self) -> Option<Name>;

    /// Smaller packs have no record.
    fn least(&self) -> u32;

    /// The record of this name, if it exists.
    fn load(&self, name: &Name) -> Option<Vec<u8>>;

    /// Stores a record, replacing the previous one.
    fn store(&self, name: &Name, record: &[u8]);
}

/// The start of a record; the last byte is the version of the format. The name, the number of objects, four bytes
/// per object of the index (see [`CleanBlob`]), and the SHA-256 of it all follow.
const MAGIC: &[u8; 16] = b"bartizan clean\0\x01";
/// Larger packs have no record: 16 MB each.
const MAX_OBJECTS: u32 = 4 << 20;
/// How many bytes are hashed at once.
const PART: u64 = 4 << 20;
/// Marks a binary blob.
const BINARY: u32 = 1 << 31;

/// The largest record in bytes.
pub const MAX_RECORD: u64 = (MAGIC.len() + 32 + 4 + 32) as u64 + 4 * MAX_OBJECTS as u64;

/// A blob that is known to be clean: its size plus one, with a bit for binary ones; 0 if unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CleanBlob(u32);

impl CleanBlob {
    /// The entry of a clean blob of this size.
    #[must_use]
    pub fn new(bytes: usize, is_text: bool) -> Self {
        let size = u32::try_from(bytes).ok().and_then(|bytes| bytes.checked_add(1));
        let size = size.filter(|size| size & BINARY == 0).unwrap_or_default();
        Self(if size != 0 && !is_text { size | BINARY } else { size })
    }

    /// The size of the blob, and whether it is a text; `None` if it is not known to be clean.
    #[must_use]
    pub fn get(self) -> Option<(u64, bool)> {
        let size = (self.0 & !BINARY).checked_sub(1)?;
        Some((u64::from(size), self.0 & BINARY == 0))
    }
}

/// The clean blobs of one pack.
struct Record {
    name: Name,
    /// By position in the index.
    blobs: Vec<CleanBlob>,
}

/// The clean blobs of the packs of a survey.
pub struct Clean<'a> {
    survey: &'a Survey,
    /// By number of the pack; `None` if nothing is cached.
    records: Vec<Option<Record>>,
}

/// Entries of packs that must be assembled, by number of the pack and of the entry.
pub struct Needed(Vec<Option<Vec<bool>>>);

impl Needed {
    /// True if the entry, or one made from it, must be scanned.
    pub(super) fn is(&self, pack: usize, entry: u32) -> bool {
        self.0.get(pack).and_then(Option::as_ref).is_none_or(|entries| entries[entry as usize])
    }
}

impl<'a> Clean<'a> {
    /// Loads the records of the packs of `survey`.
    #[must_use]
    pub fn read(survey: &'a Survey, cache: &dyn CleanCache) -> Self {
        let packs = &survey.store.packs;
        let is_worth = |pack: &Pack| (cache.least()..=MAX_OBJECTS).contains(&pack.len());
        let rules = if packs.iter().any(is_worth) { cache.rules() } else { None };
        let record = |(pack, forest): (&Pack, &DeltaForest)| {
            let name = name(&rules?, survey, pack, forest)?;
            let known = cache.load(&name).and_then(|bytes| parse(&bytes, &name, pack.len()));
            let blobs = known.unwrap_or_else(|| vec![CleanBlob::default(); pack.len() as usize]);
            Some(Record { name, blobs })
        };
        let both = packs.iter().zip(&survey.forests);
        let records = both.map(|both| if is_worth(both.0) { record(both) } else { None }).collect();
        Self { survey, records }
    }

    /// Decides which blobs to scan, and calls `skip` for the others with their number, size and kind. `asked`
    /// overrides the cache for a blob: scan it (`Some(true)`) or ignore it (`Some(false)`).
    pub fn needed(
        &self,
        asked: &dyn Fn(u32) -> Option<bool>,
        skip: &mut dyn FnMut(u32, u64, bool),
    ) -> Needed {
        let survey = self.survey;
        let packs = self.records.iter().zip(&survey.forests).enumerate().map(|(pack, (record, forest))| {
            let record = record.as_ref()?;
            // Needed unless proven otherwise.
            let mut needed = vec![true; forest.len()];
            let foreign = foreign(forest);
            for root in &forest.roots {
                if forest.kinds[*root as usize] != Some(ObjectKind::Blob) || foreign[*root as usize] {
                    continue;
                }
                for entry in forest.subtree(*root).into_iter().rev() {
                    let position = forest.positions[entry as usize];
                    let number = survey.numbers[pack][position as usize];
                    let asked = if survey.is_home(pack, position) { asked(number) } else { Some(false) };
                    let known = record.blobs[position as usize].get();
                    let is_asked = asked.unwrap_or(known.is_none());
                    let is_needed =
                        is_asked || forest.children(entry).iter().any(|child| needed[*child as usize]);
                    needed[entry as usize] = is_needed;
                    if let (false, None, Some((bytes, is_text))) = (is_needed, asked, known) {
                        skip(number, bytes, is_text);
                    }
                }
            }
            Some(needed)
        });
        Needed(packs.collect())
    }

    /// Adds blobs that were found clean in the place they are read from, and stores the changed records.
    pub fn keep(mut self, found: impl Iterator<Item = (u32, CleanBlob)>, cache: &dyn CleanCache) {
        let foreign: Vec<Vec<bool>> = self.survey.forests.iter().map(foreign_positions).collect();
        let mut changed = vec![false; self.records.len()];
        for (number, blob) in found {
            let Home { source, position } = self.survey.catalogue.home(number);
            let (pack, position) = (source as usize, position as usize);
            let Some(Some(record)) = self.records.get_mut(pack) else { continue };
            if !foreign[pack][position] && record.blobs[position] != blob {
                record.blobs[position] = blob;
                changed[pack] = true;
            }
        }
        for (record, _) in self.records.iter().zip(changed).filter(|(_, changed)| *changed) {
            if let Some(record) = record {
                cache.store(&record.name, &write(record));
            }
        }
    }
}

/// Which entries are based on an entry of another pack.
fn foreign(forest: &DeltaForest) -> Vec<bool> {
    let mut foreign = vec![false; forest.len()];
    for entry in forest.foreign.iter().flat_map(|(root, _)| forest.subtree(*root)) {
        foreign[entry as usize] = true;
    }
    foreign
}

/// The same by position in the index; positions without an entry count, too.
fn foreign_positions(forest: &DeltaForest) -> Vec<bool> {
    let most = forest.positions.iter().max().map_or(0, |position| *position as usize + 1);
    let bad = forest.bad.iter().map(|(position, _)| *position as usize + 1).max().unwrap_or_default();
    let mut positions = vec![true; most.max(bad)];
    for (position, is_foreign) in forest.positions.iter().zip(foreign(forest)) {
        positions[*position as usize] = is_foreign;
    }
    for (position, _) in &forest.bad {
        positions[*position as usize] = true;
    }
    positions
}

/// A digest of the content of a pack and everything that decides what of it is clean.
fn name(rules: &Name, survey: &Survey, pack: &Pack, forest: &DeltaForest) -> Option<Name> {
    let end = pack.end();
    let parts: Vec<Option<Name>> = (0..end.div_ceil(PART))
        .into_par_iter()
        .map_init(Window::default, |window, part| {
            let (start, end) = (part * PART, end.min((part + 1) * PART));
            let bytes = pack.slice(window, start, end);
            (bytes.len() as u64 == end - start).then(|| Sha256::digest(bytes).into())
        })
        .collect();
    let mut hash = Sha256::new();
    hash.update(MAGIC);
    hash.update(rules);
    for limit in [survey.store.limits.visit, survey.store.limits.decode, survey.store.hash.len_in_bytes()] {
        hash.update((limit as u64).to_le_bytes());
    }
    hash.update(end.to_le_bytes());
    for part in parts {
        hash.update(part?);
    }
    // Where entries start, their ids, and what they are based on.
    hash.update(pack.len().to_le_bytes());
    for position in 0..pack.len() {
        hash.update(pack.id(position).as_bytes());
    }
    hash.update((forest.len() as u64).to_le_bytes());
    for (entry, (offset, position)) in (0u32..).zip(forest.offsets.iter().zip(&forest.positions)) {
        hash.update(offset.to_le_bytes());
        hash.update(position.to_le_bytes());
        let children = forest.children(entry);
        hash.update((children.len() as u64).to_le_bytes());
        for child in children {
            hash.update(child.to_le_bytes());
        }
    }
    Some(hash.finalize().into())
}

/// Serialises a record.
fn write(record: &Record) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(MAGIC.len() + 68 + 4 * record.blobs.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&record.name);
    bytes.extend_from_slice(&(record.blobs.len() as u32).to_le_bytes());
    bytes.extend(record.blobs.iter().flat_map(|blob| blob.0.to_le_bytes()));
    let sum: Name = Sha256::digest(&bytes).into();
    bytes.extend_from_slice(&sum);
    bytes
}

/// Parses the record of this name for this many objects; `None` if it is malformed or damaged.
fn parse(bytes: &[u8], name: &Name, objects: u32) -> Option<Vec<CleanBlob>> {
    let (content, sum) = bytes.split_last_chunk::<32>()?;
    let rest = content.strip_prefix(MAGIC)?.strip_prefix(name)?.strip_prefix(&objects.to_le_bytes())?;
    if rest.len() as u64 != 4 * u64::from(objects) || Name::from(Sha256::digest(content)) != *sum {
        return None;
    }
    let words = rest.as_chunks::<4>().0;
    Some(words.iter().map(|word| CleanBlob(u32::from_le_bytes(*word))).collect())
}

#[cfg(test)]
mod tests {
    use super::{CleanBlob, Record, parse, write};

    #[test]
    fn what_is_remembered_of_a_blob() {
        for (bytes, is_text) in [(0, true), (0, false), (77, true), ((1 << 31) - 2, false)] {
            assert_eq!(CleanBlob::new(bytes, is_text).get(), Some((bytes as u64, is_text)));
        }
        assert_eq!(CleanBlob::new((1 << 31) - 1, true).get(), None);
        assert_eq!(CleanBlob::new(usize::MAX, false).get(), None);
        assert_eq!(CleanBlob::default().get(), None);
    }

    #[test]
    fn no_damaged_record_is_believed() {
        let blobs = vec![CleanBlob::new(5, true), CleanBlob::default(), CleanBlob::new(0, false)];
        let record = Record { name: [7; 32], blobs: blobs.clone() };
        let bytes = write(&record);
        assert_eq!(parse(&bytes, &[7; 32], 3), Some(blobs));
        assert_eq!(parse(&bytes, &[8; 32], 3), None);
        assert_eq!(parse(&bytes, &[7; 32], 2), None);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(parse(&damaged, &[7; 32], 3), None, "byte {at}");
            assert_eq!(parse(&bytes[..at], &[7; 32], 3), None, "{at} bytes");
        }
    }
}
