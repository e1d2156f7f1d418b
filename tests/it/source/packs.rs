//! Packs and loose objects written by hand, right or wrong.

use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use gix::ObjectId;
use gix::hash::Kind::Sha1;

use super::{Temp, write};

/// Deflates `bytes`.
pub(super) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The id that git gives to an object.
pub(super) fn id_of(kind: gix::objs::Kind, bytes: &[u8]) -> ObjectId {
    gix::objs::compute_hash(Sha1, kind, bytes).unwrap()
}

/// The id of a blob.
pub(super) fn blob(bytes: &[u8]) -> ObjectId {
    id_of(gix::objs::Kind::Blob, bytes)
}

/// An id made up of one byte.
pub(super) fn made_up(byte: u8) -> ObjectId {
    ObjectId::from([byte; 20])
}

/// A size as deltas write it.
pub(super) fn size(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        out.push(if value == 0 { byte } else { byte | 0x80 });
        if value == 0 {
            return out;
        }
    }
}

/// A delta from a base of `base` bytes to `result` bytes.
pub(super) fn delta(base: u64, result: u64, instructions: &[u8]) -> Vec<u8> {
    [size(base), size(result), instructions.to_vec()].concat()
}

/// A delta that keeps the first `keep` bytes (at most 255) of a base and appends `more`.
pub(super) fn appending(base: usize, keep: u8, more: &[u8]) -> Vec<u8> {
    let copy = if keep == 0 { vec![] } else { vec![0x90, keep] };
    let result = u64::from(keep) + more.len() as u64;
    delta(base as u64, result, &[copy, vec![u8::try_from(more.len()).unwrap()], more.to_vec()].concat())
}

/// Where the base of a delta is said to be.
#[derive(Clone, Copy)]
pub(super) enum On {
    Back(u64),
    Id(ObjectId),
}

/// A pack in the making.
#[derive(Default)]
pub(super) struct Pack {
    body: Vec<u8>,
    index: Vec<(ObjectId, u64)>,
}

impl Pack {
    /// Where the next entry will start.
    pub(super) fn here(&self) -> u64 {
        12 + self.body.len() as u64
    }

    /// Adds a blob under its own id.
    pub(super) fn blob(&mut self, bytes: &[u8]) -> u64 {
        self.entry(blob(bytes), 3, bytes.len() as u64, &[], &deflated(bytes))
    }

    /// Adds a whole object under its own id.
    pub(super) fn whole(&mut self, kind: gix::objs::Kind, bytes: &[u8]) -> ObjectId {
        let id = id_of(kind, bytes);
        let number = match kind {
            gix::objs::Kind::Commit => 1,
            gix::objs::Kind::Tree => 2,
            gix::objs::Kind::Blob => 3,
            gix::objs::Kind::Tag => 4,
        };
        self.entry(id, number, bytes.len() as u64, &[], &deflated(bytes));
        id
    }

    /// Adds a delta under the id `id`.
    pub(super) fn delta(&mut self, id: ObjectId, on: On, delta: &[u8]) -> u64 {
        let (kind, head) = match on {
            On::Id(base) => (7, base.as_slice().to_vec()),
            On::Back(mut back) => {
                let mut bytes = vec![(back & 0x7f) as u8];
                while back >> 7 != 0 {
                    back = (back >> 7) - 1;
                    bytes.insert(0, 0x80 | (back & 0x7f) as u8);
                }
                (6, bytes)
            }
        };
        self.entry(id, kind, delta.len() as u64, &head, &deflated(delta))
    }

    /// Adds an entry of any kind, size and content, and returns where it starts.
    pub(super) fn entry(
        &mut self,
        id: ObjectId,
        kind: u8,
        mut size: u64,
        head: &[u8],
        content: &[u8],
    ) -> u64 {
        let offset = self.here();
        let mut byte = kind << 4 | (size & 15) as u8;
        size >>= 4;
        while size != 0 {
            self.body.push(byte | 0x80);
            byte = (size & 0x7f) as u8;
            size >>= 7;
        }
        self.body.push(byte);
        self.body.extend_from_slice(head);
        self.body.extend_from_slice(content);
        self.index.push((id, offset));
        offset
    }

    /// Enters an id into the index only.
    pub(super) fn claim(&mut self, id: ObjectId, offset: u64) {
        self.index.push((id, offset));
    }

    /// The bytes of the pack.
    pub(super) fn pack(&self) -> Vec<u8> {
        let mut bytes = b"PACK\0\0\0\x02".to_vec();
        bytes.extend(u32::try_from(self.index.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(&self.body);
        sealed(bytes)
    }

    /// The bytes of the index of `pack`.
    pub(super) fn index(&self, pack: &[u8]) -> Vec<u8> {
        let mut entries = self.index.clone();
        entries.sort();
        let mut bytes = b"\xfftOc\0\0\0\x02".to_vec();
        for first in 0..=255u8 {
            let count = entries.iter().filter(|(id, _)| id.as_slice()[0] <= first).count();
            bytes.extend(u32::try_from(count).unwrap().to_be_bytes());
        }
        for (id, _) in &entries {
            bytes.extend_from_slice(id.as_slice());
        }
        bytes.extend(vec![0; 4 * entries.len()]);
        let mut far = Vec::new();
        for (_, offset) in &entries {
            match u32::try_from(*offset) {
                Ok(offset) if offset < 1 << 31 => bytes.extend(offset.to_be_bytes()),
                _ => {
                    bytes.extend(((1u32 << 31) | (far.len() as u32 / 8)).to_be_bytes());
                    far.extend(offset.to_be_bytes());
                }
            }
        }
        bytes.extend(far);
        bytes.extend_from_slice(&pack[pack.len() - 20..]);
        sealed(bytes)
    }

    /// Writes pack and index into the git directory `git_dir`.
    pub(super) fn write(&self, git_dir: &Path, name: &str) {
        let pack = self.pack();
        let place = git_dir.join("objects/pack");
        write(&place.join(format!("{name}.idx")), &self.index(&pack));
        write(&place.join(format!("{name}.pack")), &pack);
    }
}

/// `bytes` with their checksum.
pub(super) fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut hasher = gix::hash::hasher(Sha1);
    hasher.update(&bytes);
    bytes.extend_from_slice(hasher.try_finalize().unwrap().as_slice());
    bytes
}

/// A bare repository without anything in it.
pub(super) fn bare() -> Temp {
    let temp = Temp::in_memory();
    let root = temp.path();
    write(&root.join("HEAD"), b"ref: refs/heads/main\n");
    for folder in ["objects/pack", "refs/heads"] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
    }
    temp
}

/// Writes a loose object with any content under any id.
pub(super) fn loose(git_dir: &Path, id: ObjectId, content: &[u8]) {
    let hex = id.to_string();
    write(&git_dir.join("objects").join(&hex[..2]).join(&hex[2..]), &deflated(content));
}
