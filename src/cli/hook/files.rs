//! The files of hooks: written aside and renamed, whatever was there kept and put back as it was.

use std::fs::{self, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::hook::args::Type;
use crate::cli::hook::script::{self, BEFORE};
use crate::cli::output;
use crate::model::Error;
use crate::model::text::escaped;
use crate::source::hooks;

/// What is in the place of a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    /// One that `install` wrote.
    Ours(Vec<u8>),
    /// A file or a symlink of another tool; the text, if it is a readable file.
    Foreign(Option<Vec<u8>>),
    /// A directory, or something else that is not a file.
    Odd,
}

/// The place of `hook` in `directory`.
pub(super) fn place(directory: &Path, hook: Type) -> PathBuf {
    directory.join(hook.name())
}

/// Where a hook that was there before is kept.
pub(super) fn before(directory: &Path, hook: Type) -> PathBuf {
    directory.join(format!("{}{BEFORE}", hook.name()))
}

/// True if there is anything at `path`, be it a link that leads nowhere.
pub(super) fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Looks at what is in the place of `hook`.
///
/// # Errors
/// If it cannot be determined.
pub(super) fn look(directory: &Path, hook: Type) -> Result<Found, Error> {
    let path = place(directory, hook);
    let kind = match path.symlink_metadata() {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(source) => return Err(Error::Read { path, source }),
    };
    if !(kind.is_file() || kind.is_symlink()) {
        return Ok(Found::Odd);
    }
    let text = hooks::script(&path).ok().flatten();
    Ok(match text {
        // Through a link it is not ours to replace.
        Some(text) if kind.is_file() && script::is_ours(&text) => Found::Ours(text),
        text => Found::Foreign(text),
    })
}

/// Writes `text` as `hook`. True if there was a hook, which is kept and called first.
///
/// # Errors
/// If it cannot be written; then everything is as it was.
pub(super) fn put(directory: &Path, hook: Type, text: &[u8]) -> anyhow::Result<bool> {
    let (path, aside) = (place(directory, hook), before(directory, hook));
    match look(directory, hook)? {
        Found::Odd => anyhow::bail!("{} is not a file and was left as it is", shown(&path)),
        Found::Nothing | Found::Ours(_) => {
            write(&path, text)?;
            Ok(exists(&aside))
        }
        Found::Foreign(_) => {
            if exists(&aside) {
                anyhow::bail!(
                    "{} is not bartizan's, and an earlier hook is kept in {} already; put both into one, and \
                     take the second away",
                    shown(&path),
                    shown(&aside)
                );
            }
            let linked =
                keep(&path, &aside).map_err(|source| Error::Write { path: aside.clone(), source })?;
            if let Err(error) = write(&path, text) {
                give_back(&path, &aside, linked);
                return Err(error.into());
            }
            Ok(true)
        }
    }
}

/// The result of removing a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It was not there, or not ours.
    NotOurs,
    /// It is gone.
    Removed,
    /// The previous one is back.
    Restored,
}

/// Takes `hook` out, if it is ours.
///
/// # Errors
/// If that cannot be done.
#[expect(clippy::disallowed_methods, reason = "a hook that `install` wrote goes the way it came")]
pub(super) fn take(directory: &Path, hook: Type) -> Result<Taken, Error> {
    let (path, aside) = (place(directory, hook), before(directory, hook));
    if !matches!(look(directory, hook)?, Found::Ours(_)) {
        return Ok(Taken::NotOurs);
    }
    let wrong = |source| Error::Write { path: path.clone(), source };
    if exists(&aside) {
        fs::rename(&aside, &path).map_err(wrong)?;
        return Ok(Taken::Restored);
    }
    fs::remove_file(&path).map_err(wrong)?;
    Ok(Taken::Removed)
}

/// Makes the directory of hooks, which git leaves out if its template has none.
///
/// # Errors
/// If that cannot be done.
#[expect(clippy::disallowed_methods, reason = "hooks need their directory")]
pub(super) fn make_directory(directory: &Path) -> Result<(), Error> {
    match fs::create_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result.map_err(|source| Error::Write { path: directory.to_owned(), source }),
    }
}

fn write(path: &Path, text: &[u8]) -> Result<(), Error> {
    output::replace(path, text, executable()).map_err(|source| Error::Write { path: path.to_owned(), source })
}

/// Gives a hook a second name, so that it is never gone; true if that was possible, else it is renamed.
#[expect(clippy::disallowed_methods, reason = "a hook of the user is kept under another name")]
fn keep(path: &Path, aside: &Path) -> io::Result<bool> {
    match fs::hard_link(path, aside) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // There are file systems without second names.
        Err(_) => fs::rename(path, aside).map(|()| false),
    }
}

/// Undoes [`keep`]. The error that led here is the one to report.
#[expect(clippy::disallowed_methods, reason = "everything is to be as it was")]
fn give_back(path: &Path, aside: &Path, linked: bool) {
    let _ = if linked { fs::remove_file(aside) } else { fs::rename(aside, path) };
}

#[cfg(unix)]
fn executable() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn executable() -> Option<Permissions> {
    None
}

/// True if git would run the file at `path`.
#[cfg(unix)]
pub(super) fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
pub(super) fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file())
}

/// A path as it may be shown.
pub(super) fn shown(path: &Path) -> String {
    escaped(&path.to_string_lossy())
}
