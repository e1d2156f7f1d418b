//! The files of a commit: to compare a worktree with, or to read a configuration from.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::sync::Arc;

use gix::ObjectId;
use rayon::prelude::*;

use super::blobs::{self, Limits, Reader};
use super::diff::{Seen, Walker};
use super::store::Objects;
use super::{Git, at, decode};
use crate::model::{self, Error, PathGlobs, RepoPath, SkipReason};
use crate::source::{Item, Made, References, Source};

/// The most files of one name that are read.
const FILES_MAX: usize = 1000;

/// All files of a commit, as a worktree of it would have them, except symlinks.
#[derive(Clone)]
pub struct Tree {
    git: Arc<Git>,
    commit: ObjectId,
    tree: ObjectId,
    limits: Limits,
    origin: Option<String>,
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tree({})", self.commit)
    }
}

impl Tree {
    /// The files of the commit `revision`.
    ///
    /// # Errors
    /// If it does not exist. The message says what helps.
    pub fn of(git: Git, revision: &str) -> Result<Self, Error> {
        let objects = git.stores.objects();
        let commit = git.commit_named(&objects, revision).map_err(Error::Range)?;
        drop(objects);
        Self::at(git, commit)
    }

    /// The files of the merge base of `HEAD` and `revision`.
    ///
    /// # Errors
    /// If it does not exist, or if commits between it and `HEAD` are missing. The message says what helps.
    pub fn of_merge_base(git: Git, revision: &str) -> Result<Self, Error> {
        let objects = git.stores.objects();
        let commit = git.merge_base(&objects, revision).map_err(Error::Range)?;
        drop(objects);
        Self::at(git, commit)
    }

    /// The files of the commit before a range: of `A..B` those of A, of a single commit those of its first parent.
    /// `None` for a root commit.
    ///
    /// # Errors
    /// As [`Range::open`](super::Range::open).
    pub fn before(git: Git, range: &str) -> Result<Option<Self>, Error> {
        let objects = git.stores.objects();
        let (bases, _) = git.range_named(&objects, range).map_err(Error::Range)?;
        drop(objects);
        bases.first().map(|base| Self::at(git, *base)).transpose()
    }

    fn at(git: Git, commit: ObjectId) -> Result<Self, Error> {
        let tree = git.tree_of(&git.stores.objects(), commit).map_err(Error::Range)?;
        let limits = Limits { max_file_size: u64::MAX, exclude: PathGlobs::default() };
        Ok(Self { git: Arc::new(git), commit, tree, limits, origin: None })
    }

