//! The index of a pack: which objects it contains, sorted by id, and their offsets (`gitformat-pack(5)`, versions
//! 1 and 2).
//!
//! A few lookups read only the bytes they need; after more, or when all ids are needed, the index is read into
//! memory once.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use gix::{ObjectId, oid};

use super::pack_file::PackFile;

/// After this many lookups an index is read whole, unless it is larger than [`MAX_EAGER`].
const FEW: u32 = 64;
/// A larger index is read whole only if all of it is needed.
const MAX_EAGER: u64 = 256 << 20;
/// The last ids of a binary search, compared in memory.
const BLOCK: u32 = 128;
/// `\377tOc` and version 2.
const VERSION_2: [u8; 8] = *b"\xfftOc\0\0\0\x02";
/// Size of the fan-out table.
const FAN: usize = 256 * 4;

/// The index of a pack.
pub(super) struct PackIndex {
    file: PackFile,
    hash: gix::hash::Kind,
    layout: Layout,
    fan: Box<[u32; 256]>,
    /// All of its bytes; `None` if the file has shrunk.
    whole: OnceLock<Option<Vec<u8>>>,
    lookups: AtomicU32,
}

/// The layout of the file, in bytes from its start.
struct Layout {
    /// The first id.
    ids: u64,
    /// The distance between ids.
    step: u64,
    /// The first 32-bit offset.
    offsets: u64,
    /// The 64-bit offsets and their end; version 2 only.
    large: Option<(u64, u64)>,
    /// The checksum of the pack.
    checksum: u64,
}

