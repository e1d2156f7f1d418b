//! The on-disk cache of clean blobs: a file per pack and set of rules.

use std::path::{Path, PathBuf};

use gix::sec::identity::is_path_owned_by_current_user;
use sha2::{Digest as _, Sha256};

use crate::external::file;
use crate::source::CleanCache;
use crate::source::objects::clean::{MAX_RECORD, Name};

/// The most files, and their total size; the oldest are removed first.
const MAX_FILES: usize = 256;
const MAX_BYTES: u64 = 256 << 20;
/// Smaller packs are scanned as fast as they are looked up.
const LEAST: u32 = 1000;
/// A larger executable is not this program.
const MAX_PROGRAM: u64 = 1 << 30;

/// A directory of records. Only files that are owned by the user and writable by no other user are trusted.
#[derive(Debug)]
pub struct DiskCache {
    directory: PathBuf,
    about: Name,
    least: u32,
    /// The digest of the program; by default that of the running executable.
    program: Option<Name>,
}

impl DiskCache {
    /// The cache in `cache` for scans with these rules: `about` lists everything except the program that decides
    /// what is found.
    #[must_use]
    pub fn new(cache: &Path, about: &[String]) -> Self {
        let mut hash = Sha256::new();
        for text in about {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        Self { directory: cache.join("clean"), about: hash.finalize().into(), least: LEAST, program: None }
    }

    /// The same, with another minimum pack size and another digest of the program.
    #[must_use]
    pub fn with(self, least: u32, program: Name) -> Self {
        Self { least, program: Some(program), ..self }
    }

    fn path(&self, name: &Name) -> PathBuf {
        self.directory.join(data_encoding::HEXLOWER.encode(name))
    }

    /// Removes the oldest files while there are too many or they are too large.
    fn tidy(&self) {
        let Ok(mut entries) = file::entries(&self.directory) else { return };
        entries.retain(|entry| !entry.directory);
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.modified));
        let mut bytes = 0u64;
        for (at, entry) in entries.iter().enumerate() {
            bytes = bytes.saturating_add(entry.size);
            if at >= MAX_FILES || bytes > MAX_BYTES {
                file::remove(&self.directory.join(&entry.name));
            }
        }
    }
}

impl CleanCache for DiskCache {
    /// The whole executable is hashed: its version does not distinguish builds.
    fn rules(&self) -> Option<Name> {
        let of_file = || Some(Sha256::digest(file::program(MAX_PROGRAM)?).into());
        let program: Name = self.program.or_else(of_file)?;
        Some(Sha256::new().chain_update(program).chain_update(self.about).finalize().into())
    }

    fn least(&self) -> u32 {
        self.least
    }

    fn load(&self, name: &Name) -> Option<Vec<u8>> {
        let path = self.path(name);
        (is_ours(&self.directory) && is_ours(&path)).then(|| file::read(&path, MAX_RECORD).ok())?
    }

    fn store(&self, name: &Name, record: &[u8]) {
        // A cache that cannot be written is ignored: the next scan works without it.
        let path = self.path(name);
        if file::make_private(&self.directory).is_ok()
            && is_ours(&self.directory)
            && file::write_private(&path, record).is_ok()
        {
            self.tidy();
        }
    }
}

/// True if this is owned by the user, not a symlink, and writable by no other user.
fn is_ours(path: &Path) -> bool {
    file::is_private(path) && is_path_owned_by_current_user(path).is_ok_and(|is_ours| is_ours)
}
