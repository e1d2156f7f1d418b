//! Which objects some commits reach, and at which paths.

use super::trees::{Entry, NONE, SUBMODULE, Trees};
use crate::model::{FastMap, FastSet, RepoPath};
use crate::source::objects::{ObjectKind, Survey};

/// Deeper directories are not visited.
const MAX_LEVELS: u16 = 4096;
/// Longer paths are not built.
const MAX_PATH: usize = 8192;
/// The most work for trees whose base is not reached at the same path.
const MAX_WORK: usize = 200_000_000;

/// Every path seen, as its last name and the path before it.
#[derive(Debug)]
pub(super) struct Paths {
    all: Vec<(u32, u32, u16)>,
    known: FastMap<(u32, u32), u32>,
}

/// The root of every commit's tree.
const ROOT: u32 = 0;

impl Paths {
    fn new() -> Self {
        Self { all: vec![(NONE, NONE, 0)], known: FastMap::default() }
    }

    /// The path `name` in the directory `above`, and whether it is new.
    fn join(&mut self, above: u32, name: u32) -> (u32, bool) {
        let next = u32::try_from(self.all.len()).unwrap_or(NONE - 1);
        let levels = self.all[above as usize].2.saturating_add(1);
        match self.known.entry((above, name)) {
            std::collections::hash_map::Entry::Occupied(found) => (*found.get(), false),
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(next);
                self.all.push((above, name, levels));
                (next, true)
            }
        }
    }

    /// The number of the last name of a path.
    pub(super) fn name(&self, path: u32) -> u32 {
        self.all[path as usize].1
    }

    /// For each path the last ancestor, itself included, that ends with one of `names`, or [`NONE`].
    pub(super) fn below(&self, names: &FastSet<u32>) -> Vec<u32> {
        let mut below: Vec<u32> = Vec::with_capacity(self.all.len());
        for (path, (above, name, _)) in (0u32..).zip(&self.all) {
            // A directory comes before what is in it.
            let inherited = below.get(*above as usize).copied().unwrap_or(NONE);
            below.push(if names.contains(name) { path } else { inherited });
        }
        below
    }

    /// The bytes of a path; truncated at the front if there are too many.
    pub(super) fn bytes(&self, path: u32, names: &[Vec<u8>]) -> RepoPath {
        let (mut parts, mut len, mut at) = (Vec::new(), 0, path);
        while at != ROOT && len < MAX_PATH {
            let (above, name, _) = self.all[at as usize];
            let name = names[name as usize].as_slice();
            len += name.len() + 1;
            parts.push(name);
            at = above;
        }
        parts.reverse();
        RepoPath::new(parts.join(&b'/'))
    }
}

/// What is reachable.
#[derive(Debug)]
pub(super) struct Reach {
    /// For each object, whether it is reachable.
    pub(super) reached: Vec<bool>,
    pub(super) paths: Paths,
    /// A path of each blob, or [`NONE`]: of several, one of the lowest rank, nearly always from the first commit.
    pub(super) path_of: Vec<u32>,
    /// Blobs at a wanted path.
    pub(super) sensitive: Vec<(u32, u32)>,
    /// Paths of submodules.
    pub(super) submodules: FastSet<u32>,
    /// Entries of trees that are neither a tree nor a blob.
    pub(super) odd: Vec<u32>,
    /// True if a limit was reached.
    pub(super) tangled: bool,
}