impl PackIndex {
    /// Opens the index at `path`.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(super) fn open(path: &Path, hash: gix::hash::Kind) -> Result<Self, String> {
        let file = PackFile::open(path)?;
        let short = || "its index is cut off".to_owned();
        let first: [u8; 8] = file.array(0).ok_or_else(short)?;
        let is_second = first == VERSION_2;
        if !is_second && first.starts_with(&VERSION_2[..4]) {
            return Err("the version of its index is not supported".to_owned());
        }
        let start = if is_second { VERSION_2.len() as u64 } else { 0 };
        let table: [u8; FAN] = file.array(start).ok_or_else(short)?;
        let mut fan = Box::new([0; 256]);
        for (slot, bytes) in fan.iter_mut().zip(table.as_chunks::<4>().0) {
            *slot = u32::from_be_bytes(*bytes);
        }
        if !fan.is_sorted() {
            return Err("its index is damaged".to_owned());
        }
        let (count, width) = (u64::from(fan[255]), hash.len_in_bytes() as u64);
        let ids = start + FAN as u64;
        let checksum = file.len().checked_sub(2 * width).ok_or_else(short)?;
        let layout = if is_second {
            let offsets = ids + count * (width + 4);
            let large = offsets + count * 4;
            Layout { ids, step: width, offsets, large: Some((large, checksum)), checksum }
        } else {
            Layout { ids: ids + 4, step: width + 4, offsets: ids, large: None, checksum }
        };
        let end = if is_second { layout.offsets + count * 4 } else { ids + count * (width + 4) };
        if end > checksum {
            return Err(short());
        }
        Ok(Self { file, hash, layout, fan, whole: OnceLock::new(), lookups: AtomicU32::new(0) })
    }

    /// Reads all of it into memory; false if the file has shrunk.
    pub(super) fn load(&self) -> bool {
        self.whole().is_some()
    }

    fn whole(&self) -> Option<&[u8]> {
        let read = || {
            let len = usize::try_from(self.file.len()).ok()?;
            let mut bytes = Vec::new();
            bytes.try_reserve_exact(len).ok()?;
            bytes.resize(len, 0);
            (self.file.read(0, &mut bytes) == len).then_some(bytes)
        };
        self.whole.get_or_init(read).as_deref()
    }

    /// The hash function of its ids.
    pub(super) const fn hash(&self) -> gix::hash::Kind {
        self.hash
    }

    /// How many objects it lists.
    pub(super) fn len(&self) -> u32 {
        self.fan[255]
    }

    /// The checksum of the pack that it belongs to.
    pub(super) fn checksum_of_pack(&self) -> Option<ObjectId> {
        self.bytes(self.layout.checksum, &mut [0; 32])
    }

    /// The id at `position`.
    ///
    /// # Panics
    /// If `position` is out of range, or the index was not [loaded](Self::load).
    pub(super) fn id(&self, position: u32) -> &oid {
        assert!(position < self.len(), "positions are below the number of objects");
        let at = self.id_at(position);
        let whole = self.whole().expect("an index is loaded before it is gone through");
        oid::from_bytes_unchecked(&whole[at as usize..][..self.hash.len_in_bytes()])
    }

    /// The offset of the entry at `position` in the pack; beyond every pack if unreadable.
    pub(super) fn offset(&self, position: u32) -> u64 {
        let (at, step) = match self.layout.large {
            Some(_) => (self.layout.offsets, 4),
            None => (self.layout.offsets, self.layout.step),
        };
        let Some(offset) = self.array::<4>(at + u64::from(position) * step).map(u32::from_be_bytes) else {
            return u64::MAX;
        };
        match self.layout.large {
            Some((large, end)) if offset >> 31 != 0 => {
                let at = large + u64::from(offset & 0x7fff_ffff) * 8;
                let inside = at.checked_add(8).is_some_and(|after| after <= end);
                let found = inside.then(|| self.array::<8>(at)).flatten();
                found.map_or(u64::MAX, u64::from_be_bytes)
            }
            _ => u64::from(offset),
        }
    }

    /// The position of the object `id`.
    pub(super) fn lookup(&self, id: &oid) -> Option<u32> {
        if id.kind() != self.hash {
            return None;
        }
        if self.lookups.fetch_add(1, Ordering::Relaxed) == FEW && self.file.len() <= MAX_EAGER {
            self.load();
        }
        let first = usize::from(id.as_bytes()[0]);
        let (mut low, mut high) =
            (first.checked_sub(1).map_or(0, |before| self.fan[before]), self.fan[first]);
        if let Some(whole) = self.whole.get().and_then(Option::as_deref) {
            let (step, width) = (self.layout.step as usize, self.hash.len_in_bytes());
            let ids = whole.get(usize::try_from(self.layout.ids).ok()?..)?;
            while low < high {
                let middle = low + (high - low) / 2;
                match ids.get(middle as usize * step..)?.get(..width)?.cmp(id.as_bytes()) {
                    std::cmp::Ordering::Less => low = middle + 1,
                    std::cmp::Ordering::Greater => high = middle,
                    std::cmp::Ordering::Equal => return Some(middle),
                }
            }
            return None;
        }
        let mut buffer = [0; 32];
        while high - low > BLOCK {
            let middle = low + (high - low) / 2;
            let found: ObjectId = self.bytes(self.id_at(middle), &mut buffer)?;
            match found.as_ref().cmp(id) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        let (step, width) = (self.layout.step as usize, self.hash.len_in_bytes());
        let mut last = vec![0; ((high - low) as usize * step).saturating_sub(step - width)];
        let count = self.file.read(self.id_at(low), &mut last);
        let found = last[..count].chunks(step).position(|bytes| bytes.get(..width) == Some(id.as_bytes()))?;
        Some(low + u32::try_from(found).expect("a block is short"))
    }

    /// The first two ids that start with `prefix`: enough to see that it is ambiguous.
    pub(super) fn with_prefix(&self, prefix: &gix::hash::Prefix) -> Vec<ObjectId> {
        if !self.load() {
            return Vec::new();
        }
        let first = usize::from(prefix.as_oid().as_bytes()[0]);
        let (mut low, mut high) =
            (first.checked_sub(1).map_or(0, |before| self.fan[before]), self.fan[first]);
        let end = high;
        while low < high {
            let middle = low + (high - low) / 2;
            if prefix.cmp_oid(self.id(middle)).is_gt() {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let ids = (low..end).map(|position| self.id(position));
        ids.take_while(|id| prefix.cmp_oid(id).is_eq()).take(2).map(ToOwned::to_owned).collect()
    }

    fn id_at(&self, position: u32) -> u64 {
        self.layout.ids + u64::from(position) * self.layout.step
    }

    /// The id, or checksum, at the byte `at`.
    fn bytes(&self, at: u64, buffer: &mut [u8; 32]) -> Option<ObjectId> {
        let width = self.hash.len_in_bytes();
        let bytes = match self.whole.get() {
            Some(Some(whole)) => whole.get(usize::try_from(at).ok()?..)?.get(..width)?,
            _ => {
                let buffer = &mut buffer[..width];
                (self.file.read(at, buffer) == width).then_some(&*buffer)?
            }
        };
        ObjectId::try_from(bytes).ok()
    }

    fn array<const N: usize>(&self, at: u64) -> Option<[u8; N]> {
        match self.whole.get() {
            Some(Some(whole)) => whole.get(usize::try_from(at).ok()?..)?.first_chunk().copied(),
            _ => self.file.array(at),
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests make the files that they read")]
mod tests {
    use std::path::Path;

    use gix::ObjectId;

    use super::{PackIndex, VERSION_2};

    const SHA1: gix::hash::Kind = gix::hash::Kind::Sha1;

    fn ids() -> Vec<ObjectId> {
        let mut ids: Vec<ObjectId> = (0..2000u32)
            .map(|n| gix::objs::compute_hash(SHA1, gix::objs::Kind::Blob, &n.to_le_bytes()).unwrap())
            .collect();
        ids.sort_unstable();
        ids
    }

    fn written(path: &Path, ids: &[ObjectId], second: bool) {
        let mut bytes = if second { VERSION_2.to_vec() } else { Vec::new() };
        for first in 0..=255u8 {
            let count = ids.iter().filter(|id| id.as_bytes()[0] <= first).count();
            bytes.extend((count as u32).to_be_bytes());
        }
        let offset = |at: usize| 12 + at as u32 * 10;
        if second {
            ids.iter().for_each(|id| bytes.extend(id.as_bytes()));
            ids.iter().for_each(|_| bytes.extend([0; 4]));
            for at in 0..ids.len() {
                // The last one lies far behind, and the one before it nowhere.
                let far = (at + 1 == ids.len()).then_some(1 << 31);
                let nowhere = (at + 2 == ids.len()).then_some(1 << 31 | 77);
                bytes.extend(far.or(nowhere).unwrap_or_else(|| offset(at)).to_be_bytes());
            }
            bytes.extend((5u64 << 32).to_be_bytes());
        } else {
            for (at, id) in ids.iter().enumerate() {
                bytes.extend(offset(at).to_be_bytes());
                bytes.extend(id.as_bytes());
            }
        }
        bytes.extend([9; 40]);
        std::fs::write(path, bytes).unwrap();
    }

    #[test]
    fn both_versions_read_from_the_file_and_from_memory() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("pack.idx");
        let ids = ids();
        for second in [false, true] {
            written(&path, &ids, second);
            for load in [false, true] {
                let index = PackIndex::open(&path, SHA1).unwrap();
                assert!(!load || index.load());
                assert_eq!(index.len(), 2000);
                assert_eq!(index.checksum_of_pack(), Some(ObjectId::from([9; 20])));
                for at in [0u32, 1, 7, 1000, 1997] {
                    assert_eq!(index.lookup(&ids[at as usize]), Some(at));
                    assert_eq!(index.offset(at), 12 + u64::from(at) * 10);
                }
                if second {
                    assert_eq!((index.offset(1998), index.offset(1999)), (u64::MAX, 5 << 32));
                }
                for other in [ObjectId::from([0; 20]), ObjectId::from([0xff; 20]), ObjectId::from([0x80; 20])]
                {
                    assert_eq!(index.lookup(&other), None);
                }
                let prefix = gix::hash::Prefix::new(&ids[50], 12).unwrap();
                assert_eq!(index.with_prefix(&prefix), [ids[50]]);
            }
        }
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("pack.idx");
        for second in [false, true] {
            written(&path, &ids(), second);
            let bytes = std::fs::read(&path).unwrap();
            let tail = if second { 9 } else { 1 };
            for len in [0, 7, 8, 1000, 1031, 1032, 20_000, bytes.len() - tail] {
                std::fs::write(&path, &bytes[..len]).unwrap();
                assert!(PackIndex::open(&path, SHA1).is_err(), "{len}");
            }
            std::fs::write(&path, &bytes).unwrap();
            let index = PackIndex::open(&path, SHA1).unwrap();
            std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(3_000).unwrap();
            assert!(!index.load());
            assert_eq!(index.lookup(&ids()[1500]), None);
            assert_eq!(index.offset(1500), u64::MAX);
        }
    }
}
