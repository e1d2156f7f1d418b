//! The worktree walk: one task of the pool per directory, and more for the files of a large directory.
//!
//! A directory is listed and each of its names looked up in git's index, which is sorted: the entries of a
//! directory are one range of it. Only untracked names are matched against ignore files; a clean worktree has
//! none.
//!
//! Nothing recurses: each task starts the next. Names are opened relative to the directory they were listed in, so
//! a path can be longer than the system allows, and a directory that is replaced by a symlink is not followed.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Seek as _};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use rayon::Scope;

use crate::model::{Blob, PathGlobs, Problem, RepoPath, SkipReason};
use crate::source::attributes::{self, Attributes};
use crate::source::dir::{self, Dir, Kind, Listing, is_gone, read_opened};
use crate::source::discover::is_nested;
use crate::source::file;
use crate::source::git::stored::IndexReader;
use crate::source::rules::{Chain, Ignoring, Rules};
use crate::source::tracked::{Entry, Tracked};
use crate::source::{FILE_MAX, Item, Large};

/// Files per task.
const BATCH: usize = 32;

/// Directories with a longer path are reported, not read: each level costs the length of its path, and a hostile
/// tree has many.
const MAX_PATH: usize = 64 * 1024;

/// What every task of a walk needs.
pub(super) struct Walk<'a> {
    pub(super) visit: &'a (dyn Fn(Item<'_>) + Sync),
    /// The root of all paths.
    pub(super) root: &'a Path,
    /// True if the root is a git worktree.
    pub(super) git: bool,
    pub(super) tracked: &'a Tracked,
    pub(super) ignoring: &'a Ignoring,
    /// Excluded paths; the directories above the scanned path are not excluded.
    pub(super) exclude: &'a PathGlobs,
    pub(super) max_file_size: u64,
    /// Reads what git stores, where that may differ from the disk.
    pub(super) index: Option<&'a IndexReader>,
    /// Length of the path, with a slash at its end, that the user named.
    pub(super) named: usize,
}

/// A directory to be read.
pub(super) struct Job {
    /// Its path with a slash at its end, or empty for the root.
    pub(super) path: Arc<[u8]>,
    /// Its entries in the index.
    pub(super) range: Range<usize>,
    /// True if everything in it counts as tracked, because a sparse index does not say.
    pub(super) opaque: bool,
    /// The ignore files above it.
    pub(super) rules: Chain,
    /// The attributes set above it that make files differ from what is stored.
    pub(super) attributes: attributes::Chain,
    /// Whether it is ignored, as far as known. An ignored directory is read for the tracked files in it.
    pub(super) ignore_state: IgnoreState,
}

/// Whether a directory is ignored.
#[derive(Clone, Copy)]
pub(super) enum IgnoreState {
    /// It is, or one above it.
    Ignored,
    /// Not within the first bytes of its path, as many as this; the rest is unchecked.
    KnownTo(usize),
}

/// The files of a directory to be read.
struct Batch {
    dir: Arc<Dir>,
    path: Arc<[u8]>,
    listing: Listing,
    files: Vec<ListedFile>,
}

/// A file of a directory to be read.
struct ListedFile {
    /// Its position in the listing.
    at: usize,
    /// True if git tracks it.
    tracked: bool,
    /// Its entry in the index, if what is stored may differ from the disk.
    may_differ_from: Option<usize>,
}

