//! Commits and trees: what is reached, at which paths, and where objects came in.
//!
//! [`Graph::read`] goes once through the families of commits, tags and trees. Of a tree only the
//! entries are kept that its base has not; from these lists follows what is reached from the
//! references, and which blobs ever bore a name that tells something.
//!
//! [`Graph::attribute`] is asked about a few objects only. Where each came in is told by this rule: of
//! all commits whose tree has the blob, the first one in an order in which none comes before its
//! parents and, where that leaves a choice, the one with the earliest commit date comes first, and then
//! the one with the smallest id. It is always a commit none of whose parents has the blob. Of several paths
//! there, the smallest one is told. Reachable commits come before all others.

mod commits;
mod holds;
mod reach;
pub(super) mod trees;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use gix::ObjectId;

use crate::model::RepoPath;
use crate::source::objects::{Bad, Object, ObjectKind, Survey};
use commits::Commits;
use holds::{Holds, Sketch};
use reach::{Reach, Walk};
use trees::{NONE, Trees};

/// Tags that point to tags.
const MAX_TAGS: usize = 1000;

/// From where objects are to be reached.
#[derive(Clone, Debug, Default)]
pub struct Starts {
    /// What each reference points to.
    pub refs: Vec<ObjectId>,
    /// What `HEAD` points to.
    pub head: Option<ObjectId>,
    /// Further objects, which are reached but count for no reference: those in reflogs, for example.
    pub more: Vec<ObjectId>,
    /// Commits at which the history of a shallow clone ends, as it says itself.
    pub shallow: HashSet<ObjectId>,
    /// True if paths are wanted of what is not reached, too.
    pub everything: bool,
}

/// What is not there or not as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gaps {
    /// Commits at the boundary of a shallow clone: their parents are not there.
    pub shallow: BTreeSet<ObjectId>,
    /// Objects that are named by some reachable object, or by a reference, and are not there.
    pub missing: BTreeSet<ObjectId>,
    /// Reachable objects that could not be taken apart, or that are of another kind than their place
    /// says.
    pub damaged: BTreeSet<ObjectId>,
    /// Commits, trees and tags that could not be read, reachable or not.
    pub bad: Vec<Bad>,
    /// Paths of submodules.
    pub submodules: BTreeSet<Vec<u8>>,
    /// True if the trees hold one another in so many ways that not all paths were gone over.
    pub tangled: bool,
}

/// The commits, tags and trees of a store.
pub struct Graph {
    survey: Arc<Survey>,
    commits: Commits,
    trees: Trees,
    reach: Reach,
    /// For each commit, whether it is reached.
    reached: Vec<bool>,
    /// Places of the commits that references reach, one a reference; and the tags on the way there.
    tips: Vec<(Option<u32>, Vec<u32>)>,
    head: Option<u32>,
    gaps: Gaps,
}

/// Where an object came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// The commit.
    pub commit: ObjectId,
    /// Its place in the order of all commits, from 1.
    pub rank: u64,
    /// The path there; empty for a commit itself, and if it is too long to be told.
    pub path: RepoPath,
}

/// How a group of objects lives in the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Living {
    /// True if the tree of `HEAD` has one of them.
    pub in_head: bool,
    /// Reachable commits whose tree has one of them, or that are one of them.
    pub commits: u64,
    /// References that reach one of these commits, or that point to one of the objects over tags.
    pub refs: u64,
    /// True if some reference or `HEAD` reaches one of the objects.
    pub reachable: bool,
}

/// What is known of objects that were asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributed {
    /// Where each object came in; those that no commit has are not here.
    pub entered: HashMap<ObjectId, Entered>,
    /// Every path that a blob has in some commit, with the first commit that has it there, in their order;
    /// without those that are too long or too many to be told.
    pub paths: HashMap<ObjectId, Vec<Entered>>,
    /// One for each group, in their order.
    pub living: Vec<Living>,
    /// True if there were so many trees that not all were gone over.
    pub tangled: bool,
}

