//! The validation of a credential by its provider.

use std::collections::BTreeMap;

use super::Secret;

/// The state of a credential according to its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Validity {
    /// The provider accepts it.
    Live,
    /// The provider says that it was valid once.
    Revoked,
    /// The provider does not accept it.
    NotAccepted,
    /// The request failed or was not sent, or the answer is inconclusive.
    NotAsked,
    /// No request is known for its kind, or a companion value is missing.
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

    /// True if the provider gave a conclusive answer.
    #[must_use]
    pub const fn is_answered(self) -> bool {
        matches!(self, Self::Live | Self::Revoked | Self::NotAccepted)
    }
}

/// A credential's state, where and when it was requested, and details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validation {
    /// The state.
    pub validity: Validity,
    /// Host and path of the request, with placeholders for filled-in values; none if nothing was sent.
    pub endpoint: Option<String>,
    /// The time of the request, `2026-01-31T12:00:00Z`.
    pub at: Option<String>,
    /// Why the answer is missing or inconclusive; empty otherwise.
    pub reason: String,
    /// The owner, if the answer says.
    pub account: Option<String>,
    /// Its scopes or permissions.
    pub scopes: Option<String>,
    /// Its expiry.
    pub expires: Option<String>,
}

impl Validation {
    /// A state without details.
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

    /// The text for people, without a full stop.
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

/// Companion values near a credential, by their name in the request; nearest first. Kept in memory only for `bartizan
/// validate`.
pub type Nearby = BTreeMap<&'static str, Vec<Secret>>;
