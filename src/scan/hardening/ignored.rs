//! What git ignores by the repository's own `.gitignore` files.

use std::collections::BTreeMap;
use std::io::Read as _;

use crate::model::{PathGlob, PathGlobs, RepoPath};
use crate::source::Source;

/// Most bytes read of an ignore file.
const BYTES_MAX: u64 = 128 << 10;

/// Reads ignore files from `sources`, each once.
pub(super) struct Ignored<'a> {
    sources: &'a [&'a dyn Source],
    /// The lines per directory.
    lines: BTreeMap<Vec<u8>, Vec<PathGlob>>,
}

impl<'a> Ignored<'a> {
    pub(super) const fn of(sources: &'a [&'a dyn Source]) -> Self {
        Self { sources, lines: BTreeMap::new() }
    }

    /// The patterns of the file `name` in `folder`, which is the root or ends with a slash.
    fn read(&self, folder: &[u8], name: &[u8]) -> Vec<PathGlob> {
        let path = RepoPath::new([folder, name].concat());
        let file = self.sources.iter().find_map(|source| source.file(&path)?.ok());
        let mut bytes = Vec::new();
        let Some(Ok(_)) = file.map(|file| file.take(BYTES_MAX).read_to_end(&mut bytes)) else {
            return Vec::new();
        };
        let text = String::from_utf8_lossy(&bytes);
        let prefix = String::from_utf8_lossy(folder.strip_suffix(b"/").unwrap_or(folder)).into_owned();
        let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.filter_map(|line| PathGlob::parse(line, &prefix).ok()).collect()
    }

    /// The patterns of the root.
    pub(super) fn root(&self) -> Option<PathGlobs> {
        let lines = self.read(b"", b".gitignore");
        if lines.is_empty() { None } else { PathGlobs::new(&lines).ok() }
    }

    /// True if git ignores `path`.
    pub(super) fn holds(&mut self, path: &RepoPath) -> bool {
        let folders = std::iter::once(0)
            .chain(memchr::memchr_iter(b'/', path.as_bytes()).map(|slash| slash + 1))
            .map(|end| path.as_bytes()[..end].to_vec());
        let folders: Vec<Vec<u8>> = folders.collect();
        for folder in &folders {
            if !self.lines.contains_key(folder) {
                let lines = self.read(folder, b".gitignore");
                self.lines.insert(folder.clone(), lines);
            }
        }
        let lines = folders.iter().filter_map(|folder| self.lines.get(folder)).flatten();
        PathGlobs::new(lines).is_ok_and(|globs| globs.hold(path.as_bytes()))
    }
}
