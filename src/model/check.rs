//! Static metadata of a check.

use super::{Confidence, Name, Severity};

/// Metadata of a check, built in or read from a report.
#[derive(Clone, Debug)]
pub struct Meta<T = &'static str> {
    /// Kebab-case id, unique, never reused.
    pub id: T,
    /// One line, lower case: what was found.
    pub title: T,
    /// The default severity; proofs may change it.
    pub severity: Severity,
    /// The default confidence; proofs may change it.
    pub confidence: Confidence,
    /// The family: a directory under `checks/`.
    pub family: Family,
    /// What to do first, one sentence, shown as `help:`.
    pub remedy: T,
    /// Markdown with fixed headings; empty for pack rules, whose page is generated from their fields.
    pub docs: T,
}

impl From<Meta> for Meta<Name> {
    fn from(meta: Meta) -> Self {
        let Meta { id, title, severity, confidence, family, remedy, docs } = meta;
        Self {
            id: id.into(),
            title: title.into(),
            severity,
            confidence,
            family,
            remedy: remedy.into(),
            docs: docs.into(),
        }
    }
}

/// The page of the built-in check `id` in the repository, as this version has it.
#[must_use]
pub fn check_page(id: &str) -> String {
    format!("{}/blob/v{}/docs/checks/{id}.md", env!("CARGO_PKG_REPOSITORY"), env!("CARGO_PKG_VERSION"))
}

/// The families of checks, named like their directories under `checks/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Committed secrets and the files that hold them.
    Secret,
    /// Known-vulnerable dependencies.
    Dependency,
    /// Signatures, attestations and SBOMs.
    Provenance,
    /// Continuous integration workflows.
    Workflow,
    /// Container files.
    Container,
    /// Configuration of coding agents and their tools.
    Agent,
    /// What a repository promises: its security policy, licence, code owners and scanner configuration; and files that
    /// do not belong in it.
    Policy,
}

impl Family {
    /// Every family, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::Secret,
        Self::Dependency,
        Self::Provenance,
        Self::Workflow,
        Self::Container,
        Self::Agent,
        Self::Policy,
    ];

    /// The name on the command line, in configuration and in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Dependency => "dependency",
            Self::Provenance => "provenance",
            Self::Workflow => "workflow",
            Self::Container => "container",
            Self::Agent => "agent",
            Self::Policy => "policy",
        }
    }
}

/// Presets, each including the ones before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Preset {
    /// Checks for nearly every repository.
    #[default]
    Default,
    /// Adds checks for code that runs as a service: limits, digests, dropped privileges.
    Service,
    /// Adds checks of pure caution.
    Strict,
}

impl Preset {
    /// Every preset, smallest first.
    pub const ALL: [Self; 3] = [Self::Default, Self::Service, Self::Strict];

    /// The name in the configuration and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Service => "service",
            Self::Strict => "strict",
        }
    }

    /// The preset called `name`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.as_str() == name)
    }
}