impl Graph {
    /// Reads all commits, tags and trees of `survey`. Shows every commit and tag to `said`, with the
    /// offset of its message, from many threads. Blobs at paths that `wants` says true of are kept, see
    /// [`telling`](Self::telling); it is asked of each path about once. Of several paths of a blob
    /// [`path`](Self::path) gives one of the lowest `rank`.
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

    /// Lists what is missing and what is wrong with reachable objects.
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
                // One that could not be read is told of already.
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

    /// True if a reference, or what else was started from, reaches the object with this number.
    ///
    /// # Panics
    /// If there is no such number.
    #[must_use]
    pub fn is_reached(&self, number: u32) -> bool {
        self.reach.reached[number as usize]
    }

    /// How many commits are reached.
    #[must_use]
    pub fn commits(&self) -> usize {
        self.reached.iter().filter(|reached| **reached).count()
    }

    /// The place of the commit with this number in the order of all, from 1; 0 if it is none.
    #[must_use]
    pub fn rank(&self, number: u32) -> u64 {
        self.commits.place(number).map_or(0, |place| u64::from(place) + 1)
    }

    /// A path that the blob with this number has in some tree that was gone over, of the lowest rank; nearly
    /// always the first one of those.
    ///
    /// # Panics
    /// If there is no such number.
    #[must_use]
    pub fn path(&self, number: u32) -> Option<RepoPath> {
        let path = self.reach.path_of[number as usize];
        (path != NONE).then(|| self.reach.paths.bytes(path, &self.trees.names))
    }

    /// Blobs that have one of the wanted paths in some tree that was gone over, with each such path; sorted.
    #[must_use]
    pub fn telling(&self) -> Vec<(u32, RepoPath)> {
        let mut pairs = self.reach.telling.clone();
        pairs.sort_unstable();
        pairs.dedup();
        let mut all: Vec<(u32, RepoPath)> = pairs
            .into_iter()
            .map(|(blob, path)| (blob, self.reach.paths.bytes(path, &self.trees.names)))
            .collect();
        all.sort_unstable();
        all
    }

    /// What is not there or not as it should be.
    #[must_use]
    pub const fn gaps(&self) -> &Gaps {
        &self.gaps
    }

    /// Every name that some tree has, reached or not, each once and in no order.
    #[must_use]
    pub fn names(&self) -> &[Vec<u8>] {
        &self.trees.names
    }

    /// Where the names with these numbers stand among the paths that were gone over: the path of a blob there or
    /// below, if one is known, else that of the name; sorted, and no more than `most`.
    ///
    /// # Panics
    /// If there is no such number.
    #[must_use]
    pub fn named(&self, numbers: &[usize], most: usize) -> Vec<(RepoPath, Option<ObjectId>)> {
        let wanted: HashSet<u32> = numbers.iter().filter_map(|number| u32::try_from(*number).ok()).collect();
        let (paths, names) = (&self.reach.paths, &self.trees.names);
        let below = paths.below(&wanted);
        // The first blob of each place, and one of each name if all blobs there are known by other paths.
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

    /// How many objects are reached by nothing that could be read, if something could not be read that may reach
    /// them. In a `partial` clone what is missing is not among that.
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

    /// Says of each group of objects how it lives in the history, and of each object where it came in.
    /// The objects are blobs, commits and tags. Costs about as much as there are trees that hold them.
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
        let mut holds = Holds::find(&self.trees, blobs);
        let sketches: Vec<Option<Sketch>> = self
            .commits
            .all
            .iter()
            .map(|commit| self.trees.place(commit.tree).and_then(|tree| holds.sketch(tree)))
            .collect();
        let mut held: HashMap<Sketch, Vec<u32>> = HashMap::new();
        for sketch in sketches.iter().flatten() {
            held.entry(*sketch).or_insert_with(|| holds.objects(*sketch));
        }
        let mut all = Attributed {
            tangled: holds.tangled,
            living: vec![Living::default(); groups.len()],
            ..Attributed::default()
        };
        for wanted in [true, false] {
            self.enter(wanted, &members, &sketches, &held, &mut holds, &mut all);
        }
        all.tangled |= holds.tangled;
        self.living(&members, &sketches, &held, &mut all.living);
        all
    }

