//! Where git looks for the hooks of a repository, and what its settings say of messages.

use std::path::{Path, PathBuf};

use crate::model::Error;
use crate::source::dir::read_small;
use crate::source::git::{self, GitOptions, Place};
use crate::source::repository::Access;
use crate::source::settings::GitHome;
pub use crate::source::settings::Level;

/// A message larger than this is not read.
const MAX_MESSAGE: u64 = 16 << 20;
/// A hook larger than this is not looked into.
const MAX_HOOK: u64 = 1 << 20;

/// A repository as far as its hooks are concerned.
#[derive(Clone, Debug)]
pub struct Hooks {
    /// The root of the worktree; of a bare repository, git's directory.
    pub root: PathBuf,
    /// True if there is no worktree.
    pub is_bare: bool,
    /// Git's directory for all worktrees.
    pub common_dir: PathBuf,
    /// The directory of hooks in there, if nothing else is said.
    pub usual: PathBuf,
    /// `core.hooksPath`, which takes its place, and whose setting it is.
    pub configured: Option<(PathBuf, Level)>,
    /// What starts a comment in a message; nothing if git chooses that for each message.
    pub marks: Vec<Vec<u8>>,
    /// `commit.cleanup`, if it says anything.
    pub cleanup: Option<String>,
    /// Why a hook could not scan anything here, if that is so, and what to do.
    pub unsupported: Option<String>,
}

impl Hooks {
    /// Reads the settings of the repository at `place`.
    ///
    /// # Errors
    /// If there is none, if it is broken, or if it belongs to another user who is not trusted.
    pub fn open(place: &Place, options: &GitOptions) -> Result<Self, Error> {
        // Other than a scan, this has a bare repository to do with, too.
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

    /// The directory in which git looks.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.configured.as_ref().map_or(&self.usual, |(path, _)| path)
    }
}

/// `core.hooksPath` of the user or the machine, which is for all repositories that set none.
///
/// # Errors
/// If these settings cannot be read.
pub fn of_user(home: &GitHome) -> Result<Option<PathBuf>, Error> {
    // No condition of an include is about a repository here.
    let settings = home.settings(Path::new("")).map_err(Error::Config)?;
    Ok(home.path(&settings, "core.hooksPath"))
}

/// The message in the file at `path`.
///
/// # Errors
/// If there is no such regular file, or if it is too large.
pub fn message_file(path: &Path) -> Result<Vec<u8>, Error> {
    let wrong = |source| Error::Read { path: path.to_owned(), source };
    let found = read_small(path, MAX_MESSAGE).map_err(wrong)?;
    found.ok_or_else(|| wrong(std::io::Error::other("there is no such file")))
}

/// The hook at `path`; none if there is no such file.
///
/// # Errors
/// If it is there and cannot be read.
pub fn script(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    read_small(path, MAX_HOOK).map_err(|source| Error::Read { path: path.to_owned(), source })
}
