//! Checks, and running them over a text in one pass.

pub mod assigned;
pub mod assignment;
pub(crate) mod builtin;
pub mod charset;
pub mod chosen;
pub mod decode;
pub mod dependency;
pub mod file_kind;
pub mod foreign;
mod frequency;
pub mod hit;
pub(crate) mod known;
pub mod literals;
pub mod mask;
pub mod names;
pub mod near;
pub mod pack;
mod pack_request;
pub mod pattern;
pub mod pem;
pub mod place;
pub mod plain;
pub mod proof;
pub mod provenance;
pub mod rarity;
mod reports;
pub mod repository;
pub mod request;
pub mod rule;
mod run;
pub mod shape;
mod spans;
pub mod url;
pub mod value;
pub mod walks;

pub use decode::{Decoded, Inside};
pub use hit::Hit;
pub use reports::{Reported, Reports};
pub use run::prefilter::{Copied, Prefiltered, Sighting};
pub use run::windows::{Looked, More, Part, STEP};
pub use run::{ALLOW_MARK, Engine, Text};

use crate::model::{Blob, Claim, Confidence, Edit, Meta, Preset, RepoPath, Severity, Span};

/// A check: its metadata and how it runs.
#[derive(Clone)]
pub struct Check {
    /// Its metadata.
    pub meta: Meta,
    /// Its scope and function.
    pub run: Run,
}

