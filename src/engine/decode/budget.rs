//! How much is decoded of one file: bytes, layers, and a record of what that left out.

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

/// What may still be decoded of one file, and what was not.
pub(in crate::engine) struct Budget {
    left: Cell<usize>,
    undecoded: RefCell<Vec<RepoPath>>,
    /// True once a run was decoded.
    runs: Cell<bool>,
}

impl Budget {
    /// The budget of a file of so many bytes.
    pub(in crate::engine) fn of(bytes: usize) -> Self {
        let left = bytes.saturating_mul(RATIO).clamp(BYTES_MIN, BYTES_MAX);
        Self { left: Cell::new(left), undecoded: RefCell::new(Vec::new()), runs: Cell::new(false) }
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
    pub(super) all: bool,
}

impl<'a> Layer<'a> {
    /// The file as it is.
    pub(in crate::engine) const fn top(budget: &'a Budget) -> Self {
        Self { depth: 0, budget, all: false }
    }

    /// The file as it is, whose name is not known: nothing that is seen is held against another.
    pub(in crate::engine) const fn nameless(budget: &'a Budget) -> Self {
        Self { depth: 0, budget, all: true }
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
