//! Totals of a batch.

use super::record::{Counts, Record, Status};

/// Totals of all repositories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Repositories by [`Status`], worst first.
    pub by_status: [u64; 5],
    /// Findings by severity.
    pub findings: Counts,
    /// Of these, new ones, and the number of removed ones, against other results.
    pub against: Option<(Counts, u64)>,
    /// Commits gone over.
    pub commits: u64,
    /// Bytes scanned.
    pub bytes: u64,
}

impl Totals {
    /// How many repositories have this status.
    #[must_use]
    pub const fn of(&self, status: Status) -> u64 {
        self.by_status[status as usize]
    }

    /// All repositories.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.by_status.iter().sum()
    }

    /// Completely scanned ones, including empty ones.
    #[must_use]
    pub const fn whole(&self) -> u64 {
        self.of(Status::Complete) + self.of(Status::Empty)
    }

    /// Adds a repository.
    pub(super) fn add(&mut self, record: &Record) {
        self.by_status[record.status as usize] += 1;
        self.findings.merge(record.findings);
        self.commits += record.commits;
        self.bytes = self.bytes.saturating_add(record.bytes);
    }
}
