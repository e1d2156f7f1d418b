//! The delta trees of a pack: which entry is based on which, without their content.

use gix::ObjectId;
use rayon::prelude::*;

use super::pack::{Link, Pack};
use super::pack_file::Window;
use super::{ObjectKind, Reason};

/// No entry.
const NONE: u32 = u32::MAX;

/// The entries of a pack, in the order of their offsets.
pub(super) struct DeltaForest {
    /// The offset of each entry.
    pub(super) offsets: Vec<u64>,
    /// Its position in the index.
    pub(super) positions: Vec<u32>,
    /// The kind of its delta tree, if known.
    pub(super) kinds: Vec<Option<ObjectKind>>,
    /// The size of its subtree, itself included.
    pub(super) weights: Vec<u32>,
    /// Where its children start in `children`; one more than there are entries.
    starts: Vec<u32>,
    /// Lightest first.
    children: Vec<u32>,
    /// Entries that are whole, or based on an object of another pack.
    pub(super) roots: Vec<u32>,
    /// Roots that are based on an object of another pack.
    pub(super) foreign: Vec<(u32, ObjectId)>,
    /// Entries that cannot be read, and index positions without an entry.
    pub(super) bad: Vec<(u32, Reason)>,
}

/// What an entry is based on.
enum Parent {
    Kind(ObjectKind),
    Entry(u32),
    Foreign(ObjectId),
    Bad(Reason),
}

/// Headers are read in order, this many bytes of the pack at once.
const SEQUENTIAL: u64 = 64 << 10;

impl DeltaForest {
    /// Reads the headers of all entries of `pack`.
    pub(super) fn build(pack: &Pack) -> Self {
        let mut order: Vec<(u64, u32)> =
            (0..pack.len()).map(|position| (pack.index.offset(position), position)).collect();
        order.sort_unstable();
        let mut bad = Vec::new();
        // Two ids for one offset: at least one of them is wrong.
        order.dedup_by(|next, kept| {
            let twice = next.0 == kept.0;
            if twice {
                bad.push((next.1, Reason::Damaged("its place in the pack is that of another object")));
            }
            twice
        });
        let offsets: Vec<u64> = order.iter().map(|(offset, _)| *offset).collect();
        let positions: Vec<u32> = order.iter().map(|(_, position)| *position).collect();
        drop(order);
        let mut at = vec![NONE; pack.len() as usize];
        for (entry, position) in (0u32..).zip(&positions) {
            at[*position as usize] = entry;
        }
        let entries = Entries { pack, offsets: &offsets, at };
        let parents: Vec<Parent> = (0..offsets.len())
            .into_par_iter()
            .with_min_len(1024)
            .map_init(|| Window::ahead(SEQUENTIAL), |window, at| entries.parent(at, window))
            .collect();
        let mut forest = Self {
            kinds: vec![None; offsets.len()],
            weights: vec![1; offsets.len()],
            starts: Vec::new(),
            children: Vec::new(),
            roots: Vec::new(),
            foreign: Vec::new(),
            offsets,
            positions,
            bad,
        };
        forest.link(&parents);
        forest.propagate(&parents);
        forest
    }

