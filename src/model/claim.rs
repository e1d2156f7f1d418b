//! A claim that a project makes about itself, and what it is worth.

use super::{Name, Place};

/// How a claim ends. There is no fifth way, and what cannot be checked is never upheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ruling {
    /// The repository says the same.
    Upheld,
    /// The repository says otherwise.
    Contradicted,
    /// Nothing in the repository speaks for it, or against it.
    NoEvidence,
    /// What would decide it is not at hand.
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

    /// The words for people, behind a number.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoEvidence => "without evidence",
            other => other.as_str(),
        }
    }
}

/// What a claim that is unverifiable would take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Missing {
    /// The whole history, with its tags and branches: `fetch-depth: 0`.
    History,
    /// The network: settings of the host, a page, an address.
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
    /// How it ends.
    pub ruling: Ruling,
    /// What it is about, in a word or two: "supported-versions".
    pub kind: Name,
    /// The check that judged it.
    pub check: Name,
    /// Where it stands.
    pub place: Place,
    /// What decides it, each with a note.
    pub evidence: Vec<Place>,
    /// What decides it and is in no file, a few words each: "tag 2.12.1".
    pub facts: Vec<String>,
    /// Why it ends so, one sentence in lower case.
    pub reason: String,
    /// What it would take, if it is unverifiable.
    pub missing: Option<Missing>,
}

impl Claim {
    /// How many of `claims` end in each way, in the order of [`Ruling::ALL`].
    #[must_use]
    pub fn count(claims: &[Self]) -> [(Ruling, usize); 4] {
        Ruling::ALL.map(|ruling| (ruling, claims.iter().filter(|claim| claim.ruling == ruling).count()))
    }
}