impl Walk<'_> {
    /// Reads the directory `dir`, starting tasks for those below it.
    pub(super) fn directory<'s>(&'s self, scope: &Scope<'s>, dir: Dir, job: Job) {
        let mut listing = Listing::default();
        if let Err(error) = dir.list(&mut listing) {
            self.unreadable(without_slash(&job.path), "list this directory", &error);
        }
        if self.is_nested(&listing, &job) {
            return self.skipped(without_slash(&job.path), SkipReason::NestedRepository);
        }
        let dir = Arc::new(dir);
        let files = self.entries(scope, &dir, &listing, &job);
        self.files(scope, Batch { dir, path: job.path, listing, files });
    }

    /// Processes the entries of a directory. Subdirectories start tasks of their own, skipped entries are
    /// reported, and the files to be read are returned.
    fn entries<'s>(
        &'s self,
        scope: &Scope<'s>,
        dir: &Arc<Dir>,
        listing: &Listing,
        job: &Job,
    ) -> Vec<ListedFile> {
        let mut files = Vec::new();
        let attributes = self.attributes(dir, listing, job);
        let mut here =
            Here { walk: self, dir, listing, job, rules: None, attributes, ignore_state: job.ignore_state };
        let mut path = job.path.to_vec();
        for (at, (name, kind)) in listing.iter().enumerate() {
            if is_dot_git(name) {
                continue;
            }
            path.truncate(job.path.len());
            path.extend_from_slice(name);
            let kind = match kind {
                Kind::Unknown => match dir.kind(name) {
                    Ok(kind) => kind,
                    Err(error) => {
                        self.failed(&path, "look at this", &error);
                        continue;
                    }
                },
                known => known,
            };
            if kind == Kind::Dir {
                here.subdirectory(scope, name, &mut path);
                continue;
            }
            let entry = self.tracked.place(job.range.clone(), job.path.len(), name);
            let tracked = job.opaque || entry.is_some();
            if !tracked && here.ignored(&path, false) {
                continue;
            }
            if self.exclude.name(&path, false) {
                self.skipped(&path, SkipReason::Excluded);
                continue;
            }
            let may_differ_from = entry.filter(|entry| {
                kind != Kind::File
                    || attributes::may_differ(&here.attributes, &path)
                    || self.tracked.stored(*entry).is_some_and(|stored| stored.is_left_out)
            });
            match kind {
                Kind::File => files.push(ListedFile { at, tracked, may_differ_from }),
                _ => may_differ_from.into_iter().for_each(|entry| self.want(entry)),
            }
            match kind {
                Kind::File => {}
                Kind::Symlink => self.skipped(&path, SkipReason::Symlink),
                Kind::Dir | Kind::Special | Kind::Unknown => self.skipped(&path, SkipReason::Special),
            }
        }
        if self.index.is_some() {
            self.missing(listing, job);
        }
        files
    }

    /// Has the stored content of this index entry scanned, too.
    fn want(&self, entry: usize) {
        let Some(index) = self.index else { return };
        if let Some(stored) = self.tracked.stored(entry) {
            let path = self.tracked.path(entry);
            if !self.exclude.hold(path) {
                index.want(path, stored);
            }
        }
    }

    /// Has the index entries of this directory that are missing on disk scanned.
    fn missing(&self, listing: &Listing, job: &Job) {
        let base = job.path.len();
        let mut names: Option<HashSet<&[u8]>> = None;
        let mut at = job.range.start;
        while at < job.range.end {
            let path = self.tracked.path(at);
            let Some(rest) = path.get(base..).filter(|rest| !rest.is_empty()) else { break };
            let slash = memchr::memchr(b'/', rest);
            let name = &rest[..slash.unwrap_or(rest.len())];
            let end = slash.map_or(at + 1, |slash| {
                self.tracked.below(at..job.range.end, &path[..=base + slash]).end.max(at + 1)
            });
            let names = names.get_or_insert_with(|| listing.iter().map(|(name, _)| name).collect());
            if !names.contains(name) {
                (at..end).for_each(|entry| self.want(entry));
            }
            at = end;
        }
    }

    /// The attributes in this directory that make files differ from what is stored.
    fn attributes(&self, dir: &Dir, listing: &Listing, job: &Job) -> attributes::Chain {
        let index = self.index?;
        let (parent, base) = (&job.attributes, job.path.len());
        if listing.iter().any(|(name, _)| name == attributes::NAME) {
            return match dir.open_file(attributes::NAME) {
                Ok(opened) if opened.kind == Kind::File => {
                    let text = read_opened(&opened, attributes::MAX_SIZE).ok();
                    Attributes::add(parent, base, text.as_deref())
                }
                // Git follows no symlink there either.
                _ => parent.clone(),
            };
        }
        // What is missing on disk counts as it is stored.
        let entry = self.tracked.place(job.range.clone(), base, attributes::NAME);
        match entry.and_then(|entry| self.tracked.stored(entry)) {
            Some(stored) => {
                Attributes::add(parent, base, index.bytes(stored.id, attributes::MAX_SIZE).as_deref())
            }
            None => parent.clone(),
        }
    }

    /// Reads the `files` of a directory, the last batch here and the others in tasks of their own.
    fn files<'s>(&'s self, scope: &Scope<'s>, batch: Batch) {
        let here = batch.files.len().saturating_sub(BATCH);
        if here == 0 {
            return self.batch(&batch, 0..batch.files.len());
        }
        let batch = Arc::new(batch);
        for start in (0..here).step_by(BATCH) {
            let batch = Arc::clone(&batch);
            scope.spawn(move |_| self.batch(&batch, start..here.min(start + BATCH)));
        }
        self.batch(&batch, here..batch.files.len());
    }

    fn batch(&self, batch: &Batch, range: Range<usize>) {
        for file in &batch.files[range] {
            let name = batch.listing.get(file.at).0;
            let is_as_stored = self.file(&batch.dir, &batch.path, name, file.tracked, file.may_differ_from);
            if let Some(entry) = file.may_differ_from.filter(|_| !is_as_stored) {
                self.want(entry);
            }
        }
    }

    /// Reads the file `name` in `dir` with the path `path`, and passes it to the visitor. Returns true if it is
    /// known to equal what is stored for `entry`.
    pub(super) fn file(
        &self,
        dir: &Dir,
        path: &[u8],
        name: &[u8],
        tracked: bool,
        entry: Option<usize>,
    ) -> bool {
        // Outside of a repository any file may be shared as it is.
        let tracked = tracked || !self.git;
        let path = RepoPath::new([path, name].concat());
        let opened = match dir.open_file(name) {
            Ok(opened) => opened,
            Err(error) => {
                match dir.kind(name) {
                    // Replaced by a symlink or a socket since it was listed, or gone.
                    Ok(Kind::Symlink) => self.skipped(path.as_bytes(), SkipReason::Symlink),
                    Ok(Kind::Special) => self.skipped(path.as_bytes(), SkipReason::Special),
                    _ => self.failed(path.as_bytes(), "open this file", &error),
                }
                return false;
            }
        };
        if opened.kind != Kind::File {
            self.skipped(path.as_bytes(), SkipReason::Special);
            return false;
        }
        if opened.size > self.max_file_size {
            self.large(&path, opened.file, opened.size, tracked);
            return false;
        }
        file::with_buffer(|buffer| {
            match dir::read(&opened.file, opened.size, self.max_file_size, buffer) {
                Ok(true) if file::is_lfs_pointer(buffer) => {
                    self.skipped(path.as_bytes(), SkipReason::LfsPointer);
                }
                Ok(true) => (self.visit)(Item::Blob(Blob { path: &path, bytes: buffer, tracked })),
                // It has grown since it was opened.
                Ok(false) => {
                    self.large(&path, opened.file, 0, tracked);
                    return false;
                }
                Err(error) => {
                    self.unreadable(path.as_bytes(), "read this file", &error);
                    return false;
                }
            }
            entry.and_then(|entry| self.tracked.stored(entry)).is_some_and(|stored| stored.is_blob(buffer))
        })
    }

    /// Passes a file over the size limit to the visitor.
    fn large(&self, path: &RepoPath, mut file: File, size: u64, tracked: bool) {
        if size > FILE_MAX.max(self.max_file_size) {
            return (self.visit)(Item::Skipped(path.clone(), SkipReason::TooLarge));
        }
        match file.rewind() {
            Ok(()) => (self.visit)(Item::Large(Large {
                path,
                tracked,
                origin: None,
                is_stored: false,
                unpack: None,
                content: &mut file,
            })),
            Err(error) => self.unreadable(path.as_bytes(), "read this file", &error),
        }
    }

    /// True if the directory is another repository than the scanned one.
    fn is_nested(&self, listing: &Listing, job: &Job) -> bool {
        self.git
            && job.path.len() > self.named
            && job.range.is_empty()
            && !job.opaque
            && listing.iter().any(|(name, _)| is_dot_git(name))
            && gix::path::from_byte_slice(&job.path).is_ok_and(|path| is_nested(&self.root.join(path)))
    }

    /// Reports that `path` was skipped.
    pub(super) fn skipped(&self, path: &[u8], reason: SkipReason) {
        (self.visit)(Item::Skipped(RepoPath::new(path), reason));
    }

    /// Reports that `act` failed on `path`, unless it is merely gone.
    pub(super) fn failed(&self, path: &[u8], act: &str, error: &io::Error) {
        if !is_gone(error) {
            self.unreadable(path, act, error);
        }
    }

    /// Reports that `act` failed on `path`.
    fn unreadable(&self, path: &[u8], act: &str, error: &io::Error) {
        let message = format!("cannot {act}: {}", reason(error));
        let path = RepoPath::new(if path.is_empty() { b"." } else { path });
        (self.visit)(Item::Problem(Problem { path: Some(path.clone()), message }));
        (self.visit)(Item::Skipped(path, SkipReason::Unreadable));
    }
}