    /// The same tree, with limits for a scan.
    #[must_use]
    pub fn within(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The same tree, with the URL that the repository was cloned from.
    #[must_use]
    pub fn from_origin(self, origin: Option<&str>) -> Self {
        Self { origin: origin.map(str::to_owned), ..self }
    }

    /// The commit.
    #[must_use]
    pub fn commit(&self) -> model::ObjectId {
        decode::model_id(self.commit)
    }

    /// The date of the commit, in seconds since 1970.
    #[must_use]
    pub fn committed(&self) -> i64 {
        self.git.committed(&self.git.stores.objects(), self.commit)
    }

    /// The root of the worktree of its repository.
    #[must_use]
    pub fn root(&self) -> &std::path::Path {
        self.git.root()
    }

    /// The content of the regular file at `path`, at most `max` bytes; `None` if it does not exist.
    ///
    /// # Errors
    /// If it cannot be read, or is larger.
    #[must_use]
    pub fn read(&self, path: &RepoPath, max: u64) -> Option<io::Result<Vec<u8>>> {
        at::file(&self.git.stores.objects(), self.git.hash, self.tree, path, max)
    }

    /// The paths of all files for which `wanted` is true, sorted; at most a thousand.
    #[must_use]
    pub fn paths(&self, wanted: &dyn Fn(&RepoPath) -> bool) -> BTreeSet<RepoPath> {
        let objects = self.git.stores.objects();
        let mut found = BTreeSet::new();
        self.walk(&objects, &mut |seen| {
            if let Seen::Blob { path, is_link: false, .. } = seen
                && found.len() < FILES_MAX
            {
                let path = RepoPath::new(path);
                if wanted(&path) {
                    found.insert(path);
                }
            }
        });
        found
    }

    fn walk(&self, objects: &Objects, visit: &mut dyn FnMut(Seen<'_>)) {
        Walker::thorough(objects, self.git.hash).each(b"", self.tree, &[], visit);
    }
}

impl Source for Tree {
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), Error> {
        let objects = self.git.stores.objects();
        let mut files: Vec<(RepoPath, ObjectId)> = Vec::new();
        self.walk(&objects, &mut |seen| match seen {
            Seen::Blob { path, is_link: true, .. } => {
                visit(Item::Skipped(RepoPath::new(path), SkipReason::Symlink));
            }
            Seen::Blob { path, id, .. } => files.push((RepoPath::new(path), id)),
            Seen::Submodule(path) => visit(Item::Skipped(RepoPath::new(path), SkipReason::Submodule)),
            other => blobs::tree_problem(&other, visit),
        });
        let reader = || Reader::new(self.git.stores.objects(), &self.limits, visit);
        files.par_iter().with_min_len(16).for_each_init(reader, |reader, (path, id)| {
            reader.blob(path.as_bytes(), *id, None);
        });
        Ok(())
    }

    fn scope(&self) -> String {
        format!("commit {}", self.commit().short())
    }

    fn file(&self, path: &RepoPath) -> Option<io::Result<Box<dyn io::Read>>> {
        let read = self.read(path, self.limits.read_max())?;
        Some(read.map(|bytes| Box::new(io::Cursor::new(bytes)) as Box<dyn io::Read>))
    }

    fn has(&self, path: &RepoPath) -> bool {
        at::find(&self.git.stores.objects(), self.git.hash, self.tree, path).is_some()
    }

    fn known_name(&self, path: &RepoPath) -> usize {
        at::known(&self.git.stores.objects(), self.git.hash, self.tree, path)
    }

    fn listed(&self, visit: &mut dyn FnMut(&[u8])) {
        self.walk(&self.git.stores.objects(), &mut |seen| {
            if let Seen::Blob { path, .. } | Seen::Submodule(path) = seen {
                visit(path);
            }
        });
    }

    fn last_changed(&self, path: &RepoPath) -> Option<i64> {
        self.git.last_changed_at(self.commit, path.as_bytes())
    }

    fn references(&self) -> Option<References> {
        Some(self.git.references(Some(self.commit)))
    }

    fn made(&self, object: model::ObjectId) -> Option<i64> {
        self.git.made(object)
    }

    fn recent(&self, max: usize) -> Vec<Made> {
        self.git.recent(Some(self.commit), max)
    }

    fn holds_since(&self, path: &RepoPath, text: &[u8]) -> Option<i64> {
        self.git.holds_since(Some(self.commit), path.as_bytes(), text)
    }

    fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }
}

impl Git {
    /// The merge base of `HEAD` and `revision`; of several the latest.
    fn merge_base(&self, objects: &Objects, revision: &str) -> Result<ObjectId, String> {
        let base = self.commit_named(objects, revision)?;
        let head = self.commit_named(objects, "HEAD")?;
        let between = |tip: ObjectId, bases: &[ObjectId]| {
            self.commits(objects, tip, bases).map_err(|why| self.unresolved(&why, revision, "HEAD"))
        };
        let commits = between(head, &[base])?;
        if commits.steps.is_empty() {
            return Ok(head);
        }
        // Every common ancestor is reachable from the boundary; the best are those that no other one reaches.
        let mut all: Vec<ObjectId> = commits.boundary.keys().copied().collect();
        all.sort_unstable();
        let mut best = Vec::new();
        for one in &all {
            let others: Vec<ObjectId> = all.iter().copied().filter(|other| other != one).collect();
            // A commit of an unrelated or cut-off history is not reachable from the others.
            let is_reached = !others.is_empty()
                && self.commits(objects, *one, &others).is_ok_and(|it| it.steps.is_empty());
            if !is_reached {
                best.push((self.committed(objects, *one), *one));
            }
        }
        best.sort_unstable();
        best.pop().map(|(_, id)| id).ok_or_else(|| format!("`{revision}` and HEAD have no commit in common"))
    }

    fn committed(&self, objects: &Objects, id: ObjectId) -> i64 {
        let mut buffer = Vec::new();
        let data = objects.read(&id, gix::objs::Kind::Commit, super::store::MAX_TREE, &mut buffer);
        data.ok().and_then(decode::commit).map_or(0, |commit| commit.committed)
    }
}
