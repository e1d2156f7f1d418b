//! Reads one object by its id, wherever it is and whatever its delta chain.

use std::collections::{HashMap, HashSet};

use gix::{ObjectId, oid};

use super::delta::{self, Delta};
use super::inflate::{Inflater, START};
use super::pack::{Link, Pack};
use super::pack_file::Window;
use super::store::Store;
use super::{ObjectKind, Reason, loose, places};

/// An object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: ObjectKind,
    /// All of its bytes.
    pub bytes: Vec<u8>,
}

/// Size limits.
#[derive(Clone, Copy)]
pub(in crate::source) struct Sizes {
    /// Of the object itself.
    pub(in crate::source) max: usize,
    /// Of its bases; not less than `max`.
    pub(in crate::source) limit: usize,
}

/// A place in a pack: the pack's number, and the offset.
type Spot = (usize, u64);

/// What one thread keeps between objects.
#[derive(Default)]
pub(in crate::source) struct Reader {
    inflater: Inflater,
    window: Window,
    bases: Bases,
    /// The instructions of a delta, and the bytes of its base.
    instructions: Vec<u8>,
    base: Vec<u8>,
    delta: Delta,
}

/// A larger buffer is freed.
const KEEP: usize = 4 << 20;

/// Trees and commits that serve as bases: a walk stays close to where it was. When there is no room all are
/// dropped.
#[derive(Default)]
struct Bases {
    known: HashMap<Spot, Found>,
    bytes: usize,
}

impl Bases {
    const ROOM: usize = 16 << 20;

    fn put(&mut self, spot: Spot, kind: ObjectKind, bytes: &[u8]) {
        if !matches!(kind, ObjectKind::Tree | ObjectKind::Commit) || bytes.len() > Self::ROOM / 8 {
            return;
        }
        if self.bytes + bytes.len() > Self::ROOM {
            self.known.clear();
            self.bytes = 0;
        }
        if self.known.insert(spot, Found { kind, bytes: bytes.to_vec() }).is_none() {
            self.bytes += bytes.len();
        }
    }
}

/// The delta chain of an object.
struct Chain {
    /// Deltas, topmost first: where each is, where its bytes start, and the size of its result.
    deltas: Vec<(Spot, u64, usize)>,
    /// The whole object at the end of the chain.
    bottom: Bottom,
}

enum Bottom {
    /// An entry of a pack: its place, where its bytes start, its kind and size.
    Entry(Spot, u64, ObjectKind, usize),
    /// A cached object.
    Known(Spot),
    /// A loose object.
    Loose(ObjectId),
}

