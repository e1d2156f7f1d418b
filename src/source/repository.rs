//! A git repository, opened only as far as a scan of its worktree needs it.
//!
//! Objects, refs, hooks, filters and fsmonitor are never touched. The only file that a git library opens is the
//! index, once it is known to be a regular file.

use std::path::{Path, PathBuf};

use gix::glob::pattern::Case;
use gix::sec::identity::is_path_owned_by_current_user;

use crate::model::{Error, text};
use crate::source::attributes::{self, Attributes};
use crate::source::discover::{self, Found};
use crate::source::rules::{Endless, IN_GIT, Ignoring, List};
use crate::source::settings::{GitHome, Settings, of_repository};
use crate::source::tracked::Tracked;

/// A repository that this user may read, and its settings.
pub(super) struct Access<'a> {
    /// Where it is.
    pub(super) found: Found,
    /// The root of its worktree; of a bare repository, the git directory.
    pub(super) root: PathBuf,
    /// The user's settings and its own.
    pub(super) settings: Settings<'a>,
    /// The hash function of its ids.
    pub(super) hash: gix::hash::Kind,
}

impl<'a> Access<'a> {
    /// Checks the owner of `found` and reads its settings. `start` is a directory of its worktree; `None` if it
    /// was named as a bare repository.
    ///
    /// # Errors
    /// If it is broken, or if it belongs to another user and neither `safe.directory` nor `allow_foreign_owner`
    /// permits that.
    pub(super) fn new(
        found: Found,
        start: Option<&Path>,
        home: &'a GitHome,
        allow_foreign_owner: bool,
    ) -> Result<Self, Error> {
        let broken = |message: String| Error::Git { path: found.worktree.clone(), message };
        let user = home.settings(&found.git_dir).map_err(broken)?;
        let repository = of_repository(&found.common_dir, &found.git_dir).map_err(broken)?;
        let settings = Settings { home, user, repository };
        let root = check_owner(&found, &settings, start, allow_foreign_owner).map_err(broken)?;
        let hash = settings.object_hash().map_err(|name| {
            broken(format!("its object format `{}` is not supported", text::escaped(&name)))
        })?;
        Ok(Self { found, root, settings, hash })
    }
}

/// What a scan needs of a repository.
pub(super) struct Repository {
    /// The root of the worktree, without symlinks in its path.
    pub(super) root: PathBuf,
    /// What is tracked.
    pub(super) tracked: Tracked,
    /// Which untracked files are ignored.
    pub(super) ignoring: Ignoring,
    /// The attributes that apply everywhere and make files differ from what is stored.
    pub(super) attributes: attributes::Chain,
    /// Where its objects are.
    pub(super) objects: Option<Objects>,
    /// The URL of the remote `origin`.
    pub(super) origin: Option<String>,
}

/// The object directories of a repository.
pub(super) struct Objects {
    pub(super) directory: PathBuf,
    pub(super) hash: gix::hash::Kind,
    /// True for a partial clone.
    pub(super) is_partial: bool,
}

impl Repository {
    /// Opens the repository around the directory `start`, if there is one.
    ///
    /// # Errors
    /// If it is broken, or if it belongs to another user and neither `safe.directory` nor `allow_foreign_owner`
    /// permits that.
    pub(super) fn find(
        start: &Path,
        home: &GitHome,
        allow_foreign_owner: bool,
    ) -> Result<Option<Self>, Error> {
        let Some(found) = discover::find(start)? else { return Ok(None) };
        let access = Access::new(found, Some(start), home, allow_foreign_owner)?;
        let Access { found, root, settings, hash } = access;
        let broken = |message: String| Error::Git { path: found.worktree.clone(), message };
        let tracked = index(&found, hash).map_err(|why| {
            broken(format!("its index cannot be read: {why}; `git reset` writes a new one"))
        })?;
        // In order of precedence: git reads info/exclude before core.excludesFile.
        let own = Some(found.common_dir.join("info/exclude"));
        let everywhere = own.into_iter().chain(settings.excludes_file(&root));
        let case = if settings.ignores_case() { Case::Fold } else { Case::Sensitive };
        let everywhere = everywhere.map(|path| List::from_path(&path, case)).collect();
        let origin = settings.origin();
        let ignoring = Ignoring { names: IN_GIT, everywhere, case, endless: Endless::default() };
        let own = Attributes::add_file(&None, &found.common_dir.join("info/attributes"));
        let attributes =
            settings.attributes_file(&root).map_or(own.clone(), |path| Attributes::add_file(&own, &path));
        let directory = found.common_dir.join("objects");
        let objects = Some(Objects { directory, hash, is_partial: settings.is_partial_clone() });
        Ok(Some(Self { root, tracked, ignoring, attributes, objects, origin }))
    }
}

/// The root of the worktree, if the repository belongs to this user or is trusted. `start` is a directory of the
/// worktree; `None` for a bare repository.
///
/// # Errors
/// Why it must not be read.
pub(super) fn check_owner(
    found: &Found,
    settings: &Settings<'_>,
    start: Option<&Path>,
    allow_foreign_owner: bool,
) -> Result<PathBuf, String> {
    let root = match start {
        Some(start) => root(found, settings, start)?,
        None => found.worktree.clone(),
    };
    if !allow_foreign_owner && !is_own(found, &root) && !settings.is_safe(&root) {
        return Err(foreign(&root));
    }
    Ok(root)
}

/// The root of the worktree: where `.git` is, unless the repository sets another one above `start`.
fn root(found: &Found, settings: &Settings<'_>, start: &Path) -> Result<PathBuf, String> {
    let Some(configured) = settings.worktree() else { return Ok(found.worktree.clone()) };
    let shown = text::escaped(&configured.to_string_lossy());
    match found.git_dir.join(configured).canonicalize() {
        Ok(root) if start.starts_with(&root) => Ok(root),
        _ => Err(format!(
            "its core.worktree is `{shown}`, which is not where it was found; correct it \
             with `git config core.worktree`"
        )),
    }
}

/// True if this user owns everything that defines the repository.
fn is_own(found: &Found, root: &Path) -> bool {
    let all = [found.dot_git.as_path(), &found.git_dir, &found.common_dir, root];
    all.into_iter().all(|path| is_path_owned_by_current_user(path).unwrap_or(false))
}

fn foreign(root: &Path) -> String {
    // The command is meant to be pasted into a shell, and the directory's name is untrusted.
    let root = text::escaped(&root.to_string_lossy()).replace('\'', r"'\''");
    format!(
        "it belongs to another user, as git too would complain; if you trust it, run \
         `git config --global --add safe.directory '{root}'`, or scan with --allow-foreign-owner"
    )
}

fn index(found: &Found, hash: gix::hash::Kind) -> Result<Tracked, String> {
    // A FIFO in the place of one of these would block the library for ever.
    let entries = found.git_dir.read_dir().map_err(|error| error.to_string())?;
    for entry in entries {
        let entry = entry.map_err(|error| error.to_string())?;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name != b"index" && !name.starts_with(b"sharedindex.") {
            continue;
        }
        let is_file = entry.path().metadata().is_ok_and(|metadata| metadata.is_file());
        if !is_file {
            return Err(format!("{} is not a regular file", text::escaped(&String::from_utf8_lossy(name))));
        }
    }
    let path = found.git_dir.join("index");
    match path.symlink_metadata() {
        // A new repository has no index, and nothing is tracked.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Tracked::nothing()),
        _ => Tracked::read(&path, hash),
    }
}
