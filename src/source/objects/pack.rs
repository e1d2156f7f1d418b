//! One pack: its index, its bytes, and its entry headers.

use std::path::Path;

use gix::{ObjectId, oid};

use super::inflate::Inflater;
use super::pack_file::{PackFile, Window};
use super::pack_index::PackIndex;
use super::{ObjectKind, Reason};

/// The size of a pack's header: `PACK`, the version and the number of entries.
const START: u64 = 12;

/// An open pack.
pub(super) struct Pack {
    /// Its number in the store.
    number: usize,
    pub(super) index: PackIndex,
    data: PackFile,
    /// Where the entries end and the checksum starts.
    end: u64,
}

/// The header of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) link: Link,
    /// Size of the inflated bytes: of the object, or of the delta.
    pub(super) size: u64,
    /// Size of this header.
    pub(super) len: usize,
}

/// Whether an entry is whole or a delta.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// A whole object.
    Whole(ObjectKind),
    /// A delta whose base starts this many bytes before.
    Back(u64),
    /// A delta, and the id of its base.
    To(ObjectId),
}

impl Pack {
    /// Size of the pack.
    pub(super) fn size(&self) -> u64 {
        self.data.len()
    }

    /// Opens the pack with the index at `path` as number `number` of the store. Defects that do not prevent
    /// reading are added to `problems`.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(super) fn open(
        number: usize,
        path: &Path,
        hash: gix::hash::Kind,
        problems: &mut Vec<String>,
    ) -> Result<Self, String> {
        let index = PackIndex::open(path, hash)?;
        let data = PackFile::open(&path.with_extension("pack"))?;
        let width = hash.len_in_bytes();
        let end = data.len().checked_sub(width as u64).filter(|end| *end >= START);
        let (Some(end), Some(start)) = (end, data.array::<{ START as usize }>(0)) else {
            return Err("it is too short for a pack".to_owned());
        };
        if !start.starts_with(b"PACK") {
            return Err("it does not start as a pack does".to_owned());
        }
        let [.., a, b, c, d, e, f, g, h] = start;
        let (version, count) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
        if !matches!(version, 2 | 3) {
            return Err(format!("it is of version {version}, which this program does not read"));
        }
        let mut checksum = [0; 32];
        let checksum = &mut checksum[..width];
        data.read(end, checksum);
        if index.checksum_of_pack().is_none_or(|noted| noted.as_bytes() != checksum) {
            problems.push("its index was made for other content".to_owned());
        }
        if index.len() != count {
            problems.push(format!("it claims {count} objects, but its index has {}", index.len()));
        }
        Ok(Self { number, index, data, end })
    }

    /// How many objects its index names; 0 if the index cannot be read any more.
    pub(super) fn len(&self) -> u32 {
        if self.index.load() { self.index.len() } else { 0 }
    }

    /// The id of the object at `position` of the index.
    pub(super) fn id(&self, position: u32) -> &oid {
        self.index.id(position)
    }

    /// Where the entries end and the checksum starts.
    pub(super) const fn end(&self) -> u64 {
        self.end
    }

    /// The bytes from `start` to `end` within the entries, read through `window`: fewer if the pack has shrunk.
    pub(super) fn slice<'w>(&self, window: &'w mut Window, start: u64, end: u64) -> &'w [u8] {
        window.slice(self.number, &self.data, (start, end), self.end)
    }

    /// The header of the entry at `offset`, if it has one.
    pub(super) fn head(&self, window: &mut Window, offset: u64) -> Option<Head> {
        if offset < START {
            return None;
        }
        head(self.slice(window, offset, offset.saturating_add(64)), self.index.hash())
    }

    /// Inflates the stream at `start`, which gives exactly `size` bytes, into `out`. Its compressed bytes end
    /// before `end`; if `end` is unknown they are searched for.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn inflate(
        &self,
        (window, inflater): (&mut Window, &mut Inflater),
        (start, end): (u64, Option<u64>),
        size: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        // A bound for any deflater: a stored block adds five bytes, and nothing grows by more than an eighth. An
        // index with a gap after an entry must not make the gap be read.
        let most = start.saturating_add(size as u64 + size as u64 / 4 + 4096);
        let ends = match end {
            Some(end) => [None, Some(end.min(most))],
            None => [Some(start.saturating_add(size as u64 / 2 + 512)), Some(most)],
        };
        let mut failed = "its compressed bytes are cut off";
        for end in ends.into_iter().flatten() {
            match inflater.whole(self.slice(window, start, end), size, out) {
                Ok(()) => return Ok(()),
                Err(what) => failed = what,
            }
        }
        Err(Reason::Damaged(failed))
    }
}

/// Parses the start of an entry: kind and size in groups of bits, then the reference of a delta.
fn head(bytes: &[u8], hash: gix::hash::Kind) -> Option<Head> {
    let mut at = 0;
    let mut next = || {
        let byte = *bytes.get(at)?;
        at += 1;
        Some(byte)
    };
    let mut byte = next()?;
    let kind = (byte >> 4) & 7;
    let mut size = u64::from(byte & 15);
    let mut shift = 4u32;
    while byte & 0x80 != 0 {
        byte = next()?;
        let part = u64::from(byte & 0x7f);
        if shift > 63 || (part << shift) >> shift != part {
            return None;
        }
        size |= part << shift;
        shift += 7;
    }
    let link = match kind {
        1 => Link::Whole(ObjectKind::Commit),
        2 => Link::Whole(ObjectKind::Tree),
        3 => Link::Whole(ObjectKind::Blob),
        4 => Link::Whole(ObjectKind::Tag),
        6 => {
            let mut byte = next()?;
            let mut back = u64::from(byte & 0x7f);
            while byte & 0x80 != 0 {
                byte = next()?;
                back = (back + 1).checked_mul(128)?.checked_add(u64::from(byte & 0x7f))?;
            }
            Link::Back(back)
        }
        7 => {
            let id = bytes.get(at..at + hash.len_in_bytes())?;
            at += id.len();
            Link::To(ObjectId::try_from(id).ok()?)
        }
        _ => return None,
    };
    Some(Head { link, size, len: at })
}

#[cfg(test)]
mod tests {
    use super::{Head, Link, ObjectKind, head};

    const SHA1: gix::hash::Kind = gix::hash::Kind::Sha1;

    #[test]
    fn heads() {
        let whole = |kind, size, len| Some(Head { link: Link::Whole(kind), size, len });
        assert_eq!(head(b"\x35x", SHA1), whole(ObjectKind::Blob, 5, 1));
        assert_eq!(head(b"\xaf\x01", SHA1), whole(ObjectKind::Tree, 31, 2));
        assert_eq!(head(b"\xb3\x00", SHA1), whole(ObjectKind::Blob, 3, 2));
        assert_eq!(head(b"\x65\x81\x00", SHA1), Some(Head { link: Link::Back(256), size: 5, len: 3 }));
        let id = [7; 20];
        let found = head(&[b"\x71".as_slice(), &id].concat(), SHA1);
        assert_eq!(found, Some(Head { link: Link::To(id.into()), size: 1, len: 21 }));
    }

    #[test]
    fn no_heads() {
        for bytes in [
            b"".as_slice(),
            b"\x05",
            b"\x55",
            b"\xb5",
            b"\x65",
            b"\x65\x80",
            b"\x71\x00\x00",
            b"\xbf\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x65\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
        ] {
            assert_eq!(head(bytes, SHA1), None, "{bytes:?}");
        }
    }
}
