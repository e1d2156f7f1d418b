//! The files that a range leaves changed at its tip, and what they replace.

use std::collections::HashMap;
use std::sync::OnceLock;

use gix::ObjectId;
use gix::hash::Kind;

use super::blobs::Limits;
use super::commits::Commits;
use super::diff::{Seen, Walker};
use super::replaced;
use super::store::Objects;
use super::{Git, decode};
use crate::model::{self, RepoPath};
use crate::source::Earlier;

/// The trees at both ends of a range.
pub(super) struct Tip {
    tree: ObjectId,
    /// That of the commit which the range starts behind, along first parents.
    before: Option<ObjectId>,
    /// What the range removes or replaces, once it was asked for.
    replaced: OnceLock<Vec<Earlier>>,
}

impl Tip {
    /// That of these commits; none if they have several tips.
    pub(super) fn of(commits: &Commits) -> Option<Self> {
        let (tip, before) = commits.tip()?;
        Some(Self { tree: tip.tree, before, replaced: OnceLock::new() })
    }

    /// The files that differ from those before, with their content. What cannot be read is a problem of the range.
    pub(super) fn changed(&self, objects: &Objects, hash: Kind) -> HashMap<RepoPath, model::ObjectId> {
        let mut changed = HashMap::new();
        let before: Vec<ObjectId> = self.before.into_iter().collect();
        Walker::new(objects, hash).each(b"", self.tree, &before, &mut |seen| {
            if let Seen::Blob { path, id, is_link: false, .. } = seen {
                changed.insert(RepoPath::new(path), decode::model_id(id));
            }
        });
        changed
    }

    /// What they remove or replace. A file that was excluded counts where it is moved to.
    pub(super) fn replaced(&self, git: &Git, limits: &Limits) -> &[Earlier] {
        self.replaced.get_or_init(|| {
            let Some(before) = self.before else { return Vec::new() };
            let mut all = replaced::entries(&git.stores.objects(), git.hash, before, self.tree, 0);
            all.retain(|earlier| !limits.excludes(earlier.path.as_bytes()));
            all
        })
    }
}
