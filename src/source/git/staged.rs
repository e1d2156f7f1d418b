//! Staged changes: entries of the index that the tree of `HEAD` does not have unchanged.
//!
//! This is what the next commit introduces; the worktree is not read. Intent-to-add entries do not count, nor do
//! entries equal to those of a commit being merged. Of a conflict both sides are scanned.

use std::collections::{HashMap, HashSet};
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::index::State;
use gix::index::entry::{Flags, Mode, Stage};
use gix::index::extension::Tree as CachedTree;

use super::Git;
use super::at;
use super::blobs::{self, Limits, Reader};
use super::decode::{EntryKind, TreeEntry};
use super::diff::{self, Seen, Walker};
use super::replaced::{self, Replaced};
use super::store::Objects;
use crate::model::{self, Error, Origin, RepoPath, SkipReason};
use crate::source::{Change, Earlier, Item, Source, index};

/// The index against `HEAD`.
pub struct Staged {
    git: Git,
    index: State,
    /// The tree of `HEAD`; `None` before the first commit.
    head: Option<ObjectId>,
    limits: Limits,
    scope: &'static str,
    /// True to scan the whole index, changed or not.
    whole: bool,
    /// What the index removes or replaces, once computed.
    earlier: OnceLock<Vec<Earlier>>,
}

/// A directory to compare.
struct Job<'a> {
    /// Bytes of its path, with the slash at its end.
    base: usize,
    /// Its entries.
    entries: Range<usize>,
    /// The tree of `HEAD` there.
    head: Option<ObjectId>,
    /// The index's cached tree there.
    cached: Option<&'a CachedTree>,
}

impl Staged {
    /// Reads the index of `git`.
    ///
    /// # Errors
    /// If it, or `HEAD`, cannot be read.
    pub fn open(git: Git, limits: &Limits) -> Result<Self, Error> {
        let index = read(&git.index, git.hash).map_err(|why| unreadable(&git, &why))?;
        let head = git.head_tree(&git.stores.objects()).map_err(|why| git.error(why))?;
        Ok(Self {
            git,
            index,
            head,
            limits: limits.clone(),
            scope: "staged changes",
            whole: false,
            earlier: OnceLock::new(),
        })
    }

