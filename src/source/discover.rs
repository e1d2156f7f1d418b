//! Finds the git repository around a path, without git and without trusting what is there.

use std::path::{Path, PathBuf};

use crate::model::{Error, text};
use crate::source::dir::{is_gone, read_small};

/// A worktree and its git directory.
pub(super) struct Found {
    /// The directory that holds `.git`.
    pub(super) worktree: PathBuf,
    /// `.git`, a directory or a file.
    pub(super) dot_git: PathBuf,
    /// Git's directory for this worktree.
    pub(super) git_dir: PathBuf,
    /// Git's directory for all worktrees of the repository.
    pub(super) common_dir: PathBuf,
}

/// Finds the repository around `start`, a directory with no symlinks in its path.
///
/// As git does, this goes up from `start` and stays on its file system. Unlike git, it accepts only a `.git`: a
/// directory of a hostile tree that looks like a bare repository is just a directory if there is a real repository
/// around it.
///
/// # Errors
/// If there is a repository and it is broken, or `start` is inside git's own directory.
pub(super) fn find(start: &Path) -> Result<Option<Found>, Error> {
    let device = device(start);
    let mut bare = None;
    for worktree in start.ancestors().take_while(|above| self::device(above) == device) {
        if let Some(found) = at(worktree)? {
            if let Ok(inside) = found.git_dir.canonicalize()
                && start.starts_with(&inside)
            {
                let message = "this is git's own directory: name the worktree that it belongs to, or scan its \
                               history with --history DIR";
                return Err(Error::Git { path: start.to_owned(), message: message.to_owned() });
            }
            return Ok(Some(found));
        }
        if bare.is_none() && is_git_dir(worktree).is_some() {
            bare = Some(worktree);
        }
    }
    match bare {
        None => Ok(None),
        Some(path) => {
            let message =
                "it is bare: it has no worktree to scan; scan its history with --history DIR".to_owned();
            Err(Error::Git { path: path.to_owned(), message })
        }
    }
}

/// Opens `directory`, a path without symlinks, as a repository: a git directory, bare or not, or a worktree with a
/// `.git`.
///
/// # Errors
/// If it is neither.
pub(super) fn named(directory: &Path) -> Result<Found, Error> {
    if let Some(found) = bare(directory) {
        return Ok(found);
    }
    at(directory)?.ok_or_else(|| Error::Git {
        path: directory.to_owned(),
        message: "it is not a git repository; --bare-repo takes a directory with HEAD, objects and refs"
            .to_owned(),
    })
}

/// True if `path` is a bare repository, or git's own directory of one.
#[must_use]
pub fn is_bare(path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else { return false };
    // A lookalike is just a directory of the repository around it.
    !matches!(find(&path), Ok(Some(_))) && bare(&path).is_some()
}

/// The repository whose git directory is `directory`: a bare one, or a `.git`. It doubles as the worktree.
pub(super) fn bare(directory: &Path) -> Option<Found> {
    let common_dir = is_git_dir(directory)?;
    let [worktree, dot_git, git_dir] = [directory; 3].map(Path::to_owned);
    Some(Found { worktree, dot_git, git_dir, common_dir })
}

/// The repository whose worktree is `worktree`, if it is one.
fn at(worktree: &Path) -> Result<Option<Found>, Error> {
    let dot_git = worktree.join(".git");
    let broken = |message: String| Error::Git { path: worktree.to_owned(), message };
    let metadata = match dot_git.metadata() {
        Ok(metadata) => metadata,
        Err(error) if is_gone(&error) => return Ok(None),
        Err(error) => return Err(broken(format!("its .git cannot be read: {error}"))),
    };
    let git_dir = if metadata.is_file() {
        match link_target(&dot_git) {
            Ok(target) => target,
            Err(error) => {
                return Err(broken(format!("its .git file does not name a git directory: {error}")));
            }
        }
    } else if metadata.is_dir() {
        dot_git.clone()
    } else {
        return Err(broken("its .git is neither a directory nor a file".to_owned()));
    };
    match is_git_dir(&git_dir) {
        Some(common_dir) => Ok(Some(Found { worktree: worktree.to_owned(), dot_git, git_dir, common_dir })),
        None if metadata.is_file() => {
            let target = text::escaped(&git_dir.to_string_lossy());
            Err(broken(format!(
                "its .git file names {target}, which is not a git directory; \
                 without it, tracked files are unknown"
            )))
        }
        // Git ignores an empty `.git`, too; anything else is a broken repository.
        None if is_empty(&dot_git) => Ok(None),
        None => Err(broken(
            "its .git is not a git directory, or cannot be read; repair it, or remove it \
             to scan the files without git"
                .to_owned(),
        )),
    }
}

