//! The user's policy on advisories, from `bartizan.toml`, cargo-audit and cargo-deny.

use std::collections::BTreeMap;

use crate::model::{RepoPath, Severity};
use crate::parse::advisory::AdvisoryKind;
use crate::parse::lockfile::Ecosystem;
use crate::scan::suppress::{Matcher, Suppression};

/// `[advisories]` of `bartizan.toml`.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Ignored advisories.
    pub ignores: Vec<Suppression>,
    /// The severity of informational kinds; none disables them.
    pub levels: BTreeMap<AdvisoryKind, Option<Severity>>,
    /// The severity of yanked versions.
    pub yanked: Option<Option<Severity>>,
    /// Ecosystems whose lock files must be checked.
    pub osv: Vec<Ecosystem>,
    /// Maximum age of a database in days.
    pub max_age: Option<u32>,
    /// The files of cargo-audit and cargo-deny to use, with their content; none to use the scanned ones.
    pub files: Option<Vec<(RepoPath, Vec<u8>)>>,
}

impl Policy {
    /// All suppressions, including those of `foreign` files, which can be called unused if packages were `compared`
    /// with advisories and yanked versions.
    pub(super) fn suppressions(
        &self,
        mut foreign: Vec<Suppression>,
        compared: (bool, bool),
    ) -> Vec<Suppression> {
        foreign.sort_by(|a, b| (&a.origin.file, a.origin.line).cmp(&(&b.origin.file, b.origin.line)));
        let mut all: Vec<Suppression> = self.ignores.iter().cloned().chain(foreign).collect();
        for one in &mut all {
            let is_yanked = matches!(&one.matcher, Matcher::Advisory { yanked: Some(_), .. });
            one.origin.expected &= if is_yanked { compared.1 } else { compared.0 };
        }
        all
    }
}

/// Most entries read of a list.
pub(super) const ENTRIES_MAX: usize = 1000;

/// True if `path` is a configuration file of cargo-audit or cargo-deny.
#[must_use]
pub fn is_foreign(path: &RepoPath) -> bool {
    by(path).is_some()
}

pub(super) fn by(path: &RepoPath) -> Option<&'static str> {
    let bytes = path.as_bytes();
    match path.file_name() {
        b"audit.toml" if bytes == b".cargo/audit.toml" || bytes.ends_with(b"/.cargo/audit.toml") => {
            Some("audit.toml")
        }
        b"deny.toml" | b".deny.toml" => Some("deny.toml"),
        _ => None,
    }
}
