//! The configuration that a commit has, with all that it names, whatever lies in the worktree.

use std::io;
use std::sync::Arc;

use super::{BASELINES, Config, MAX_SIZE, NAMES, in_words, parse, read_fenced, utf8};
use crate::model::{Error, Problem, RepoPath, text};
use crate::scan::dependencies;
use crate::source::Tree;

/// Reads the configuration at the root of `tree`, if there is one.
///
/// # Errors
/// What is wrong with it, as of one in the worktree.
pub(super) fn load(tree: &Arc<Tree>) -> Result<Config, Error> {
    let mut config = match found(tree)? {
        Some((name, text)) => parse(&text, name, "")
            .map_err(|error| Error::Config(format!("in commit {}: {error}", tree.commit().short())))?,
        None => Config::default(),
    };
    config.tree = Some(Arc::clone(tree));
    Ok(config)
}

/// The name and the text of the configuration of `tree`.
fn found(tree: &Tree) -> Result<Option<(&'static str, String)>, Error> {
    for name in NAMES {
        let Some(bytes) = tree.read(&RepoPath::from(name), MAX_SIZE) else { continue };
        let text = bytes.and_then(utf8).map_err(|error| {
            let commit = tree.commit().short();
            Error::Config(format!(
                "{name} of commit {commit}: cannot read the configuration: {}; --no-config scans without it",
                in_words(&error)
            ))
        })?;
        return Ok(Some((name, text)));
    }
    Ok(None)
}

/// The text of the file that is called `name` from the root of `tree`.
pub(super) fn text(tree: &Tree, name: &str, most: u64) -> io::Result<String> {
    let missing = || io::Error::new(io::ErrorKind::NotFound, "there is no such file in that commit");
    utf8(tree.read(&path(name).ok_or_else(missing)?, most).ok_or_else(missing)??)
}

/// True if `tree` has a file that is called `name` from its root.
pub(super) fn has(tree: &Tree, name: &str) -> bool {
    tree.read(&RepoPath::from(name), 0).is_some()
}

/// The names of the TOML files directly in the folder that is called `name` from the root of `tree`, sorted.
pub(super) fn toml_files(tree: &Tree, name: &str) -> Vec<String> {
    let Some(folder) = path(name) else { return Vec::new() };
    let start = match folder.as_bytes() {
        b"" => Vec::new(),
        folder => [folder, b"/"].concat(),
    };
    let is_in = |path: &RepoPath| {
        let name = path.as_bytes().strip_prefix(start.as_slice());
        name.is_some_and(|name| name.ends_with(b".toml") && !name.contains(&b'/'))
    };
    let files = tree.paths(&is_in).into_iter();
    files.map(|path| String::from_utf8_lossy(path.file_name()).into_owned()).collect()
}

/// What is called `name` from the root; none if that leads out of it.
fn path(name: &str) -> Option<RepoPath> {
    let mut parts: Vec<&str> = Vec::new();
    if name.starts_with('/') {
        return None;
    }
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(RepoPath::from(parts.join("/").as_str()))
}

/// The lists of ignored advisories of cargo-audit and cargo-deny that `tree` has.
#[must_use]
pub fn policies(tree: &Tree) -> Vec<(RepoPath, Vec<u8>)> {
    let paths = tree.paths(&dependencies::is_policy).into_iter();
    paths.filter_map(|path| Some((path.clone(), tree.read(&path, MAX_SIZE)?.ok()?))).collect()
}

/// A notice that the configuration of the worktree was not used, if there is one and it is not that of
/// `tree`.
#[must_use]
pub fn unused(tree: &Tree) -> Option<Problem> {
    not_used(tree, &NAMES, MAX_SIZE, "the settings in this file were not used", "the settings are those in")
}

/// The same of the baseline.
#[must_use]
pub fn unused_baseline(tree: &Tree) -> Option<Problem> {
    let max = crate::parse::baseline::MAX_SIZE;
    not_used(tree, &BASELINES, max, "this baseline was not used", "the one that counts is")
}

fn not_used(tree: &Tree, names: &[&'static str], max: u64, what: &str, which: &str) -> Option<Problem> {
    let root = tree.root();
    let name = names.iter().find(|name| root.join(name).symlink_metadata().is_ok())?;
    let own = read_fenced(&root.join(name), root, max).ok();
    let theirs = names.iter().find(|name| has(tree, name));
    let commit = tree.commit().short();
    let instead = match theirs {
        Some(other) if other == name && own.is_some() && own == text(tree, other, max).ok() => return None,
        Some(other) => format!("{which} {other} of commit {commit}"),
        None => format!("commit {commit}, which says what counts, has none"),
    };
    Some(Problem { path: Some(super::as_path(name)), message: text::escaped(&format!("{what}: {instead}")) })
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn names_stay_inside() {
        let read = |name| path(name).map(|path| path.shown());
        assert_eq!(read("./packs//own/"), Some("packs/own".to_owned()));
        assert_eq!(read("a/../b"), Some("b".to_owned()));
        assert_eq!(read("."), Some(String::new()));
        assert_eq!(read("a/../../b"), None);
        assert_eq!(read("/etc"), None);
    }
}
