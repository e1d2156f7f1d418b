//! Workloads of compose files and Kubernetes manifests.

use std::collections::HashSet;

use crate::engine::repository::class::Class;
use crate::engine::{Reported, Reports};
use crate::model::text::short;
use crate::model::{RepoPath, Severity, Span};
use crate::parse::workload::{Container, Format, Read, Rule, Setting, Switch, Word, Workload};

/// What was seen of such files. They are sorted by path.
#[derive(Debug, Default)]
pub struct Workloads {
    /// The files.
    pub files: Vec<Manifest>,
    /// Files that are only known once a template engine has filled them in.
    pub templates: Vec<RepoPath>,
}

/// A compose file, or a file with manifests.
#[derive(Debug)]
pub struct Manifest {
    /// Where it is.
    pub path: RepoPath,
    /// Its content.
    pub bytes: Vec<u8>,
    /// What it is.
    pub format: Format,
    /// What it says.
    pub read: Read,
}

/// A workload, and the file that it is in.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// The file.
    pub file: &'a Manifest,
    /// The workload.
    pub workload: &'a Workload,
}

impl Placed<'_> {
    /// What it is called in messages: "the service `web`".
    #[must_use]
    pub fn shown(&self) -> String {
        let Workload { kind, name, .. } = self.workload;
        match name.as_str() {
            "" => format!("this {}", short(kind)),
            name => format!("the {} `{}`", short(kind), short(name)),
        }
    }

    /// What one of its containers is called in messages: "the container `web` of the Deployment `shop`".
    #[must_use]
    pub fn container(&self, container: &Container) -> String {
        match (self.file.format, container.name.as_str()) {
            (Format::Compose, _) => self.shown(),
            (Format::Kubernetes, "") => format!("a container of {}", self.shown()),
            (Format::Kubernetes, name) => format!("the container `{}` of {}", short(name), self.shown()),
        }
    }

    /// `severity`, or less for what is not shipped.
    #[must_use]
    pub fn capped(&self, severity: Severity) -> Severity {
        let severity = Class::of(&self.file.path).capped(severity);
        if self.workload.is_development { severity.min(Severity::Low) } else { severity }
    }
}

/// Reports of missing restrictions, one finding per repository.
impl Placed<'_> {
    /// Reports that something is absent at `span`, as `message` says; `many` says it of several.
    pub fn lacks<'r>(
        &self,
        reports: &'r mut Reports<'_>,
        span: Span,
        message: String,
        many: &'static str,
    ) -> &'r mut Reported {
        reports.span(&self.file.path, span, message).note(self.shown()).practice("", many)
    }
}

/// Where a setting is said to be `bad`; where it would stand, if nothing is said and `is_whole`.
#[must_use]
pub fn unless_said(setting: Setting, bad: Switch, at: Span, is_whole: bool) -> Option<Span> {
    match setting {
        Some((said, span)) => (said == bad).then_some(span),
        None => is_whole.then_some(at),
    }
}

impl Workloads {
    /// True if there is nothing that a check could look at.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.iter().all(|file| file.read.workloads.is_empty() && file.read.rules.is_empty())
    }

    /// Every workload.
    pub fn all(&self) -> impl Iterator<Item = Placed<'_>> {
        self.files
            .iter()
            .flat_map(|file| file.read.workloads.iter().map(move |workload| Placed { file, workload }))
    }

    /// Every container.
    pub fn containers(&self) -> impl Iterator<Item = (Placed<'_>, &Container)> {
        self.all()
            .flat_map(|placed| placed.workload.containers.iter().map(move |container| (placed, container)))
    }

    /// Images that are not built here, and the files that name them.
    pub fn images(&self) -> impl Iterator<Item = (Placed<'_>, &Word)> {
        let pulled = self.containers().filter(|(_, container)| !container.is_built);
        pulled.filter_map(|(placed, container)| Some((placed, container.image.as_ref()?)))
    }

    /// The files of variables that services of compose read, relative to the folder of the file that says so.
    pub fn env_files(&self) -> impl Iterator<Item = (&Manifest, &Word)> {
        self.files.iter().flat_map(|file| file.read.env_files.iter().map(move |word| (file, word)))
    }

    /// Every rule of a role.
    pub fn rules(&self) -> impl Iterator<Item = (&Manifest, &Rule)> {
        self.files.iter().flat_map(|file| file.read.rules.iter().map(move |rule| (file, rule)))
    }

    /// Service accounts that keep their token from pods, or are given a role, so that their pods need it.
    #[must_use]
    pub fn settled_accounts(&self) -> HashSet<&str> {
        let reads = || self.files.iter().map(|file| &file.read);
        let names = reads().flat_map(|read| &read.quiet_accounts);
        names.chain(reads().flat_map(|read| &read.bound_accounts)).map(String::as_str).collect()
    }
}
