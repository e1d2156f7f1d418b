//! The identity of a finding.

use super::{Name, Secret};

/// The identity of a finding, stable across changes, files and checks. Only a secret is the same in all files; for
/// others see [`Finding::subject`](super::Finding::subject).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Identity {
    /// A secret; not its fingerprint, which does not distinguish weak passwords.
    Secret(Secret),
    /// A package with an advisory or a yanked version, in any version.
    Package {
        /// The id of the check.
        check: Name,
        /// The id of the advisory.
        advisory: String,
        /// The name of the package.
        package: String,
    },
    /// A practice violated at one place. All places of a check are one finding.
    Practice {
        /// The id of the check.
        check: Name,
        /// The item at this place, by which places are counted: the owner of an action.
        item: String,
        /// The plural message: "actions are not pinned to a commit".
        many: Name,
    },
    /// Anything else.
    Fault {
        /// The id of the check.
        check: Name,
        /// The message of the check; empty for a whole file, whose message describes its content at the time.
        what: String,
    },
}

impl Identity {
    /// The identity of a check's message `what`.
    #[must_use]
    pub fn fault(check: impl Into<Name>, what: impl Into<String>) -> Self {
        Self::Fault { check: check.into(), what: what.into() }
    }
}
