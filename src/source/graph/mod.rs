//! Commits and trees: what is reachable, at which paths, and where objects were introduced.
//!
//! [`Graph::read`] visits all commits, tags and trees once. Of a tree it keeps only the entries that its delta base
//! lacks; reachability from the refs and the blobs with sensitive names follow from these lists.
//!
//! [`Graph::attribute`] answers for a few objects only. An object is introduced by the first commit whose tree has
//! it, in topological order, the earliest commit date first among candidates, then the smallest id. No parent of that
//! commit has the object. Of several paths there, the smallest is reported. Reachable commits come before all others.

mod commits;
mod containing;
mod reach;
pub(super) mod trees;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use gix::ObjectId;

use crate::model::{FastSet, RepoPath};
use crate::source::objects::{Bad, Object, ObjectKind, Survey};
use commits::Commits;
use containing::{Contents, TreesContaining};
use reach::{Reach, Walk};
use trees::{NONE, Trees};

/// The most tags in a chain of tags.
const MAX_TAGS: usize = 1000;

/// The roots of reachability.
#[derive(Clone, Debug, Default)]
pub struct Starts {
    /// The targets of refs.
    pub refs: Vec<ObjectId>,
    /// The target of `HEAD`.
    pub head: Option<ObjectId>,
    /// Further objects that are reachable but belong to no ref, for example from reflogs.
    pub more: Vec<ObjectId>,
    /// Commits at the boundary of a shallow clone, as it records them.
    pub shallow: HashSet<ObjectId>,
    /// True if paths of unreachable objects are wanted, too.
    pub everything: bool,
}

/// What is missing or malformed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gaps {
    /// Commits at the boundary of a shallow clone: their parents are missing.
    pub shallow: BTreeSet<ObjectId>,
    /// Missing objects that a reachable object or a ref names.
    pub missing: BTreeSet<ObjectId>,
    /// Reachable objects that do not parse, or are of another kind than expected.
    pub damaged: BTreeSet<ObjectId>,
    /// Commits, trees and tags that could not be read, reachable or not.
    pub bad: Vec<Bad>,
    /// Paths of submodules.
    pub submodules: BTreeSet<Vec<u8>>,
    /// True if the trees contain one another in too many ways to visit all paths.
    pub tangled: bool,
}

/// The commits, tags and trees of a store.
pub struct Graph {
    survey: Arc<Survey>,
    commits: Commits,
    trees: Trees,
    reach: Reach,
    /// For each commit, whether it is reachable.
    reached: Vec<bool>,
    /// For each ref, the position of the commit that it reaches, and the tags on the way.
    tips: Vec<(Option<u32>, Vec<u32>)>,
    head: Option<u32>,
    gaps: Gaps,
}

/// Where an object was introduced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// The commit.
    pub commit: ObjectId,
    /// Its position in topological order, from 1.
    pub rank: u64,
    /// The path there; empty for a commit itself, and if it is too long to report.
    pub path: RepoPath,
}

/// How present a group of objects is in the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// True if the tree of `HEAD` has one of them.
    pub in_head: bool,
    /// Reachable commits that contain, or are, one of them.
    pub commits: u64,
    /// Refs that reach one of these commits, or point to one of the objects through tags.
    pub refs: u64,
    /// True if a ref or `HEAD` reaches one of the objects.
    pub reachable: bool,
}

/// What is known of the objects asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributed {
    /// Where each object was introduced; objects in no commit are missing.
    pub entered: HashMap<ObjectId, Entered>,
    /// Every path of a blob with the first commit that has it there, in order, except paths too long or too many to
    /// report.
    pub paths: HashMap<ObjectId, Vec<Entered>>,
    /// One for each group, in order.
    pub presence: Vec<Presence>,
    /// True if there were too many trees to visit all.
    pub tangled: bool,
}

