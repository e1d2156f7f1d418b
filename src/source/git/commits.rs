//! The commits of a range: those reachable from one commit and not from another.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};

use gix::ObjectId;
use gix::objs::Kind;

use super::store::{Failure, MAX_TREE, Objects};
use super::{Git, decode};

/// A commit of a range.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Its id.
    pub(super) id: ObjectId,
    /// Its tree.
    pub(super) tree: ObjectId,
    /// Its parents.
    pub(super) parents: Vec<ObjectId>,
    committed: i64,
}

/// The commits of a range.
#[derive(Clone, Debug, Default)]
pub(super) struct Commits {
    /// Parents before their children, otherwise by date.
    pub(super) steps: Vec<Step>,
    /// The trees of the boundary: parents of commits of the range that are not in it.
    pub(super) boundary: HashMap<ObjectId, ObjectId>,
    /// The trees of the commits, by id.
    trees: HashMap<ObjectId, ObjectId>,
}

impl Commits {
    /// The trees of the parents of `step`, in order.
    pub(super) fn parents_of(&self, step: &Step) -> Vec<ObjectId> {
        let tree = |id: &ObjectId| self.trees.get(id).or_else(|| self.boundary.get(id)).copied();
        step.parents.iter().filter_map(tree).collect()
    }

    /// The commit of the range that no other builds on, and the tree of the commit outside of the range that its
    /// first parents lead to, if there is one. None if there are several, or none.
    pub(super) fn tip(&self) -> Option<(&Step, Option<ObjectId>)> {
        let parents: HashSet<&ObjectId> = self.steps.iter().flat_map(|step| &step.parents).collect();
        let mut tips = self.steps.iter().filter(|step| !parents.contains(&step.id));
        let tip = tips.next().filter(|_| tips.next().is_none())?;
        let steps: HashMap<ObjectId, &Step> = self.steps.iter().map(|step| (step.id, step)).collect();
        let mut first = tip.parents.first();
        while let Some(step) = first.and_then(|id| steps.get(id)) {
            first = step.parents.first();
        }
        Some((tip, first.and_then(|id| self.boundary.get(id)).copied()))
    }
}

/// A commit during the search.
struct Known {
    /// `None` if it is missing.
    step: Option<Step>,
    /// True if a base reaches it.
    hidden: bool,
    /// True if it is queued and not hidden.
    counted: bool,
}

struct Search<'a> {
    objects: &'a Objects,
    known: HashMap<ObjectId, Known>,
    /// By date, latest first.
    waiting: BinaryHeap<(i64, ObjectId)>,
    /// How many queued commits are not hidden.
    open: usize,
    buffer: Vec<u8>,
}

impl Search<'_> {
    /// Marks a commit as reached, from a base if it is `hidden`.
    fn reach(&mut self, id: ObjectId, hidden: bool) -> Result<(), (ObjectId, Failure)> {
        if let Some(known) = self.known.get_mut(&id) {
            if hidden && !known.hidden {
                known.hidden = true;
                if std::mem::take(&mut known.counted) {
                    self.open -= 1;
                } else if let Some(step) = &known.step {
                    // Already visited; its parents must be updated, too.
                    self.waiting.push((step.committed, id));
                }
            }
            return Ok(());
        }
        let step = match self.objects.read(&id, Kind::Commit, MAX_TREE, &mut self.buffer) {
            Ok(data) => {
                let commit =
                    decode::commit(data).ok_or_else(|| (id, Failure::Broken("it is damaged".to_owned())))?;
                let decode::Commit { tree, parents, committed, .. } = commit;
                Some(Step { id, tree, parents, committed })
            }
            Err(Failure::Missing | Failure::Promised) => None,
            Err(failure) => return Err((id, failure)),
        };
        let counted = step.is_some() && !hidden;
        if let Some(step) = &step {
            self.waiting.push((step.committed, id));
            self.open += usize::from(counted);
        }
        self.known.insert(id, Known { step, hidden, counted });
        Ok(())
    }
}

/// Why the commits of a range cannot be determined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// A parent of a commit of the range is missing.
    Cut {
        /// The commit.
        commit: ObjectId,
        /// Its parent.
        parent: ObjectId,
    },
    /// The base and the tip have no common ancestor.
    Unrelated,
    /// A commit cannot be read.
    Failed(ObjectId, Failure),
}

