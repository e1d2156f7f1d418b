//! What git ignores: patterns of ignore files, nearest file first, last line first.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use gix::bstr::ByteSlice as _;
use gix::glob::Pattern;
use gix::glob::pattern::Case;
use gix::glob::wildmatch::Mode;

use crate::model::{Problem, RepoPath};
use crate::source::dir::{Dir, read_opened, read_small};
use crate::source::glob::{Glob, Verdict, stars};

/// A larger ignore file ignores nothing.
const MAX_SIZE: u64 = 1 << 20;

/// Longer paths are not ignored. Git itself cannot name them, and matching them against all the ignore files of a
/// hostile tree would not end.
const MAX_PATH: usize = 4096;

/// The names of ignore files in one directory, in order of precedence.
pub(super) const IN_GIT: &[&str] = &[".gitignore"];
/// The same outside of a git repository.
pub(super) const OUTSIDE_GIT: &[&str] = &[".ignore", ".gitignore"];

/// The lines of one ignore file.
pub(super) struct List {
    /// Its name in reports.
    name: Arc<[u8]>,
    lines: Vec<Line>,
}

/// A line of an ignore file.
struct Line {
    number: usize,
    pattern: Pattern,
    /// Its compiled pattern if it has more than one star.
    glob: Option<Glob>,
}

impl Line {
    /// Whether the line matches `path`, whose name starts at `base`.
    fn matches(&self, path: &[u8], base: Option<usize>, is_dir: bool, case: Case) -> Verdict {
        let mode = gix::glob::pattern::Mode::MUST_BE_DIR;
        let Some(glob) = &self.glob else {
            let slash = Mode::NO_MATCH_SLASH_LITERAL;
            let matches =
                self.pattern.matches_repo_relative_path(path.as_bstr(), base, Some(is_dir), case, slash);
            return if matches { Verdict::Matches } else { Verdict::Differs };
        };
        if !is_dir && self.pattern.mode.contains(mode) {
            return Verdict::Differs;
        }
        glob.matches(if is_of_name(&self.pattern) { &path[base.unwrap_or(0)..] } else { path })
    }
}

/// True if a pattern matches the name alone, in any directory.
fn is_of_name(pattern: &Pattern) -> bool {
    use gix::glob::pattern::Mode;
    pattern.mode.contains(Mode::NO_SUB_DIR) && !pattern.mode.contains(Mode::ABSOLUTE)
}

impl List {
    /// Parses `bytes`, the content of the file `name`.
    fn parse(mut bytes: Vec<u8>, name: &[u8], case: Case) -> Self {
        // Git adds a missing last line ending, which then includes a preceding `\r`.
        bytes.push(b'\n');
        let line = |(pattern, number, _): (Pattern, usize, _)| {
            let glob = (stars(&pattern.text) > 1).then(|| Glob::new(&pattern.text, case == Case::Fold));
            Line { number, pattern, glob }
        };
        Self { name: name.into(), lines: gix::ignore::parse(&bytes, false).map(line).collect() }
    }

    /// Reads the file at `path`, which the user or git has put there; symlinks are followed. A missing or
    /// unreadable file ignores nothing.
    pub(super) fn from_path(path: &Path, case: Case) -> Self {
        let name = path.to_string_lossy();
        let bytes = read_small(path, MAX_SIZE).ok().flatten().unwrap_or_default();
        Self::parse(bytes, name.as_bytes(), case)
    }

    /// Whether `path` is ignored, if a line matches it. Lines that take too many steps are recorded in `endless`.
    fn decide(&self, path: &[u8], is_dir: bool, case: Case, endless: &Endless) -> Option<bool> {
        let base = memchr::memrchr(b'/', path).map(|slash| slash + 1);
        let decides = |line: &&Line| match line.matches(path, base, is_dir, case) {
            Verdict::Matches => true,
            Verdict::Differs => false,
            Verdict::Endless => {
                endless.add(&self.name, line.number);
                false
            }
        };
        self.lines.iter().rev().find(decides).map(|line| !line.pattern.is_negative())
    }
}

