//! The object store of a repository: its packs and loose objects, and those of its alternates.

use std::path::PathBuf;
use std::sync::Arc;

use gix::ObjectId;

use super::ObjectKind;
use super::pack::Pack;
use super::places::{self, problem, shown};
use crate::model::Problem;
use crate::source::digest;

/// Size limits for inflating and assembling.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Of a scanned blob.
    pub(super) visit: usize,
    /// Of a commit, tag or tree: no setting hides what only one of these reaches.
    pub(super) structure: usize,
    /// Of a base, and of a delta.
    pub(super) decode: usize,
}

impl Limits {
    /// The limit for a scanned object of this kind.
    pub(super) const fn for_kind(self, kind: ObjectKind) -> usize {
        match kind {
            ObjectKind::Blob => self.visit,
            ObjectKind::Commit | ObjectKind::Tree | ObjectKind::Tag => self.structure,
        }
    }
}

/// The largest commit, tag or tree in bytes.
pub const STRUCTURE_MAX: u64 = 256 << 20;

/// The least limit for bases: otherwise an object over the scan limit would take many others with it.
const DECODE: u64 = 256 << 20;

/// The objects of a repository. Opening it opens its packs and reads almost nothing;
/// [`Survey::of`](super::Survey::of) reads all of it, [`find`](Self::find) one object.
pub struct Store {
    pub(super) hash: gix::hash::Kind,
    pub(super) places: Vec<PathBuf>,
    pub(super) packs: Vec<Pack>,
    pub(super) limits: Limits,
    /// Read errors.
    pub(super) problems: Vec<Problem>,
    /// True if an object directory could not be used.
    lacks_places: bool,
    promised: bool,
}

impl Store {
    /// The store in these object directories, whatever is around them, the preferred one first.
    pub(in crate::source) fn in_directories(
        directories: &[PathBuf],
        hash: gix::hash::Kind,
        sizes: (u64, u64),
        partial: bool,
    ) -> Arc<Self> {
        let mut store = Self::at(directories, hash, sizes);
        store.promised |= partial;
        Arc::new(store)
    }

    fn at(directories: &[PathBuf], hash: gix::hash::Kind, (blobs, structure): (u64, u64)) -> Self {
        let mut problems = Vec::new();
        let places = places::all(directories, &mut problems);
        let lacks_places = !problems.is_empty();
        let (mut packs, mut promised) = (Vec::new(), false);
        for place in &places {
            let listed = places::packs(place, &mut problems);
            promised |= listed.promised;
            for path in listed.packs {
                let mut odd = Vec::new();
                match Pack::open(packs.len(), &path, hash, &mut odd) {
                    Ok(pack) => packs.push(pack),
                    Err(why) => problems.push(problem(format!(
                        "the pack {} was not read: {why}; `git fsck` tells more",
                        shown(&path)
                    ))),
                }
                problems.extend(odd.into_iter().map(|what| {
                    problem(format!("the pack {} is damaged: {what}; `git fsck` tells more", shown(&path)))
                }));
            }
        }
        // Ranges are kept in 32 bits, and twice a size must not overflow.
        let most = u64::from(u32::MAX / 2);
        let size = |bytes: u64| usize::try_from(bytes.min(most)).expect("31 bits fit");
        let limits = Limits {
            visit: size(blobs),
            structure: size(structure),
            decode: size(blobs.max(structure).max(DECODE)),
        };
        Self { hash, places, packs, limits, problems, lacks_places, promised }
    }

    /// The hash function of its ids.
    #[must_use]
    pub const fn hash(&self) -> gix::hash::Kind {
        self.hash
    }

    /// Errors from opening the store.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Why an object directory could not be used, if so.
    pub(in crate::source) fn unusable_place(&self) -> Option<&Problem> {
        self.problems.first().filter(|_| self.lacks_places)
    }

    /// True for a partial clone: a server may have the missing objects.
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        self.promised
    }

    /// True if `bytes` hash to `id`.
    #[must_use]
    pub fn is_genuine(&self, id: &ObjectId, kind: ObjectKind, bytes: &[u8]) -> bool {
        let kind = match kind {
            // For blobs this only detects damage; nothing trusted is found by a blob's id.
            ObjectKind::Blob if id.kind() == self.hash => return digest::is_of_blob(id, bytes),
            ObjectKind::Commit => gix::objs::Kind::Commit,
            ObjectKind::Tree => gix::objs::Kind::Tree,
            ObjectKind::Blob => gix::objs::Kind::Blob,
            ObjectKind::Tag => gix::objs::Kind::Tag,
        };
        gix::objs::compute_hash(self.hash, kind, bytes).is_ok_and(|hash| hash == *id)
    }
}