/// A directory while its entries are processed.
struct Here<'a, 'w> {
    walk: &'w Walk<'w>,
    dir: &'a Arc<Dir>,
    listing: &'a Listing,
    job: &'a Job,
    /// The ignore files that apply here, loaded on demand.
    rules: Option<Chain>,
    /// Those of the job, and those set here.
    attributes: attributes::Chain,
    /// That of the job, refined as it becomes known.
    ignore_state: IgnoreState,
}

impl<'w> Here<'_, 'w> {
    /// Starts a task for the directory `name`, whose path is `path`, unless it is skipped.
    fn subdirectory<'s>(&mut self, scope: &Scope<'s>, name: &[u8], path: &mut Vec<u8>)
    where
        'w: 's,
    {
        let Self { walk, job, .. } = *self;
        let tracked = walk.tracked.find(job.range.clone(), job.path.len(), name);
        if tracked == Some(Entry::Submodule) {
            return walk.skipped(path, SkipReason::Submodule);
        }
        // A file in the index, but a directory on disk.
        if let Some(entry) = walk.tracked.place(job.range.clone(), job.path.len(), name) {
            walk.want(entry);
        }
        path.push(b'/');
        let range = walk.tracked.below(job.range.clone(), path);
        let opaque = job.opaque || walk.tracked.is_opaque(range.clone(), path);
        let full: Arc<[u8]> = path.as_slice().into();
        path.pop();
        let untracked = range.is_empty() && !opaque;
        if untracked && self.ignored(path, true) {
            return;
        }
        if walk.exclude.name(path, true) {
            return walk.skipped(path, SkipReason::Excluded);
        }
        if path.len() > MAX_PATH {
            let error = io::Error::other(format!("its path is longer than {MAX_PATH} bytes"));
            return walk.unreadable(path, "go into this directory", &error);
        }
        let (parent, name) = (Arc::clone(self.dir), Box::<[u8]>::from(name));
        let ignore_state = if untracked { IgnoreState::KnownTo(full.len()) } else { self.ignore_state };
        let attributes = self.attributes.clone();
        let job = Job { path: full, range, opaque, rules: self.rules().clone(), attributes, ignore_state };
        scope.spawn(move |scope| match parent.open_dir(&name) {
            Ok(dir) => {
                drop(parent);
                walk.directory(scope, dir, job);
            }
            Err(error) => match parent.kind(&name) {
                Ok(Kind::Symlink) => walk.skipped(without_slash(&job.path), SkipReason::Symlink),
                _ => walk.failed(without_slash(&job.path), "open this directory", &error),
            },
        });
    }

    /// True if `path`, an untracked entry of this directory, is ignored.
    fn ignored(&mut self, path: &[u8], is_dir: bool) -> bool {
        let Self { walk, job, .. } = *self;
        if let IgnoreState::KnownTo(known) = self.ignore_state {
            let ignored = walk.ignoring.dir_ignored(self.rules(), &job.path, known);
            self.ignore_state =
                if ignored { IgnoreState::Ignored } else { IgnoreState::KnownTo(job.path.len()) };
        }
        matches!(self.ignore_state, IgnoreState::Ignored) || walk.ignoring.ignored(self.rules(), path, is_dir)
    }

    fn rules(&mut self) -> &Chain {
        let Self { walk, job, listing, dir, .. } = *self;
        self.rules.get_or_insert_with(|| {
            let names = walk.ignoring.names;
            if listing.iter().any(|(name, _)| names.iter().any(|known| known.as_bytes() == name)) {
                Rules::load(&job.rules, dir, &job.path, walk.ignoring)
            } else {
                job.rules.clone()
            }
        })
    }
}

fn without_slash(path: &[u8]) -> &[u8] {
    path.strip_suffix(b"/").unwrap_or(path)
}

/// True for `.git` in any case: the file system may ignore case.
pub(super) fn is_dot_git(name: &[u8]) -> bool {
    if cfg!(any(windows, target_os = "macos")) { name.eq_ignore_ascii_case(b".git") } else { name == b".git" }
}

/// The system's error as the end of a sentence, with what to do where that helps.
fn reason(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::PermissionDenied {
        return "permission denied; run the scan as a user who may read it, or exclude it".to_owned();
    }
    let text = error.to_string();
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}
