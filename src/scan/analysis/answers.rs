//! What analyses have to know from databases of the repository, and the answers.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use crate::external::registry::Index;
use crate::external::{Coverage, Databases, Subject};
use crate::parse::advisory::Advisories;
use crate::parse::lockfile::Ecosystem;

/// What has to be known.
#[derive(Default)]
pub(in crate::scan) struct Questions {
    /// The advisories about crates.
    pub(in crate::scan) crates: bool,
    /// The index of crates.io.
    pub(in crate::scan) index: bool,
    /// What is known of packages of these ecosystems.
    pub(in crate::scan) ecosystems: BTreeSet<Ecosystem>,
    /// The names of these packages, see [`key`](crate::parse::advisory::osv::key).
    pub(in crate::scan) packages: HashSet<String>,
}

impl Questions {
    /// True if an answer may have to be waited for.
    pub(in crate::scan) fn is_any(&self) -> bool {
        self.crates || !self.ecosystems.is_empty()
    }

    /// Has the answers made ready on other threads.
    pub(in crate::scan) fn announce(&self, databases: &dyn Databases) {
        if self.crates {
            databases.prepare(Subject::Crates);
        }
        self.ecosystems.iter().for_each(|ecosystem| databases.prepare(Subject::Packages(*ecosystem)));
    }

    /// Asks, and waits for what is being fetched.
    pub(in crate::scan) fn ask(self, databases: &dyn Databases) -> Answers<'_> {
        // What is slow starts first.
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

/// The answers; nothing where nothing was asked.
#[derive(Default)]
pub(in crate::scan) struct Answers<'a> {
    /// The advisories about crates, or why there are none.
    pub(in crate::scan) crates: Option<Result<Arc<Advisories>, String>>,
    /// The index of crates.io, or why there is none.
    pub(in crate::scan) index: Option<Result<&'a Index, String>>,
    /// What is known of the packages of an ecosystem.
    pub(in crate::scan) packages: BTreeMap<Ecosystem, Coverage>,
}
