//! Passes blobs to a visitor, or reports what is excluded, too large or missing.

use std::sync::{Mutex, PoisonError};

use gix::ObjectId;
use gix::objs::Kind;

use super::diff::Seen;
use super::store::{Failure, Objects};
use crate::model::{Blob, Origin, PathGlobs, Problem, RepoPath, SkipReason};
use crate::source::file::is_lfs_pointer;
use crate::source::large::{self, Text};
use crate::source::{Item, OBJECT_MAX};

/// Called with a path, and the result of reading its blob.
type With<'w> = &'w dyn Fn(RepoPath, Result<&[u8], Failure>);

/// Larger blobs are read one at a time.
const ALONE: u64 = 32 << 20;
static LARGE: Mutex<()> = Mutex::new(());

/// Which blobs are read.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Larger blobs are scanned in pieces, and those with more than [`OBJECT_MAX`] not at all.
    pub max_file_size: u64,
    /// Files and directories to skip; matched against paths relative to the root.
    pub exclude: PathGlobs,
}

impl Limits {
    /// Larger blobs are not read.
    pub(super) fn read_max(&self) -> u64 {
        self.max_file_size.max(OBJECT_MAX)
    }

    /// True if `path` or a directory above it is excluded.
    pub(super) fn excludes(&self, path: &[u8]) -> bool {
        self.exclude.hold(path)
    }
}

/// Reads blobs on one thread.
pub(super) struct Reader<'a> {
    objects: Objects,
    limits: &'a Limits,
    visit: &'a (dyn Fn(Item<'_>) + Sync),
    buffer: Vec<u8>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(objects: Objects, limits: &'a Limits, visit: &'a (dyn Fn(Item<'_>) + Sync)) -> Self {
        Self { objects, limits, visit, buffer: Vec::new() }
    }

    /// Passes the blob `id`, the content of `path`, to the visitor; as a text of the history if there is an
    /// `origin`.
    pub(super) fn blob(&mut self, path: &[u8], id: ObjectId, origin: Option<&Origin>) {
        self.hand(path, id, origin.map_or(Text::File, Text::Historic), false);
    }

    /// Passes the blob `id`, which the index has for `path`, to the visitor. If git leaves the file out of the
    /// worktree and the blob on a remote (sparse and partial), it is only counted.
    pub(super) fn stored(&mut self, path: &[u8], id: ObjectId, is_left_out: bool) {
        self.hand(path, id, Text::Stored, is_left_out);
    }

    fn hand(&mut self, path: &[u8], id: ObjectId, text: Text<'_>, is_left_out: bool) {
        let (visit, limit) = (self.visit, self.limits.max_file_size);
        self.read(path, id, &|path, read| match read {
            Ok(bytes) if is_lfs_pointer(bytes) => visit(Item::Skipped(path, SkipReason::LfsPointer)),
            Ok(bytes) => large::hand(visit, limit, Blob { path: &path, bytes, tracked: true }, text),
            Err(Failure::TooLarge) => visit(Item::Skipped(path, SkipReason::TooLarge)),
            Err(Failure::Promised) if is_left_out => visit(Item::Skipped(path, SkipReason::Promised)),
            Err(failure) => failed(path, "blob", id, &failure, visit),
        });
    }

    /// Reads the blob `id` for `with`, unless `path` is excluded.
    fn read(&mut self, path: &[u8], id: ObjectId, with: With<'_>) {
        let excluded = self.limits.excludes(path);
        let path = RepoPath::new(path);
        if excluded {
            return (self.visit)(Item::Skipped(path, SkipReason::Excluded));
        }
        let most = self.limits.read_max();
        let read = self.objects.read(&id, Kind::Blob, most.min(ALONE), &mut self.buffer);
        if read != Err(Failure::TooLarge) {
            return with(path, read);
        }
        // Large blobs are read one at a time, to bound memory.
        let _alone = LARGE.lock().unwrap_or_else(PoisonError::into_inner);
        with(path, self.objects.read(&id, Kind::Blob, most, &mut self.buffer));
        self.buffer = Vec::new();
    }
}

/// Reports a tree that could not be visited.
pub(super) fn tree_problem(seen: &Seen<'_>, visit: &(dyn Fn(Item<'_>) + Sync)) {
    match seen {
        Seen::Failed(path, id, failure) => {
            let path = if path.is_empty() { b"." } else { path.strip_suffix(b"/").unwrap_or(path) };
            failed(RepoPath::new(path), "tree", *id, failure, visit);
        }
        Seen::TooDeep(path) => {
            let start = RepoPath::new(&path[..path.len().min(80)]);
            let message = "the directories below are too deep; they were not scanned".to_owned();
            visit(Item::Problem(Problem { path: Some(start.clone()), message }));
            visit(Item::Skipped(start, SkipReason::Unreadable));
        }
        Seen::Blob { .. } | Seen::Submodule(_) => {}
    }
}

fn failed(path: RepoPath, what: &str, id: ObjectId, failure: &Failure, visit: &(dyn Fn(Item<'_>) + Sync)) {
    let message = format!("{what} {id} {}", failure.words());
    let reason = match failure {
        Failure::Missing => SkipReason::Missing,
        Failure::Promised => SkipReason::Promised,
        Failure::TooLarge | Failure::Kind(_) | Failure::Broken(_) => SkipReason::Unreadable,
    };
    visit(Item::Problem(Problem { path: Some(path.clone()), message }));
    visit(Item::Skipped(path, reason));
}
