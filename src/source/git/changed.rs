//! When a file last changed, according to the history of `HEAD`.

use gix::ObjectId;
use gix::objs::Kind;

use super::decode::{self, EntryKind};
use super::store::{MAX_TREE, Objects};
use super::{Git, diff};

/// The most commits searched for one file.
const COMMITS_MAX: usize = 100_000;

impl Git {
    /// When the file at `path` got its current content in `HEAD`, in seconds since 1970; `None` if `HEAD` has no
    /// such file or the history ends earlier.
    ///
    /// Of a merge the parent with the same file is followed, as git does.
    #[must_use]
    pub fn last_changed(&self, path: &[u8]) -> Option<i64> {
        self.last_changed_at(self.refs.head().ok()??, path)
    }

    /// The same for a commit.
    pub(super) fn last_changed_at(&self, commit: ObjectId, path: &[u8]) -> Option<i64> {
        let objects = self.stores.objects();
        let (tree, mut parents, mut committed) = step(&objects, commit)?;
        let wanted = self.entry(&objects, tree, path)?;
        for _ in 0..COMMITS_MAX {
            if parents.is_empty() {
                return Some(committed);
            }
            let same = parents.iter().find_map(|parent| {
                let (tree, above, committed) = step(&objects, *parent)?;
                (self.entry(&objects, tree, path) == Some(wanted)).then_some((above, committed))
            });
            let Some(next) = same else {
                // A missing parent may have had the same file.
                let known = parents.iter().all(|parent| step(&objects, *parent).is_some());
                return known.then_some(committed);
            };
            (parents, committed) = next;
        }
        None
    }

    /// The object at `path` in `tree`.
    pub(super) fn entry(&self, objects: &Objects, tree: ObjectId, path: &[u8]) -> Option<ObjectId> {
        let mut buffer = Vec::new();
        let mut parts = path.split(|byte| *byte == b'/').peekable();
        let mut tree = tree;
        while let Some(part) = parts.next() {
            let entries = diff::read(objects, self.hash, tree, &mut buffer).ok()?;
            let entry = entries.into_iter().find(|entry| entry.name == part)?;
            match (entry.kind, parts.peek()) {
                (EntryKind::Blob, None) => return Some(entry.id),
                (EntryKind::Tree, Some(_)) => tree = entry.id,
                _ => return None,
            }
        }
        None
    }
}

/// The tree, the parents and the date of a commit.
fn step(objects: &Objects, id: ObjectId) -> Option<(ObjectId, Vec<ObjectId>, i64)> {
    let mut buffer = Vec::new();
    let commit = decode::commit(objects.read(&id, Kind::Commit, MAX_TREE, &mut buffer).ok()?)?;
    Some((commit.tree, commit.parents, commit.committed))
}
