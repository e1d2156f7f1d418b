//! Dependency checks required by the user: if they cannot be done, the scan is incomplete, see
//! [`Ending`](crate::model::Ending). Crate advisories are required by default.

use std::collections::BTreeSet;

use crate::parse::lockfile::Ecosystem;

/// Required lock files other than Cargo's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Required {
    /// All: an option names a database for them, or their checks.
    pub all: bool,
    /// Those of these ecosystems.
    pub ecosystems: BTreeSet<Ecosystem>,
    /// Yanked versions: an option names that check. Otherwise they are checked as far as the local index knows.
    pub yanked: bool,
}

impl Required {
    /// True if lock files of `ecosystem` are required.
    #[must_use]
    pub fn is(&self, ecosystem: Ecosystem) -> bool {
        self.all || self.ecosystems.contains(&ecosystem)
    }
}
