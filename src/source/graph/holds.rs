//! Which trees hold some objects, directly or further down, and where.

use std::collections::{HashMap, HashSet};

use super::trees::{Entry, NONE, Trees};

/// Steps from tree to tree, and places that are kept: what a hostile store can cost.
const MAX_STEPS: usize = 400_000_000;
const MAX_PLACES: usize = 1 << 25;
/// Paths that are told of one tree, paths and directories that are told of all of them, and bytes of a path.
const MAX_PATHS: usize = 1 << 16;
const MAX_TOLD: usize = 1 << 20;
const MAX_PATH: usize = 16 * 1024;

/// What a tree holds of the wanted objects, by their paths. The same for many trees, and kept once.
pub(super) type Sketch = u32;

/// A name in a sketch, and what bears it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Part {
    Object(u32, u32),
    Tree(u32, Sketch),
}

/// Trees and what they hold.
pub(super) struct Holds<'a> {
    trees: &'a Trees,
    /// For each tree that holds something, the entries that lead to it.
    places: Vec<(u32, Entry)>,
    sketches: Vec<Vec<Part>>,
    known: HashMap<Vec<Part>, Sketch>,
    /// The sketch of each tree, by its place, once it was asked for.
    drawn: Vec<Sketch>,
    /// Directories and objects that were told with their paths: the same sketch at the same path holds the
    /// same.
    walked: HashSet<(Sketch, Vec<u8>)>,
    told: HashSet<(u32, Vec<u8>)>,
    /// True if not everything was gone over.
    pub(super) tangled: bool,
}

impl<'a> Holds<'a> {
    /// Finds all trees that hold the objects `wanted`.
    pub(super) fn find(trees: &'a Trees, wanted: impl IntoIterator<Item = u32>) -> Self {
        let mut holds = Self {
            trees,
            places: Vec::new(),
            sketches: Vec::new(),
            known: HashMap::new(),
            drawn: vec![NONE; trees.len() as usize],
            walked: HashSet::new(),
            told: HashSet::new(),
            tangled: false,
        };
        holds.climb(wanted.into_iter().collect());
        holds.places.sort_unstable();
        holds.places.dedup();
        holds
    }

    /// From the objects to the trees that hold them, and from these on.
    fn climb(&mut self, mut waiting: Vec<u32>) {
        let trees = self.trees;
        waiting.sort_unstable();
        waiting.dedup();
        if waiting.is_empty() {
            return;
        }
        let bearers = Lists::new(
            (0..trees.len()).flat_map(|tree| trees.own(tree).iter().map(move |entry| (entry.child, tree))),
        );
        let derived = Lists::new((0..trees.len()).filter_map(|tree| Some((trees.base(tree)?, tree))));
        let mut seen: HashSet<u32> = waiting.iter().copied().collect();
        let (mut steps, mut stack) = (0, Vec::new());
        while let Some(object) = waiting.pop() {
            for bearer in bearers.of(object) {
                let mut names: Vec<Entry> =
                    trees.own(*bearer).iter().filter(|entry| entry.child == object).copied().collect();
                names.sort_unstable();
                names.dedup();
                for entry in names {
                    stack.push(*bearer);
                    // Whoever is stored against a tree that has the entry has it too, unless it dropped it.
                    while let Some(tree) = stack.pop() {
                        steps += 1;
                        if steps > MAX_STEPS || self.places.len() > MAX_PLACES {
                            self.tangled = true;
                            return;
                        }
                        self.places.push((tree, entry));
                        let number = trees.number(tree);
                        if seen.insert(number) {
                            waiting.push(number);
                        }
                        let has = |tree: &u32| trees.dropped(*tree).binary_search(&entry).is_err();
                        stack.extend(derived.of(tree).iter().copied().filter(has));
                    }
                }
            }
        }
    }

    fn entries(&self, tree: u32) -> &[(u32, Entry)] {
        let start = self.places.partition_point(|(other, _)| *other < tree);
        let end = start + self.places[start..].partition_point(|(other, _)| *other == tree);
        &self.places[start..end]
    }

