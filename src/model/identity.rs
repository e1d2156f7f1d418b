//! What a finding is about.

use super::{Name, Secret};

/// What a finding is about: the same before and after a change, in every file, and whichever check reports it.
/// Only a secret is one thing in all files; of anything else see [`Finding::subject`](super::Finding::subject).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Identity {
    /// A secret. Not its fingerprint, which does not tell weak passwords apart.
    Secret(Secret),
    /// A package with an advisory, or of which a version was yanked; in whatever version.
    Package {
        /// The id of the check.
        check: Name,
        /// The id of the advisory.
        advisory: String,
        /// The name of the package.
        package: String,
    },
    /// That one place does not keep to a practice. All places of a check are one finding.
    Practice {
        /// The id of the check.
        check: Name,
        /// What it is about at this place; places are counted by it: the owner of an action.
        item: String,
        /// What several of them are: "actions are not pinned to a commit".
        many: Name,
    },
    /// Any other fault.
    Fault {
        /// The id of the check.
        check: Name,
        /// What the check says; nothing of a file as a whole, for then it says what that file had at the time.
        what: String,
    },
}

impl Identity {
    /// That a check says `what`.
    #[must_use]
    pub fn fault(check: impl Into<Name>, what: impl Into<String>) -> Self {
        Self::Fault { check: check.into(), what: what.into() }
    }
}
