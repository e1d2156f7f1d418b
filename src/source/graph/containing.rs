//! Which trees contain some objects, directly or further down, and at which paths.

use super::trees::{Entry, NONE, Trees};
use crate::model::{FastMap, FastSet};

/// The most steps from tree to tree, and the most entries kept: bounds the cost of a hostile store.
const MAX_STEPS: usize = 400_000_000;
const MAX_PLACES: usize = 1 << 25;
/// The most paths reported of one tree, paths and directories reported of all of them, and bytes of a path.
const MAX_PATHS: usize = 1 << 16;
const MAX_REPORTED: usize = 1 << 20;
const MAX_PATH: usize = 16 * 1024;

/// The wanted objects in a tree with their paths, interned: the same value for equal trees.
pub(super) type Contents = u32;

/// A named entry: a wanted object, or a directory that contains some.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Part {
    Object(u32, u32),
    Tree(u32, Contents),
}

/// Trees and what they contain.
pub(super) struct TreesContaining<'a> {
    trees: &'a Trees,
    /// For each tree that contains something, the entries that lead to it.
    places: Vec<(u32, Entry)>,
    all_contents: Vec<Vec<Part>>,
    known: FastMap<Vec<Part>, Contents>,
    /// The contents of each tree by its position, once computed.
    drawn: Vec<Contents>,
    /// Directories and objects that were reported with their paths: equal contents at the same path are reported
    /// once.
    walked: FastSet<(Contents, Vec<u8>)>,
    reported: FastSet<(u32, Vec<u8>)>,
    /// True if a limit was reached.
    pub(super) tangled: bool,
}

impl<'a> TreesContaining<'a> {
    /// Finds all trees that contain the objects `wanted`.
    pub(super) fn find(trees: &'a Trees, wanted: impl IntoIterator<Item = u32>) -> Self {
        let mut containing = Self {
            trees,
            places: Vec::new(),
            all_contents: Vec::new(),
            known: FastMap::default(),
            drawn: vec![NONE; trees.len() as usize],
            walked: FastSet::default(),
            reported: FastSet::default(),
            tangled: false,
        };
        containing.climb(wanted.into_iter().collect());
        containing.places.sort_unstable();
        containing.places.dedup();
        containing
    }

    /// Goes from the objects up to the trees that contain them.
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
        let mut seen: FastSet<u32> = waiting.iter().copied().collect();
        let (mut steps, mut stack) = (0, Vec::new());
        while let Some(object) = waiting.pop() {
            for bearer in bearers.of(object) {
                let mut names: Vec<Entry> =
                    trees.own(*bearer).iter().filter(|entry| entry.child == object).copied().collect();
                names.sort_unstable();
                names.dedup();
                for entry in names {
                    stack.push(*bearer);
                    // A tree stored against one that has the entry has it too, unless it dropped it.
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

    /// What the tree at this position contains; `None` if nothing.
    pub(super) fn contents(&mut self, tree: u32) -> Option<Contents> {
        if self.drawn[tree as usize] == NONE {
            let mut stack = vec![tree];
            let mut open: FastSet<u32> = FastSet::default();
            while let Some(&tree) = stack.last() {
                let entries = self.entries(tree);
                // A hostile tree can contain itself; the inner one then counts as empty.
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
                            contents => Some(Part::Tree(entry.name, contents)),
                        },
                    })
                    .collect();
                parts.sort_unstable();
                parts.dedup();
                let next = u32::try_from(self.all_contents.len()).unwrap_or(NONE - 1);
                let contents = *self.known.entry(parts).or_insert_with_key(|parts| {
                    self.all_contents.push(parts.clone());
                    next
                });
                self.drawn[tree as usize] = contents;
            }
        }
        let contents = self.drawn[tree as usize];
        self.all_contents.get(contents as usize).is_some_and(|parts| !parts.is_empty()).then_some(contents)
    }

    /// The objects in `contents`, sorted.
    pub(super) fn objects(&self, contents: Contents) -> Vec<u32> {
        let (mut all, mut stack, mut seen) = (Vec::new(), vec![contents], FastSet::from_iter([contents]));
        while let Some(contents) = stack.pop() {
            for part in &self.all_contents[contents as usize] {
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

    /// The objects in `contents` with their paths, sorted, except those already reported; paths too many or too long
    /// are left out.
    pub(super) fn placed(&mut self, contents: Contents) -> Vec<(u32, Vec<u8>)> {
        let mut all = Vec::new();
        let mut stack = vec![(contents, Vec::new())];
        while let Some((contents, above)) = stack.pop() {
            for part in &self.all_contents[contents as usize] {
                let (Part::Object(name, _) | Part::Tree(name, _)) = part;
                let name = &self.trees.names[*name as usize];
                let many = all.len() + stack.len() > MAX_PATHS
                    || self.reported.len() + self.walked.len() > MAX_REPORTED;
                if many || above.len() + name.len() > MAX_PATH {
                    self.tangled = true;
                    break;
                }
                let mut path = [above.as_slice(), name].concat();
                match part {
                    Part::Object(_, object) => {
                        if self.reported.insert((*object, path.clone())) {
                            all.push((*object, path));
                        }
                    }
                    Part::Tree(_, contents) => {
                        path.push(b'/');
                        if self.walked.insert((*contents, path.clone())) {
                            stack.push((*contents, path));
                        }
                    }
                }
            }
        }
        all.sort_unstable();
        all
    }
}

/// A list of values per key.
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

    /// The values of `key`, with duplicates.
    fn of(&self, key: u32) -> &[u32] {
        let at = |key: usize| self.starts.get(key).copied();
        match (at(key as usize), at(key as usize + 1)) {
            (Some(start), Some(end)) => &self.all[start as usize..end as usize],
            _ => &[],
        }
    }
}
