//! Manifests that ask for packages, and have no lock file that says in which versions: there is nothing to
//! compare, which is not the same as clean.

use std::collections::BTreeMap;

use crate::model::{NotChecked, RepoPath, Unchecked};

/// Manifests that are kept, and so named.
const MANIFESTS_MAX: usize = 10_000;

/// The manifests that were seen, with their ecosystems.
#[derive(Default)]
pub(super) struct Facts(BTreeMap<RepoPath, &'static str>);

impl Facts {
    pub(super) fn add(&mut self, path: &RepoPath, ecosystem: &'static str) {
        if self.0.len() < MANIFESTS_MAX {
            self.0.insert(path.clone(), ecosystem);
        }
    }

    /// Those for which `has_lock` says of their folder, and of every one above it, that there is no lock file
    /// of their ecosystem: that of a workspace is for all of its members.
    pub(super) fn without_lock(&self, has_lock: impl Fn(&str, &[u8]) -> bool) -> Vec<NotChecked> {
        let unlocked = self
            .0
            .iter()
            .filter(|(path, ecosystem)| !folders(path).any(|folder| has_lock(ecosystem, folder)));
        let not_checked = |(path, ecosystem): (&RepoPath, &&'static str)| NotChecked {
            why: Unchecked::NoLockFile,
            path: path.clone(),
            ecosystem: (*ecosystem).to_owned(),
            // Versions that are not known cannot be compared.
            asked: false,
        };
        unlocked.map(not_checked).collect()
    }
}

/// The folder of a file and those above it, each with its slash; the root is empty.
pub(super) fn folders(path: &RepoPath) -> impl Iterator<Item = &[u8]> {
    let bytes = path.as_bytes();
    let mut next = Some(bytes);
    std::iter::from_fn(move || {
        let inside = next?;
        let inside = inside.strip_suffix(b"/").unwrap_or(inside);
        let end = inside.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
        next = (end > 0).then_some(&bytes[..end]);
        Some(&bytes[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::folders;
    use crate::model::RepoPath;

    #[test]
    fn every_folder_on_the_way_up() {
        let all = |path: &str| {
            let path = RepoPath::from(path);
            folders(&path).map(|folder| String::from_utf8(folder.to_vec()).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(all("a/bc/d.json"), ["a/bc/", "a/", ""]);
        assert_eq!(all("d.json"), [""]);
    }
}