/// The scope of a check. Its inputs are in the function's signature.
#[derive(Clone, Copy)]
pub enum Run {
    /// A rule of a pack: every text, in the one pass over all literals.
    Rule(&'static rule::Rule),
    /// The text of files with certain names, or with certain texts in them.
    Named {
        /// False for names that it never matches by name.
        named: fn(&RepoPath) -> bool,
        /// Literals, one of which is in every file that it matches by content; at least three bytes.
        contents: &'static [&'static str],
        /// True for the files it applies to.
        applies: fn(&Blob<'_>) -> bool,
        /// The check.
        run: fn(&Blob<'_>, &mut Reporter<'_>),
    },
    /// Files with certain names, text or not; reports only the file as a whole.
    File {
        /// False for names that it never matches.
        named: fn(&RepoPath) -> bool,
        /// True for the files it applies to.
        applies: fn(&Blob<'_>) -> bool,
        /// The check.
        run: fn(&Blob<'_>, &mut Reporter<'_>),
    },
    /// Each assignment to a name that holds one of the keywords.
    Assigned {
        /// Lower case, at least three bytes.
        keywords: &'static [&'static str],
        /// Decides how to report the assignment, if at all.
        assess: fn(&assignment::Assignment<'_>, &Blob<'_>) -> Option<Assessment>,
    },
    /// A rule of another scanner.
    Foreign(&'static foreign::ForeignRule),
    /// Each package of a lock file with an advisory.
    Advisory {
        /// True for the packages it applies to.
        applies: fn(dependency::Origin) -> bool,
        /// Decides how to report the match, if at all.
        assess: fn(&dependency::Match<'_>) -> Option<Assessment>,
    },
    /// Each package of a lock file that its registry no longer offers.
    Yanked(fn(&crate::parse::cargo::Package<'_>) -> Option<Assessment>),
    /// Each package of another ecosystem's lock file with a state.
    Locked {
        /// True if it needs an advisory database.
        compared: bool,
        /// Decides how to report it, if at all.
        assess: fn(&dependency::Standing<'_>) -> Option<Assessment>,
    },
    /// Signatures in files.
    Signatures(fn(&provenance::Signatures, &mut Reports<'_>)),
    /// Signatures of commits and tags.
    Commits(fn(&provenance::Commits, &mut Reports<'_>)),
    /// Of SBOMs.
    Sboms(fn(&provenance::Sboms, &mut Reports<'_>)),
    /// Publishing workflows.
    Releases(fn(&[provenance::Release], &mut Reports<'_>)),
    /// Claims evaluated by other checks.
    Claims(fn(&[Claim], &mut Reports<'_>)),
    /// Hardening of the repository: workflows, actions and related files.
    Repository {
        /// The smallest preset that includes it.
        preset: Preset,
        /// What it reads.
        reads: Reads,
        /// True if it reports something absent, which needs all files.
        whole: bool,
        /// The check.
        run: fn(&repository::Repository, &mut Reports<'_>),
    },
}

/// What a hardening check reads, in addition to file names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reads {
    /// Workflows, actions, and what configures updates and hooks.
    Workflows,
    /// Licences, manifests, owners and programs.
    Beside,
    /// Every text.
    Texts,
    /// Compose files and manifests of Kubernetes.
    Workloads,
    /// Settings of agents and editors, instructions for agents, and scripts that run when a package is installed.
    Settings,
    /// Dockerfiles.
    Dockerfiles,
    /// Dockerfiles, and files that start containers or name images.
    Containers,
    /// The project's claims and the evidence.
    Policy,
    /// References to environment files, and existing ones.
    EnvFiles,
}

impl Check {
    /// True if it looks into texts, encoded ones too.
    pub(crate) const fn reads_text(&self) -> bool {
        matches!(
            self.run,
            Run::Rule(_) | Run::Named { .. } | Run::File { .. } | Run::Assigned { .. } | Run::Foreign(_)
        )
    }

    /// Its pack rule; none for code or foreign rules.
    #[must_use]
    pub const fn rule(&self) -> Option<&'static rule::Rule> {
        match self.run {
            Run::Rule(rule) => Some(rule),
            Run::Named { .. }
            | Run::File { .. }
            | Run::Assigned { .. }
            | Run::Foreign(_)
            | Run::Advisory { .. }
            | Run::Yanked(_)
            | Run::Locked { .. }
            | Run::Signatures(_)
            | Run::Commits(_)
            | Run::Sboms(_)
            | Run::Releases(_)
            | Run::Claims(_)
            | Run::Repository { .. } => None,
        }
    }

    /// The smallest preset that includes it.
    #[must_use]
    pub const fn preset(&self) -> Preset {
        match self.run {
            Run::Repository { preset, .. } => preset,
            Run::Claims(_) => Preset::Strict,
            _ => Preset::Default,
        }
    }
}

/// The report of an assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// One sentence without the value.
    pub message: String,
    /// The severity.
    pub severity: Severity,
    /// The confidence.
    pub confidence: Confidence,
}

/// Collects reports of one check about one text, under the check's own id.
pub struct Reporter<'a> {
    hits: &'a mut Vec<Hit>,
    meta: &'a Meta,
    check: u16,
}

impl Reporter<'_> {
    /// Reports the whole file.
    pub fn file(&mut self, message: String) {
        self.push(Span::new(0, 0), None, message, self.meta.severity, self.meta.confidence);
    }

    /// Reports `span`.
    pub fn report(&mut self, span: Span, message: String) {
        self.push(span, None, message, self.meta.severity, self.meta.confidence);
    }

    /// Reports `span` with a different severity than the check's default.
    pub fn weighed(&mut self, span: Span, message: String, severity: Severity) {
        self.push(span, None, message, severity, self.meta.confidence);
    }

    /// Sets the remedy of the last report.
    pub fn remedy(&mut self, remedy: &'static str) {
        if let Some(hit) = self.hits.last_mut() {
            hit.remedy = Some(remedy);
        }
    }

    /// Sets the fix of the last report, with a short description.
    pub fn fix(&mut self, what: &'static str, edit: Edit) {
        if let Some(hit) = self.hits.last_mut() {
            hit.fix = Some((what, edit));
        }
    }

    /// Ranks the last report as identified by name only.
    pub fn by_name(&mut self) {
        if let Some(hit) = self.hits.last_mut() {
            hit.rank = hit::rank::ENV_FILE;
        }
    }

    /// Ranks the last report as found by a parser of its format.
    pub fn by_format(&mut self) {
        if let Some(hit) = self.hits.last_mut() {
            hit.rank = hit::rank::SETTINGS;
        }
    }

    /// Reports `span` as a secret: its bytes are masked wherever they are shown.
    pub fn secret(&mut self, span: Span, message: String, severity: Severity, confidence: Confidence) {
        self.push(span, Some(span), message, severity, confidence);
    }

    fn push(
        &mut self,
        span: Span,
        secret: Option<Span>,
        message: String,
        severity: Severity,
        confidence: Confidence,
    ) {
        self.hits.push(Hit {
            check: self.check,
            span,
            secret,
            public: 0,
            rank: hit::rank::CREDENTIAL_FILE,
            severity,
            confidence,
            message,
            proofs: Vec::new(),
            remedy: None,
            fix: None,
            lost: Vec::new(),
        });
    }
}
