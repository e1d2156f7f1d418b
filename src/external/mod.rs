//! External data: advisories and the registry index, on this machine or fetched.
//!
//! A scan queries [`Databases`], so its findings are a function of the answers. All external data is read with
//! limits and as defensively as the repository itself.

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

/// What to query a database for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Crates.
    Crates,
    /// Packages of another ecosystem.
    Packages(Ecosystem),
}

/// What a database knows of an ecosystem.
#[derive(Clone, Debug)]
pub enum Coverage {
    /// These advisories; a package without one has none.
    Known(Arc<Advisories>),
    /// No database covers it; a sentence with what helps.
    Absent(String),
    /// The configured database cannot be used; why.
    Unusable(String),
}

/// Answers queries about external data, from many threads.
pub trait Databases: Sync {
    /// Announces queries about `subject`, and returns at once: what must be fetched is fetched on another thread.
    /// Called for each lock file, from threads that must not wait.
    fn prepare(&self, _subject: Subject) {}

    /// The advisories about crates. Waits until they are fetched.
    ///
    /// # Errors
    /// Why they are missing, and what to do; one sentence.
    fn advisories(&self) -> Result<Arc<Advisories>, String>;

    /// The registry index on this machine.
    ///
    /// # Errors
    /// Why it is missing.
    fn registry(&self) -> Result<&registry::Index, String>;

    /// Advisories for these other ecosystems; at least those of the packages in `wanted`, whose names are as by
    /// [`key`](crate::parse::advisory::osv::key). Waits until they are fetched.
    fn osv(
        &self,
        ecosystems: &BTreeSet<Ecosystem>,
        wanted: &HashSet<String>,
    ) -> BTreeMap<Ecosystem, Coverage>;
}

/// Has no data: for scans without databases.
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