impl Git {
    /// The commits reachable from `tip` and not from `bases`.
    ///
    /// Searched by date, latest first, until no candidates are left. A wrong clock can add commits but never drop
    /// any. Git's replacements, grafts and list of shallow commits are ignored: a commit has the parents that it
    /// names.
    /// the list of shallow commits is not believed: a commit has the parents that it names.
    pub(super) fn commits(
        &self,
        objects: &Objects,
        tip: ObjectId,
        bases: &[ObjectId],
    ) -> Result<Commits, Unresolved> {
        let commits = self.reached(objects, &[tip], bases)?;
        if !bases.is_empty() && !commits.steps.is_empty() && commits.boundary.is_empty() && bases != [tip] {
            return Err(Unresolved::Unrelated);
        }
        Ok(commits)
    }

    /// The commits reachable from any of `tips` and none of `bases`, which may be unrelated.
    pub(super) fn reached(
        &self,
        objects: &Objects,
        tips: &[ObjectId],
        bases: &[ObjectId],
    ) -> Result<Commits, Unresolved> {
        let mut search = Search {
            objects,
            known: HashMap::new(),
            waiting: BinaryHeap::new(),
            open: 0,
            buffer: Vec::new(),
        };
        let failed = |(id, failure)| Unresolved::Failed(id, failure);
        for tip in tips {
            search.reach(*tip, false).map_err(failed)?;
        }
        for base in bases {
            search.reach(*base, true).map_err(failed)?;
        }
        let mut earliest = i64::MAX;
        while let Some((date, id)) = search.waiting.pop() {
            let Some(known) = search.known.get_mut(&id) else { continue };
            let hidden = known.hidden;
            if std::mem::take(&mut known.counted) {
                search.open -= 1;
                earliest = earliest.min(date);
            }
            let parents = known.step.as_ref().map(|step| step.parents.clone()).unwrap_or_default();
            for parent in parents {
                match search.reach(parent, hidden) {
                    // What lies behind the base need not be readable.
                    Err(_) if hidden => {}
                    reached => reached.map_err(failed)?,
                }
            }
            // Queued commits that are late enough could still reach commits of the range.
            if search.open == 0 && search.waiting.peek().is_none_or(|(date, _)| *date < earliest) {
                break;
            }
        }
        in_order(&search.known)
    }
}

/// The commits that are not hidden, parents first.
fn in_order(known: &HashMap<ObjectId, Known>) -> Result<Commits, Unresolved> {
    let mut commits = Commits::default();
    let mut children: HashMap<ObjectId, Vec<ObjectId>> = HashMap::new();
    let mut missing: HashMap<ObjectId, usize> = HashMap::new();
    let mut ready = BinaryHeap::new();
    let mut cut = BTreeSet::new();
    let visible = |known: &Known| !known.hidden;
    for (id, one) in known.iter().filter(|(_, one)| visible(one)) {
        let Some(step) = &one.step else { continue };
        let mut inside = 0;
        for parent in step.parents.iter().collect::<BTreeSet<_>>() {
            match known.get(parent) {
                Some(Known { step: Some(_), hidden: false, .. }) => {
                    inside += 1;
                    children.entry(*parent).or_default().push(*id);
                }
                Some(Known { step: Some(step), hidden: true, .. }) => {
                    commits.boundary.insert(*parent, step.tree);
                }
                _ => drop(cut.insert((*id, *parent))),
            }
        }
        missing.insert(*id, inside);
        if inside == 0 {
            ready.push(Reverse((step.committed, *id)));
        }
    }
    if let Some((commit, parent)) = cut.pop_first() {
        return Err(Unresolved::Cut { commit, parent });
    }
    // Commits in a cycle, which no sound store has, never become ready.
    while let Some(Reverse((_, id))) = ready.pop() {
        for child in children.remove(&id).unwrap_or_default() {
            if let Some(left) = missing.get_mut(&child) {
                *left -= 1;
                if *left == 0
                    && let Some(step) = known.get(&child).and_then(|known| known.step.as_ref())
                {
                    ready.push(Reverse((step.committed, child)));
                }
            }
        }
        commits.steps.extend(known.get(&id).and_then(|known| known.step.clone()));
    }
    commits.trees = commits.steps.iter().map(|step| (step.id, step.tree)).collect();
    match missing.into_iter().filter(|(_, left)| *left > 0).map(|(id, _)| id).min() {
        Some(id) => Err(Unresolved::Failed(id, Failure::Broken("it is its own ancestor".to_owned()))),
        None => Ok(commits),
    }
}
