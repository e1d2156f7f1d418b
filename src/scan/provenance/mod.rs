//! Analyses of signatures, commits and SBOMs.

pub mod claims;
mod commits;
mod evaluate;
mod large_files;
mod layouts;
mod leads;
mod lists;
pub(super) mod names;
mod pair;
pub mod policy;
pub mod sboms;
mod signatures;
pub mod signers;

use std::sync::Arc;

use crate::model::Problem;
use crate::verify::{Unable, Verifier};
pub(super) use commits::Commits;
pub(super) use sboms::Sboms;
pub(super) use signatures::Signatures;

/// Inputs about signatures and SBOMs.
#[derive(Clone)]
pub struct Provenance {
    /// The cryptographic verifier.
    pub verifier: Arc<dyn Verifier + Send + Sync>,
    /// The configuration of signatures.
    pub policy: signers::Policy,
    /// The configuration of SBOMs.
    pub sbom: sboms::Policy,
}

impl Default for Provenance {
    fn default() -> Self {
        Self {
            verifier: Arc::new(Unable),
            policy: signers::Policy::default(),
            sbom: sboms::Policy::default(),
        }
    }
}

/// The problem that `count` files exceeded the limit of `most` bytes in total.
pub(super) fn dropped(count: usize, files: &str, most: usize) -> Option<Problem> {
    let message = format!("{count} {files} were not checked: together they exceed {} MiB", most >> 20);
    (count > 0).then_some(Problem { path: None, message })
}
