//! Which blobs are known to be clean, kept in the user's cache: a file for each pack and set of rules.

use std::path::{Path, PathBuf};

use gix::sec::identity::is_path_owned_by_current_user;
use sha2::{Digest as _, Sha256};

use crate::external::file;
use crate::source::CleanCache;
use crate::source::objects::clean::{MAX_RECORD, Name};

/// Files that are kept at most, and bytes of all of them; the oldest go first.
const MAX_FILES: usize = 256;
const MAX_BYTES: u64 = 256 << 20;
/// Packs with fewer objects are scanned as fast as they are looked up.
const LEAST: u32 = 1000;
/// A program with more bytes is not one of ours.
const MAX_PROGRAM: u64 = 1 << 30;

/// A folder of records. Only files are believed that are the user's own and that nobody else can write.
#[derive(Debug)]
pub struct DiskCache {
    directory: PathBuf,
    about: Name,
    least: u32,
    /// Stands for the program; that which runs is hashed if there is none.
    program: Option<Name>,
}

impl DiskCache {
    /// The folder in `cache`, for scans with these rules: `about` names everything besides the program that
    /// decides what is found.
    #[must_use]
    pub fn new(cache: &Path, about: &[String]) -> Self {
        let mut hash = Sha256::new();
        for text in about {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        Self { directory: cache.join("clean"), about: hash.finalize().into(), least: LEAST, program: None }
    }

    /// The same, also for packs with only `least` objects, and for the program that `program` stands for.
    #[must_use]
    pub fn with(self, least: u32, program: Name) -> Self {
        Self { least, program: Some(program), ..self }
    }

    fn path(&self, name: &Name) -> PathBuf {
        self.directory.join(data_encoding::HEXLOWER.encode(name))
    }

    /// Takes the oldest files away for as long as there are too many, or too large ones.
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
    /// The program stands for itself, byte by byte: its version would not tell two builds apart.
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
        // A cache that cannot be written is none: the next scan does without.
        let path = self.path(name);
        if file::make_private(&self.directory).is_ok()
            && is_ours(&self.directory)
            && file::write_private(&path, record).is_ok()
        {
            self.tidy();
        }
    }
}

/// True if this is the user's own, no link, and nobody else can write it.
fn is_ours(path: &Path) -> bool {
    file::is_private(path) && is_path_owned_by_current_user(path).is_ok_and(|is_ours| is_ours)
}
