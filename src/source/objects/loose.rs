//! Loose objects: one file each, in a directory named by the first byte of the id.

use std::path::{Path, PathBuf};

use gix::{ObjectId, oid};

use super::inflate::{Inflater, START};
use super::places::{entries, problem, shown};
use super::store::Limits;
use super::{ObjectKind, Reason};
use crate::model::Problem;
use crate::source::dir::{self, Kind, Opened, fill, is_gone, open_path};

/// The longest header of a loose object ("blob 12" and a NUL).
const MAX_HEAD: usize = 32;

/// The loose objects of all object directories, in order.
#[derive(Default)]
pub(super) struct Loose {
    places: Vec<PathBuf>,
    ids: Vec<(ObjectId, u32)>,
}

impl Loose {
    /// Lists the loose objects in `places`.
    pub(super) fn list(places: &[PathBuf], hash: gix::hash::Kind, problems: &mut Vec<Problem>) -> Self {
        let mut ids = Vec::new();
        for (place, path) in (0u32..).zip(places) {
            for first in 0..=255u8 {
                let folder = format!("{first:02x}");
                match entries(&path.join(&folder)) {
                    Ok(entries) => {
                        let hex = entries
                            .into_iter()
                            .filter(|(_, kind)| matches!(kind, Kind::File | Kind::Unknown));
                        ids.extend(hex.filter_map(|(name, _)| {
                            let whole = [folder.as_bytes(), &name].concat();
                            let id = ObjectId::from_hex(&whole).ok()?;
                            (id.kind() == hash).then_some((id, place))
                        }));
                    }
                    Err(error) => {
                        problems
                            .push(problem(format!("{} cannot be read: {error}", shown(&path.join(folder)))));
                    }
                }
            }
        }
        Self { places: places.to_owned(), ids }
    }

    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.ids.len()).expect("no file system holds so many files in 256 directories")
    }

    /// The id of the object at `position`.
    pub(super) fn id(&self, position: u32) -> &oid {
        &self.ids[position as usize].0
    }

    /// The kind of the object at `position`.
    pub(super) fn kind(&self, position: u32, inflater: &mut Inflater) -> Result<ObjectKind, Reason> {
        let (id, place) = &self.ids[position as usize];
        let opened = open_path(&path(&self.places[*place as usize], id)).map_err(|_| UNREADABLE)?;
        first(&opened, inflater).map(|head| head.kind)
    }

    /// Reads the object at `position` into `out`; see [`read`].
    pub(super) fn read(
        &self,
        position: u32,
        limits: Limits,
        inflater: &mut Inflater,
        out: &mut Vec<u8>,
    ) -> Result<(ObjectKind, usize), Reason> {
        let (id, place) = &self.ids[position as usize];
        read(&self.places[*place as usize], id, limits.decode, inflater, out)
            .unwrap_or(Err(Reason::Damaged("its file is gone")))
    }
}

const NO_HEAD: Reason = Reason::Damaged("it does not start as an object does");
const UNREADABLE: Reason = Reason::Damaged("its file cannot be read");
const NOT_REGULAR: Reason = Reason::Damaged("its file is not a regular one");

/// Reads the loose object `id` of `place` into `out`, and returns its kind and where in `out` its content starts.
/// `None` if it does not exist.
pub(super) fn read(
    place: &Path,
    id: &oid,
    limit: usize,
    inflater: &mut Inflater,
    out: &mut Vec<u8>,
) -> Option<Result<(ObjectKind, usize), Reason>> {
    let opened = match open_path(&path(place, id)) {
        Ok(opened) => opened,
        Err(error) if is_gone(&error) => return None,
        Err(_) => return Some(Err(UNREADABLE)),
    };
    if opened.kind != Kind::File {
        return Some(Err(NOT_REGULAR));
    }
    // Deflating hardly enlarges anything.
    let most = (limit as u64).saturating_add(limit as u64 / 64 + 4096);
    let mut bytes = Vec::new();
    match dir::read(&opened.file, opened.size, most, &mut bytes) {
        Ok(true) => Some(inflate(&bytes, limit, inflater, out)),
        Ok(false) => Some(Err(Reason::TooLarge)),
        Err(_) => Some(Err(UNREADABLE)),
    }
}

/// The kind and size of the loose object `id` of `place`. `None` if it does not exist.
pub(super) fn header(
    place: &Path,
    id: &oid,
    inflater: &mut Inflater,
) -> Option<Result<(ObjectKind, u64), Reason>> {
    let opened = match open_path(&path(place, id)) {
        Ok(opened) => opened,
        Err(error) if is_gone(&error) => return None,
        Err(_) => return Some(Err(UNREADABLE)),
    };
    Some(first(&opened, inflater).map(|head| (head.kind, head.size)))
}

/// The header of the loose object in this file.
fn first(opened: &Opened, inflater: &mut Inflater) -> Result<Head, Reason> {
    if opened.kind != Kind::File {
        return Err(NOT_REGULAR);
    }
    let mut bytes = Vec::with_capacity(START);
    fill(&opened.file, &mut bytes).map_err(|_| UNREADABLE)?;
    let mut start = [0; MAX_HEAD];
    let count = inflater.start(&bytes, &mut start).map_err(Reason::Damaged)?;
    head(&start[..count]).ok_or(NO_HEAD)
}

fn inflate(
    bytes: &[u8],
    limit: usize,
    inflater: &mut Inflater,
    out: &mut Vec<u8>,
) -> Result<(ObjectKind, usize), Reason> {
    let mut start = [0; MAX_HEAD];
    let count = inflater.start(bytes, &mut start).map_err(Reason::Damaged)?;
    let head = head(&start[..count]).ok_or(NO_HEAD)?;
    let size = usize::try_from(head.size).ok().filter(|size| *size <= limit).ok_or(Reason::TooLarge)?;
    inflater.whole(bytes, size + head.len, out).map_err(Reason::Damaged)?;
    Ok((head.kind, head.len))
}

struct Head {
    kind: ObjectKind,
    size: u64,
    len: usize,
}

/// Parses the start of an inflated loose object.
fn head(bytes: &[u8]) -> Option<Head> {
    let end = memchr::memchr(0, bytes)?;
    let space = memchr::memchr(b' ', &bytes[..end])?;
    let digits = &bytes[space + 1..end];
    if digits.is_empty() || digits.len() > 19 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size = digits.iter().fold(0u64, |size, digit| size * 10 + u64::from(digit - b'0'));
    Some(Head { kind: ObjectKind::from_word(&bytes[..space])?, size, len: end + 1 })
}

fn path(place: &Path, id: &oid) -> PathBuf {
    let hex = id.to_hex().to_string();
    place.join(&hex[..2]).join(&hex[2..])
}

#[cfg(test)]
mod tests {
    use super::{ObjectKind, head};

    #[test]
    fn heads() {
        let found = head(b"blob 12\0hello").unwrap();
        assert_eq!((found.kind, found.size, found.len), (ObjectKind::Blob, 12, 8));
        assert_eq!(head(b"tag 0\0").unwrap().kind, ObjectKind::Tag);
        for wrong in [
            b"blob 12".as_slice(),
            b"blob \0",
            b"blob -1\0",
            b"blobs 1\0",
            b" 1\0",
            b"",
            b"blob 99999999999999999999\0",
        ] {
            assert!(head(wrong).is_none(), "{wrong:?}");
        }
    }
}
