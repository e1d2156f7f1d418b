//! What is not in the repository: advisories and the registry's index, on this machine or fetched.
//!
//! A scan asks through [`Outside`], so that what it finds is a function of the answers. Everything that
//! comes from outside is read with limits and as leniently as the repository itself.

mod archive;
pub mod clean;
pub mod database;
#[cfg(feature = "online")]
mod fetch;
pub mod file;
mod osv;
pub mod registry;
pub mod roots;
pub mod rustsec;
pub mod store;
pub mod tuf;

use std::collections::HashSet;
use std::sync::Arc;

use crate::parse::advisory::Advisories;

/// Answers questions about the world outside of the repository, from many threads.
pub trait Outside: Sync {
    /// The advisories about crates; asked for when the first lock file is seen.
    ///
    /// # Errors
    /// Why there are none, and what mends it; one sentence.
    fn advisories(&self) -> Result<Arc<Advisories>, String>;

    /// The index of the registry, as far as it is on this machine.
    ///
    /// # Errors
    /// Why there is none.
    fn registry(&self) -> Result<&registry::Index, String>;

    /// The advisories about packages of other ecosystems, named as by
    /// [`key`](crate::parse::advisory::osv::key); none if the user gave no database of them.
    ///
    /// # Errors
    /// Why those that the user gave cannot be read.
    fn osv(&self, wanted: &HashSet<String>) -> Result<Option<Arc<Advisories>>, String>;
}

/// Knows nothing: for scans that are asked not to look.
pub struct Nothing;

impl Outside for Nothing {
    fn advisories(&self) -> Result<Arc<Advisories>, String> {
        Err("no advisory database was given".to_owned())
    }

    fn registry(&self) -> Result<&registry::Index, String> {
        Err("no index of the registry was given".to_owned())
    }

    fn osv(&self, _wanted: &HashSet<String>) -> Result<Option<Arc<Advisories>>, String> {
        Ok(None)
    }
}