impl Store {
    /// The object `id`; `None` if it is missing. Of several copies, the first that can be read.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn find(&self, id: &oid) -> Option<Result<Found, Reason>> {
        let (limit, mut bytes) = (self.limits.decode, Vec::new());
        let found = self.find_with(&mut Reader::default(), id, Sizes { max: limit, limit }, &mut bytes)?;
        Some(found.map(|kind| Found { kind, bytes }))
    }

    /// The same with the caches of `reader`. Returns the kind; `out` then contains exactly the object's bytes.
    ///
    /// # Errors
    /// Why it cannot be read, or that it is too large.
    pub(in crate::source) fn find_with(
        &self,
        reader: &mut Reader,
        id: &oid,
        sizes: Sizes,
        out: &mut Vec<u8>,
    ) -> Option<Result<ObjectKind, Reason>> {
        self.first_readable(id, |copy| match copy {
            Copy::Packed(spot) => Some(self.at_spot(spot, reader, sizes, out)),
            Copy::Loose => {
                let found = self.loose(id, &mut reader.inflater, sizes.max)?;
                Some(found.map(|found| {
                    *out = found.bytes;
                    found.kind
                }))
            }
        })
    }

    /// The kind and size of the object `id`; `None` if it is missing.
    ///
    /// # Errors
    /// Why that is unknown.
    pub(in crate::source) fn header_with(
        &self,
        reader: &mut Reader,
        id: &oid,
        limit: usize,
    ) -> Option<Result<(ObjectKind, u64), Reason>> {
        self.first_readable(id, |copy| match copy {
            Copy::Packed(spot) => Some(self.header_at(spot, reader, limit)),
            Copy::Loose => self.loose_header(id, &mut reader.inflater),
        })
    }

    fn first_readable<T>(
        &self,
        id: &oid,
        mut read: impl FnMut(Copy) -> Option<Result<T, Reason>>,
    ) -> Option<Result<T, Reason>> {
        let mut failed = None;
        for spot in self.spots(id) {
            match read(Copy::Packed(spot))? {
                Ok(found) => return Some(Ok(found)),
                Err(reason) => failed = failed.or(Some(Err(reason))),
            }
        }
        match (read(Copy::Loose), failed) {
            (Some(Err(_)) | None, Some(failed)) => Some(failed),
            (found, _) => found,
        }
    }

    /// True if the object `id` exists, readable or not.
    #[must_use]
    pub fn has(&self, id: &oid) -> bool {
        self.spots(id).next().is_some() || self.copies(id) > 0
    }

    /// How many copies of the object `id` exist.
    pub(super) fn copies(&self, id: &oid) -> usize {
        let hex = id.to_hex().to_string();
        let is_loose = |place: &std::path::PathBuf| place.join(&hex[..2]).join(&hex[2..]).is_file();
        self.spots(id).count() + self.places.iter().filter(|place| is_loose(place)).count()
    }

    /// The ids that start with `prefix`: all of them if there are at most two.
    pub(in crate::source) fn with_prefix(&self, prefix: &gix::hash::Prefix) -> Vec<ObjectId> {
        let mut ids: Vec<ObjectId> =
            self.packs.iter().flat_map(|pack| pack.index.with_prefix(prefix)).collect();
        let hex = prefix.as_oid().to_hex().to_string();
        for place in &self.places {
            let (folder, rest) = hex.split_at(2);
            let names = places::names(&place.join(folder)).unwrap_or_default();
            let digits = prefix.hex_len().saturating_sub(2);
            let names = names.into_iter().filter(|name| name.starts_with(&rest.as_bytes()[..digits]));
            let all = names.map(|name| [folder.as_bytes(), &name].concat());
            ids.extend(all.filter_map(|hex| ObjectId::from_hex(&hex).ok()));
        }
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The places of the object `id` in packs.
    fn spots<'a>(&'a self, id: &'a oid) -> impl Iterator<Item = Spot> + 'a {
        self.packs.iter().enumerate().filter_map(move |(at, pack)| {
            let position = pack.index.lookup(id)?;
            Some((at, pack.index.offset(position)))
        })
    }

    fn loose(&self, id: &oid, inflater: &mut Inflater, limit: usize) -> Option<Result<Found, Reason>> {
        let mut failed = None;
        for place in &self.places {
            let mut bytes = Vec::new();
            match loose::read(place, id, limit, inflater, &mut bytes) {
                None => {}
                Some(Ok((kind, start))) => {
                    bytes.drain(..start);
                    return Some(Ok(Found { kind, bytes }));
                }
                Some(Err(reason)) => failed = failed.or(Some(Err(reason))),
            }
        }
        failed
    }

    fn loose_header(&self, id: &oid, inflater: &mut Inflater) -> Option<Result<(ObjectKind, u64), Reason>> {
        let mut failed = None;
        for place in &self.places {
            match loose::header(place, id, inflater) {
                None => {}
                Some(Ok(found)) => return Some(Ok(found)),
                Some(Err(reason)) => failed = failed.or(Some(Err(reason))),
            }
        }
        failed
    }

    /// Follows the delta chain of the object at `spot` down to the whole object.
    fn chain(&self, mut spot: Spot, reader: &mut Reader, limit: usize) -> Result<Chain, Reason> {
        // Offsets lead backwards in the pack, so only a base named by its id can close a cycle.
        let (mut named, mut deltas) = (HashSet::new(), Vec::new());
        loop {
            if reader.bases.known.contains_key(&spot) {
                return Ok(Chain { deltas, bottom: Bottom::Known(spot) });
            }
            let (at, offset) = spot;
            let head = self.packs[at].head(&mut reader.window, offset).ok_or(NO_OBJECT)?;
            let size =
                usize::try_from(head.size).ok().filter(|size| *size <= limit).ok_or(Reason::TooLarge)?;
            let start = offset + head.len as u64;
            let base = match head.link {
                Link::Whole(kind) => {
                    return Ok(Chain { deltas, bottom: Bottom::Entry(spot, start, kind, size) });
                }
                Link::Back(0) => return Err(Reason::Cyclic),
                Link::Back(back) => (at, offset.checked_sub(back).ok_or(NO_BASE)?),
                Link::To(_) if !named.insert(spot) => return Err(Reason::Cyclic),
                Link::To(id) => match self.base(at, &id) {
                    Some(base) => base,
                    None => {
                        deltas.push((spot, start, size));
                        return Ok(Chain { deltas, bottom: Bottom::Loose(id) });
                    }
                },
            };
            deltas.push((spot, start, size));
            spot = base;
        }
    }

    /// The kind and size of the object at `spot`: the size is that of the topmost delta's result.
    fn header_at(&self, spot: Spot, reader: &mut Reader, limit: usize) -> Result<(ObjectKind, u64), Reason> {
        let chain = self.chain(spot, reader, limit)?;
        self.header_of(&chain, reader)
    }

    fn header_of(&self, chain: &Chain, reader: &mut Reader) -> Result<(ObjectKind, u64), Reason> {
        let Chain { deltas, bottom } = chain;
        let (kind, whole) = match bottom {
            Bottom::Entry(_, _, kind, size) => (*kind, *size as u64),
            Bottom::Known(spot) => {
                let known = &reader.bases.known[spot];
                (known.kind, known.bytes.len() as u64)
            }
            Bottom::Loose(id) => {
                self.loose_header(id, &mut reader.inflater).ok_or(Reason::MissingBase(*id))??
            }
        };
        let Some(((at, _), start, _)) = deltas.first() else { return Ok((kind, whole)) };
        // Two sizes of at most ten bytes each.
        let mut first = [0; 20];
        let input = self.packs[*at].slice(&mut reader.window, *start, start.saturating_add(START as u64));
        let count = reader.inflater.start(input, &mut first).map_err(Reason::Damaged)?;
        let parts = delta::parts(&first[..count]).ok_or(NO_SIZES)?;
        Ok((kind, parts.result))
    }

    /// Assembles the object at `spot`: down to the whole object, then up again.
    fn at_spot(
        &self,
        spot: Spot,
        reader: &mut Reader,
        sizes: Sizes,
        out: &mut Vec<u8>,
    ) -> Result<ObjectKind, Reason> {
        let Sizes { max, limit } = sizes;
        let chain = self.chain(spot, reader, limit)?;
        let is_large = match &chain.bottom {
            Bottom::Entry(.., size) => *size > max,
            Bottom::Known(spot) => reader.bases.known[spot].bytes.len() > max,
            Bottom::Loose(_) => false,
        };
        // An object with a large base is mostly large itself; check before the work.
        if is_large && self.header_of(&chain, reader)?.1 > max as u64 {
            return Err(Reason::TooLarge);
        }
        let Chain { deltas, bottom } = chain;
        let kind = match bottom {
            Bottom::Entry((at, offset), start, kind, size) => {
                let with = (&mut reader.window, &mut reader.inflater);
                self.packs[at].inflate(with, (start, None), size, out)?;
                reader.bases.put((at, offset), kind, out);
                kind
            }
            Bottom::Known(spot) => {
                let known = &reader.bases.known[&spot];
                out.clear();
                out.extend_from_slice(&known.bytes);
                known.kind
            }
            Bottom::Loose(id) => {
                let found = self.loose(&id, &mut reader.inflater, limit).ok_or(Reason::MissingBase(id))??;
                *out = found.bytes;
                found.kind
            }
        };
        let count = deltas.len();
        for (at, (spot, start, size)) in deltas.into_iter().rev().enumerate() {
            let most = if at + 1 == count { max } else { limit };
            let pack: &Pack = &self.packs[spot.0];
            let Reader { window, inflater, instructions, base, delta, .. } = &mut *reader;
            pack.inflate((window, inflater), (start, None), size, instructions)?;
            let parts = delta::parts(instructions).ok_or(NO_SIZES)?;
            if parts.base != out.len() as u64 {
                return Err(Reason::Damaged("its delta is for a base of another size"));
            }
            let len =
                usize::try_from(parts.result).ok().filter(|len| *len <= most).ok_or(Reason::TooLarge)?;
            std::mem::swap(out, base);
            delta::apply(base, parts.instructions, len, out, delta).map_err(Reason::Damaged)?;
            reader.bases.put(spot, kind, out);
        }
        for buffer in [&mut reader.instructions, &mut reader.base] {
            if buffer.capacity() > KEEP {
                *buffer = Vec::new();
            }
        }
        Ok(kind)
    }

    /// The place of the base `id` of an entry in the pack `at`: in that pack, or in another one.
    fn base(&self, at: usize, id: &ObjectId) -> Option<Spot> {
        let index = &self.packs[at].index;
        match index.lookup(id) {
            Some(position) => Some((at, index.offset(position))),
            None => self.spots(id).next(),
        }
    }
}

/// A copy of an object.
enum Copy {
    Packed(Spot),
    Loose,
}

const NO_OBJECT: Reason = Reason::Damaged("its place in the pack holds no object");
const NO_BASE: Reason = Reason::Damaged("its base is said to be where no object starts");
const NO_SIZES: Reason = Reason::Damaged("its delta has no sizes");
