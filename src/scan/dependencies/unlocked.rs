//! Manifests without a lock file: their versions cannot be compared, which is not the same as clean.

use std::collections::BTreeMap;

use crate::model::{NotChecked, RepoPath, Unchecked};

/// Most manifests kept and named.
const MANIFESTS_MAX: usize = 10_000;

/// The manifests found, with their ecosystems.
#[derive(Default)]
pub(super) struct Facts(BTreeMap<RepoPath, &'static str>);

impl Facts {
    pub(super) fn add(&mut self, path: &RepoPath, ecosystem: &'static str) {
        if self.0.len() < MANIFESTS_MAX {
            self.0.insert(path.clone(), ecosystem);
        }
    }

    /// Those without a lock file of their ecosystem in their directory or a parent, according to `has_lock`: a
    /// workspace's lock file covers its members.
    pub(super) fn without_lock(&self, has_lock: impl Fn(&str, &[u8]) -> bool) -> Vec<NotChecked> {
        let unlocked = self
            .0
            .iter()
            .filter(|(path, ecosystem)| !folders(path).any(|folder| has_lock(ecosystem, folder)));
        let not_checked = |(path, ecosystem): (&RepoPath, &&'static str)| NotChecked {
            why: Unchecked::NoLockFile,
            path: path.clone(),
            ecosystem: (*ecosystem).to_owned(),
            // Unknown versions cannot be compared.
            asked: false,
        };
        unlocked.map(not_checked).collect()
    }
}

/// The directory of a file and its parents, each with its slash; the root is empty.
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