/// A walk from trees to everything below them.
pub(super) struct Walk<'a> {
    survey: &'a Survey,
    trees: &'a Trees,
    wants: &'a dyn Fn(&RepoPath) -> bool,
    /// The rank of a path: of several paths of a blob, the first of the lowest rank is kept.
    rank: &'a dyn Fn(&RepoPath) -> u8,
    /// The ranks computed, by path.
    ranks: FastMap<u32, u8>,
    pub(super) reach: Reach,
    /// The first path of each tree, or [`NONE`].
    first: Vec<u32>,
    /// The others.
    others: FastSet<(u32, u32)>,
    /// Trees, with their path, still to visit.
    waiting: Vec<(u32, u32)>,
    /// Those whose base was not reached at the same path when they were visited.
    open: Vec<(u32, u32)>,
    /// Whether a path is wanted, once computed.
    wanted: FastMap<u32, bool>,
    work: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        survey: &'a Survey,
        trees: &'a Trees,
        wants: &'a dyn Fn(&RepoPath) -> bool,
        rank: &'a dyn Fn(&RepoPath) -> u8,
    ) -> Self {
        let objects = survey.len() as usize;
        Self {
            survey,
            trees,
            wants,
            rank,
            ranks: FastMap::default(),
            reach: Reach {
                reached: vec![false; objects],
                paths: Paths::new(),
                path_of: vec![NONE; objects],
                sensitive: Vec::new(),
                submodules: FastSet::default(),
                odd: Vec::new(),
                tangled: false,
            },
            first: vec![NONE; trees.len() as usize],
            others: FastSet::default(),
            waiting: Vec::new(),
            open: Vec::new(),
            wanted: FastMap::default(),
            work: 0,
        }
    }

    /// Marks this object as reached; a tree, as that of a commit.
    pub(super) fn start(&mut self, number: u32) {
        if number == NONE {
            return;
        }
        match self.trees.place(number) {
            Some(tree) => {
                self.visit(tree, ROOT);
                self.drain();
            }
            None => self.reach.reached[number as usize] = true,
        }
    }

    /// Starts from all trees not reached yet, those first that no other tree contains.
    pub(super) fn start_rest(&mut self) {
        let mut held = vec![false; self.trees.len() as usize];
        for tree in 0..self.trees.len() {
            let below = self.trees.own(tree).iter().filter_map(|entry| self.trees.place(entry.child));
            below.for_each(|below| held[below as usize] = true);
        }
        for is_held in [false, true] {
            for tree in (0..self.trees.len()).filter(|tree| held[*tree as usize] == is_held) {
                if self.first[tree as usize] == NONE {
                    self.visit(tree, ROOT);
                    self.drain();
                }
            }
        }
    }

    /// Adds what trees inherit from a base that was not reached at the same path.
    pub(super) fn settle(&mut self) {
        let mut inherited = Vec::new();
        while let Some((tree, path)) = self.open.pop() {
            let Some(base) = self.trees.base(tree) else { continue };
            if self.was_at(base, path) {
                continue;
            }
            if self.work > MAX_WORK {
                // Treats the base as reached: too much rather than too little.
                self.reach.tangled = true;
                self.visit(base, path);
            } else {
                self.work += self.trees.inherited(tree, &mut inherited);
                for entry in &inherited {
                    self.entry(*entry, path);
                }
            }
            self.drain();
        }
    }

    fn was_at(&self, tree: u32, path: u32) -> bool {
        self.first[tree as usize] == path || self.others.contains(&(tree, path))
    }

    fn visit(&mut self, tree: u32, path: u32) {
        let first = &mut self.first[tree as usize];
        if *first == NONE {
            *first = path;
            self.reach.reached[self.trees.number(tree) as usize] = true;
            self.waiting.push((tree, path));
        } else if *first != path {
            // Trees can contain one another in more ways than anyone can visit.
            if self.others.len() > 16 * self.first.len() + (1 << 13)
                || self.reach.paths.all[path as usize].2 > MAX_LEVELS
            {
                self.reach.tangled = true;
            } else if self.others.insert((tree, path)) {
                self.waiting.push((tree, path));
            }
        }
    }

    fn drain(&mut self) {
        let trees = self.trees;
        while let Some((tree, path)) = self.waiting.pop() {
            for entry in trees.own(tree) {
                self.entry(*entry, path);
            }
            if trees.base(tree).is_some_and(|base| !self.was_at(base, path)) {
                self.open.push((tree, path));
            }
        }
    }

    fn rank_of(&mut self, path: u32) -> u8 {
        let (paths, names, rank) = (&self.reach.paths, &self.trees.names, self.rank);
        *self.ranks.entry(path).or_insert_with(|| rank(&paths.bytes(path, names)))
    }

    fn entry(&mut self, entry: Entry, above: u32) {
        let Entry { child, name } = entry;
        if child == NONE {
            return;
        }
        let (path, is_new) = self.reach.paths.join(above, name);
        if child == SUBMODULE {
            self.reach.submodules.insert(path);
            return;
        }
        if let Some(tree) = self.trees.place(child) {
            return self.visit(tree, path);
        }
        match self.survey.kind(child) {
            Some(ObjectKind::Blob) => {
                self.reach.reached[child as usize] = true;
                let known = self.reach.path_of[child as usize];
                if known == NONE || (known != path && self.rank_of(path) < self.rank_of(known)) {
                    self.reach.path_of[child as usize] = path;
                }
                let (wants, paths, names) = (self.wants, &self.reach.paths, &self.trees.names);
                let wanted = if is_new {
                    let wanted = wants(&paths.bytes(path, names));
                    if wanted {
                        self.wanted.insert(path, true);
                    }
                    wanted
                } else {
                    self.wanted.contains_key(&path)
                };
                if wanted {
                    self.reach.sensitive.push((child, path));
                }
            }
            // An unreadable one is reported by the delta walk.
            Some(ObjectKind::Tree) | None => self.reach.reached[child as usize] = true,
            Some(ObjectKind::Commit | ObjectKind::Tag) => self.reach.odd.push(child),
        }
    }
}