/// True if git treats an untracked directory with a `.git` in it as a repository of its own.
pub(super) fn is_nested(directory: &Path) -> bool {
    let dot_git = directory.join(".git");
    match link_target(&dot_git) {
        Ok(target) => is_git_dir(&target).is_some(),
        Err(_) => is_git_dir(&dot_git).is_some(),
    }
}

/// The target of the `.git` file.
fn link_target(dot_git: &Path) -> std::io::Result<PathBuf> {
    let wrong = || std::io::Error::other("it does not start with `gitdir: `");
    let bytes = read_small(dot_git, 64 * 1024)?.ok_or_else(wrong)?;
    let target = bytes.strip_prefix(b"gitdir: ").ok_or_else(wrong)?;
    Ok(dot_git.parent().unwrap_or(dot_git).join(path(line(target))))
}

/// If `directory` is a git directory, the directory that it shares with other worktrees, or itself.
fn is_git_dir(directory: &Path) -> Option<PathBuf> {
    let head = directory.join("HEAD");
    let valid = match head.read_link() {
        Ok(target) => target.starts_with("refs"),
        Err(_) => match read_small(&head, 64 * 1024) {
            Ok(Some(bytes)) => is_head(&bytes),
            _ => false,
        },
    };
    if !valid {
        return None;
    }
    let common = match read_small(&directory.join("commondir"), 64 * 1024) {
        Ok(Some(bytes)) => directory.join(path(line(&bytes))),
        Ok(None) => directory.to_owned(),
        Err(_) => return None,
    };
    (common.join("objects").is_dir() && common.join("refs").is_dir()).then_some(common)
}

/// True for the content of a `HEAD`: a reference, or the id of a commit.
fn is_head(bytes: &[u8]) -> bool {
    match bytes.strip_prefix(b"ref:") {
        Some(name) => name.trim_ascii().starts_with(b"refs/"),
        None => matches!(line(bytes).len(), 40 | 64) && line(bytes).iter().all(u8::is_ascii_hexdigit),
    }
}

fn line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1);
    &bytes[..end]
}

fn path(bytes: &[u8]) -> PathBuf {
    gix::path::from_byte_slice(bytes).map(Path::to_owned).unwrap_or_default()
}

/// False if `directory` has an entry, or cannot be read.
fn is_empty(directory: &Path) -> bool {
    directory.read_dir().is_ok_and(|mut entries| entries.next().is_none())
}

#[cfg(unix)]
fn device(path: &Path) -> Option<u64> {
    std::os::unix::fs::MetadataExt::dev(&path.metadata().ok()?).into()
}

#[cfg(not(unix))]
fn device(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::{is_head, line};

    #[test]
    fn heads() {
        let id = "08c6903cd8c0fde910a37f88322edcfb5dd907a8";
        assert!(is_head(b"ref: refs/heads/main\n"));
        assert!(is_head(b"ref:\trefs/heads/main"));
        assert!(is_head(format!("{id}\n").as_bytes()));
        assert!(!is_head(b"ref: /etc/passwd\n"));
        assert!(!is_head(&id.as_bytes()[1..]));
        assert!(!is_head(b""));
    }

    #[test]
    fn a_line_loses_its_end_only() {
        assert_eq!(line(b" a b \r\n\n"), b" a b ");
        assert_eq!(line(b"\n"), b"");
    }
}
