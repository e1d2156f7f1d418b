//! What a provider says of a credential that it was asked about.

use std::collections::BTreeMap;

use super::Secret;

/// What is known of a credential since its provider was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Validity {
    /// The provider accepts it.
    Live,
    /// The provider says that it accepted it once.
    Revoked,
    /// The provider does not accept it.
    NotAccepted,
    /// The provider was asked, or was to be, and there is no answer that says anything.
    NotAsked,
    /// There is no request for its kind, or something that it is used with is not there.
    NoWay,
}

impl Validity {
    /// Every state, in the order of reports.
    pub const ALL: [Self; 5] = [Self::Live, Self::Revoked, Self::NotAccepted, Self::NotAsked, Self::NoWay];

    /// The key in machine-readable reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Revoked => "revoked-or-expired",
            Self::NotAccepted => "not-accepted",
            Self::NotAsked => "could-not-be-asked",
            Self::NoWay => "no-way-to-ask",
        }
    }

    /// The same for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Revoked => "revoked or expired",
            Self::NotAccepted => "not accepted",
            Self::NotAsked => "could not be asked",
            Self::NoWay => "no way to ask",
        }
    }

    /// True if the provider has said something of the credential.
    #[must_use]
    pub const fn is_answered(self) -> bool {
        matches!(self, Self::Live | Self::Revoked | Self::NotAccepted)
    }
}

/// A credential's state, where and when it was asked for, and what the provider says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validation {
    /// The state.
    pub validity: Validity,
    /// Host and path that were asked, with marks for what was put in; none if nothing was sent.
    pub endpoint: Option<String>,
    /// When it was asked, `2026-01-31T12:00:00Z`.
    pub at: Option<String>,
    /// Why there is no answer, or what it leaves open; empty if there is nothing to say.
    pub reason: String,
    /// Whose it is, as far as the answer says.
    pub account: Option<String>,
    /// What it opens.
    pub scopes: Option<String>,
    /// When it ends.
    pub expires: Option<String>,
}

impl Validation {
    /// A state of which there is nothing more to say.
    #[must_use]
    pub fn new(validity: Validity, reason: impl Into<String>) -> Self {
        Self {
            validity,
            endpoint: None,
            at: None,
            reason: reason.into(),
            account: None,
            scopes: None,
            expires: None,
        }
    }

    /// What people are shown of it, without an end.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut out = self.validity.words().to_owned();
        let mut parts: Vec<String> = Vec::new();
        let facts = [("account", &self.account), ("scopes", &self.scopes), ("expires", &self.expires)];
        parts.extend(facts.into_iter().filter_map(|(name, fact)| Some(format!("{name} {}", fact.as_ref()?))));
        parts.extend((!self.reason.is_empty()).then(|| self.reason.clone()));
        if !parts.is_empty() {
            out.push_str(": ");
            out.push_str(&parts.join(", "));
        }
        match (&self.endpoint, &self.at) {
            (Some(endpoint), Some(at)) => out.push_str(&format!(" (asked {endpoint} at {at})")),
            (Some(endpoint), None) => out.push_str(&format!(" ({endpoint})")),
            (None, _) => {}
        }
        out
    }
}

/// What stands near a credential that it is used with, by its name in the request; the nearest first. Kept in memory
/// for `bartizan validate` alone.
pub type Nearby = BTreeMap<&'static str, Vec<Secret>>;