/// Lines that took too many steps, by file and number.
#[derive(Default)]
pub(super) struct Endless(Mutex<BTreeSet<(Arc<[u8]>, usize)>>);

/// The most such lines that are reported.
const ENDLESS_MAX: usize = 100;

impl Endless {
    fn add(&self, name: &Arc<[u8]>, line: usize) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert((Arc::clone(name), line));
        // The first of them, in any order of the threads.
        if all.len() > ENDLESS_MAX {
            all.pop_last();
        }
    }

    /// A notice for each of them.
    pub(super) fn notices(&self) -> Vec<Problem> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let notice = |(name, line): &(Arc<[u8]>, usize)| Problem {
            path: Some(RepoPath::new(&**name)),
            message: format!("line {line} takes too long to match and ignores nothing; use fewer stars"),
        };
        all.iter().map(notice).collect()
    }
}

/// The ignore files of a directory, and through `parent` those of the directories above. Directories without
/// ignore files have no node.
pub(super) struct Rules {
    parent: Chain,
    /// Length of the directory's path, with the slash at its end.
    base: usize,
    /// One list for each of the names.
    lists: Vec<List>,
}

/// The ignore files that apply in a directory.
pub(super) type Chain = Option<Arc<Rules>>;

impl Rules {
    /// The rules of `dir`, whose path with a slash at its end is `path`, below those of `parent`.
    pub(super) fn load(parent: &Chain, dir: &Dir, path: &[u8], ignoring: &Ignoring) -> Chain {
        let list = |name: &&str| {
            // As in git, a symlink is not followed: it could name any file of the machine.
            let bytes = dir.open_file(name.as_bytes()).and_then(|opened| read_opened(&opened, MAX_SIZE));
            List::parse(bytes.unwrap_or_default(), &[path, name.as_bytes()].concat(), ignoring.case)
        };
        let lists: Vec<List> = ignoring.names.iter().map(list).collect();
        if lists.iter().all(|list| list.lines.is_empty()) {
            return parent.clone();
        }
        Some(Arc::new(Self { parent: parent.clone(), base: path.len(), lists }))
    }
}

impl Drop for Rules {
    // A chain is as long as the tree is deep: dropping it must not recurse.
    fn drop(&mut self) {
        let mut next = self.parent.take();
        while let Some(mut node) = next.and_then(Arc::into_inner) {
            next = node.parent.take();
        }
    }
}

/// Everything that decides whether an untracked path is ignored, except the ignore files on the way.
pub(super) struct Ignoring {
    /// The names of the ignore files in directories.
    pub(super) names: &'static [&'static str],
    /// Lists that apply everywhere, relative to the root, in order of precedence.
    pub(super) everywhere: Vec<List>,
    /// Whether case matters.
    pub(super) case: Case,
    /// Lines that take too many steps.
    pub(super) endless: Endless,
}

impl Ignoring {
    /// True if `path` itself is ignored; `chain` are the rules of its directory.
    pub(super) fn ignored(&self, chain: &Chain, path: &[u8], is_dir: bool) -> bool {
        if path.len() > MAX_PATH {
            return false;
        }
        let directory = memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1);
        for at in 0..self.names.len() {
            let mut node = chain.as_ref();
            while let Some(rules) = node {
                // The chain may reach below the directory when a parent is checked.
                if rules.base <= directory
                    && let Some(ignored) =
                        rules.lists[at].decide(&path[rules.base..], is_dir, self.case, &self.endless)
                {
                    return ignored;
                }
                node = rules.parent.as_ref();
            }
        }
        self.everywhere
            .iter()
            .find_map(|list| list.decide(path, is_dir, self.case, &self.endless))
            .unwrap_or(false)
    }

    /// True if one of the directories of `dir` (with a slash at its end) is ignored, and so everything in it. The
    /// first `from` bytes are not checked.
    pub(super) fn dir_ignored(&self, chain: &Chain, dir: &[u8], from: usize) -> bool {
        let mut slashes = memchr::memchr_iter(b'/', &dir[from..]);
        slashes.any(|slash| self.ignored(chain, &dir[..from + slash], true))
    }
}
