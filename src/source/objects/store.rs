//! The object store of a repository: its packs and loose objects, and those of its alternates.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::ObjectId;

use super::ObjectKind;
use super::pack::Pack;
use super::places::{self, problem, shown};
use crate::model::{Error, Problem};
use crate::source::discover::{self, Found};
use crate::source::repository;
use crate::source::settings::{GitHome, Settings, of_repository};

/// What reading a store may be told.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Blobs with more bytes are not looked at.
    pub max_object_size: u64,
    /// Commits, tags and trees with more bytes are not looked at.
    pub max_structure_size: u64,
    /// Read a repository even if it belongs to another user.
    pub allow_foreign_owner: bool,
    /// Where the user's git settings are.
    pub git_home: GitHome,
}

/// Sizes beyond which nothing is inflated or put together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Bytes of a blob that is looked at.
    pub(super) visit: usize,
    /// Bytes of a commit, a tag or a tree: no setting cuts off what only one of these reaches.
    pub(super) structure: usize,
    /// Bytes of an object that others are made from, and of a delta.
    pub(super) decode: usize,
}

impl Limits {
    /// Bytes of an object of this kind that is looked at.
    pub(super) const fn of(self, kind: ObjectKind) -> usize {
        match kind {
            ObjectKind::Blob => self.visit,
            ObjectKind::Commit | ObjectKind::Tree | ObjectKind::Tag => self.structure,
        }
    }
}

/// The largest commit, tag or tree that is read, in bytes.
pub const STRUCTURE_MAX: u64 = 256 << 20;

/// What is put together at least, if others are made from it: else an object over the limit for
/// looking would take many others with it.
const DECODE: u64 = 256 << 20;

/// The objects of a repository. Opening it opens its packs and reads next to nothing; see
/// [`survey`](super::Survey::of) for reading all of it, and [`find`](Self::find) for one object.
pub struct Store {
    pub(super) hash: gix::hash::Kind,
    pub(super) places: Vec<PathBuf>,
    pub(super) packs: Vec<Pack>,
    pub(super) limits: Limits,
    /// What could not be read.
    pub(super) problems: Vec<Problem>,
    /// True if one of the directories of objects could not be used.
    lacks_places: bool,
    promised: bool,
}

impl Store {
    /// The store of the repository whose worktree the directory `start` is in; `None` if there is none.
    ///
    /// # Errors
    /// If the repository cannot be used: broken, of another owner, or of a format that is not known.
    pub fn of_worktree(start: &Path, options: &StoreOptions) -> Result<Option<Arc<Self>>, Error> {
        let start = start.canonicalize().map_err(|source| Error::Read { path: start.to_owned(), source })?;
        let Some(found) = discover::find(&start)? else { return Ok(None) };
        Self::open(&found, Some(&start), options).map(Some)
    }

    /// The store of the bare repository `directory`, or of any directory of git's own.
    ///
    /// # Errors
    /// If it is none, or cannot be used; see [`of_worktree`](Self::of_worktree).
    pub fn of_git_dir(directory: &Path, options: &StoreOptions) -> Result<Arc<Self>, Error> {
        let path =
            directory.canonicalize().map_err(|source| Error::Read { path: directory.to_owned(), source })?;
        let Some(found) = discover::bare(&path) else {
            let message = "it is no git directory".to_owned();
            return Err(Error::Git { path, message });
        };
        Self::open(&found, None, options)
    }

    fn open(found: &Found, start: Option<&Path>, options: &StoreOptions) -> Result<Arc<Self>, Error> {
        let broken = |message: String| Error::Git { path: found.worktree.clone(), message };
        let user = options.git_home.settings(&found.git_dir).map_err(broken)?;
        let own = of_repository(&found.common_dir, &found.git_dir).map_err(broken)?;
        let settings = Settings { home: &options.git_home, user, repository: own };
        repository::check_owner(found, &settings, start, options.allow_foreign_owner).map_err(broken)?;
        if let Some(what) = settings.unknown_format() {
            return Err(broken(format!("its format is not known to this program: {what}")));
        }
        let hash = settings.object_hash().map_err(|name| {
            let name = crate::model::text::escaped(&name);
            broken(format!("its object format `{name}` is not known to this program"))
        })?;
        let mut store = Self::at(
            &[found.common_dir.join("objects")],
            hash,
            (options.max_object_size, options.max_structure_size),
        );
        store.promised |= settings.is_partial_clone();
        Ok(Arc::new(store))
    }

    /// The store in these directories of objects, whatever is around them: the one to look into first in
    /// front.
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
        // Ranges are kept in 32 bits; and twice a size must not overflow.
        let most = u64::from(u32::MAX / 2);
        let size = |bytes: u64| usize::try_from(bytes.min(most)).expect("31 bits fit");
        let limits = Limits {
            visit: size(blobs),
            structure: size(structure),
            decode: size(blobs.max(structure).max(DECODE)),
        };
        Self { hash, places, packs, limits, problems, lacks_places, promised }
    }

    /// How objects are named.
    #[must_use]
    pub const fn hash(&self) -> gix::hash::Kind {
        self.hash
    }

    /// What could not be read when the store was opened.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The directories that objects are read from, the repository's own first.
    #[must_use]
    pub fn places(&self) -> &[PathBuf] {
        &self.places
    }

    /// Why a directory of objects could not be used, if there is one.
    pub(in crate::source) fn unusable_place(&self) -> Option<&Problem> {
        self.problems.first().filter(|_| self.lacks_places)
    }

    /// True if objects may be missing because a server keeps them (a partial clone).
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        self.promised
    }

    /// True if `bytes` hash to `id`.
    #[must_use]
    pub fn is_genuine(&self, id: &ObjectId, kind: ObjectKind, bytes: &[u8]) -> bool {
        let kind = match kind {
            ObjectKind::Commit => gix::objs::Kind::Commit,
            ObjectKind::Tree => gix::objs::Kind::Tree,
            ObjectKind::Blob => gix::objs::Kind::Blob,
            ObjectKind::Tag => gix::objs::Kind::Tag,
        };
        gix::objs::compute_hash(self.hash, kind, bytes).is_ok_and(|hash| hash == *id)
    }
}
