//! What a push brings: tips, what the other side has already, tags, and what is of no commit.

use gix::ObjectId;
use gix::objs::Kind;

use super::blobs::{self, Limits, Reader};
use super::diff::{Seen, Walker};
use super::refs::{All, Ref};
use super::store::{Failure, MAX_TREE, Objects};
use super::{Git, decode};
use crate::model::{Origin, RepoPath, SkipReason, TextKind};
use crate::source::Item;

/// Annotated tags that point to one another.
const MAX_TAGS: usize = 32;

/// What is pushed, and what need not be looked at since the other side has it.
#[derive(Clone, Debug, Default)]
pub struct Pushed {
    /// Ids or names of what is pushed: commits and tags.
    pub tips: Vec<String>,
    /// Ids that the other side has, as far as they are known here.
    pub had: Vec<String>,
    /// What the references whose names start like this reach the other side has, too.
    pub had_below: String,
    /// The names of the references that are pushed, as the other side has them.
    pub names: Vec<Vec<u8>>,
}

/// The same, once it was looked up.
pub(super) struct Resolved {
    /// Commits.
    pub(super) tips: Vec<ObjectId>,
    /// Commits.
    pub(super) bases: Vec<ObjectId>,
    pub(super) besides: Besides,
}

/// What is pushed besides commits.
#[derive(Debug, Default)]
pub(super) struct Besides {
    /// Annotated tags.
    tags: Vec<ObjectId>,
    /// Trees and blobs that a tag stands for; true for a tree.
    alone: Vec<(bool, ObjectId)>,
    /// The names of references.
    pub(super) names: Vec<Vec<u8>>,
}

impl Besides {
    pub(super) fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.alone.is_empty()
    }

    /// Hands what is of no commit to `visit`: blobs, and all that is in a tree.
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

    /// The tags as if references named them.
    pub(super) fn as_references(&self) -> All {
        let reference = |(at, id): (usize, &ObjectId)| {
            (format!("refs/tags/{at:08}").into_bytes(), Ref { id: *id, peeled: None })
        };
        All { refs: self.tags.iter().enumerate().map(reference).collect(), problems: Vec::new() }
    }
}

impl Git {
    /// Looks up what is pushed.
    ///
    /// # Errors
    /// What cannot be read of it. What the other side has may be missing here.
    pub(super) fn resolve_push(&self, objects: &Objects, pushed: &Pushed) -> Result<Resolved, String> {
        let mut resolved = Resolved { tips: Vec::new(), bases: Vec::new(), besides: Besides::default() };
        resolved.besides.names.clone_from(&pushed.names);
        for name in &pushed.tips {
            let id = self.object_named(objects, name)?;
            let (chain, kind, id) = peeled(objects, id).map_err(|why| format!("`{name}` {why}"))?;
            resolved.besides.tags.extend(chain);
            match kind {
                Kind::Commit => resolved.tips.push(id),
                kind => resolved.besides.alone.push((kind == Kind::Tree, id)),
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

/// The tags on the way from an object to what is no tag, and that.
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
