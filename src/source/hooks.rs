//! The hooks directory of a repository, and its settings about commit messages.

use std::path::{Path, PathBuf};

use crate::model::Error;
use crate::source::dir::read_small;
use crate::source::git::{self, GitOptions, Place};
use crate::source::repository::Access;
use crate::source::settings::GitHome;
pub use crate::source::settings::Level;

/// A larger message is not read.
const MAX_MESSAGE: u64 = 16 << 20;
/// A larger hook is not read.
const MAX_HOOK: u64 = 1 << 20;

/// What the hook commands need to know of a repository.
#[derive(Clone, Debug)]
pub struct Hooks {
    /// The root of the worktree; of a bare repository, git's directory.
    pub root: PathBuf,
    /// True if it has no worktree.
    pub is_bare: bool,
    /// Git's directory for all worktrees.
    pub common_dir: PathBuf,
    /// The default hooks directory in there.
    pub usual: PathBuf,
    /// `core.hooksPath`, which overrides it, and whose setting it is.
    pub configured: Option<(PathBuf, Level)>,
    /// The comment prefixes in a message; empty if git chooses one for each message.
    pub marks: Vec<Vec<u8>>,
    /// `commit.cleanup`, if set.
    pub cleanup: Option<String>,
    /// Why hooks cannot scan here, if so, and what to do.
    pub unsupported: Option<String>,
}

impl Hooks {
    /// Reads the settings of the repository at `place`.
    ///
    /// # Errors
    /// If there is none, if it is broken, or if it belongs to another user who is not trusted.
    pub fn open(place: &Place, options: &GitOptions) -> Result<Self, Error> {
        // Unlike a scan, this also handles a bare repository.
        let access = place.access(options, true, "hooks are")?;
        let Access { found, root, settings, .. } = access;
        let is_bare = found.worktree == found.git_dir;
        let wrong = |source| Error::Read { path: found.common_dir.clone(), source };
        let common_dir = found.common_dir.canonicalize().map_err(wrong)?;
        Ok(Self {
            usual: common_dir.join("hooks"),
            configured: settings.hooks_path().map(|(path, level)| (root.join(path), level)),
            marks: settings.comment_marks(),
            cleanup: settings.cleanup(),
            unsupported: git::unsupported(&settings),
            root,
            is_bare,
            common_dir,
        })
    }

    /// The directory in which git looks for hooks.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.configured.as_ref().map_or(&self.usual, |(path, _)| path)
    }
}

/// `core.hooksPath` of the user or the system, which applies to all repositories that set none.
///
/// # Errors
/// If these settings cannot be read.
pub fn of_user(home: &GitHome) -> Result<Option<PathBuf>, Error> {
    // Conditional includes cannot match without a repository.
    let settings = home.settings(Path::new("")).map_err(Error::Config)?;
    Ok(home.path(&settings, "core.hooksPath"))
}

/// The message in the file at `path`.
///
/// # Errors
/// If it is missing, not a regular file, or too large.
pub fn message_file(path: &Path) -> Result<Vec<u8>, Error> {
    let wrong = |source| Error::Read { path: path.to_owned(), source };
    let found = read_small(path, MAX_MESSAGE).map_err(wrong)?;
    found.ok_or_else(|| wrong(std::io::Error::other("it does not exist")))
}

/// The hook at `path`; `None` if it does not exist.
///
/// # Errors
/// If it exists and cannot be read.
pub fn script(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    read_small(path, MAX_HOOK).map_err(|source| Error::Read { path: path.to_owned(), source })
}
