//! How much is done for one file: bytes and layers that are decoded, places that are judged, and a record of
//! what that left out.

use std::cell::{Cell, RefCell};

use crate::model::RepoPath;

/// Layers of encoding that are taken off: an archive in an archive in an archive.
pub(super) const DEPTH: u32 = 3;
/// The most bytes that are decoded of one file, whatever its size.
const BYTES_MAX: usize = 64 << 20;
/// The bytes that may be decoded of any file, however small.
const BYTES_MIN: usize = 1 << 20;
/// How many times its own size a file may grow to between these bounds.
const RATIO: usize = 100;
/// Places that are listed for one file; of more, the file itself is listed.
const PLACES_MAX: usize = 8;

/// Who pays for a place. Whoever is asked too often for one kind of thing still has what it takes for the
/// others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Purse {
    /// Tokens with a prefix of their own.
    Token,
    /// Values that a provider's name announces.
    Near,
    /// Expressions, logins of URLs and key blocks.
    Pattern,
    /// Assignments to names that say secret or password.
    Assigned,
}

/// What the places of any file may cost, however small it is; see [`Walks::pay`].
///
/// [`Walks::pay`]: crate::engine::walks::Walks::pay
const BURST: Income = Income { common: 3_000_000, own: 250_000 };
/// What a byte of a file pays: together a fifth of a second a megabyte.
const PER_BYTE: Income = Income { common: 120, own: 20 };
/// The same of a byte that stands encoded in a file: archives grow, and what they grow by was never stored.
const PER_DECODED_BYTE: Income = Income { common: 8, own: 2 };
/// What a purse may owe for the sake of what costs little.
const CREDIT: i64 = 100_000;

/// What is paid into the purse that all share, and into that of each alone.
#[derive(Clone, Copy)]
struct Income {
    common: i64,
    own: i64,
}

/// What may still be done for one file, and what was not.
pub(in crate::engine) struct Budget {
    /// Bytes that may be decoded at all, and that still may.
    most: usize,
    left: Cell<usize>,
    undecoded: RefCell<Vec<RepoPath>>,
    /// True once a run was decoded.
    runs: Cell<bool>,
    /// What all may take from, which is taken from first.
    common: Cell<i64>,
    purses: [Cell<i64>; 4],
    /// What was paid.
    spent: Cell<u64>,
    /// Places that were not judged.
    missed: Cell<u64>,
}

/// What an ordinary byte costs, see [`Walks::pay`].
///
/// [`Walks::pay`]: crate::engine::walks::Walks::pay
const ORDINARY: u64 = 4;

impl Budget {
    /// The budget of a file of so many bytes.
    pub(in crate::engine) fn of(bytes: usize) -> Self {
        let left = bytes.saturating_mul(RATIO).clamp(BYTES_MIN, BYTES_MAX);
        Self {
            most: left,
            left: Cell::new(left),
            undecoded: RefCell::new(Vec::new()),
            runs: Cell::new(false),
            common: Cell::new(BURST.common),
            purses: [const { Cell::new(BURST.own) }; 4],
            spent: Cell::new(0),
            missed: Cell::new(0),
        }
    }

    /// The budget of a part of the file, with so many bytes; it pays from the same purses.
    pub(in crate::engine) fn part(&self, bytes: usize) -> Self {
        let part = Self::of(bytes);
        part.common.set(self.common.get());
        for (theirs, ours) in part.purses.iter().zip(&self.purses) {
            theirs.set(ours.get());
        }
        part
    }

    /// Takes back what a part has left.
    pub(in crate::engine) fn settle(&self, part: &Self) {
        self.common.set(part.common.get());
        for (ours, theirs) in self.purses.iter().zip(&part.purses) {
            ours.set(theirs.get());
        }
        self.missed.set(self.missed.get() + part.missed.get());
        self.spent.set(self.spent.get() + part.spent.get());
    }

    /// What was paid and decoded, in bytes of ordinary text.
    pub(in crate::engine) fn cost(&self) -> u64 {
        let decoded = self.most.saturating_sub(self.left.get()) as u64;
        decoded + self.spent.get() / ORDINARY
    }

    /// Takes in what `bytes` pay, so much each.
    fn earn(&self, bytes: usize, each: Income) {
        let add = |purse: &Cell<i64>, each: i64| {
            purse.set(purse.get().saturating_add(each.saturating_mul(bytes as i64)));
        };
        add(&self.common, each.common);
        self.purses.iter().for_each(|purse| add(purse, each.own));
    }

