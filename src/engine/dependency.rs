//! Input of dependency checks: a package, and an advisory that affects its version.

use crate::model::{Confidence, Severity};
use crate::parse::advisory::{Advisory, AdvisoryKind, cvss};

/// The source of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// crates.io, which the advisories cover.
    CratesIo,
    /// A path, a git repository or another registry: perhaps the same code under the same name.
    Elsewhere,
    /// Another ecosystem than Cargo.
    Ecosystem(&'static str),
}

impl Origin {
    /// True for packages covered by RustSec.
    #[must_use]
    pub fn is_crates_io(self) -> bool {
        self == Self::CratesIo
    }
}

/// A package of a lock file with an advisory that affects its version.
#[derive(Clone, Copy, Debug)]
pub struct Match<'a> {
    /// The name of the package.
    pub package: &'a str,
    /// Its version.
    pub version: &'a str,
    /// Where it comes from.
    pub origin: Origin,
    /// Its source as text, if not the registry.
    pub from: &'a str,
    /// The advisory.
    pub advisory: &'a Advisory,
}

impl Match<'_> {
    /// One sentence with package, advisory and title. `what` says how they match.
    #[must_use]
    pub fn message(&self, what: &str) -> String {
        let Advisory { id, aliases, title, .. } = self.advisory;
        let also = aliases.iter().find(|alias| alias.starts_with("CVE-")).or(aliases.first());
        let also = also.map(|alias| format!(", {alias}")).unwrap_or_default();
        let colon = if title.is_empty() { "" } else { ": " };
        format!("`{} {}` {what} ({id}{also}){colon}{title}", self.package, self.version)
    }

    /// The severity by the score; without one, `high` for a vulnerability.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match cvss::advisory_score(self.advisory) {
            Some(score) => cvss::severity(score),
            None => Severity::High,
        }
    }

    /// The report as `wanted`, if the advisory is of that kind.
    #[must_use]
    pub fn assessed(&self, kind: AdvisoryKind, severity: Severity, what: &str) -> Option<super::Assessment> {
        (self.advisory.kind() == kind).then(|| super::Assessment {
            message: self.message(what),
            severity,
            confidence: Confidence::High,
        })
    }
}

/// What a lock file itself says about a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State<'a> {
    /// Deprecated by its authors, with this message.
    Deprecated(&'a str),
    /// Yanked from the registry, for this reason.
    Yanked(&'a str),
    /// Its version cannot be ordered, so these advisories may or may not affect it.
    Unclear(&'a [&'a str]),
}

impl State<'_> {
    /// The word in reports.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Deprecated(_) => "deprecated",
            Self::Yanked(_) => "yanked",
            Self::Unclear(_) => "unclear",
        }
    }
}

/// A package of a lock file with its state.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The name of the package.
    pub package: &'a str,
    /// Its version.
    pub version: &'a str,
    /// Its source, if not the registry.
    pub from: &'a str,
    /// The state.
    pub state: State<'a>,
}

impl Standing<'_> {
    /// A line about it.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        match self.state {
            State::Deprecated(_) => "deprecated package",
            State::Yanked(_) => "yanked version",
            State::Unclear(_) => "version that cannot be compared",
        }
    }
}