    /// Finds the first commit of each object, and of each of its paths, among those that are reached, or
    /// those that are not.
    fn enter(
        &self,
        wanted: bool,
        members: &BTreeMap<u32, Vec<usize>>,
        sketches: &[Option<Sketch>],
        held: &HashMap<Sketch, Vec<u32>>,
        holds: &mut Holds<'_>,
        all: &mut Attributed,
    ) {
        let Attributed { entered, paths, .. } = all;
        let mut seen: HashSet<Sketch> = HashSet::new();
        let commits = (1..).zip(&self.commits.all).zip(sketches).zip(&self.reached);
        for (((rank, commit), sketch), _) in commits.filter(|(_, reached)| **reached == wanted) {
            let id = self.survey.id(commit.number);
            if members.contains_key(&commit.number) {
                entered.entry(id).or_insert_with(|| Entered { commit: id, rank, path: RepoPath::from("") });
            }
            let Some(sketch) = sketch.filter(|sketch| seen.insert(*sketch)) else { continue };
            for (blob, path) in holds.placed(sketch) {
                let blob = self.survey.id(blob);
                let here = Entered { commit: id, rank, path: RepoPath::new(path) };
                paths.entry(blob).or_default().push(here.clone());
                entered.entry(blob).or_insert(here);
            }
            // Those with too long a path.
            for blob in &held[&sketch] {
                let blob = self.survey.id(*blob);
                entered.entry(blob).or_insert_with(|| Entered { commit: id, rank, path: RepoPath::from("") });
            }
        }
    }

    /// Counts the commits and references of each group, 64 groups at a time.
    fn living(
        &self,
        members: &BTreeMap<u32, Vec<usize>>,
        sketches: &[Option<Sketch>],
        held: &HashMap<Sketch, Vec<u32>>,
        living: &mut [Living],
    ) {
        for (number, groups) in members {
            let is_reached = self.is_reached(*number);
            groups.iter().for_each(|group| living[*group].reachable |= is_reached);
        }
        for (start, living) in (0..).step_by(64).zip(living.chunks_mut(64)) {
            let bits = |number: u32| {
                let groups = members.get(&number).map_or(&[][..], |groups| groups.as_slice());
                let ours = groups.iter().filter_map(|group| group.checked_sub(start).filter(|bit| *bit < 64));
                ours.fold(0u64, |bits, bit| bits | 1 << bit)
            };
            let of_sketch: HashMap<Sketch, u64> = held
                .iter()
                .map(|(sketch, blobs)| (*sketch, blobs.iter().fold(0, |all, blob| all | bits(*blob))))
                .collect();
            // What each commit holds, and then also what comes before it.
            let mut holds: Vec<u64> = Vec::with_capacity(sketches.len());
            for (at, (commit, sketch)) in self.commits.all.iter().zip(sketches).enumerate() {
                let own = sketch.map_or(0, |sketch| of_sketch[&sketch]) | bits(commit.number);
                if self.reached[at] {
                    each_bit(own, |bit| living[bit].commits += 1);
                }
                if Some(at) == self.head.map(|head| head as usize) {
                    let in_tree = sketch.map_or(0, |sketch| of_sketch[&sketch]);
                    each_bit(in_tree, |bit| living[bit].in_head = true);
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
                each_bit(over_tags | reached, |bit| living[bit].refs += 1);
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

/// From what a reference points to, over tags, to a commit. What is passed on the way is listed, and
/// whatever stands at the end if that is no commit.
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
        // Hostile tags can point to one another for long.
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
