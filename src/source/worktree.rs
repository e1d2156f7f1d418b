//! The files of a worktree as git sees it, or of a plain directory.
//!
//! Inside a git repository: every tracked file, whatever `.gitignore` says, and every untracked one that neither a
//! `.gitignore`, `.git/info/exclude` nor `core.excludesFile` ignores. Outside: every file, including hidden ones,
//! that no `.ignore` or `.gitignore` below PATH ignores. Ignore files that are symlinks, or larger than a
//! mebibyte, ignore nothing.
//!
//! PATH can be a part of a repository. Only that part is read, but paths stay relative to the root of the
//! repository, so links in reports are right. PATH itself is read even if ignored.
//!
//! A directory of repositories, outside of any, is read as plain files; inside a repository, nested repositories
//! are skipped and reported.

use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use gix::glob::pattern::Case;

use crate::model::{Error, ObjectId, PathGlobs, Problem, RepoPath, SkipReason};
use crate::source::attributes::{self, Attributes};
use crate::source::dir::{Dir, Kind, is_gone};
use crate::source::git::stored::IndexReader;
use crate::source::repository::Repository;
use crate::source::rules::{Chain, Endless, Ignoring, OUTSIDE_GIT, Rules};
use crate::source::settings::GitHome;
use crate::source::tracked::Tracked;
use crate::source::walk::{IgnoreState, Job, Walk, is_dot_git};
use crate::source::{Git, GitEnvironment, GitOptions, Item, Limits, Made, Place, References, Source};

/// Options of a worktree scan.
#[derive(Clone, Debug)]
pub struct WorktreeOptions {
    /// Larger files are not read.
    pub max_file_size: u64,
    /// Files and directories to skip; matched against paths relative to the root.
    pub exclude: PathGlobs,
    /// Read a repository even if it belongs to another user.
    pub allow_foreign_owner: bool,
    /// Where the user's git settings are.
    pub git_home: GitHome,
}

/// What git does with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// It is in the index.
    Tracked,
    /// Untracked, and `git add .` skips it.
    Ignored,
    /// Untracked, and `git add .` adds it.
    Open,
}

/// A worktree or a part of it, or a directory or file outside of a repository.
pub struct Worktree {
    root: PathBuf,
    /// The scanned directory, relative to the root, with a slash at its end; empty for the root.
    named: Vec<u8>,
    /// The only file in that directory to scan.
    file: Option<Vec<u8>>,
    git: bool,
    tracked: Tracked,
    ignoring: Ignoring,
    attributes: attributes::Chain,
    index: Option<IndexReader>,
    /// The URL of the remote `origin`.
    origin: Option<String>,
    options: WorktreeOptions,
    /// Its objects, opened when the history of a file is needed.
    history: OnceLock<Option<Git>>,
}