    /// Takes in what an archive of so many bytes pays.
    pub(super) fn stored(&self, bytes: usize) {
        self.earn(bytes, PER_BYTE);
    }

    /// True if there is something left to pay with; if not, a place is counted as not judged.
    #[inline]
    pub(in crate::engine) fn may(&self, purse: Purse) -> bool {
        self.has(purse, 0)
    }

    /// The same for what costs little, on credit.
    #[inline]
    pub(in crate::engine) fn may_cheaply(&self, purse: Purse) -> bool {
        self.has(purse, CREDIT)
    }

    #[inline]
    fn has(&self, purse: Purse, credit: i64) -> bool {
        let has = self.common.get() > 0 || self.purses[purse as usize].get() > -credit;
        if !has {
            self.miss();
        }
        has
    }

    /// Takes `cost`: from what all share, as long as there is something, and then from the purse.
    #[inline]
    pub(in crate::engine) fn pay(&self, purse: Purse, cost: u64) {
        let purse = if self.common.get() > 0 { &self.common } else { &self.purses[purse as usize] };
        purse.set(purse.get().saturating_sub(cost as i64));
        self.spent.set(self.spent.get() + cost);
    }

    /// Counts a place that was not judged.
    pub(in crate::engine) fn miss(&self) {
        self.missed.set(self.missed.get() + 1);
    }

    /// Places that were not judged.
    pub(in crate::engine) fn missed(&self) -> u64 {
        self.missed.get()
    }

    /// Bytes that may still be decoded.
    pub(super) fn left(&self) -> usize {
        self.left.get()
    }

    /// Takes `bytes` off; false if there were not so many left.
    pub(super) fn spend(&self, bytes: usize) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(bytes));
        bytes <= left
    }

    /// Notes that more stands packed in the file than may be unpacked. If that is much for its size, it is made
    /// to be so, and what follows is a place that was not judged; a file that is merely large is undecoded.
    pub(super) fn ran_out(&self) {
        if self.most < BYTES_MAX {
            self.miss();
        }
    }

    /// Notes that a run was decoded.
    pub(super) fn met_run(&self) {
        self.runs.set(true);
    }

    /// True if a run was decoded.
    pub(in crate::engine) fn has_run(&self) -> bool {
        self.runs.get()
    }

    /// Notes that something in `path` was not decoded: damaged, encrypted or out of bounds.
    pub(in crate::engine) fn undecoded(&self, path: &RepoPath) {
        let mut all = self.undecoded.borrow_mut();
        if all.len() < PLACES_MAX && !all.contains(path) {
            all.push(path.clone());
        }
    }

    /// Where something was not decoded.
    pub(in crate::engine) fn into_undecoded(self) -> Vec<RepoPath> {
        self.undecoded.into_inner()
    }
}

/// Where the decoding of a file stands.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Layer<'a> {
    pub(super) depth: u32,
    pub(in crate::engine) budget: &'a Budget,
    /// True if of hits at one place all are wanted, and not the best.
    pub(in crate::engine) all: bool,
    /// True if only what tells by itself is wanted, and not what its surroundings tell.
    pub(in crate::engine) alone: bool,
}

impl<'a> Layer<'a> {
    /// The file as it is.
    pub(in crate::engine) const fn top(budget: &'a Budget) -> Self {
        Self { depth: 0, budget, all: false, alone: false }
    }

    /// The file as it is, whose name is not known: nothing that is seen is held against another.
    pub(in crate::engine) const fn nameless(budget: &'a Budget) -> Self {
        Self { depth: 0, budget, all: true, alone: false }
    }

    /// The same, of which only what tells by itself is wanted.
    pub(in crate::engine) const fn alone(self) -> Self {
        Self { alone: true, ..self }
    }

    /// Takes in what so many bytes of this layer pay.
    pub(in crate::engine) fn earn(self, bytes: usize) {
        self.budget.earn(bytes, if self.depth == 0 { PER_BYTE } else { PER_DECODED_BYTE });
    }

    /// One layer further in; `None`, and a note, if that is too deep.
    pub(in crate::engine) fn inner(self, path: &RepoPath) -> Option<Self> {
        if self.depth >= DEPTH {
            self.budget.undecoded(path);
            return None;
        }
        Some(Self { depth: self.depth + 1, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_large_is_undecoded_and_what_grows_too_much_was_not_judged() {
        for (bytes, missed) in [(1000, 1), (1 << 19, 1), (1 << 20, 0), (50 << 20, 0)] {
            let budget = Budget::of(bytes);
            budget.ran_out();
            assert_eq!(budget.missed(), missed, "{bytes}");
        }
    }
}
