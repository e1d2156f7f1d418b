//! What is staged: entries of the index that the tree of `HEAD` does not have like that.
//!
//! That is what the next commit brings, whatever lies on disk; the worktree is not read. Entries that
//! are only intended to be added bring nothing. Of a conflict every side is looked at.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use gix::ObjectId;
use gix::index::State;
use gix::index::entry::{Flags, Mode};
use gix::index::extension::Tree as CachedTree;

use super::Git;
use super::blobs::{self, Limits, Reader};
use super::decode::{EntryKind, TreeEntry};
use super::diff::{self, Seen, Walker};
use super::store::Objects;
use crate::model::{Error, RepoPath, SkipReason};
use crate::source::{Item, Source, index};

/// The index against `HEAD`.
pub struct Staged {
    git: Git,
    index: State,
    /// The tree of `HEAD`, if it has a commit.
    head: Option<ObjectId>,
    limits: Limits,
    scope: &'static str,
}

/// A directory whose entries are compared.
struct Job<'a> {
    /// Bytes of its path, with the slash at its end.
    base: usize,
    /// Its entries.
    entries: Range<usize>,
    /// The tree that `HEAD` has there.
    head: Option<ObjectId>,
    /// What the index itself says of the tree there.
    cached: Option<&'a CachedTree>,
}

impl Staged {
    /// Reads the index of `git`.
    ///
    /// # Errors
    /// If it cannot be read, or if `HEAD` cannot.
    pub fn open(git: Git, limits: &Limits) -> Result<Self, Error> {
        let index = read(&git.index, git.hash).map_err(|why| unreadable(&git, &why))?;
        let head = git.head_tree(&git.stores.objects()).map_err(|why| git.error(why))?;
        Ok(Self { git, index, head, limits: limits.clone(), scope: "what is staged" })
    }

