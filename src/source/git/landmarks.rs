//! Facts about a repository: tags and branches, signatures of recent commits, since when a file contains a text.

use std::collections::{BinaryHeap, HashSet};

use gix::ObjectId;
use gix::objs::Kind;

use super::Git;
use super::decode;
use super::store::{MAX_TREE, Objects};
use crate::model;
use crate::source::{Made, References};

/// The most tags and branches that are reported.
const REFS_MAX: usize = 50_000;
/// The most commits searched for a text.
const STEPS_MAX: usize = 2_000;
/// Larger files are not searched.
const TEXT_MAX: u64 = 1 << 20;

impl Git {
    /// The tags and branches, as seen from `commit`, or from `HEAD`.
    pub(in crate::source) fn references(&self, commit: Option<ObjectId>) -> References {
        let mut all = References { is_shallow: !self.shallow.is_empty(), ..References::default() };
        let mut remote = 0;
        for (name, one) in self.refs.all().refs.into_iter().take(REFS_MAX) {
            let Ok(name) = String::from_utf8(name) else { continue };
            if let Some(tag) = name.strip_prefix("refs/tags/") {
                all.tags.push((tag.to_owned(), decode::model_id(one.peeled.unwrap_or(one.id))));
            } else if let Some(branch) = name.strip_prefix("refs/heads/") {
                all.branches.push(branch.to_owned());
            } else if let Some((_, branch)) =
                name.strip_prefix("refs/remotes/").and_then(|rest| rest.split_once('/'))
            {
                remote += usize::from(branch != "HEAD");
                all.branches.push(branch.to_owned());
            }
        }
        all.branches.sort();
        all.branches.dedup();
        all.has_all_branches = remote > 1 && !all.is_shallow;
        let head = commit.or_else(|| self.refs.head().ok().flatten());
        all.head = head.map(decode::model_id);
        all.default_branch = self.default_branch();
        all
    }

    /// The date of the commit `id`, or of the tag's commit, in seconds since 1970.
    pub(in crate::source) fn made(&self, id: model::ObjectId) -> Option<i64> {
        let objects = self.stores.objects();
        let mut id = ObjectId::try_from(id.as_bytes()).ok()?;
        let mut buffer = Vec::new();
        for _ in 0..4 {
            match objects.header(&id).ok()?.0 {
                Kind::Commit => {
                    let data = objects.read(&id, Kind::Commit, MAX_TREE, &mut buffer).ok()?;
                    return decode::commit(data).map(|commit| commit.committed);
                }
                Kind::Tag => id = decode::tag(objects.read(&id, Kind::Tag, MAX_TREE, &mut buffer).ok()?)?.0,
                _ => return None,
            }
        }
        None
    }

    /// The last commits before `commit`, or `HEAD`, latest first; at most `max`.
    pub(in crate::source) fn recent(&self, commit: Option<ObjectId>, max: usize) -> Vec<Made> {
        let Some(head) = commit.or_else(|| self.refs.head().ok().flatten()) else { return Vec::new() };
        let objects = self.stores.objects();
        let mut open = BinaryHeap::new();
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        let mut add = |open: &mut BinaryHeap<_>, id: ObjectId| {
            if seen.insert(id)
                && let Some((made, parents)) = self.look(&objects, id)
            {
                open.push((made.time, id, made, parents));
            }
        };
        add(&mut open, head);
        while let Some((_, _, made, parents)) = open.pop() {
            found.push(made);
            if found.len() >= max {
                break;
            }
            parents.into_iter().for_each(|parent| add(&mut open, parent));
        }
        found
    }

    fn look(&self, objects: &Objects, id: ObjectId) -> Option<(Made, Vec<ObjectId>)> {
        let mut buffer = Vec::new();
        let data = objects.read(&id, Kind::Commit, MAX_TREE, &mut buffer).ok()?;
        let commit = decode::commit(data)?;
        let end = memchr::memmem::find(data, b"\n\n").unwrap_or(data.len());
        let made = Made {
            id: decode::model_id(id),
            time: commit.committed,
            is_merge: commit.parents.len() > 1,
            is_signed: decode::signature_of_commit(&data[..end], self.hash).is_some(),
        };
        Some((made, commit.parents))
    }

    /// Since when the file at `path` contains `text`, in seconds since 1970, within the limits.
    pub(in crate::source) fn holds_since(
        &self,
        commit: Option<ObjectId>,
        path: &[u8],
        text: &[u8],
    ) -> Option<i64> {
        let objects = self.stores.objects();
        let mut next = commit.or_else(|| self.refs.head().ok().flatten());
        let (mut since, mut last) = (None, None);
        for _ in 0..STEPS_MAX {
            let Some(id) = next else { break };
            let mut buffer = Vec::new();
            let Some(commit) =
                objects.read(&id, Kind::Commit, MAX_TREE, &mut buffer).ok().and_then(decode::commit)
            else {
                break;
            };
            let Some(blob) = self.entry(&objects, commit.tree, path) else { break };
            if last != Some(blob) {
                let mut content = Vec::new();
                let read = objects.read(&blob, Kind::Blob, TEXT_MAX, &mut content);
                if !read.is_ok_and(|content| memchr::memmem::find(content, text).is_some()) {
                    break;
                }
                last = Some(blob);
            }
            since = Some(commit.committed);
            // The parent with the same file, else the first, whose file is checked next.
            let same = commit.parents.iter().find(|parent| {
                let mut buffer = Vec::new();
                let data = objects.read(parent, Kind::Commit, MAX_TREE, &mut buffer).ok();
                let tree = data.and_then(decode::commit).map(|commit| commit.tree);
                tree.and_then(|tree| self.entry(&objects, tree, path)) == Some(blob)
            });
            next = same.or(commit.parents.first()).copied();
        }
        since
    }
}
