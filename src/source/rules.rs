//! What git ignores: patterns of ignore files, nearest file first, last line first.

use std::path::Path;
use std::sync::Arc;

use gix::bstr::ByteSlice as _;
use gix::glob::Pattern;
use gix::glob::pattern::Case;
use gix::glob::wildmatch::Mode;

use crate::source::dir::{Dir, read_opened, read_small};

/// An ignore file larger than this is not believed: nothing is ignored because of it.
const MAX_SIZE: u64 = 1 << 20;

/// Paths longer than this are not ignored. Git itself cannot name them, and matching them against
/// all the ignore files of a tree made for it would take for ever.
const MAX_PATH: usize = 4096;

/// The names of ignore files in one directory, the one that decides first in front.
pub(super) const IN_GIT: &[&str] = &[".gitignore"];
/// The same where there is no git repository.
pub(super) const OUTSIDE_GIT: &[&str] = &[".ignore", ".gitignore"];

/// The lines of one ignore file.
pub(super) struct List(Vec<Pattern>);

impl List {
    /// Reads the lines in `bytes`.
    pub(super) fn parse(mut bytes: Vec<u8>) -> Self {
        // Git ends the last line if it is not ended, and then a `\r` before that belongs to the end.
        bytes.push(b'\n');
        Self(gix::ignore::parse(&bytes, false).map(|(pattern, ..)| pattern).collect())
    }

    /// Reads the file at `path`, which the user or git has placed there; links are followed. A
    /// file that is not there or cannot be read ignores nothing.
    pub(super) fn from_path(path: &Path) -> Self {
        read_small(path, MAX_SIZE).ok().flatten().map_or(Self(Vec::new()), Self::parse)
    }

    /// Whether `path` is ignored, if a line says anything about it.
    fn decide(&self, path: &[u8], is_dir: bool, case: Case) -> Option<bool> {
        let base = memchr::memrchr(b'/', path).map(|slash| slash + 1);
        let matches = |pattern: &&Pattern| {
            let mode = Mode::NO_MATCH_SLASH_LITERAL;
            pattern.matches_repo_relative_path(path.as_bstr(), base, Some(is_dir), case, mode)
        };
        self.0.iter().rev().find(matches).map(|pattern| !pattern.is_negative())
    }
}

/// The ignore files of a directory, and through `parent` those of the directories above.
/// Directories without ignore files have no node.
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
    /// The rules that apply in `dir`, a directory whose path with a slash has `base` bytes, if
    /// those above it are `parent`.
    pub(super) fn load(parent: &Chain, dir: &Dir, base: usize, names: &[&str]) -> Chain {
        let list = |name: &&str| {
            // A link is not followed, as git does not: it could name any file of the machine.
            let bytes = dir.open_file(name.as_bytes()).and_then(|opened| read_opened(&opened, MAX_SIZE));
            List::parse(bytes.unwrap_or_default())
        };
        let lists: Vec<List> = names.iter().map(list).collect();
        if lists.iter().all(|list| list.0.is_empty()) {
            return parent.clone();
        }
        Some(Arc::new(Self { parent: parent.clone(), base, lists }))
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

/// Everything that decides whether an untracked path is ignored, but the ignore files found on
/// the way.
pub(super) struct Ignoring {
    /// The names of the ignore files in directories.
    pub(super) names: &'static [&'static str],
    /// Lists that apply everywhere, relative to the root, the one that decides first in front.
    pub(super) everywhere: Vec<List>,
    /// Whether case matters.
    pub(super) case: Case,
}

impl Ignoring {
    /// True if `path` itself is ignored; `chain` are the rules of the directory that it is in.
    pub(super) fn ignored(&self, chain: &Chain, path: &[u8], is_dir: bool) -> bool {
        if path.len() > MAX_PATH {
            return false;
        }
        let directory = memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1);
        for at in 0..self.names.len() {
            let mut node = chain.as_ref();
            while let Some(rules) = node {
                // The chain may reach below the directory when a parent of it is asked about.
                if rules.base <= directory
                    && let Some(ignored) = rules.lists[at].decide(&path[rules.base..], is_dir, self.case)
                {
                    return ignored;
                }
                node = rules.parent.as_ref();
            }
        }
        self.everywhere.iter().find_map(|list| list.decide(path, is_dir, self.case)).unwrap_or(false)
    }

    /// True if one of the directories that `dir` (with a slash at its end) consists of is ignored,
    /// and with it all that is in it. The first `from` bytes are not asked about.
    pub(super) fn dir_ignored(&self, chain: &Chain, dir: &[u8], from: usize) -> bool {
        let mut slashes = memchr::memchr_iter(b'/', &dir[from..]);
        slashes.any(|slash| self.ignored(chain, &dir[..from + slash], true))
    }
}