    /// All of the index, whatever `HEAD` has: every file that git tracks, as the next commit would have it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn whole(git: Git, limits: &Limits) -> Result<Self, Error> {
        let index = read(&git.index, git.hash).map_err(|why| unreadable(&git, &why))?;
        Ok(Self { git, index, head: None, limits: limits.clone(), scope: "the whole index" })
    }

    /// True if the next commit brings nothing: it would be empty, or only take away.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let told = AtomicBool::new(false);
        let visit = |_: Item<'_>| told.store(true, Ordering::Relaxed);
        let mut found = false;
        self.changes(&self.git.stores.objects(), &visit, &mut |_, _| found = true);
        !found && !told.load(Ordering::Relaxed)
    }

    /// True if there is a commit that the index is compared with.
    #[must_use]
    pub const fn has_head(&self) -> bool {
        self.head.is_some()
    }

    fn path(&self, at: usize) -> &[u8] {
        self.index.entry(at).path(&self.index)
    }

    /// Tells `found` of every entry that `HEAD` does not have like that.
    fn changes(
        &self,
        objects: &Objects,
        visit: &(dyn Fn(Item<'_>) + Sync),
        found: &mut dyn FnMut(&[u8], ObjectId),
    ) {
        let all = 0..self.index.entries().len();
        let mut jobs = vec![Job { base: 0, entries: all, head: self.head, cached: self.index.tree() }];
        let mut walker = Walker::new(objects, self.git.hash);
        while let Some(job) = jobs.pop() {
            // What a commit would record for this directory is the tree that the index names.
            let unchanged = job.cached.is_some_and(|cached| {
                Some(cached.id) == job.head
                    && cached.num_entries.map(|count| count as usize) == Some(job.entries.len())
            });
            if unchanged {
                continue;
            }
            let mut buffer = Vec::new();
            let head =
                job.head.map_or(Ok(Vec::new()), |id| diff::read(objects, self.git.hash, id, &mut buffer));
            let head = match head {
                Ok(entries) => entries,
                Err(failure) => {
                    let path = job.entries.clone().next().map_or(&b""[..], |at| &self.path(at)[..job.base]);
                    if let Some(id) = job.head {
                        blobs::tree_problem(&Seen::Failed(path, id, failure), visit);
                    }
                    // Then everything in there counts as new.
                    Vec::new()
                }
            };
            let head: HashMap<&[u8], TreeEntry<'_>> =
                head.into_iter().map(|entry| (entry.name, entry)).collect();
            let mut at = job.entries.start;
            while at < job.entries.end {
                let path = self.path(at);
                let name = path.get(job.base..).unwrap_or_default();
                let slash = memchr::memchr(b'/', name);
                match slash {
                    Some(slash) if self.index.entry(at).mode != Mode::DIR || slash + 1 < name.len() => {
                        let dir = &path[..job.base + slash + 1];
                        let rest = &self.index.entries()[at..job.entries.end];
                        let len = rest.partition_point(|entry| entry.path(&self.index).starts_with(dir));
                        let name = &name[..slash];
                        let tree = head.get(name).filter(|entry| entry.kind == EntryKind::Tree);
                        let cached = job.cached.and_then(|cached| {
                            let children = &cached.children;
                            let found = children.binary_search_by(|child| child.name.as_slice().cmp(name));
                            found.ok().and_then(|found| children.get(found))
                        });
                        let len = len.max(1);
                        jobs.push(Job {
                            base: dir.len(),
                            entries: at..at + len,
                            head: tree.map(|entry| entry.id),
                            cached,
                        });
                        at += len;
                    }
                    _ => {
                        self.entry(at, name, &head, &mut walker, visit, found);
                        at += 1;
                    }
                }
            }
        }
    }

    /// Compares one entry with the tree that it is in.
    fn entry(
        &self,
        at: usize,
        name: &[u8],
        head: &HashMap<&[u8], TreeEntry<'_>>,
        walker: &mut Walker<'_>,
        visit: &(dyn Fn(Item<'_>) + Sync),
        found: &mut dyn FnMut(&[u8], ObjectId),
    ) {
        let entry = self.index.entry(at);
        if entry.flags.contains(Flags::INTENT_TO_ADD) {
            return;
        }
        let path: &[u8] = entry.path(&self.index);
        let old = head.get(name.strip_suffix(b"/").unwrap_or(name));
        if entry.mode == Mode::DIR {
            // A sparse index: all of a directory is one entry, its tree.
            let others: Vec<ObjectId> =
                old.filter(|old| old.kind == EntryKind::Tree).map(|old| old.id).into_iter().collect();
            walker.each(path, entry.id, &others, &mut |seen| match seen {
                Seen::Blob { path, id } => found(path, id),
                Seen::Submodule(path) => visit(Item::Skipped(RepoPath::new(path), SkipReason::Submodule)),
                other => blobs::tree_problem(&other, visit),
            });
            return;
        }
        // Permissions of old trees were more than the bit that counts.
        let significant = |mode: u32| mode & 0o170_100;
        let same = |old: &TreeEntry<'_>| {
            old.id == entry.id && significant(old.mode) == significant(entry.mode.bits())
        };
        if old.is_some_and(same) {
            return;
        }
        if entry.mode == Mode::COMMIT {
            return visit(Item::Skipped(RepoPath::new(path), SkipReason::Submodule));
        }
        found(path, entry.id);
    }
}

impl Source for Staged {
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), Error> {
        let objects = self.git.stores.objects();
        let mut changes: Vec<(RepoPath, ObjectId)> = Vec::new();
        self.changes(&objects, visit, &mut |path, id| changes.push((RepoPath::new(path), id)));
        // The sides of a conflict can be the same.
        changes.dedup();
        let read = |reader: &mut Reader<'_>, (path, id): &(RepoPath, ObjectId)| {
            reader.blob(path.as_bytes(), *id, None);
        };
        let reader = |objects| Reader::new(objects, &self.limits, visit);
        if changes.len() <= 16 {
            // Threads would have to be woken for less work than that is.
            let mut reader = reader(objects);
            changes.iter().for_each(|change| read(&mut reader, change));
        } else {
            use rayon::prelude::*;
            let reader = || reader(self.git.stores.objects());
            changes.par_iter().with_min_len(8).for_each_init(reader, read);
        }
        Ok(())
    }

    fn scope(&self) -> String {
        self.scope.to_owned()
    }
}

fn unreadable(git: &Git, why: &str) -> Error {
    git.error(format!("its index cannot be read: {why}; `git reset` writes a new one"))
}

/// Reads the index at `path`; an empty one if there is none.
fn read(path: &Path, hash: gix::hash::Kind) -> Result<State, String> {
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Err("it is not a regular file".to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(State::new(hash)),
        Err(error) => return Err(error.to_string()),
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    for entry in folder.read_dir().map_err(|error| error.to_string())?.flatten() {
        let is_shared = entry.file_name().as_encoded_bytes().starts_with(b"sharedindex.");
        if is_shared && !entry.path().metadata().is_ok_and(|metadata| metadata.is_file()) {
            return Err("a shared index is not a regular file".to_owned());
        }
    }
    index::read(path, hash, false)
}
