//! What is not in the repository: advisories and the registry's index, on this machine or fetched.
//!
//! A scan asks through [`Databases`], so that what it finds is a function of the answers. Everything that
//! comes from outside is read with limits and as leniently as the repository itself.

mod archive;
pub mod built_in;
pub mod clean;
pub mod database;
pub mod dumps;
#[cfg(feature = "online")]
mod fetch;
pub mod file;
pub mod index;
mod later;
mod osv;
pub mod registry;
pub mod roots;
pub mod rustsec;
pub mod store;
pub mod tuf;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use crate::parse::advisory::Advisories;
use crate::parse::lockfile::Ecosystem;

/// What a database is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Crates.
    Crates,
    /// Packages of another ecosystem.
    Packages(Ecosystem),
}

/// What is known of the packages of an ecosystem.
#[derive(Clone, Debug)]
pub enum Coverage {
    /// This; who is not in it has no advisory.
    Known(Arc<Advisories>),
    /// Nothing, for there is no database that says anything about them; one sentence with what helps.
    Absent(String),
    /// Nothing, for the database that was set up cannot be used; why.
    Unusable(String),
}

/// Answers questions about the world outside of the repository, from many threads.
pub trait Databases: Sync {
    /// Hears that there will be questions about `subject`, and returns at once: what has to be fetched for
    /// them is fetched on another thread. Asked for each lock file, from threads that must not wait.
    fn prepare(&self, _subject: Subject) {}

    /// The advisories about crates. Waits for them, if they are being fetched.
    ///
    /// # Errors
    /// Why there are none, and what to do; one sentence.
    fn advisories(&self) -> Result<Arc<Advisories>, String>;

    /// The index of the registry, as far as it is on this machine.
    ///
    /// # Errors
    /// Why there is none.
    fn registry(&self) -> Result<&registry::Index, String>;

    /// What is known of packages of each of these other ecosystems; of those in `wanted` at least, which are
    /// named as by [`key`](crate::parse::advisory::osv::key). Waits for what is being fetched.
    fn osv(
        &self,
        ecosystems: &BTreeSet<Ecosystem>,
        wanted: &HashSet<String>,
    ) -> BTreeMap<Ecosystem, Coverage>;
}

/// Knows nothing: for scans that are asked not to look.
pub struct NoDatabases;

impl Databases for NoDatabases {
    fn advisories(&self) -> Result<Arc<Advisories>, String> {
        Err("no advisory database was given".to_owned())
    }

    fn registry(&self) -> Result<&registry::Index, String> {
        Err("no index of the registry was given".to_owned())
    }

    fn osv(
        &self,
        ecosystems: &BTreeSet<Ecosystem>,
        _wanted: &HashSet<String>,
    ) -> BTreeMap<Ecosystem, Coverage> {
        let absent = || Coverage::Absent("no database of OSV was given".to_owned());
        ecosystems.iter().map(|ecosystem| (*ecosystem, absent())).collect()
    }
}
