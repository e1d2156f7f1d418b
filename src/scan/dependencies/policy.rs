//! What users have said about advisories: in `bartizan.toml`, and to cargo-audit and cargo-deny.

use std::collections::BTreeMap;

use jiff::civil::Date;
use semver::VersionReq;

use crate::model::{RepoPath, Severity};
use crate::parse::advisory::AdvisoryKind;
use crate::parse::lockfile::Ecosystem;

/// `[advisories]` of `bartizan.toml`.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Advisories that are accepted.
    pub ignores: Vec<Ignore>,
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

/// An advisory that is accepted, or yanked versions.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// Its id or an alias of it; of yanked versions, what names them.
    pub id: String,
    /// The package it is accepted for; any if there is none.
    pub package: Option<String>,
    /// The yanked versions of the package that are accepted, if it is about these.
    pub yanked: Option<VersionReq>,
    /// Why, if it is said.
    pub reason: Option<String>,
    /// The last day on which it counts.
    pub expires: Option<Date>,
    /// The file that says so.
    pub file: RepoPath,
    /// The line there, 1-based.
    pub line: usize,
    /// What kind of file that is.
    pub by: &'static str,
    /// True if it is worth a notice that nothing was silenced by it.
    pub expected: bool,
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
