//! What users have said about advisories: in `bartizan.toml`, and to cargo-audit and cargo-deny.

use std::collections::BTreeMap;

use crate::model::{RepoPath, Severity};
use crate::parse::advisory::AdvisoryKind;
use crate::parse::lockfile::Ecosystem;
use crate::scan::suppress::{Matcher, Suppression};

/// `[advisories]` of `bartizan.toml`.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Advisories that are accepted.
    pub ignores: Vec<Suppression>,
    /// The severity of the informational kinds; none is not reported.
    pub levels: BTreeMap<AdvisoryKind, Option<Severity>>,
    /// The severity of yanked versions.
    pub yanked: Option<Option<Severity>>,
    /// Ecosystems whose lock files have to be checked.
    pub osv: Vec<Ecosystem>,
    /// Days after which a database is too old.
    pub max_age: Option<u32>,
    /// The files of cargo-audit and cargo-deny that count, with their content; none if those do that are
    /// among the files that are scanned.
    pub files: Option<Vec<(RepoPath, Vec<u8>)>>,
}

impl Policy {
    /// All suppressions that count, with those of `foreign` files, of which this scan can tell that they are of no
    /// use if it `compared` packages with advisories and with what was yanked.
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

/// Entries of a list that are read.
pub(super) const ENTRIES_MAX: usize = 1000;

/// True if `path` is that of a file of cargo-audit or cargo-deny.
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
