//! A claim that a project makes about itself, and the verdict.

use super::{Name, Place};

/// The verdict on a claim. A claim that cannot be checked is never upheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ruling {
    /// The repository confirms it.
    Upheld,
    /// The repository contradicts it.
    Contradicted,
    /// The repository has no evidence for or against it.
    NoEvidence,
    /// The evidence that would decide it is not available.
    Unverifiable,
}

impl Ruling {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 4] = [Self::Upheld, Self::Contradicted, Self::NoEvidence, Self::Unverifiable];

    /// The key in machine-readable reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upheld => "upheld",
            Self::Contradicted => "contradicted",
            Self::NoEvidence => "no-evidence",
            Self::Unverifiable => "unverifiable",
        }
    }

    /// The words for people, after a number.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoEvidence => "without evidence",
            other => other.as_str(),
        }
    }
}

/// What an unverifiable claim needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Missing {
    /// The whole history, with its tags and branches: `fetch-depth: 0`.
    History,
    /// The network: settings of the host, a page, a URL.
    Network,
    /// A person: it is a promise, or a fact about people.
    Person,
}

impl Missing {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::History, Self::Network, Self::Person];

    /// The key in machine-readable reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::History => "history",
            Self::Network => "network",
            Self::Person => "person",
        }
    }
}

/// A claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The verdict.
    pub ruling: Ruling,
    /// What it is about, in a word or two: "supported-versions".
    pub kind: Name,
    /// The check that evaluated it.
    pub check: Name,
    /// Where it is made.
    pub place: Place,
    /// Evidence, each with a note.
    pub evidence: Vec<Place>,
    /// Evidence outside files, a few words each: "tag 2.12.1".
    pub facts: Vec<String>,
    /// The reason, one sentence in lower case.
    pub reason: String,
    /// What it needs, if unverifiable.
    pub missing: Option<Missing>,
}

impl Claim {
    /// The number of `claims` per verdict, in the order of [`Ruling::ALL`].
    #[must_use]
    pub fn count(claims: &[Self]) -> [(Ruling, usize); 4] {
        Ruling::ALL.map(|ruling| (ruling, claims.iter().filter(|claim| claim.ruling == ruling).count()))
    }
}
