//! What a push transfers: tips, what the remote has already, tags, and objects outside of commits.

use gix::ObjectId;
use gix::objs::Kind;

use super::blobs::{self, Limits, Reader};
use super::diff::{Seen, Walker};
use super::refs::{All, Ref};
use super::store::{Failure, MAX_TREE, Objects};
use super::{Git, decode};
use crate::model::{Origin, RepoPath, SkipReason, TextKind};
use crate::source::Item;

/// The most annotated tags in a chain.
const MAX_TAGS: usize = 32;

/// What is pushed, and what the remote has already.
#[derive(Clone, Debug, Default)]
pub struct Pushed {
    /// Ids or names of what is pushed: commits and tags.
    pub tips: Vec<String>,
    /// Ids that the remote has, as far as known here.
    pub had: Vec<String>,
    /// The remote also has what refs with this name prefix reach.
    pub had_below: String,
    /// The names of the pushed refs on the remote.
    pub names: Vec<Vec<u8>>,
}

/// A push with its names resolved.
pub(super) struct Resolved {
    /// Commits.
    pub(super) tips: Vec<ObjectId>,
    /// Commits.
    pub(super) bases: Vec<ObjectId>,
    pub(super) non_commits: NonCommits,
}

/// What is pushed outside of commits.
#[derive(Debug, Default)]
pub(super) struct NonCommits {
    /// Annotated tags.
    tags: Vec<ObjectId>,
    /// Trees and blobs that a tag points to; true for a tree.
    alone: Vec<(bool, ObjectId)>,
    /// Ref names.
    pub(super) names: Vec<Vec<u8>>,
}

impl NonCommits {
    pub(super) fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.alone.is_empty()
    }

    /// Passes objects outside of commits to `visit`: blobs, and everything in a tree.
    pub(super) fn each_alone(&self, git: &Git, limits: &Limits, visit: &(dyn Fn(Item<'_>) + Sync)) {
        let objects = git.stores.objects();
        let mut walker = Walker::new(&objects, git.hash);
        let mut found: Vec<(Vec<u8>, ObjectId)> = Vec::new();
        for (is_tree, id) in &self.alone {
            if !is_tree {
                let path = TextKind::Blob.path(Some(decode::model_id(*id)));
                found.push((path.as_bytes().to_vec(), *id));
                continue;
            }
            walker.each(b"", *id, &[], &mut |seen| match seen {
                Seen::Blob { path, id, .. } => found.push((path.to_vec(), id)),
                Seen::Submodule(path) => visit(Item::Skipped(RepoPath::new(path), SkipReason::Submodule)),
                other => blobs::tree_problem(&other, visit),
            });
        }
        let mut reader = Reader::new(git.stores.objects(), limits, visit);
        for (path, id) in found {
            let object = Some(decode::model_id(id));
            reader.blob(&path, id, Some(&Origin { kind: TextKind::Blob, object, commit: None }));
        }
    }

    /// The tags as if refs pointed to them.
    pub(super) fn as_references(&self) -> All {
        let reference = |(at, id): (usize, &ObjectId)| {
            (format!("refs/tags/{at:08}").into_bytes(), Ref { id: *id, peeled: None })
        };
        All { refs: self.tags.iter().enumerate().map(reference).collect(), problems: Vec::new() }
    }
}

impl Git {
    /// Resolves what is pushed.
    ///
    /// # Errors
    /// What of it cannot be read. What the remote has may be missing here.
    pub(super) fn resolve_push(&self, objects: &Objects, pushed: &Pushed) -> Result<Resolved, String> {
        let mut resolved =
            Resolved { tips: Vec::new(), bases: Vec::new(), non_commits: NonCommits::default() };
        resolved.non_commits.names.clone_from(&pushed.names);
        for name in &pushed.tips {
            let id = self.object_named(objects, name)?;
            let (chain, kind, id) = peeled(objects, id).map_err(|why| format!("`{name}` {why}"))?;
            resolved.non_commits.tags.extend(chain);
            match kind {
                Kind::Commit => resolved.tips.push(id),
                kind => resolved.non_commits.alone.push((kind == Kind::Tree, id)),
            }
        }
        let is_commit = |id: ObjectId| match peeled(objects, id) {
            Ok((_, Kind::Commit, id)) => Some(id),
            _ => None,
        };
        let had = pushed.had.iter().filter_map(|hex| ObjectId::from_hex(hex.as_bytes()).ok());
        resolved.bases.extend(had.filter_map(is_commit));
        let below = pushed.had_below.as_bytes();
        if !below.is_empty() {
            let all = self.refs.all();
            let refs = all.refs.iter().filter(|(name, _)| name.starts_with(below));
            resolved.bases.extend(refs.filter_map(|(_, found)| is_commit(found.peeled.unwrap_or(found.id))));
        }
        let mut seen = std::collections::HashSet::new();
        resolved.bases.retain(|id| seen.insert(*id));
        Ok(resolved)
    }
}

/// The tags from an object to the first one that is not a tag, and that object.
pub(super) fn peeled(objects: &Objects, mut id: ObjectId) -> Result<(Vec<ObjectId>, Kind, ObjectId), String> {
    let mut chain = Vec::new();
    let mut buffer = Vec::new();
    loop {
        let words = |failure: Failure| failure.words();
        let (kind, _) = objects.header(&id).map_err(words)?;
        if kind != Kind::Tag {
            return Ok((chain, kind, id));
        }
        if chain.len() == MAX_TAGS {
            return Err(format!("is a tag of a tag more than {MAX_TAGS} times"));
        }
        let data = objects.read(&id, Kind::Tag, MAX_TREE, &mut buffer).map_err(words)?;
        chain.push(id);
        id = decode::tag(data).ok_or("is a damaged tag")?.0;
    }
}
