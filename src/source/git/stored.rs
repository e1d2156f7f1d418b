//! The index's content of files that are missing on disk, or may differ there.

use std::sync::{Mutex, OnceLock, PoisonError};

use gix::ObjectId;
use gix::objs::Kind;
use rayon::prelude::*;

use super::blobs::{self, Limits, Reader};
use super::diff::{Seen, Walker};
use super::store::Stores;
use crate::model::{Problem, RepoPath, SkipReason};
use crate::source::Item;
use crate::source::repository::Objects;
use crate::source::tracked::Stored;

/// A file, or a directory of a sparse index, whose stored content is scanned.
pub(in crate::source) struct Wanted {
    /// Its path, without a slash at its end.
    pub(in crate::source) path: RepoPath,
    /// What is stored.
    pub(in crate::source) stored: Stored,
}

/// Reads the wanted objects of the index, opening the store on demand.
pub(in crate::source) struct IndexReader {
    objects: Objects,
    stores: OnceLock<Result<Stores, String>>,
    wanted: Mutex<Vec<Wanted>>,
}

impl IndexReader {
    pub(in crate::source) fn new(objects: Objects) -> Self {
        Self { objects, stores: OnceLock::new(), wanted: Mutex::default() }
    }

    fn stores(&self) -> Result<&Stores, &String> {
        let Objects { directory, hash, is_partial } = &self.objects;
        let open = || Stores::open(std::slice::from_ref(directory), *hash, *is_partial);
        self.stores.get_or_init(open).as_ref()
    }

    /// The bytes of a small blob, if it can be read.
    pub(in crate::source) fn bytes(&self, id: ObjectId, max: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.stores().ok()?.objects().read(&id, Kind::Blob, max, &mut bytes).ok()?;
        Some(bytes)
    }

    /// Requests an entry.
    pub(in crate::source) fn want(&self, path: &[u8], stored: Stored) {
        let path = RepoPath::new(path.strip_suffix(b"/").unwrap_or(path));
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).push(Wanted { path, stored });
    }

    /// Passes everything requested to `visit`, on the threads of the current pool.
    pub(in crate::source) fn show(&self, limits: &Limits, visit: &(dyn Fn(Item<'_>) + Sync)) {
        let wanted = std::mem::take(&mut *self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
        if wanted.is_empty() {
            return;
        }
        let stores = match self.stores() {
            Ok(stores) => stores,
            Err(why) => {
                let message = format!(
                    "{} tracked files are missing on disk, or differ from what is stored, and were not scanned: {why}",
                    wanted.len()
                );
                visit(Item::Problem(Problem { path: None, message }));
                for one in wanted {
                    visit(Item::Skipped(one.path, SkipReason::Unreadable));
                }
                return;
            }
        };
        let objects = stores.objects();
        let mut files: Vec<(RepoPath, ObjectId, bool)> = Vec::new();
        for Wanted { path, stored } in wanted {
            if !stored.is_dir {
                files.push((path, stored.id, stored.is_left_out));
                continue;
            }
            let base = [path.as_bytes(), b"/"].concat();
            Walker::thorough(&objects, self.objects.hash).each(
                &base,
                stored.id,
                &[],
                &mut |seen| match seen {
                    Seen::Blob { path, id, is_link: false, .. } => {
                        files.push((RepoPath::new(path), id, stored.is_left_out));
                    }
                    Seen::Blob { path, .. } => visit(Item::Skipped(RepoPath::new(path), SkipReason::Symlink)),
                    Seen::Submodule(path) => visit(Item::Skipped(RepoPath::new(path), SkipReason::Submodule)),
                    other => blobs::tree_problem(&other, visit),
                },
            );
        }
        files.sort();
        files.dedup();
        let reader = || Reader::new(stores.objects(), limits, visit);
        files.par_iter().with_min_len(8).for_each_init(reader, |reader, (path, id, is_left_out)| {
            reader.stored(path.as_bytes(), *id, *is_left_out);
        });
    }
}
