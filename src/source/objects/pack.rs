//! One pack: its index, its bytes, and the head of an entry.

use std::path::Path;

use gix::odb::pack::{data, index};
use gix::{ObjectId, oid};

use super::ObjectKind;
use super::places::shown;

/// An open pack.
pub(super) struct Pack {
    pub(super) index: index::File,
    data: data::File,
}

/// What stands at the start of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) link: Link,
    /// Bytes of what is inflated: of the object, or of the delta.
    pub(super) size: u64,
    /// Bytes of this head.
    pub(super) len: usize,
}

/// Whether an entry is an object or a change of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// A whole object.
    Whole(ObjectKind),
    /// A delta, and so many bytes before this entry starts that of its base.
    Back(u64),
    /// A delta, and the id of its base.
    To(ObjectId),
}

impl Pack {
    /// Opens the pack with the index at `path`. What is wrong but can be lived with is told in
    /// `problems`.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    pub(super) fn open(
        path: &Path,
        hash: gix::hash::Kind,
        problems: &mut Vec<String>,
    ) -> Result<Self, String> {
        let data_path = path.with_extension("pack");
        for path in [path, &data_path] {
            // A FIFO in its place would hold the library for ever.
            if !path.metadata().is_ok_and(|metadata| metadata.is_file()) {
                return Err(format!("{} is not a regular file", shown(path)));
            }
        }
        let index = index::File::at(path, hash).map_err(|error| error.to_string())?;
        let data = data::File::at(&data_path, hash).map_err(|error| error.to_string())?;
        if index.pack_checksum() != data.checksum() {
            problems.push("its index was made for other content".to_owned());
        }
        if index.num_objects() != data.num_objects() {
            problems.push(format!(
                "it says that it has {} objects, and its index has {}",
                data.num_objects(),
                index.num_objects()
            ));
        }
        Ok(Self { index, data })
    }

    /// How many objects its index names.
    pub(super) fn len(&self) -> u32 {
        self.index.num_objects()
    }

    /// The id of the object at `position` of the index.
    pub(super) fn id(&self, position: u32) -> &oid {
        self.index.oid_at_index(position)
    }

    /// Where the entries end and the checksum starts.
    pub(super) fn end(&self) -> u64 {
        self.data.pack_end() as u64
    }

    /// The bytes from `start` to `end`, as far as they are entries.
    pub(super) fn slice(&self, start: u64, end: u64) -> &[u8] {
        let end = end.min(self.end());
        if start >= end { &[] } else { self.data.entry_slice(start..end).unwrap_or_default() }
    }

    /// The head of the entry at `offset`, if there is one.
    pub(super) fn head(&self, offset: u64) -> Option<Head> {
        // Before that there is the head of the pack.
        if offset < 12 {
            return None;
        }
        head(self.slice(offset, offset.saturating_add(64)), self.index.object_hash())
    }
}

/// Takes the start of an entry apart: kind and size in groups of bits, then what a delta refers to.
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
