//! What analyses have to know from databases of the repository, and the answers.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use crate::external::registry::Index;
use crate::external::{Coverage, Databases, Subject};
use crate::parse::advisory::Advisories;
use crate::parse::lockfile::Ecosystem;

/// The data needed.
#[derive(Default)]
pub(in crate::scan) struct Questions {
    /// The advisories about crates.
    pub(in crate::scan) crates: bool,
    /// The index of crates.io.
    pub(in crate::scan) index: bool,
    /// Advisories for these ecosystems.
    pub(in crate::scan) ecosystems: BTreeSet<Ecosystem>,
    /// The names of these packages, see [`key`](crate::parse::advisory::osv::key).
    pub(in crate::scan) packages: HashSet<String>,
}

impl Questions {
    /// True if an answer may take time.
    pub(in crate::scan) fn is_any(&self) -> bool {
        self.crates || !self.ecosystems.is_empty()
    }

    /// Prefetches the answers on other threads.
    pub(in crate::scan) fn announce(&self, databases: &dyn Databases) {
        if self.crates {
            databases.prepare(Subject::Crates);
        }
        self.ecosystems.iter().for_each(|ecosystem| databases.prepare(Subject::Packages(*ecosystem)));
    }

    /// Fetches the answers, and waits for them.
    pub(in crate::scan) fn ask(self, databases: &dyn Databases) -> Answers<'_> {
        // Slow ones first.
        self.announce(databases);
        let packages = match self.ecosystems.is_empty() {
            true => BTreeMap::new(),
            false => databases.osv(&self.ecosystems, &self.packages),
        };
        Answers {
            crates: self.crates.then(|| databases.advisories()),
            index: self.index.then(|| databases.registry()),
            packages,
        }
    }
}

/// The answers; none where nothing was requested.
#[derive(Default)]
pub(in crate::scan) struct Answers<'a> {
    /// The advisories about crates, or why they are missing.
    pub(in crate::scan) crates: Option<Result<Arc<Advisories>, String>>,
    /// The index of crates.io, or why it is missing.
    pub(in crate::scan) index: Option<Result<&'a Index, String>>,
    /// The advisories for an ecosystem.
    pub(in crate::scan) packages: BTreeMap<Ecosystem, Coverage>,
}
