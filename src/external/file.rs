//! Reads files of the user's machine with a limit, and writes them atomically.

#![expect(clippy::disallowed_methods, reason = "databases and caches are read and written here, with limits")]

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// The largest archive in bytes.
pub(super) const ARCHIVE_MAX: u64 = 128 << 20;

/// The bytes of a regular file of at most `most` bytes.
///
/// # Errors
/// The system's error, or that it is too large.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    // Checked before opening: opening a FIFO blocks.
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(metadata.len().min(most)).unwrap_or(0) + 1)?;
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("it is larger than {} MiB", most >> 20)));
    }
    Ok(bytes)
}

/// Opens a regular file, and returns its size.
///
/// # Errors
/// The system's error.
pub fn open(path: &Path) -> io::Result<(File, u64)> {
    // Checked before opening: opening a FIFO blocks.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

/// Changes with the content of a file: its size and modification time.
#[must_use]
pub fn stamp(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    let written = metadata.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(format!("{} {}", metadata.len(), written.as_nanos()))
}

/// Writes `bytes` to `path` atomically, through a temporary file beside it. Creates the directory.
///
/// # Errors
/// The system's error.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_as(path, bytes, |_| Ok(()))
}

/// The same, for a file that only its owner can read or write.
///
/// # Errors
/// The system's error.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_as(path, bytes, keep_private)
}

fn write_as(path: &Path, bytes: &[u8], prepare: fn(&File) -> io::Result<()>) -> io::Result<()> {
    let beside = Beside::create(path)?;
    prepare(&beside.file)?;
    (&beside.file).write_all(bytes)?;
    beside.keep()
}

/// A temporary file beside its target. It is removed unless it is kept.
#[derive(Debug)]
pub struct Beside {
    file: File,
    path: PathBuf,
    target: PathBuf,
    kept: bool,
}

impl Beside {
    /// Creates it, and the directory.
    ///
    /// # Errors
    /// The system's error.
    pub fn create(target: &Path) -> io::Result<Self> {
        let directory = target.parent().ok_or(io::ErrorKind::NotFound)?;
        fs::create_dir_all(directory)?;
        let name = target.file_name().ok_or(io::ErrorKind::NotFound)?.to_string_lossy();
        remove_leftovers(directory, &name);
        let path = directory.join(format!(".{name}.{}", std::process::id()));
        let made = || File::options().write(true).create_new(true).open(&path);
        let file = match made() {
            // Left by a process with the same id, or a symlink: never written through.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                fs::remove_file(&path)?;
                made()?
            }
            made => made?,
        };
        Ok(Self { file, path, target: target.to_owned(), kept: false })
    }

    /// The same, for a file that only its owner can read or write.
    ///
    /// # Errors
    /// The system's error.
    pub fn create_private(target: &Path) -> io::Result<Self> {
        let beside = Self::create(target)?;
        keep_private(&beside.file)?;
        Ok(beside)
    }

    /// The open file.
    #[must_use]
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Renames it to its target.
    ///
    /// # Errors
    /// The system's error; the target is unchanged.
    pub fn keep(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, &self.target)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.kept {
            // A temporary file that cannot be renamed is useless; if it stays, it does no harm.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes temporary files for `name` that killed processes left in `directory`: `.NAME.PID`, optionally with
/// another number and `.tmp`, an hour after their last modification. Symlinks are removed, not followed.
pub fn remove_leftovers(directory: &Path, name: &str) {
    let start = format!(".{name}.");
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let is_ours =
            entry.file_name().to_str().and_then(|found| found.strip_prefix(&start)).is_some_and(is_mark);
        let is_old = || {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            metadata.modified().ok()?.elapsed().ok().filter(|age| *age >= LEFT_AFTER)
        };
        if is_ours && is_old().is_some() {
            remove(&entry.path());
        }
    }
}

/// The age of a leftover.
const LEFT_AFTER: std::time::Duration = std::time::Duration::from_secs(60 * 60);

