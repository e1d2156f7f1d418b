//! Lists what a tree has that none of some other trees has at the same path.

use std::collections::HashMap;

use gix::ObjectId;
use gix::objs::Kind;

use super::decode::{self, EntryKind, TreeEntry};
use super::store::{Failure, MAX_TREE, Objects};

/// Longer paths are not visited.
pub(super) const MAX_PATH: usize = 4096;
/// The most places at which one tree is visited: a few hostile trees can contain one another in more ways than
/// anyone can visit.
const MAX_VISITS: u8 = 8;
/// The type bits of a mode, and their value for a symlink.
const FORMAT: u32 = 0o170_000;
const LINK: u32 = 0o120_000;

/// An entry, or a failure, passed to the visitor.
#[derive(Debug)]
pub(super) enum Seen<'a> {
    /// A file or a symlink that none of the other trees has at this path.
    Blob {
        /// Its path.
        path: &'a [u8],
        /// Its content.
        id: ObjectId,
        /// True for a symbolic link.
        is_link: bool,
        /// True if one of the other trees has something else at this path.
        replaces: bool,
    },
    /// A submodule, in the same sense.
    Submodule(&'a [u8]),
    /// A tree that could not be read.
    Failed(&'a [u8], ObjectId, Failure),
    /// A directory whose path is too long.
    TooDeep(&'a [u8]),
}

/// A directory still to visit.
struct Job {
    path: Vec<u8>,
    tree: ObjectId,
    others: Vec<ObjectId>,
}

/// Visits trees, remembering each.
pub(super) struct Walker<'a> {
    objects: &'a Objects,
    hash: gix::hash::Kind,
    visits: HashMap<ObjectId, u8>,
    most: u8,
    buffers: Vec<Vec<u8>>,
}

impl<'a> Walker<'a> {
    pub(super) fn new(objects: &'a Objects, hash: gix::hash::Kind) -> Self {
        Self { objects, hash, visits: HashMap::new(), most: MAX_VISITS, buffers: Vec::new() }
    }

    /// A walker that visits a tree wherever it occurs, within limits.
    pub(super) fn thorough(objects: &'a Objects, hash: gix::hash::Kind) -> Self {
        Self { most: u8::MAX, ..Self::new(objects, hash) }
    }

    /// Calls `visit` for everything in `tree` below `path` (empty, or with a slash at its end) that none of
    /// `others` has at the same path.
    ///
    /// A tree that this walker has visited at several places is skipped: its blobs are known.
    pub(super) fn each(
        &mut self,
        path: &[u8],
        tree: ObjectId,
        others: &[ObjectId],
        visit: &mut dyn FnMut(Seen<'_>),
    ) {
        let mut jobs = vec![Job { path: path.to_vec(), tree, others: others.to_vec() }];
        while let Some(job) = jobs.pop() {
            if job.others.contains(&job.tree) {
                continue;
            }
            let visits = self.visits.entry(job.tree).or_default();
            if *visits == self.most {
                continue;
            }
            *visits += 1;
            if job.path.len() > MAX_PATH {
                visit(Seen::TooDeep(&job.path));
                continue;
            }
            self.directory(&job, &mut jobs, visit);
        }
    }

    fn directory(&mut self, job: &Job, jobs: &mut Vec<Job>, visit: &mut dyn FnMut(Seen<'_>)) {
        self.buffers.resize_with(self.buffers.len().max(job.others.len() + 1), Vec::new);
        let Some((own, rest)) = self.buffers.split_first_mut() else { return };
        let entries = match read(self.objects, self.hash, job.tree, own) {
            Ok(entries) => entries,
            Err(failure) => return visit(Seen::Failed(&job.path, job.tree, failure)),
        };
        // An unreadable other tree excludes nothing.
        let others: Vec<HashMap<&[u8], TreeEntry<'_>>> = job
            .others
            .iter()
            .zip(rest)
            .filter_map(|(id, buffer)| read(self.objects, self.hash, *id, buffer).ok())
            .map(|entries| entries.into_iter().map(|entry| (entry.name, entry)).collect())
            .collect();
        let mut path = job.path.clone();
        let mut below = Vec::new();
        for entry in entries {
            let same_name = || others.iter().filter_map(|other| other.get(entry.name));
            if same_name().any(|other| other.id == entry.id && other.kind == entry.kind) {
                continue;
            }
            path.truncate(job.path.len());
            path.extend_from_slice(entry.name);
            match entry.kind {
                EntryKind::Blob => visit(Seen::Blob {
                    path: &path,
                    id: entry.id,
                    is_link: entry.mode & FORMAT == LINK,
                    replaces: same_name().next().is_some(),
                }),
                EntryKind::Submodule => visit(Seen::Submodule(&path)),
                EntryKind::Tree => {
                    let trees = same_name().filter(|other| other.kind == EntryKind::Tree);
                    let others = trees.map(|other| other.id).collect();
                    below.push(Job { path: [path.as_slice(), b"/"].concat(), tree: entry.id, others });
                }
            }
        }
        jobs.extend(below.into_iter().rev());
    }
}

/// The entries of a tree.
pub(super) fn read<'b>(
    objects: &Objects,
    hash: gix::hash::Kind,
    id: ObjectId,
    buffer: &'b mut Vec<u8>,
) -> Result<Vec<TreeEntry<'b>>, Failure> {
    // Every store has it implicitly.
    if id == ObjectId::empty_tree(hash) {
        return Ok(Vec::new());
    }
    let data = objects.read(&id, Kind::Tree, MAX_TREE, buffer)?;
    decode::tree(data, hash).ok_or_else(|| Failure::Broken("it is damaged".to_owned()))
}