    /// What the tree at this place holds; `None` if that is nothing.
    pub(super) fn sketch(&mut self, tree: u32) -> Option<Sketch> {
        if self.drawn[tree as usize] == NONE {
            let mut stack = vec![tree];
            let mut open: HashSet<u32> = HashSet::new();
            while let Some(&tree) = stack.last() {
                let entries = self.entries(tree);
                // Trees of hostile stores can hold themselves: they are then taken for empty within.
                let missing = entries.iter().filter_map(|(_, entry)| self.trees.place(entry.child));
                let missing: Vec<u32> = missing
                    .filter(|below| self.drawn[*below as usize] == NONE && !open.contains(below))
                    .collect();
                if open.insert(tree) && !missing.is_empty() {
                    stack.extend(missing.into_iter().filter(|below| *below != tree));
                    continue;
                }
                stack.pop();
                if self.drawn[tree as usize] != NONE {
                    continue;
                }
                let mut parts: Vec<Part> = entries
                    .iter()
                    .filter_map(|(_, entry)| match self.trees.place(entry.child) {
                        None => Some(Part::Object(entry.name, entry.child)),
                        Some(below) => match self.drawn[below as usize] {
                            NONE => None,
                            sketch => Some(Part::Tree(entry.name, sketch)),
                        },
                    })
                    .collect();
                parts.sort_unstable();
                parts.dedup();
                let next = u32::try_from(self.sketches.len()).unwrap_or(NONE - 1);
                let sketch = *self.known.entry(parts).or_insert_with_key(|parts| {
                    self.sketches.push(parts.clone());
                    next
                });
                self.drawn[tree as usize] = sketch;
            }
        }
        let sketch = self.drawn[tree as usize];
        self.sketches.get(sketch as usize).is_some_and(|parts| !parts.is_empty()).then_some(sketch)
    }

    /// The objects of a sketch, sorted.
    pub(super) fn objects(&self, sketch: Sketch) -> Vec<u32> {
        let (mut all, mut stack, mut seen) = (Vec::new(), vec![sketch], HashSet::from([sketch]));
        while let Some(sketch) = stack.pop() {
            for part in &self.sketches[sketch as usize] {
                match part {
                    Part::Object(_, object) => all.push(*object),
                    Part::Tree(_, below) if seen.insert(*below) => stack.push(*below),
                    Part::Tree(..) => {}
                }
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The objects of a sketch with their paths that were not told before, sorted; where there are too many,
    /// or they are too long, not all of them.
    pub(super) fn placed(&mut self, sketch: Sketch) -> Vec<(u32, Vec<u8>)> {
        let mut all = Vec::new();
        let mut stack = vec![(sketch, Vec::new())];
        while let Some((sketch, above)) = stack.pop() {
            for part in &self.sketches[sketch as usize] {
                let (Part::Object(name, _) | Part::Tree(name, _)) = part;
                let name = &self.trees.names[*name as usize];
                let many =
                    all.len() + stack.len() > MAX_PATHS || self.told.len() + self.walked.len() > MAX_TOLD;
                if many || above.len() + name.len() > MAX_PATH {
                    self.tangled = true;
                    break;
                }
                let mut path = [above.as_slice(), name].concat();
                match part {
                    Part::Object(_, object) => {
                        if self.told.insert((*object, path.clone())) {
                            all.push((*object, path));
                        }
                    }
                    Part::Tree(_, sketch) => {
                        path.push(b'/');
                        if self.walked.insert((*sketch, path.clone())) {
                            stack.push((*sketch, path));
                        }
                    }
                }
            }
        }
        all.sort_unstable();
        all
    }
}

/// A list for each key.
struct Lists {
    starts: Vec<u32>,
    all: Vec<u32>,
}

impl Lists {
    fn new(pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let pairs = pairs.filter(|(key, _)| *key < super::trees::SUBMODULE);
        let most = pairs.clone().map(|(key, _)| key as usize + 1).max().unwrap_or(0);
        let mut starts = vec![0u32; most + 1];
        for (key, _) in pairs.clone() {
            starts[key as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut all = vec![0; starts.last().map_or(0, |count| *count as usize)];
        for (key, value) in pairs {
            let slot = &mut next[key as usize];
            all[*slot as usize] = value;
            *slot += 1;
        }
        Self { starts, all }
    }

    /// The list of `key`; a value is in it as often as it was given.
    fn of(&self, key: u32) -> &[u32] {
        let at = |key: usize| self.starts.get(key).copied();
        match (at(key as usize), at(key as usize + 1)) {
            (Some(start), Some(end)) => &self.all[start as usize..end as usize],
            _ => &[],
        }
    }
}
