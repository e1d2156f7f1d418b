//! Signatures, commits and SBOMs: an analysis each.

pub mod claims;
mod commits;
mod judge;
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

/// What a scan knows and wants of signatures and bills of materials.
#[derive(Clone)]
pub struct Provenance {
    /// Does the cryptography.
    pub verifier: Arc<dyn Verifier + Send + Sync>,
    /// What the configuration says of signatures.
    pub policy: signers::Policy,
    /// What it says of bills of materials.
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

/// The problem that there was no room for `count` files; together they are larger than `most` bytes.
pub(super) fn dropped(count: usize, files: &str, most: usize) -> Option<Problem> {
    let message =
        format!("{count} {files} were not looked at: all of them are larger than {} MiB", most >> 20);
    (count > 0).then_some(Problem { path: None, message })
}
