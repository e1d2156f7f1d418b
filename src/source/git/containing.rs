//! Which of some blobs a tree contains, at any path.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use gix::ObjectId;

use super::decode::EntryKind;
use super::diff;
use super::store::Objects;

/// The visited trees, each with the wanted blobs that it contains.
pub(super) struct BlobsInTrees<'a> {
    objects: &'a Objects,
    hash: gix::hash::Kind,
    /// Sorted.
    wanted: Vec<ObjectId>,
    known: HashMap<ObjectId, Rc<BTreeSet<ObjectId>>>,
}

/// A tree being visited.
struct Open {
    tree: ObjectId,
    held: BTreeSet<ObjectId>,
    below: Vec<ObjectId>,
}

impl<'a> BlobsInTrees<'a> {
    pub(super) fn new(
        objects: &'a Objects,
        hash: gix::hash::Kind,
        wanted: impl IntoIterator<Item = ObjectId>,
    ) -> Self {
        let wanted: BTreeSet<ObjectId> = wanted.into_iter().collect();
        Self { objects, hash, wanted: wanted.into_iter().collect(), known: HashMap::new() }
    }

    /// The wanted blobs in `tree`. An unreadable tree has none.
    pub(super) fn in_tree(&mut self, tree: ObjectId) -> Rc<BTreeSet<ObjectId>> {
        let mut open = vec![self.open(tree)];
        // A tree that contains itself would be visited for ever.
        let mut started: HashSet<ObjectId> = HashSet::from([tree]);
        while let Some(last) = open.last_mut() {
            if let Some(next) = last.below.pop() {
                match self.known.get(&next) {
                    Some(held) => last.held.extend(held.iter()),
                    None if started.insert(next) => {
                        last.below.push(next);
                        let next = self.open(next);
                        open.push(next);
                    }
                    None => {}
                }
            } else if let Some(done) = open.pop() {
                self.known.insert(done.tree, Rc::new(done.held));
            }
        }
        self.known.get(&tree).cloned().unwrap_or_default()
    }

    fn open(&self, tree: ObjectId) -> Open {
        let mut buffer = Vec::new();
        let mut open = Open { tree, held: BTreeSet::new(), below: Vec::new() };
        for entry in diff::read(self.objects, self.hash, tree, &mut buffer).unwrap_or_default() {
            match entry.kind {
                EntryKind::Tree => open.below.push(entry.id),
                EntryKind::Blob if self.wanted.binary_search(&entry.id).is_ok() => {
                    open.held.insert(entry.id);
                }
                EntryKind::Blob | EntryKind::Submodule => {}
            }
        }
        open
    }
}