/// True for a process id, optionally followed by the number of an attempt and `.tmp`.
fn is_mark(text: &str) -> bool {
    let is_number =
        |text: &str| !text.is_empty() && text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.strip_suffix(".tmp") {
        None => is_number(text),
        Some(numbers) => {
            numbers.split_once('-').is_some_and(|(process, attempt)| is_number(process) && is_number(attempt))
        }
    }
}

/// The entries of a directory, sorted; symlinks are followed.
///
/// # Errors
/// The system's error.
pub fn entries(directory: &Path) -> io::Result<Vec<Entry>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let Ok(metadata) = fs::metadata(entry.path()) else { continue };
        let modified = metadata.modified().ok();
        found.push(Entry {
            name: entry.file_name().to_string_lossy().into_owned(),
            directory: metadata.is_dir(),
            size: metadata.len(),
            modified: modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok()),
        });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// One of the [`entries`].
pub struct Entry {
    /// Its name.
    pub name: String,
    /// True for a directory.
    pub directory: bool,
    /// In bytes.
    pub size: u64,
    /// Since 1970.
    pub modified: Option<std::time::Duration>,
}

/// The modification time of a file, in seconds since 1970.
#[must_use]
pub fn modified(path: &Path) -> Option<i64> {
    let time = fs::metadata(path).ok()?.modified().ok()?;
    i64::try_from(time.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// True if this is a regular file.
#[must_use]
pub fn is_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
}

/// True if this is a directory.
#[must_use]
pub fn is_directory(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// The system's error in the style of our messages.
#[must_use]
pub fn in_words(error: &io::Error) -> String {
    let words = error.to_string();
    let words = words.split(" (os error ").next().unwrap_or_default();
    let mut chars = words.chars();
    let first = chars.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

/// Removes a file if possible.
pub fn remove(path: &Path) {
    // What stays is found again next time.
    let _ = fs::remove_file(path);
}

/// True if this is a file or directory, not a symlink, that only its owner can write.
#[must_use]
pub fn is_private(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_symlink() && is_for_owner(&metadata))
}

/// Creates a directory, and its parents, that only its owner can read or write. Existing ones are unchanged.
///
/// # Errors
/// The system's error.
pub fn make_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

#[cfg(unix)]
fn keep_private(file: &File) -> io::Result<()> {
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

#[cfg(not(unix))]
fn keep_private(_file: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn is_for_owner(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o022 == 0
}

#[cfg(not(unix))]
fn is_for_owner(_metadata: &fs::Metadata) -> bool {
    true
}

/// The bytes of this executable, if they can be read and are at most `most`.
#[must_use]
pub fn program(most: u64) -> Option<Vec<u8>> {
    read(&std::env::current_exe().ok()?, most).ok()
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::{Duration, SystemTime};

    #[test]
    #[expect(clippy::disallowed_methods, reason = "how old a file is depends on the time")]
    fn what_was_left_behind_goes_an_hour_later() {
        let temp = tempfile::tempdir().unwrap();
        let old = ["a.json.12", "a.json.12-0.tmp", "a.json.7-3.tmp"].map(|name| format!(".{name}"));
        let kept = [
            ".a.json.12x",
            ".a.json.",
            ".a.json.1.tmp",
            ".b.json.12",
            "a.json.12",
            ".a.json.-1.tmp",
            ".a.json.99",
            ".a.json.1-2-3.tmp",
        ]
        .map(str::to_owned);
        let now = SystemTime::now();
        for name in old.iter().chain(&kept) {
            let age = if name == ".a.json.99" { 60 } else { 2 * 60 * 60 };
            let file = File::create(temp.path().join(name)).unwrap();
            file.set_modified(now - Duration::from_secs(age)).unwrap();
        }
        super::write(&temp.path().join("a.json"), b"new").unwrap();
        let mut found: Vec<String> =
            super::entries(temp.path()).unwrap().into_iter().map(|entry| entry.name).collect();
        found.retain(|name| name != "a.json");
        let mut expected = kept.to_vec();
        expected.sort();
        assert_eq!(found, expected);
    }
}
