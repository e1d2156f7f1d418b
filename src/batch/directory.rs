//! Repositories below a directory of clones or mirrors, and their sizes.

#![expect(
    clippy::disallowed_methods,
    reason = "the directory named by the user is searched for repositories; no symlink is followed"
)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Depth of directories.
const DEPTH: usize = 10;
/// Bytes of an alternates file.
const ALTERNATES: u64 = 64 << 10;
/// Most directories that are read.
const FOLDERS: usize = 2_000_000;

/// The repositories at and below `root`, sorted. Submodules and nested repositories inside one are not listed.
/// Unreadable directories are counted.
///
/// # Errors
/// If `root` cannot be read.
pub fn repositories(root: &Path) -> io::Result<(Vec<PathBuf>, usize)> {
    let (mut found, mut unread, mut seen) = (Vec::new(), 0, 0);
    if is_repository(root) {
        return Ok((vec![root.to_owned()], 0));
    }
    let mut folders = vec![(root.to_owned(), 0)];
    fs::read_dir(root)?;
    while let Some((folder, depth)) = folders.pop() {
        seen += 1;
        let Ok(entries) = fs::read_dir(&folder) else {
            unread += 1;
            continue;
        };
        if seen > FOLDERS {
            return Err(io::Error::other(format!("it has more than {FOLDERS} directories below it")));
        }
        for entry in entries.flatten() {
            // Symlinks are not followed.
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            let path = entry.path();
            if is_repository(&path) {
                found.push(path);
            } else if depth < DEPTH {
                folders.push((path, depth + 1));
            } else {
                unread += 1;
            }
        }
    }
    found.sort();
    Ok((found, unread))
}

/// True for a worktree's root or a bare repository, by file names.
fn is_repository(path: &Path) -> bool {
    let is = |name: &str| path.join(name).symlink_metadata().is_ok();
    is(".git") || (is("HEAD") && is("objects") && is("refs"))
}

/// KiB of the packs of the repository at `path`; none if it has no readable packs.
#[must_use]
pub fn size_kb(path: &Path) -> Option<u64> {
    let inside = path.join(".git").join("objects").join("pack");
    let packs = if path.join(".git").symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        inside
    } else {
        path.join("objects").join("pack")
    };
    let entries = fs::read_dir(packs).ok()?;
    let is_pack = |entry: &fs::DirEntry| entry.path().extension().is_some_and(|ending| ending == "pack");
    let sizes = entries.flatten().filter(is_pack).filter_map(|entry| entry.metadata().ok());
    let files = sizes.filter(fs::Metadata::is_file);
    Some(files.map(|metadata| metadata.len()).fold(0, u64::saturating_add) / 1024)
}

/// Suffix of baseline files.
const BASELINE: &str = "baseline";

/// The baselines in `root` and its subdirectories, sorted.
///
/// # Errors
/// If one of these cannot be read.
pub fn baselines(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![(root.to_owned(), true)];
    while let Some((folder, outer)) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let (entry, path) = entry.map(|entry| (entry.file_type(), entry.path()))?;
            match entry? {
                kind if kind.is_dir() && outer => folders.push((path, false)),
                kind if kind.is_file() && path.extension().is_some_and(|ending| ending == BASELINE) => {
                    found.push(path);
                }
                _ => {}
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The baseline in `root` for the repository with this key and location, if any.
#[must_use]
pub fn baseline(root: &Path, key: &str, location: &str) -> Option<PathBuf> {
    let mut parts = location.trim_end_matches('/').rsplit('/');
    let name = parts.next().map(|name| name.strip_suffix(".git").unwrap_or(name));
    let is_plain = |part: &&str| !matches!(*part, "" | "." | "..") && !part.contains('\\');
    let named = name.filter(is_plain).zip(parts.next().filter(is_plain));
    let named = named.map(|(name, owner)| root.join(owner).join(format!("{name}.{BASELINE}")));
    let all = [Some(root.join(format!("{key}.{BASELINE}"))), named];
    all.into_iter().flatten().find(|path| path.is_file())
}

/// The repository whose objects the one at `path` borrows, as after `git clone --shared` or `--reference`.
#[must_use]
pub fn borrows_from(path: &Path) -> Option<PathBuf> {
    let inside = path.join(".git").join("objects");
    let objects = if inside.is_dir() { inside } else { path.join("objects") };
    let text = crate::external::file::read(&objects.join("info").join("alternates"), ALTERNATES).ok()?;
    let first = std::str::from_utf8(&text).ok()?.lines().next()?;
    let other = objects.join(first).canonicalize().ok()?;
    let repository = other.parent().filter(|_| other.ends_with("objects"))?;
    let is_git = repository.ends_with(".git");
    Some(if is_git { repository.parent()?.to_owned() } else { repository.to_owned() })
}

/// Bytes of the files at and below `path`, until they are more than `most`.
#[must_use]
pub fn bytes_below(path: &Path, most: u64) -> u64 {
    let (mut bytes, mut folders) = (0u64, vec![path.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => folders.push(entry.path()),
                Ok(metadata) => bytes = bytes.saturating_add(metadata.len()),
                Err(_) => {}
            }
        }
        if bytes > most {
            break;
        }
    }
    bytes
}
