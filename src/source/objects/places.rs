//! A repository's object directories: its own and its alternates.

use std::path::{Path, PathBuf};

use crate::model::{Problem, text};
use crate::source::dir::{Dir, Kind, Listing, read_small};

/// The most levels of alternates, as in git.
const MAX_DEPTH: usize = 5;
/// The most object directories.
const MAX_PLACES: usize = 256;
/// A larger list of alternates is not read.
const MAX_LIST: u64 = 1 << 20;

/// A problem with something that is not an object.
pub(super) fn problem(message: String) -> Problem {
    Problem { path: None, message }
}

/// `path` for display.
pub(super) fn shown(path: &Path) -> String {
    text::escaped(&path.to_string_lossy())
}

/// The directories `first` and all their alternates, each once.
pub(super) fn all(first: &[PathBuf], problems: &mut Vec<Problem>) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    let mut waiting: Vec<(PathBuf, usize)> = first.iter().rev().map(|path| (path.clone(), 0)).collect();
    while let Some((place, depth)) = waiting.pop() {
        let real = match place.canonicalize() {
            Ok(real) if real.is_dir() => real,
            _ => {
                let message = format!(
                    "{} is listed as a git object directory but is not a directory; objects that are only there were not scanned",
                    shown(&place)
                );
                problems.push(problem(message));
                continue;
            }
        };
        if found.contains(&real) {
            continue;
        }
        if found.len() == MAX_PLACES || depth > MAX_DEPTH {
            problems
                .push(problem(format!("{} exceeds the limit of alternates and was not read", shown(&place))));
            continue;
        }
        let list = real.join("info/alternates");
        match read_small(&list, MAX_LIST) {
            Ok(bytes) => {
                let mut named = alternates(&bytes.unwrap_or_default(), &real);
                // The list is taken from its start.
                named.reverse();
                waiting.extend(named.into_iter().map(|path| (path, depth + 1)));
            }
            Err(error) => problems.push(problem(format!("{} cannot be read: {error}", shown(&list)))),
        }
        found.push(real);
    }
    found
}

/// The directories that a list of alternates in `place` names.
fn alternates(list: &[u8], place: &Path) -> Vec<PathBuf> {
    let lines = list.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines
        .filter(|line| !line.is_empty() && !line.starts_with(b"#"))
        .filter_map(|line| {
            let unquoted = gix::quote::ansi_c::undo(line.into()).map(|(path, _)| path);
            let path = unquoted.unwrap_or_else(|_| std::borrow::Cow::Borrowed(line.into()));
            gix::path::from_byte_slice(&path).ok().map(|path| place.join(path))
        })
        .collect()
}

/// The packs of an object directory.
pub(super) struct Listed {
    /// Paths of `.idx` files whose pack exists.
    pub(super) packs: Vec<PathBuf>,
    /// True if one of them is a promisor pack: a server has the other objects.
    pub(super) promised: bool,
}

/// Lists the packs in `place`.
pub(super) fn packs(place: &Path, problems: &mut Vec<Problem>) -> Listed {
    let directory = place.join("pack");
    let mut listed = Listed { packs: Vec::new(), promised: false };
    let names = match names(&directory) {
        Ok(names) => names,
        Err(error) => {
            problems.push(problem(format!("{} cannot be read: {error}", shown(&directory))));
            return listed;
        }
    };
    let has = |stem: &[u8], end: &[u8]| names.binary_search(&[stem, end].concat()).is_ok();
    for name in &names {
        let Ok(path) = gix::path::from_byte_slice(name).map(|name| directory.join(name)) else { continue };
        if let Some(stem) = name.strip_suffix(b".idx") {
            // An index without a pack is left by an interrupted `git repack`; git ignores it.
            if has(stem, b".pack") {
                listed.packs.push(path);
            }
        } else if let Some(stem) = name.strip_suffix(b".pack") {
            if !has(stem, b".idx") {
                problems.push(problem(format!(
                    "the pack {} has no index and was not read; `git index-pack` makes one",
                    shown(&path)
                )));
            }
        } else if name.ends_with(b".promisor") {
            listed.promised = true;
        }
    }
    listed
}

/// The names in the directory at `path`, sorted; empty if it does not exist.
pub(super) fn names(path: &Path) -> std::io::Result<Vec<Vec<u8>>> {
    Ok(entries(path)?.into_iter().map(|(name, _)| name).collect())
}

/// The names and kinds in the directory at `path`, sorted; empty if it does not exist.
pub(super) fn entries(path: &Path) -> std::io::Result<Vec<(Vec<u8>, Kind)>> {
    let dir = match Dir::open(path) {
        Ok(dir) => dir,
        Err(error) if crate::source::dir::is_gone(&error) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut listing = Listing::default();
    dir.list(&mut listing)?;
    let mut names: Vec<_> = listing.iter().map(|(name, kind)| (name.to_vec(), kind)).collect();
    names.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(names)
}

#[cfg(all(test, unix))]
#[expect(clippy::disallowed_methods, reason = "the test makes the directories that it reads")]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{all, alternates};

    #[test]
    fn lists_of_alternates() {
        let list = b"# a comment\n/abs/objects\r\n\n../rel\n\"/with \\\"quotes\\\"\"\n";
        let expected = ["/abs/objects", "/base/../rel", "/with \"quotes\""].map(PathBuf::from);
        assert_eq!(alternates(list, Path::new("/base")), expected);
    }

    #[test]
    fn alternates_that_name_each_other() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap();
        for (name, list) in [("a", "../b\n../gone\n"), ("b", "../a\n../c\n"), ("c", "../c\n")] {
            let info = root.join(name).join("info");
            std::fs::create_dir_all(&info).unwrap();
            std::fs::write(info.join("alternates"), list).unwrap();
        }
        let mut problems = Vec::new();
        assert_eq!(all(&[root.join("a")], &mut problems), ["a", "b", "c"].map(|name| root.join(name)));
        assert_eq!(problems.len(), 1);
        assert!(problems[0].message.contains("gone"), "{problems:?}");
    }
}