impl Worktree {
    /// Resolves `path`, and reads git's index if it is in a repository.
    ///
    /// Symlinks in `path` are followed, as the user wrote them; but if `path` itself is a symlink to a file, it is
    /// skipped like any symlink.
    ///
    /// # Errors
    /// If `path` does not exist, or if there is an unusable git repository: broken, bare, or of another owner.
    pub fn open(path: &Path, options: &WorktreeOptions) -> Result<Self, Error> {
        let (start, file) = resolve(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        if file.as_deref().is_some_and(is_dot_git) {
            let message = "this file is git's own: name the worktree that it belongs to".to_owned();
            return Err(Error::Git { path: path.to_owned(), message });
        }
        let found = Repository::find(&start, &options.git_home, options.allow_foreign_owner)?;
        let git = found.is_some();
        let Repository { root, tracked, ignoring, attributes, objects, origin } =
            found.unwrap_or_else(|| Repository {
                root: start.clone(),
                tracked: Tracked::nothing(),
                ignoring: Ignoring {
                    names: OUTSIDE_GIT,
                    everywhere: Vec::new(),
                    case: Case::Sensitive,
                    endless: Endless::default(),
                },
                attributes: None,
                objects: None,
                origin: None,
            });
        let below = start.strip_prefix(&root).expect("a repository is found at or above the start");
        let mut named = bytes(below.as_os_str());
        if !named.is_empty() {
            named.push(b'/');
        }
        Ok(Self {
            root,
            named,
            file,
            git,
            tracked,
            ignoring,
            attributes,
            index: objects.map(IndexReader::new),
            origin,
            options: options.clone(),
            history: OnceLock::new(),
        })
    }

    /// The root of all paths: that of the repository; outside of one, PATH, or its directory if it is a file.
    /// Without symlinks in its path.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// True if this is (a part of) a git worktree.
    #[must_use]
    pub const fn is_git(&self) -> bool {
        self.git
    }

    /// What git does with the file `path`, whether it exists or not.
    #[must_use]
    pub fn keeping(&self, path: &RepoPath) -> Keeping {
        let (bytes, name) = (path.as_bytes(), path.file_name());
        let base = bytes.len() - name.len();
        let beside = match base {
            0 => self.tracked.all(),
            _ => self.tracked.below(self.tracked.all(), &bytes[..base]),
        };
        if self.tracked.find(beside, base, name).is_some() {
            return Keeping::Tracked;
        }
        if self.ignores(path) { Keeping::Ignored } else { Keeping::Open }
    }

    /// Its objects, opened on demand; `None` outside of a repository.
    fn objects(&self) -> Option<&Git> {
        if !self.git {
            return None;
        }
        let git = self.history.get_or_init(|| {
            let options = GitOptions {
                allow_foreign_owner: self.options.allow_foreign_owner,
                git_home: self.options.git_home.clone(),
                environment: GitEnvironment::default(),
            };
            Git::open(&Place::Around(self.root.clone()), &options).ok()
        });
        git.as_ref()
    }

    /// True if git would ignore the file `path` if untracked.
    #[must_use]
    pub fn ignores(&self, path: &RepoPath) -> bool {
        let path = path.as_bytes();
        let (mut rules, mut directory) = (None, 0);
        for base in std::iter::once(0).chain(memchr::memchr_iter(b'/', path).map(|slash| slash + 1)) {
            directory = base;
            let above = gix::path::from_byte_slice(&path[..base]).map(|path| self.root.join(path));
            if let Some(dir) = above.ok().and_then(|path| Dir::open(&path).ok()) {
                rules = Rules::load(&rules, &dir, &path[..base], &self.ignoring);
            }
        }
        self.ignoring.dir_ignored(&rules, &path[..directory], 0) || self.ignoring.ignored(&rules, path, false)
    }

    /// The ignore files of the directories above the scanned one.
    fn rules_above(&self) -> Chain {
        let mut chain = None;
        let ends = memchr::memchr_iter(b'/', &self.named);
        for base in std::iter::once(0).chain(ends.map(|slash| slash + 1)) {
            if base == self.named.len() {
                break; // The walk itself reads those of the directory.
            }
            let above = gix::path::from_byte_slice(&self.named[..base]).map(|path| self.root.join(path));
            if let Some(dir) = above.ok().and_then(|path| Dir::open(&path).ok()) {
                chain = Rules::load(&chain, &dir, &self.named[..base], &self.ignoring);
            }
        }
        chain
    }

    /// The attributes set in the directories above the scanned one.
    fn attributes_above(&self) -> attributes::Chain {
        let mut chain = self.attributes.clone();
        let ends = memchr::memchr_iter(b'/', &self.named);
        for base in std::iter::once(0).chain(ends.map(|slash| slash + 1)) {
            if base == self.named.len() {
                break; // The walk itself reads those of the directory.
            }
            let path = [&self.named[..base], attributes::NAME].concat();
            if let Some(Ok(file)) = self.file(&RepoPath::new(path)) {
                let mut text = Vec::new();
                let read = file.take(attributes::MAX_SIZE + 1).read_to_end(&mut text);
                let is_whole = read.is_ok_and(|len| len as u64 <= attributes::MAX_SIZE);
                chain = Attributes::add(&chain, base, is_whole.then_some(text.as_slice()));
            }
        }
        chain
    }

    /// The directory of `path`, opened without following symlinks, and the name there; `None` if it is not a path
    /// below the root.
    fn dir_of<'p>(&self, path: &'p RepoPath) -> Option<(io::Result<Dir>, &'p [u8])> {
        let mut parts = path.as_bytes().split(|byte| *byte == b'/');
        if parts.clone().any(|part| part.is_empty() || part == b"." || part == b"..") {
            return None;
        }
        let name = parts.next_back()?;
        let open = |dir: io::Result<Dir>, part: &[u8]| dir?.open_dir(part);
        Some((parts.fold(Dir::open(&self.root), open), name))
    }

    fn one_file(&self, walk: &Walk<'_>, dir: &Dir, name: &[u8]) {
        let path = [&self.named, name].concat();
        let range = self.tracked.below(self.tracked.all(), &self.named);
        let tracked = self.tracked.find(range, self.named.len(), name).is_some();
        match dir.kind(name) {
            _ if walk.exclude.name(&path, false) => walk.skipped(&path, SkipReason::Excluded),
            Ok(Kind::Symlink) => walk.skipped(&path, SkipReason::Symlink),
            Ok(Kind::File) => {
                walk.file(dir, &self.named, name, tracked, None);
            }
            Ok(_) => walk.skipped(&path, SkipReason::Special),
            Err(error) => walk.failed(&path, "look at this", &error),
        }
    }
}

