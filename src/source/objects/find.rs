//! Reading one object by its id, wherever it is and whatever it is made from.

use std::collections::HashSet;

use gix::{ObjectId, oid};

use super::delta::{self, Delta};
use super::inflate::Inflater;
use super::pack::Link;
use super::store::Store;
use super::{ObjectKind, Reason, loose};

/// An object that was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: ObjectKind,
    /// All of its bytes.
    pub bytes: Vec<u8>,
}

/// A place in a pack: the pack's number, and the offset.
type Spot = (usize, u64);

impl Store {
    /// The object `id`; `None` if it is not there. If it is there more than once, then the first copy
    /// that can be read.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn find(&self, id: &oid) -> Option<Result<Found, Reason>> {
        let mut failed = None;
        for spot in self.spots(id) {
            match self.at_spot(spot, &mut Inflater::default()) {
                Ok(found) => return Some(Ok(found)),
                Err(reason) => failed = failed.or(Some(Err(reason))),
            }
        }
        self.loose(id, &mut Inflater::default()).or(failed)
    }

    /// True if the object `id` is there, readable or not.
    #[must_use]
    pub fn has(&self, id: &oid) -> bool {
        self.spots(id).next().is_some() || self.copies(id) > 0
    }

    /// In how many places the object `id` is.
    pub(super) fn copies(&self, id: &oid) -> usize {
        let hex = id.to_hex().to_string();
        let is_loose = |place: &std::path::PathBuf| place.join(&hex[..2]).join(&hex[2..]).is_file();
        self.spots(id).count() + self.places.iter().filter(|place| is_loose(place)).count()
    }

    /// Where packs have the object `id`.
    fn spots<'a>(&'a self, id: &'a oid) -> impl Iterator<Item = Spot> + 'a {
        self.packs.iter().enumerate().filter_map(move |(at, pack)| {
            let position = pack.index.lookup(id)?;
            Some((at, pack.index.pack_offset_at_index(position)))
        })
    }

    fn loose(&self, id: &oid, inflater: &mut Inflater) -> Option<Result<Found, Reason>> {
        let mut failed = None;
        for place in &self.places {
            let mut bytes = Vec::new();
            match loose::read(place, id, self.limits.decode, inflater, &mut bytes) {
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

    /// Puts the object at `spot` together: down to the whole object that it goes back to, then up again.
    fn at_spot(&self, spot: Spot, inflater: &mut Inflater) -> Result<Found, Reason> {
        let (mut seen, mut chain) = (HashSet::new(), Vec::new());
        let mut spot = spot;
        let Found { kind, mut bytes } = loop {
            let (at, offset) = spot;
            if !seen.insert(spot) {
                return Err(Reason::Cyclic);
            }
            let pack = &self.packs[at];
            let head = pack.head(offset).ok_or(Reason::Damaged("its place in the pack holds no object"))?;
            let size = usize::try_from(head.size)
                .ok()
                .filter(|size| *size <= self.limits.decode)
                .ok_or(Reason::TooLarge)?;
            let start = offset + head.len as u64;
            match head.link {
                Link::Whole(kind) => {
                    let mut bytes = Vec::new();
                    inflater.whole(pack.slice(start, u64::MAX), size, &mut bytes).map_err(Reason::Damaged)?;
                    break Found { kind, bytes };
                }
                Link::Back(back) => {
                    // A distance of nothing is caught as something that was seen.
                    let base = offset.checked_sub(back);
                    spot =
                        (at, base.ok_or(Reason::Damaged("its base is said to be where no object starts"))?);
                }
                Link::To(id) => match self.base(at, &id) {
                    Some(base) => spot = base,
                    None => {
                        chain.push((at, start, size));
                        break self.loose(&id, inflater).ok_or(Reason::MissingBase(id))??;
                    }
                },
            }
            chain.push((at, start, size));
        };
        let (mut instructions, mut next, mut delta) = (Vec::new(), Vec::new(), Delta::default());
        for (at, start, size) in chain.into_iter().rev() {
            inflater
                .whole(self.packs[at].slice(start, u64::MAX), size, &mut instructions)
                .map_err(Reason::Damaged)?;
            let parts = delta::parts(&instructions).ok_or(Reason::Damaged("its delta has no sizes"))?;
            if parts.base != bytes.len() as u64 {
                return Err(Reason::Damaged("its delta is for a base of another size"));
            }
            let len = usize::try_from(parts.result)
                .ok()
                .filter(|len| *len <= self.limits.decode)
                .ok_or(Reason::TooLarge)?;
            delta::apply(&bytes, parts.instructions, len, &mut next, &mut delta).map_err(Reason::Damaged)?;
            std::mem::swap(&mut bytes, &mut next);
        }
        Ok(Found { kind, bytes })
    }

    /// Where the base `id` of an entry in the pack `at` is: in that pack, or in another one.
    fn base(&self, at: usize, id: &ObjectId) -> Option<Spot> {
        let pack = &self.packs[at];
        match pack.index.lookup(id) {
            Some(position) => Some((at, pack.index.pack_offset_at_index(position))),
            None => self.spots(id).next(),
        }
    }
}
