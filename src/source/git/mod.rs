//! A git repository opened for its objects: the index, and ranges of commits.
//!
//! Only objects, refs, the index and a few settings are read. Git's configuration decides neither what is scanned
//! nor how: replacements, grafts, filters and attributes are ignored.

mod at;
mod blobs;
mod changed;
mod commits;
mod containing;
pub mod decode;
mod diff;
mod history;
mod landmarks;
mod pushed;
mod range;
pub mod refs;
mod replaced;
mod revision;
mod signed;
mod since;
mod staged;
mod store;
pub(super) mod stored;
mod tip;
mod tree;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::Error;
use crate::source::dir::read_small;
use crate::source::discover::{self, Found};
use crate::source::objects::Store;
use crate::source::repository::Access;
use crate::source::settings::{GitHome, Settings};

pub use blobs::Limits;
pub use history::{History, HistoryOptions};
pub use pushed::Pushed;
pub use range::{Range, RangeOptions};
pub use since::Landmarks;
pub use staged::Staged;
pub use tree::Tree;

use refs::Refs;
use store::Stores;

/// The largest file of shallow commits.
const MAX_SHALLOW: u64 = 64 << 20;

/// Which repository to open.
#[derive(Clone, Debug)]
pub enum Place {
    /// The one around this directory.
    Around(PathBuf),
    /// This directory: bare, a git directory, or the root of a worktree.
    Named(PathBuf),
}

impl Place {
    /// Opens the repository if this user may read it; around a directory also a `bare` one, on request. `whose`
    /// completes the error message when there is none.
    ///
    /// # Errors
    /// If there is none, if it is broken, or if it belongs to another user who is not trusted.
    pub(super) fn access<'o>(
        &self,
        options: &'o GitOptions,
        bare: bool,
        whose: &str,
    ) -> Result<Access<'o>, Error> {
        let real =
            |path: &Path| path.canonicalize().map_err(|source| Error::Read { path: path.to_owned(), source });
        let (found, start) = match self {
            Self::Named(path) => (discover::named(&real(path)?)?, None),
            Self::Around(path) => {
                let start = real(path)?;
                match discover::bare(&start).filter(|_| bare) {
                    Some(found) => (found, None),
                    None => {
                        let message = format!("there is none; {whose} those of a git repository");
                        let none = || Error::Git { path: path.clone(), message };
                        (discover::find(&start)?.ok_or_else(none)?, Some(start))
                    }
                }
            }
        };
        Access::new(found, start.as_deref(), &options.git_home, options.allow_foreign_owner)
    }
}

/// How to open a repository.
#[derive(Clone, Debug)]
pub struct GitOptions {
    /// Read a repository even if it belongs to another user.
    pub allow_foreign_owner: bool,
    /// Where the user's git settings are.
    pub git_home: GitHome,
    /// Git's environment, as in a hook.
    pub environment: GitEnvironment,
}

/// Environment variables that git sets for programs that it starts, or that its caller sets.
#[derive(Clone, Debug, Default)]
pub struct GitEnvironment {
    /// `GIT_INDEX_FILE`: the index to use instead of the default one.
    pub index: Option<PathBuf>,
    /// `GIT_OBJECT_DIRECTORY`, then those of `GIT_ALTERNATE_OBJECT_DIRECTORIES`: further object directories. A
    /// server's hooks find the pushed objects there.
    pub objects: Vec<PathBuf>,
}

/// An open repository; shared by all threads.
pub struct Git {
    root: PathBuf,
    hash: gix::hash::Kind,
    refs: Refs,
    stores: Stores,
    /// The object directories, in order of precedence.
    directories: Vec<PathBuf>,
    /// True for a partial clone.
    is_partial: bool,
    /// The boundary of a shallow clone, as it records it.
    shallow: std::collections::HashSet<gix::ObjectId>,
    index: PathBuf,
}

/// Why commits and refs of a repository with these settings cannot be read, if so.
pub(super) fn unsupported(settings: &Settings<'_>) -> Option<String> {
    if let Some(what) = settings.unknown_format() {
        return Some(format!("its format is not supported: {what}"));
    }
    let kind = settings.ref_storage()?;
    Some(format!(
        "its references are kept as `{kind}`, which this program does not read; \
         `git refs migrate --ref-format=files` changes that"
    ))
}

impl Git {
    /// Opens the repository at `place`.
    ///
    /// # Errors
    /// If there is none, if it is broken, or if it belongs to another user who is not trusted.
    pub fn open(place: &Place, options: &GitOptions) -> Result<Self, Error> {
        let access = place.access(options, false, "the index and the history are")?;
        let Access { found: Found { worktree, git_dir, common_dir, .. }, root, settings, hash } = access;
        let broken = |message: String| Error::Git { path: worktree.clone(), message };
        if let Some(why) = unsupported(&settings) {
            return Err(broken(why));
        }
        let mut directories = options.environment.objects.clone();
        directories.push(common_dir.join("objects"));
        let is_partial = settings.is_partial_clone();
        let stores = Stores::open(&directories, hash, is_partial).map_err(broken)?;
        let shallow = read_small(&common_dir.join("shallow"), MAX_SHALLOW)
            .map_err(|error| broken(format!("its list of shallow commits cannot be read: {error}")))?
            .unwrap_or_default();
        let shallow = shallow.split(|byte| *byte == b'\n');
        let index = options.environment.index.clone().unwrap_or_else(|| git_dir.join("index"));
        Ok(Self {
            root,
            hash,
            refs: Refs { git_dir, common_dir },
            stores,
            directories,
            is_partial,
            shallow: shallow.filter_map(|line| gix::ObjectId::from_hex(line.trim_ascii()).ok()).collect(),
            index,
        })
    }

    /// Its packs and loose objects, with the size limits of blobs and of other objects.
    #[must_use]
    pub fn objects(&self, sizes: (u64, u64)) -> Arc<Store> {
        Store::in_directories(&self.directories, self.hash, sizes, self.is_partial)
    }

    /// The root of its worktree; of a bare repository, the git directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The git directory of this worktree.
    #[must_use]
    pub fn git_dir(&self) -> &Path {
        &self.refs.git_dir
    }

    /// True for a partial clone.
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        self.is_partial
    }

    /// The commit that is checked out, if there is one.
    #[must_use]
    pub fn head(&self) -> Option<crate::model::ObjectId> {
        self.refs.head().ok().flatten().map(decode::model_id)
    }

    /// The default branch: that of `origin`; else `main` or `master`, whichever exists; else the one that is
    /// checked out.
    #[must_use]
    pub fn default_branch(&self) -> Option<String> {
        let origin = self.refs.symbolic("refs/remotes/origin/HEAD");
        let of_origin = origin.and_then(|name| Some(name.strip_prefix("refs/remotes/origin/")?.to_owned()));
        let is_there =
            |name: &&str| self.refs.find(&format!("refs/heads/{name}")).is_ok_and(|id| id.is_some());
        of_origin.or_else(|| ["main", "master"].into_iter().find(is_there).map(str::to_owned)).or_else(|| {
            let head = self.refs.symbolic("HEAD")?;
            Some(head.strip_prefix("refs/heads/")?.to_owned())
        })
    }

    fn error(&self, message: String) -> Error {
        Error::Git { path: self.root.clone(), message }
    }
}