    /// Lists the children of each entry, by counting them first.
    fn link(&mut self, parents: &[Parent]) {
        let mut starts = vec![0u32; parents.len() + 1];
        for parent in parents {
            if let Parent::Entry(parent) = parent {
                starts[*parent as usize + 1] += 1;
            }
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut children = vec![NONE; starts.last().map_or(0, |count| *count as usize)];
        for (at, parent) in (0u32..).zip(parents) {
            if let Parent::Entry(parent) = parent {
                let slot = &mut next[*parent as usize];
                children[*slot as usize] = at;
                *slot += 1;
            }
        }
        self.starts = starts;
        self.children = children;
    }

    /// Propagates from the roots to their descendants: kinds downwards, weights upwards.
    fn propagate(&mut self, parents: &[Parent]) {
        let mut reached = Vec::with_capacity(parents.len());
        for (at, parent) in (0u32..).zip(parents) {
            match parent {
                Parent::Entry(_) => continue,
                Parent::Kind(kind) => {
                    self.kinds[at as usize] = Some(*kind);
                    self.roots.push(at);
                }
                Parent::Foreign(id) => {
                    self.foreign.push((at, *id));
                    self.roots.push(at);
                }
                Parent::Bad(reason) => self.bad.push((self.positions[at as usize], *reason)),
            }
            reached.push(at);
        }
        let mut broken = vec![false; parents.len()];
        let mut done = 0;
        while let Some(&at) = reached.get(done) {
            done += 1;
            let (kind, is_bad) = (self.kinds[at as usize], broken[at as usize]);
            let is_bad = is_bad || matches!(parents[at as usize], Parent::Bad(_));
            for child in range(&self.starts, at) {
                let child = self.children[child];
                self.kinds[child as usize] = kind;
                broken[child as usize] = is_bad;
                if is_bad {
                    self.bad.push((self.positions[child as usize], Reason::BadBase));
                }
                reached.push(child);
            }
        }
        if reached.len() < parents.len() {
            let mut seen = vec![false; parents.len()];
            for at in &reached {
                seen[*at as usize] = true;
            }
            let lost = (0..parents.len()).filter(|at| !seen[*at]);
            self.bad.extend(lost.map(|at| (self.positions[at], Reason::Cyclic)));
        }
        for at in reached.iter().rev() {
            if let Parent::Entry(parent) = parents[*at as usize] {
                self.weights[parent as usize] += self.weights[*at as usize];
            }
        }
        for at in 0..parents.len() {
            let range = range(&self.starts, at as u32);
            if range.len() > 1 {
                // The heaviest child last: its base is freed before it is visited, so at most log2(n) bases are in
                // memory. Equal weights in the order of the pack, which is read through a window.
                self.children[range].sort_unstable_by_key(|child| (self.weights[*child as usize], *child));
            }
        }
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Entries based on the entry `at`.
    pub(super) fn children(&self, at: u32) -> &[u32] {
        &self.children[range(&self.starts, at)]
    }

    /// An upper bound of where the bytes of the entry `at` end.
    pub(super) fn end(&self, at: u32) -> u64 {
        self.offsets.get(at as usize + 1).copied().unwrap_or(u64::MAX)
    }

    /// `root` and everything based on it.
    pub(super) fn subtree(&self, root: u32) -> Vec<u32> {
        let mut subtree = vec![root];
        let mut done = 0;
        while let Some(&at) = subtree.get(done) {
            done += 1;
            subtree.extend_from_slice(self.children(at));
        }
        subtree
    }
}

fn range(starts: &[u32], at: u32) -> std::ops::Range<usize> {
    starts[at as usize] as usize..starts[at as usize + 1] as usize
}

/// What is needed to find the parent of an entry.
struct Entries<'a> {
    pack: &'a Pack,
    offsets: &'a [u64],
    /// The entry at each position of the index.
    at: Vec<u32>,
}

impl Entries<'_> {
    fn parent(&self, at: usize, window: &mut Window) -> Parent {
        let offset = self.offsets[at];
        let Some(head) = self.pack.head(window, offset) else {
            return Parent::Bad(Reason::Damaged("its place in the pack holds no object"));
        };
        match head.link {
            Link::Whole(kind) => Parent::Kind(kind),
            Link::Back(back) => match offset.checked_sub(back).and_then(|base| self.before(at, base)) {
                Some(base) => Parent::Entry(base),
                None => Parent::Bad(Reason::Damaged("its base is said to be where no object starts")),
            },
            Link::To(id) => match self.pack.index.lookup(&id).map(|position| self.at[position as usize]) {
                Some(NONE) => Parent::Bad(Reason::Damaged("its base has no place in the pack")),
                Some(base) => Parent::Entry(base),
                None => Parent::Foreign(id),
            },
        }
    }

    /// The entry before `at` that starts at `offset`. Most are near, so the search gallops backwards.
    fn before(&self, at: usize, offset: u64) -> Option<u32> {
        let (mut high, mut step) = (at, 1);
        let low = loop {
            let low = high.saturating_sub(step);
            if low == 0 || self.offsets[low] <= offset {
                break low;
            }
            high = low;
            step *= 2;
        };
        let found = low + self.offsets[low..high].binary_search(&offset).ok()?;
        u32::try_from(found).ok()
    }
}
