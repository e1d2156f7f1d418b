//! The budget of one file: decoded bytes and layers, evaluated places, and a record of what was left out.

use std::cell::{Cell, RefCell};

use crate::model::RepoPath;

/// Most layers of encoding decoded.
pub(super) const DEPTH: u32 = 3;
/// Most bytes decoded per file.
const BYTES_MAX: usize = 64 << 20;
/// Bytes that may always be decoded per file.
const BYTES_MIN: usize = 1 << 20;
/// Growth factor allowed between these bounds.
const RATIO: usize = 100;
/// Most places listed per file; beyond that, the file itself is listed.
const PLACES_MAX: usize = 8;

/// The purse that pays for a place. Exhausting one kind leaves the budget of the others.
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

/// Base budget for the places of any file; see [`Walks::pay`].
///
/// [`Walks::pay`]: crate::engine::walks::Walks::pay
const BURST: Income = Income { common: 3_000_000, own: 250_000 };
/// Budget per byte of a file: a fifth of a second per megabyte in total.
const PER_BYTE: Income = Income { common: 120, own: 20 };
/// The same per decoded byte.
const PER_DECODED_BYTE: Income = Income { common: 8, own: 2 };
/// Credit of a purse for cheap work.
const CREDIT: i64 = 100_000;

/// Income of the shared purse, and of each separate one.
#[derive(Clone, Copy)]
struct Income {
    common: i64,
    own: i64,
}

/// The remaining budget of one file, and what was left out.
pub(in crate::engine) struct Budget {
    /// Bytes that may be decoded at all, and that still may.
    most: usize,
    left: Cell<usize>,
    undecoded: RefCell<Vec<RepoPath>>,
    /// True once a run was decoded.
    runs: Cell<bool>,
    /// The shared purse, used first.
    common: Cell<i64>,
    purses: [Cell<i64>; 4],
    /// Spent budget.
    spent: Cell<u64>,
    /// Places not evaluated.
    missed: Cell<u64>,
    /// True if the size is not known, so that nothing can be much for it.
    is_stream: bool,
    /// True once there was more than may be unpacked.
    cut: Cell<bool>,
}

/// Cost of an ordinary byte, see [`Walks::pay`].
///
/// [`Walks::pay`]: crate::engine::walks::Walks::pay
const ORDINARY: u64 = 4;

impl Budget {
    /// The budget of a file of this size.
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
            is_stream: false,
            cut: Cell::new(false),
        }
    }

    /// The budget of what comes in as a stream: so many bytes, read and unpacked together.
    pub(super) fn of_stream(most: usize) -> Self {
        Self { most, left: Cell::new(most), is_stream: true, ..Self::of(0) }
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

    /// Returns the rest of a part's budget.
    pub(in crate::engine) fn settle(&self, part: &Self) {
        self.common.set(part.common.get());
        for (ours, theirs) in self.purses.iter().zip(&part.purses) {
            ours.set(theirs.get());
        }
        self.missed.set(self.missed.get() + part.missed.get());
        self.spent.set(self.spent.get() + part.spent.get());
    }

    /// Spent and decoded work, in bytes of ordinary text.
    pub(in crate::engine) fn cost(&self) -> u64 {
        let decoded = self.most.saturating_sub(self.left.get()) as u64;
        decoded + self.spent.get() / ORDINARY
    }

    /// Adds the income of `bytes`.
    #[inline]
    fn earn(&self, bytes: usize, each: Income) {
        let add = |purse: &Cell<i64>, each: i64| {
            purse.set(purse.get().saturating_add(each.saturating_mul(bytes as i64)));
        };
        add(&self.common, each.common);
        self.purses.iter().for_each(|purse| add(purse, each.own));
    }

    /// Adds the income of an archive of this size.
    pub(super) fn stored(&self, bytes: usize) {
        self.earn(bytes, PER_BYTE);
    }

    /// True if budget is left; otherwise counts a place as not evaluated.
    #[inline]
    pub(in crate::engine) fn may(&self, purse: Purse) -> bool {
        self.has(purse, 0)
    }

    /// The same for cheap work, on credit.
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

    /// Spends `cost`: from the shared purse first, then from the own one.
    #[inline]
    pub(in crate::engine) fn pay(&self, purse: Purse, cost: u64) {
        let purse = if self.common.get() > 0 { &self.common } else { &self.purses[purse as usize] };
        purse.set(purse.get().saturating_sub(cost as i64));
        self.spent.set(self.spent.get() + cost);
    }

    /// Counts a place that was not evaluated.
    pub(in crate::engine) fn miss(&self) {
        self.missed.set(self.missed.get() + 1);
    }

    /// Places not evaluated.
    pub(in crate::engine) fn missed(&self) -> u64 {
        self.missed.get()
    }

    /// Bytes that may still be decoded.
    pub(super) fn left(&self) -> usize {
        self.left.get()
    }

    /// Spends `bytes`; false if not enough are left.
    pub(super) fn spend(&self, bytes: usize) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(bytes));
        bytes <= left
    }

    /// Records that the file unpacks to more than allowed. A high ratio is crafted and counts as a place not evaluated;
    /// a merely large file is undecoded.
    pub(super) fn ran_out(&self) {
        self.cut.set(true);
        if self.most < BYTES_MAX && !self.is_stream {
            self.miss();
        }
    }

    /// True if there was more than may be unpacked.
    pub(super) fn was_cut(&self) -> bool {
        self.cut.get()
    }

    /// Notes that a run was decoded.
    pub(super) fn met_run(&self) {
        self.runs.set(true);
    }

    /// True if a run was decoded.
    pub(in crate::engine) fn has_run(&self) -> bool {
        self.runs.get()
    }

    /// Records that something in `path` was not decoded: damaged, encrypted or out of bounds.
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
    /// True to keep all hits at a place, not only the best.
    pub(in crate::engine) all: bool,
    /// True to keep only self-identifying tokens, not context-dependent values.
    pub(in crate::engine) alone: bool,
}

impl<'a> Layer<'a> {
    /// The file as it is.
    pub(in crate::engine) const fn top(budget: &'a Budget) -> Self {
        Self { depth: 0, budget, all: false, alone: false }
    }

    /// The file itself, with an unknown name: hits do not compete.
    pub(in crate::engine) const fn nameless(budget: &'a Budget) -> Self {
        Self { depth: 0, budget, all: true, alone: false }
    }

    /// The same, keeping only self-identifying tokens.
    pub(in crate::engine) const fn alone(self) -> Self {
        Self { alone: true, ..self }
    }

    /// Adds the income of bytes of this layer.
    #[inline]
    pub(in crate::engine) fn earn(self, bytes: usize) {
        self.budget.earn(bytes, if self.depth == 0 { PER_BYTE } else { PER_DECODED_BYTE });
    }

    /// One layer deeper; `None`, recorded, if too deep.
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
