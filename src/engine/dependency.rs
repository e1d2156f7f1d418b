//! What a check of dependencies is shown: a package, and an advisory that is for its version.

use crate::model::{Confidence, Severity};
use crate::parse::advisory::{Advisory, AdvisoryKind, cvss};

/// Where a package comes from, as far as advisories are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// crates.io, which the advisories are about.
    CratesIo,
    /// A path, a git repository or another registry: perhaps the same code under the same name.
    Elsewhere,
    /// Another ecosystem than Cargo.
    Ecosystem(&'static str),
}

impl Origin {
    /// True for packages that the advisories of RustSec are about.
    #[must_use]
    pub fn is_crates_io(self) -> bool {
        self == Self::CratesIo
    }
}

/// A package of a lock file together with an advisory that is for its version.
#[derive(Clone, Copy, Debug)]
pub struct Match<'a> {
    /// The name of the package.
    pub package: &'a str,
    /// Its version.
    pub version: &'a str,
    /// Where it comes from.
    pub origin: Origin,
    /// From where, in words, if not from the registry.
    pub from: &'a str,
    /// The advisory.
    pub advisory: &'a Advisory,
}

impl Match<'_> {
    /// One sentence: which package, which advisory, and what it says. `what` says how the two meet.
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

    /// The match as `wanted`, if the advisory is of that kind.
    #[must_use]
    pub fn judged(&self, kind: AdvisoryKind, severity: Severity, what: &str) -> Option<super::Judged> {
        (self.advisory.kind() == kind).then(|| super::Judged {
            message: self.message(what),
            severity,
            confidence: Confidence::High,
        })
    }
}

/// What a lock file itself says of a package, or leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State<'a> {
    /// Its authors advise against it, with these words.
    Deprecated(&'a str),
    /// Its registry does not offer the version any more, for this reason.
    Yanked(&'a str),
    /// Its version has no place in the order of versions, so that these advisories may be for it or not.
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

/// A package of a lock file, and what there is to say of it beside advisories.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The name of the package.
    pub package: &'a str,
    /// Its version.
    pub version: &'a str,
    /// From where, if not from the registry.
    pub from: &'a str,
    /// What there is to say.
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
