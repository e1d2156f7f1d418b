//! What has to be checked of dependencies, for the user asked for it: what cannot be done of it makes the scan less than whole, see
//! [`Ending`](crate::model::Ending). The advisories about crates are asked for by default.

use std::collections::BTreeSet;

use crate::parse::lockfile::Ecosystem;

/// Which lock files of other ecosystems than Cargo have to be checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Required {
    /// All of them: an option names a database of them, or their checks.
    pub all: bool,
    /// Those of these ecosystems.
    pub ecosystems: BTreeSet<Ecosystem>,
    /// Whether versions were yanked: an option names that check. Otherwise that is checked as far as the index on
    /// this machine knows.
    pub yanked: bool,
}

impl Required {
    /// True if lock files of `ecosystem` have to be checked.
    #[must_use]
    pub fn is(&self, ecosystem: Ecosystem) -> bool {
        self.all || self.ecosystems.contains(&ecosystem)
    }
}