impl Source for Worktree {
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), Error> {
        let walk = Walk {
            visit,
            root: &self.root,
            git: self.git,
            tracked: &self.tracked,
            ignoring: &self.ignoring,
            exclude: &self.options.exclude,
            max_file_size: self.options.max_file_size,
            index: self.index.as_ref(),
            named: self.named.len(),
        };
        if self.options.exclude.hold(&self.named) {
            walk.skipped(self.named.strip_suffix(b"/").unwrap_or(&self.named), SkipReason::Excluded);
            return Ok(());
        }
        let path = match gix::path::from_byte_slice(&self.named) {
            Ok(below) => self.root.join(below),
            Err(_) => self.root.clone(),
        };
        let dir = Dir::open(&path).map_err(|source| Error::Read { path, source })?;
        if let Some(name) = &self.file {
            self.one_file(&walk, &dir, name);
            return Ok(());
        }
        let range = self.tracked.below(self.tracked.all(), &self.named);
        let opaque = memchr::memchr_iter(b'/', &self.named).any(|slash| {
            let above = &self.named[..=slash];
            self.tracked.is_opaque(self.tracked.below(self.tracked.all(), above), above)
        });
        // Unchecked: what the user names is read.
        let ignore_state = IgnoreState::KnownTo(self.named.len());
        let job = Job {
            path: Arc::from(self.named.as_slice()),
            range,
            opaque,
            rules: self.rules_above(),
            attributes: self.attributes_above(),
            ignore_state,
        };
        rayon::scope(|scope| walk.directory(scope, dir, job));
        if let Some(index) = &self.index {
            let WorktreeOptions { max_file_size, exclude, .. } = &self.options;
            index.show(&Limits { max_file_size: *max_file_size, exclude: exclude.clone() }, visit);
        }
        Ok(())
    }

    fn tracked(&self, visit: &mut dyn FnMut(&[u8])) {
        // With excludes, or for a single file, only the walk knows what is read.
        if self.options.exclude.is_empty() && self.file.is_none() {
            self.tracked.below(self.tracked.all(), &self.named).for_each(|at| visit(self.tracked.path(at)));
        }
    }

    fn listed(&self, visit: &mut dyn FnMut(&[u8])) {
        if self.git && self.named.is_empty() && self.file.is_none() {
            self.tracked.below(self.tracked.all(), b"").for_each(|at| visit(self.tracked.path(at)));
        }
    }

    fn file(&self, path: &RepoPath) -> Option<io::Result<Box<dyn io::Read>>> {
        let (dir, name) = self.dir_of(path)?;
        match dir.and_then(|dir| dir.open_file(name)) {
            Ok(opened) if opened.kind == Kind::File => Some(Ok(Box::new(opened.file))),
            Ok(_) => None,
            Err(error) if is_gone(&error) => None,
            Err(error) => Some(Err(error)),
        }
    }

    fn mode(&self, path: &RepoPath) -> Option<u32> {
        let (dir, name) = self.dir_of(path)?;
        dir.and_then(|dir| dir.mode(name)).ok()?
    }

    fn link(&self, path: &RepoPath) -> Option<Vec<u8>> {
        let (dir, name) = self.dir_of(path)?;
        dir.and_then(|dir| dir.read_link(name)).ok()
    }

    fn last_changed(&self, path: &RepoPath) -> Option<i64> {
        self.objects()?.last_changed(path.as_bytes())
    }

    fn references(&self) -> Option<References> {
        Some(self.objects()?.references(None))
    }

    fn made(&self, object: ObjectId) -> Option<i64> {
        self.objects()?.made(object)
    }

    fn recent(&self, max: usize) -> Vec<Made> {
        self.objects().map_or_else(Vec::new, |git| git.recent(None, max))
    }

    fn holds_since(&self, path: &RepoPath, text: &[u8]) -> Option<i64> {
        self.objects()?.holds_since(None, path.as_bytes(), text)
    }

    fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    fn notices(&self) -> Vec<Problem> {
        self.ignoring.endless.notices()
    }

    fn scope(&self) -> String {
        let what = if self.git { "worktree" } else { "directory without git" };
        let mut named = self.named.clone();
        named.pop();
        match &self.file {
            Some(name) => {
                format!("file {}", RepoPath::new([self.named.as_slice(), name].concat()).shown())
            }
            None if named.is_empty() => what.to_owned(),
            None => format!("{what} below {}", RepoPath::new(named).shown()),
        }
    }
}

/// Resolves `path` to a directory, or to a directory and the name of a file in it.
fn resolve(path: &Path) -> io::Result<(PathBuf, Option<Vec<u8>>)> {
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => return Ok((path.canonicalize()?, None)),
        Ok(_) => {}
        // A dangling symlink exists, and is reported as a symlink.
        Err(error) => {
            if !is_gone(&error) || path.symlink_metadata().is_err() {
                return Err(error);
            }
        }
    }
    let name = path.file_name().ok_or(io::ErrorKind::NotFound)?;
    let above = match path.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    Ok((above.canonicalize()?, Some(bytes(name))))
}

/// `text` as git encodes it.
fn bytes(text: &OsStr) -> Vec<u8> {
    let bytes = text.as_encoded_bytes().to_vec();
    if cfg!(windows) {
        bytes.into_iter().map(|byte| if byte == b'\\' { b'/' } else { byte }).collect()
    } else {
        bytes
    }
}
