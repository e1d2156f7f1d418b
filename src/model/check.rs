//! What is known about a check before it runs.

use super::{Confidence, Name, Severity};

/// The facts of a check that every list, report and page shows; of one that is built in, or of a report.
#[derive(Clone, Debug)]
pub struct Meta<T = &'static str> {
    /// Kebab-case name of the fault, unique, never reused.
    pub id: T,
    /// One line, lower case: what was found.
    pub title: T,
    /// The severity a finding has unless its proof says otherwise.
    pub severity: Severity,
    /// The confidence a finding has unless its proof says otherwise.
    pub confidence: Confidence,
    /// The family: a folder under `checks/`.
    pub family: Family,
    /// What to do first, one sentence, shown as `help:`.
    pub remedy: T,
    /// Markdown under fixed headings; empty for rules of a pack, whose page is made from its fields.
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

/// The families of checks, named as their folders under `checks/`.
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
    /// What a repository promises to others, and how it is kept: its licence, who owns which file, its own
    /// configuration of scanners, and what does not belong in it.
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

/// Sets of checks, each with all of those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Preset {
    /// What is worth the time of nearly everyone.
    #[default]
    Default,
    /// And what those want who run what is in the repository as a service: limits, digests, rights not given up.
    Service,
    /// And what is a matter of caution.
    Strict,
}

impl Preset {
    /// Every preset, the smallest first.
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