impl Graph {
    /// Reads all commits, tags and trees of `survey`. Calls `said` for every commit and tag with the offset of its
    /// message, from many threads. [`sensitive`](Self::sensitive) lists the blobs at paths for which `wants` is true;
    /// it is called about once per path. Of several paths of a blob, [`path`](Self::path) gives one of the lowest
    /// `rank`.
    pub fn read(
        survey: &Arc<Survey>,
        starts: &Starts,
        wants: &dyn Fn(&RepoPath) -> bool,
        rank: &dyn Fn(&RepoPath) -> u8,
        said: &(dyn Fn(Object<'_>, usize) + Sync),
    ) -> Self {
        let commits = Commits::read(survey, said);
        let trees = Trees::read(survey);
        let mut gaps = Gaps { bad: [commits.bad.as_slice(), &trees.bad].concat(), ..Gaps::default() };
        let mut walk = Walk::new(survey, &trees, wants, rank);
        let mut tips = Vec::with_capacity(starts.refs.len());
        for id in &starts.refs {
            tips.push(peel(survey, &commits, id, &mut gaps));
        }
        let mut others: Vec<(Option<u32>, Vec<u32>)> = Vec::new();
        for id in starts.head.iter().chain(&starts.more) {
            others.push(peel(survey, &commits, id, &mut gaps));
        }
        let head = starts.head.and_then(|_| others.first()?.0);
        let mut reached = vec![false; commits.all.len()];
        let mut waiting: Vec<u32> = tips.iter().chain(&others).filter_map(|(commit, _)| *commit).collect();
        while let Some(at) = waiting.pop() {
            if !std::mem::replace(&mut reached[at as usize], true) {
                waiting.extend(&commits.all[at as usize].parents);
            }
        }
        // The first commit first, so that blobs get the path that they had first.
        for (commit, _) in commits.all.iter().zip(&reached).filter(|(_, reached)| **reached) {
            walk.reach.reached[commit.number as usize] = true;
            walk.start(commit.tree);
        }
        for number in tips.iter().chain(&others).flat_map(|(_, passed)| passed) {
            walk.start(*number);
        }
        walk.settle();
        if starts.everything {
            let reached = walk.reach.reached.clone();
            commits.all.iter().for_each(|commit| walk.start(commit.tree));
            walk.start_rest();
            walk.settle();
            walk.reach.reached = reached;
        }
        let reach = walk.reach;
        let survey = Arc::clone(survey);
        let mut graph = Self { survey, commits, trees, reach, reached, tips, head, gaps };
        graph.find_gaps(starts);
        graph
    }

    /// Lists missing and malformed reachable objects.
    fn find_gaps(&mut self, starts: &Starts) {
        let (survey, reached) = (&self.survey, &self.reach.reached);
        let is_reached = |number: &u32| reached[*number as usize];
        for (commit, parent) in self.commits.cut.iter().filter(|(commit, _)| is_reached(commit)) {
            let id = survey.id(*commit);
            if starts.shallow.contains(&id) {
                self.gaps.shallow.insert(id);
            } else {
                self.gaps.missing.insert(*parent);
            }
        }
        let missing = self.commits.missing.iter().filter(|(from, _)| is_reached(from)).map(|(_, id)| *id);
        self.gaps.missing.extend(missing);
        let missing = self.trees.missing.iter().filter(|(tree, _)| is_reached(tree));
        self.gaps.missing.extend(missing.filter_map(|(_, id)| ObjectId::try_from(id.as_slice()).ok()));
        let damaged =
            self.commits.damaged.iter().chain(&self.trees.damaged).filter(|number| is_reached(number));
        self.gaps.damaged.extend(damaged.chain(&self.reach.odd).map(|number| survey.id(*number)));
        for commit in self.commits.all.iter().filter(|commit| is_reached(&commit.number)) {
            if commit.tree != NONE && self.trees.place(commit.tree).is_none() {
                // An unreadable one is already reported.
                if survey.kind(commit.tree) != Some(ObjectKind::Tree) {
                    self.gaps.damaged.insert(survey.id(commit.number));
                }
            }
        }
        let paths = self.reach.submodules.iter();
        let paths = paths.map(|path| self.reach.paths.bytes(*path, &self.trees.names).as_bytes().to_vec());
        self.gaps.submodules = paths.collect();
        self.gaps.tangled = self.reach.tangled;
    }

    /// True if a ref or another root reaches the object with this number.
    ///
    /// # Panics
    /// If `number` is out of range.
    #[must_use]
    pub fn is_reached(&self, number: u32) -> bool {
        self.reach.reached[number as usize]
    }

    /// How many commits are reachable.
    #[must_use]
    pub fn commits(&self) -> usize {
        self.reached.iter().filter(|reached| **reached).count()
    }

    /// The position of the commit with this number in topological order, from 1; 0 if it is not a commit.
    #[must_use]
    pub fn rank(&self, number: u32) -> u64 {
        self.commits.place(number).map_or(0, |place| u64::from(place) + 1)
    }

    /// A path of the blob with this number, of the lowest rank; nearly always the first of those.
    ///
    /// # Panics
    /// If `number` is out of range.
    #[must_use]
    pub fn path(&self, number: u32) -> Option<RepoPath> {
        let path = self.reach.path_of[number as usize];
        (path != NONE).then(|| self.reach.paths.bytes(path, &self.trees.names))
    }

    /// Blobs at wanted paths, with each such path; sorted.
    #[must_use]
    pub fn sensitive(&self) -> Vec<(u32, RepoPath)> {
        let mut pairs = self.reach.sensitive.clone();
        pairs.sort_unstable();
        pairs.dedup();
        let mut all: Vec<(u32, RepoPath)> = pairs
            .into_iter()
            .map(|(blob, path)| (blob, self.reach.paths.bytes(path, &self.trees.names)))
            .collect();
        all.sort_unstable();
        all
    }

    /// What is missing or malformed.
    #[must_use]
    pub const fn gaps(&self) -> &Gaps {
        &self.gaps
    }

    /// Every name in some tree, reachable or not, each once, unordered.
    #[must_use]
    pub fn names(&self) -> &[Vec<u8>] {
        &self.trees.names
    }

    /// Where the names with these numbers occur: the path of a blob there or below if known, else that of the name;
    /// sorted, at most `most`.
    ///
    /// # Panics
    /// If `number` is out of range.
    #[must_use]
    pub fn named(&self, numbers: &[usize], most: usize) -> Vec<(RepoPath, Option<ObjectId>)> {
        let wanted: FastSet<u32> = numbers.iter().filter_map(|number| u32::try_from(*number).ok()).collect();
        let (paths, names) = (&self.reach.paths, &self.trees.names);
        let below = paths.below(&wanted);
        // The first blob of each place, or one of each name if all blobs there are known by other paths.
        let mut blobs: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
        for (number, path) in (0..).zip(&self.reach.path_of) {
            let place = below.get(*path as usize).copied().filter(|place| *place != NONE);
            if let Some(place) = place {
                let first = blobs.entry(place).or_insert((*path, number));
                *first = (*path, number).min(*first);
            }
        }
        let mut called: HashMap<u32, u32> = HashMap::new();
        for entry in (0..self.trees.len()).flat_map(|at| self.trees.own(at)) {
            if wanted.contains(&entry.name) && self.survey.kind(entry.child) == Some(ObjectKind::Blob) {
                called.entry(entry.name).or_insert(entry.child);
            }
        }
        let places = (0u32..).zip(&below).filter(|(path, place)| path == *place).take(most);
        let mut all: Vec<(RepoPath, Option<ObjectId>)> = places
            .map(|(path, _)| {
                let (at, blob) = match blobs.get(&path) {
                    Some((at, blob)) => (*at, Some(blob)),
                    None => (path, called.get(&paths.name(path))),
                };
                (paths.bytes(at, names), blob.map(|blob| self.survey.id(*blob)))
            })
            .collect();
        all.sort_unstable();
        all
    }

    /// How many objects are reached by nothing readable, if something unreadable may reach them. Objects missing from
    /// a `partial` clone do not count as unreadable.
    #[must_use]
    pub fn cut_off(&self, partial: bool) -> usize {
        let Gaps { missing, damaged, bad, .. } = &self.gaps;
        if bad.is_empty() && damaged.is_empty() && (partial || missing.is_empty()) {
            return 0;
        }
        let unread: HashSet<ObjectId> = bad.iter().map(|bad| bad.id).collect();
        let is_below = |number: &u32| !self.is_reached(*number) && !unread.contains(&self.survey.id(*number));
        (0..self.survey.len()).filter(is_below).count()
    }

    /// Computes how present each group of objects is in the history, and where each object was introduced. The
    /// objects are blobs, commits and tags. Costs about as much as there are trees that contain them.
    #[must_use]
    pub fn attribute(&self, groups: &[Vec<ObjectId>]) -> Attributed {
        let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (group, ids) in groups.iter().enumerate() {
            for number in ids.iter().filter_map(|id| self.survey.number(id.as_bytes())) {
                members.entry(number).or_default().push(group);
            }
        }
        let blobs =
            members.keys().copied().filter(|number| self.survey.kind(*number) == Some(ObjectKind::Blob));
        let mut containing = TreesContaining::find(&self.trees, blobs);
        let all_contents: Vec<Option<Contents>> = self
            .commits
            .all
            .iter()
            .map(|commit| self.trees.place(commit.tree).and_then(|tree| containing.contents(tree)))
            .collect();
        let mut held: HashMap<Contents, Vec<u32>> = HashMap::new();
        for contents in all_contents.iter().flatten() {
            held.entry(*contents).or_insert_with(|| containing.objects(*contents));
        }
        let mut all = Attributed {
            tangled: containing.tangled,
            presence: vec![Presence::default(); groups.len()],
            ..Attributed::default()
        };
        for wanted in [true, false] {
            self.enter(wanted, &members, &all_contents, &held, &mut containing, &mut all);
        }
        all.tangled |= containing.tangled;
        self.presence(&members, &all_contents, &held, &mut all.presence);
        all
    }

    /// Finds the first commit of each object and of each of its paths, among the reachable commits or the others.
    fn enter(
        &self,
        wanted: bool,
        members: &BTreeMap<u32, Vec<usize>>,
        all_contents: &[Option<Contents>],
        held: &HashMap<Contents, Vec<u32>>,
        containing: &mut TreesContaining<'_>,
        all: &mut Attributed,
    ) {
        let Attributed { entered, paths, .. } = all;
        let mut seen: HashSet<Contents> = HashSet::new();
        let commits = (1..).zip(&self.commits.all).zip(all_contents).zip(&self.reached);
        for (((rank, commit), contents), _) in commits.filter(|(_, reached)| **reached == wanted) {
            let id = self.survey.id(commit.number);
            if members.contains_key(&commit.number) {
                entered.entry(id).or_insert_with(|| Entered { commit: id, rank, path: RepoPath::from("") });
            }
            let Some(contents) = contents.filter(|contents| seen.insert(*contents)) else { continue };
            for (blob, path) in containing.placed(contents) {
                let blob = self.survey.id(blob);
                let here = Entered { commit: id, rank, path: RepoPath::new(path) };
                paths.entry(blob).or_default().push(here.clone());
                entered.entry(blob).or_insert(here);
            }
            // Those with too long a path.
            for blob in &held[&contents] {
                let blob = self.survey.id(*blob);
                entered.entry(blob).or_insert_with(|| Entered { commit: id, rank, path: RepoPath::from("") });
            }
        }
    }

    /// Counts the commits and refs of each group, 64 groups at a time.
    fn presence(
        &self,
        members: &BTreeMap<u32, Vec<usize>>,
        all_contents: &[Option<Contents>],
        held: &HashMap<Contents, Vec<u32>>,
        presence: &mut [Presence],
    ) {
        for (number, groups) in members {
            let is_reached = self.is_reached(*number);
            groups.iter().for_each(|group| presence[*group].reachable |= is_reached);
        }
        for (start, presence) in (0..).step_by(64).zip(presence.chunks_mut(64)) {
            let bits = |number: u32| {
                let groups = members.get(&number).map_or(&[][..], |groups| groups.as_slice());
                let ours = groups.iter().filter_map(|group| group.checked_sub(start).filter(|bit| *bit < 64));
                ours.fold(0u64, |bits, bit| bits | 1 << bit)
            };
            let of_contents: HashMap<Contents, u64> = held
                .iter()
                .map(|(contents, blobs)| (*contents, blobs.iter().fold(0, |all, blob| all | bits(*blob))))
                .collect();
            // What each commit contains, then also what its ancestors contain.
            let mut holds: Vec<u64> = Vec::with_capacity(all_contents.len());
            for (at, (commit, contents)) in self.commits.all.iter().zip(all_contents).enumerate() {
                let own = contents.map_or(0, |contents| of_contents[&contents]) | bits(commit.number);
                if self.reached[at] {
                    each_bit(own, |bit| presence[bit].commits += 1);
                }
                if Some(at) == self.head.map(|head| head as usize) {
                    let in_tree = contents.map_or(0, |contents| of_contents[&contents]);
                    each_bit(in_tree, |bit| presence[bit].in_head = true);
                }
                let before = commit
                    .parents
                    .iter()
                    .fold(0, |all, parent| all | holds.get(*parent as usize).copied().unwrap_or(0));
                holds.push(own | before);
            }
            for (tip, tags) in &self.tips {
                let over_tags = tags.iter().fold(0, |all, tag| all | bits(*tag));
                let reached = tip.map_or(0, |tip| holds[tip as usize]);
                each_bit(over_tags | reached, |bit| presence[bit].refs += 1);
            }
        }
    }
}

fn each_bit(mut bits: u64, mut with: impl FnMut(usize)) {
    while bits != 0 {
        with(bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

/// Follows tags from the target of a ref to a commit. Returns what was passed on the way, including the last object
/// if it is not a commit.
fn peel(survey: &Survey, commits: &Commits, id: &ObjectId, gaps: &mut Gaps) -> (Option<u32>, Vec<u32>) {
    let mut passed = Vec::new();
    let Some(mut number) = survey.number(id.as_bytes()) else {
        gaps.missing.insert(*id);
        return (None, passed);
    };
    loop {
        if let Some(commit) = commits.place(number) {
            return (Some(commit), passed);
        }
        // Hostile tags can form a long chain.
        if passed.len() == MAX_TAGS {
            gaps.damaged.insert(*id);
            return (None, passed);
        }
        passed.push(number);
        match commits.target(number) {
            Some(target) => number = target,
            None => return (None, passed),
        }
    }
}