    /// The whole index, whatever `HEAD` has: every tracked file, as the next commit would have it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn whole(git: Git, limits: &Limits) -> Result<Self, Error> {
        let index = read(&git.index, git.hash).map_err(|why| unreadable(&git, &why))?;
        Ok(Self {
            git,
            index,
            head: None,
            limits: limits.clone(),
            scope: "the whole index",
            whole: true,
            earlier: OnceLock::new(),
        })
    }

    /// True if the next commit adds nothing: it would be empty, or only remove files.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let reported = AtomicBool::new(false);
        let visit = |_: Item<'_>| reported.store(true, Ordering::Relaxed);
        let mut found = false;
        self.changes(&self.git.stores.objects(), &visit, &mut |_, _| found = true);
        !found && !reported.load(Ordering::Relaxed)
    }

    /// True if there is a commit to compare with.
    #[must_use]
    pub const fn has_head(&self) -> bool {
        self.head.is_some()
    }

    fn path(&self, at: usize) -> &[u8] {
        self.index.entry(at).path(&self.index)
    }

    /// Calls `found` for every entry that `HEAD` does not have unchanged.
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
            // The tree that the index caches is what a commit would record.
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

    /// The entries of `tree` that the index does not have unchanged.
    fn replaced(&self, objects: &Objects, tree: ObjectId, side: usize) -> Vec<Earlier> {
        let mut earlier = Vec::new();
        let mut jobs = vec![(Vec::new(), tree, self.index.tree())];
        while let Some((base, tree, cached)) = jobs.pop() {
            let unchanged = cached.is_some_and(|cached| cached.id == tree && cached.num_entries.is_some());
            if unchanged || base.len() > diff::MAX_PATH {
                continue;
            }
            let mut buffer = Vec::new();
            // What cannot be read did not exist.
            for entry in diff::read(objects, self.git.hash, tree, &mut buffer).unwrap_or_default() {
                let path = [base.as_slice(), entry.name].concat();
                match entry.kind {
                    EntryKind::Submodule => {}
                    EntryKind::Blob => {
                        let all = self.entries(&path);
                        if !all.iter().any(|now| now.id == entry.id) {
                            let gone = all.is_empty();
                            let object = super::decode::model_id(entry.id);
                            earlier.push(Earlier { path: RepoPath::new(path), object, side, gone });
                        }
                    }
                    EntryKind::Tree => {
                        let path = [path.as_slice(), b"/"].concat();
                        // A sparse index has a directory as one entry.
                        if let Some(sparse) = self.entries(&path).first() {
                            earlier.extend(
                                replaced::entries(objects, self.git.hash, entry.id, sparse.id, side)
                                    .into_iter()
                                    .map(|below| Earlier {
                                        path: RepoPath::new([&path, below.path.as_bytes()].concat()),
                                        ..below
                                    }),
                            );
                            continue;
                        }
                        let below = cached.and_then(|cached| {
                            let found = cached
                                .children
                                .binary_search_by(|child| child.name.as_slice().cmp(entry.name));
                            found.ok().and_then(|found| cached.children.get(found))
                        });
                        jobs.push((path, entry.id, below));
                    }
                }
            }
        }
        earlier
    }

    /// The entries of the index at `path`; several in a conflict.
    fn entries(&self, path: &[u8]) -> &[gix::index::Entry] {
        let all = self.index.entries();
        let start = all.partition_point(|entry| entry.path(&self.index).as_bytes() < path);
        let rest = all.get(start..).unwrap_or_default();
        let len = rest.partition_point(|entry| entry.path(&self.index).as_bytes() <= path);
        rest.get(..len).unwrap_or_default()
    }

    /// Compares one entry with its tree.
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
        // The base of a conflict is introduced by neither side.
        if entry.flags.contains(Flags::INTENT_TO_ADD) || entry.stage() == Stage::Base {
            return;
        }
        let path: &[u8] = entry.path(&self.index);
        let old = head.get(name.strip_suffix(b"/").unwrap_or(name));
        if entry.mode == Mode::DIR {
            // A sparse index: the whole directory is one entry, its tree.
            let others: Vec<ObjectId> =
                old.filter(|old| old.kind == EntryKind::Tree).map(|old| old.id).into_iter().collect();
            walker.each(path, entry.id, &others, &mut |seen| match seen {
                Seen::Blob { path, id, .. } => found(path, id),
                Seen::Submodule(path) => visit(Item::Skipped(RepoPath::new(path), SkipReason::Submodule)),
                other => blobs::tree_problem(&other, visit),
            });
            return;
        }
        // Old trees have more permission bits than the one that counts.
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
        // The sides of a conflict can be equal.
        changes.dedup();
        for merged in self.git.merged().into_iter().filter(|_| !self.whole) {
            // Entries equal to those being merged come with the merge.
            let mut theirs = HashSet::new();
            let ours: Vec<ObjectId> = self.head.into_iter().collect();
            Walker::new(&objects, self.git.hash).each(b"", merged, &ours, &mut |seen| {
                if let Seen::Blob { path, id, .. } = seen {
                    theirs.insert((RepoPath::new(path), id));
                }
            });
            changes.retain(|change| !theirs.contains(change));
        }
        let read = |reader: &mut Reader<'_>, (path, id): &(RepoPath, ObjectId)| {
            reader.blob(path.as_bytes(), *id, None);
        };
        let reader = |objects| Reader::new(objects, &self.limits, visit);
        if changes.len() <= 16 {
            // Waking threads costs more than so little work.
            let mut reader = reader(objects);
            changes.iter().for_each(|change| read(&mut reader, change));
        } else {
            use rayon::prelude::*;
            let reader = || reader(self.git.stores.objects());
            changes.par_iter().with_min_len(8).for_each_init(reader, read);
        }
        Ok(())
    }

    fn is_change(&self) -> bool {
        !self.whole
    }

    fn known_name(&self, path: &RepoPath) -> usize {
        let sides = self.head.into_iter().chain(self.git.merged()).filter(|_| !self.whole);
        let objects = self.git.stores.objects();
        sides.map(|tree| at::known(&objects, self.git.hash, tree, path)).max().unwrap_or(0)
    }

    fn file(&self, path: &RepoPath) -> Option<io::Result<Box<dyn io::Read>>> {
        // Staged files are a change; untouched files are not part of it.
        let entry = self.index.entry_by_path(path.as_bytes().as_bstr()).filter(|_| self.whole)?;
        if !matches!(entry.mode, Mode::FILE | Mode::FILE_EXECUTABLE) {
            return None;
        }
        let unread = || io::Error::other("its object is missing, or too large");
        let content = model::ObjectId::new(entry.id.as_bytes()).and_then(|id| self.content(id));
        Some(content.map(|bytes| Box::new(io::Cursor::new(bytes)) as Box<dyn io::Read>).ok_or_else(unread))
    }

    fn link(&self, path: &RepoPath) -> Option<Vec<u8>> {
        let entry = self.index.entry_by_path(path.as_bytes().as_bstr())?;
        let id = (entry.mode == Mode::SYMLINK).then(|| model::ObjectId::new(entry.id.as_bytes()))??;
        self.content(id)
    }

    fn scope(&self) -> String {
        self.scope.to_owned()
    }

    fn changes(&self, _path: &RepoPath, _origin: Option<&Origin>) -> Option<Vec<Change>> {
        (!self.whole).then(|| vec![Change { number: 0, commit: None }])
    }

    fn earlier(&self, _change: usize) -> Vec<Earlier> {
        self.earlier
            .get_or_init(|| {
                // A merge in progress introduces the other sides as well.
                let others = self.git.merged().into_iter();
                let sides = self.head.into_iter().chain(others).enumerate();
                let objects = self.git.stores.objects();
                let all = sides.flat_map(|(side, tree)| self.replaced(&objects, tree, side));
                // A file excluded at its previous path counts as introduced where it is moved to.
                all.filter(|earlier| !self.limits.excludes(earlier.path.as_bytes())).collect()
            })
            .clone()
    }

    fn content(&self, object: model::ObjectId) -> Option<Vec<u8>> {
        replaced::content(&self.git, object, self.limits.read_max())
    }

    fn before(&self) -> Option<Box<dyn Source + '_>> {
        if self.whole {
            None
        } else {
            let replaced = self.earlier(0);
            Some(Box::new(Replaced { of: self, replaced, max_file_size: self.limits.max_file_size }))
        }
    }
}

fn unreadable(git: &Git, why: &str) -> Error {
    git.error(format!("its index cannot be read: {why}; `git reset` writes a new one"))
}

/// Reads the index at `path`; an empty one if it does not exist.
fn read(path: &Path, hash: gix::hash::Kind) -> Result<State, String> {
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Err("it is not a regular file".to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::new(hash)),
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
