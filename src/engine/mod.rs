//! What a check is, and how all of them run over one text in one pass.

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

/// A check: what is known about it, and how it runs.
#[derive(Clone)]
pub struct Check {
    /// Its facts.
    pub meta: Meta,
    /// Its scope and function.
    pub run: Run,
}

/// The scope of a check. What a check needs stands in the function's signature.
#[derive(Clone, Copy)]
pub enum Run {
    /// A rule of a pack: every text, in the one pass over all literals.
    Rule(&'static rule::Rule),
    /// The text of files with certain names, or with certain texts in them.
    Named {
        /// False for names that no file has which it looks at for its name.
        named: fn(&RepoPath) -> bool,
        /// Texts of which one is in every file that it looks at for its content; at least three bytes.
        contents: &'static [&'static str],
        /// True for the files it looks at.
        applies: fn(&Blob<'_>) -> bool,
        /// The check.
        run: fn(&Blob<'_>, &mut Reporter<'_>),
    },
    /// Files with certain names, text or not; reports only the file as a whole.
    File {
        /// False for names that no file has which it looks at.
        named: fn(&RepoPath) -> bool,
        /// True for the files it looks at.
        applies: fn(&Blob<'_>) -> bool,
        /// The check.
        run: fn(&Blob<'_>, &mut Reporter<'_>),
    },
    /// Each assignment to a name that holds one of the keywords.
    Assigned {
        /// Lower case, at least three bytes.
        keywords: &'static [&'static str],
        /// Says what the assignment is worth reporting as, if it is.
        judge: fn(&assignment::Assignment<'_>, &Blob<'_>) -> Option<Judged>,
    },
    /// A rule of another scanner.
    Foreign(&'static foreign::ForeignRule),
    /// Each package of a lock file that an advisory is for.
    Advisory {
        /// True for the packages that it looks at.
        applies: fn(dependency::Origin) -> bool,
        /// Says what the match is worth reporting as, if it is.
        judge: fn(&dependency::Match<'_>) -> Option<Judged>,
    },
    /// Each package of a lock file that its registry no longer offers.
    Yanked(fn(&crate::parse::cargo::Package<'_>) -> Option<Judged>),
    /// Each package of a lock file of another ecosystem of which the file itself says, or leaves open, something.
    Locked {
        /// True if it is about what advisories say, so that there is nothing to judge without a database.
        compared: bool,
        /// Says what that is worth reporting as, if it is.
        judge: fn(&dependency::Standing<'_>) -> Option<Judged>,
    },
    /// All that is known of the signatures in files, once.
    Signatures(fn(&provenance::Signatures, &mut Reports<'_>)),
    /// Of the signatures of commits and tags.
    Commits(fn(&provenance::Commits, &mut Reports<'_>)),
    /// Of SBOMs.
    Sboms(fn(&provenance::Sboms, &mut Reports<'_>)),
    /// Of workflows that publish something.
    Releases(fn(&[provenance::Release], &mut Reports<'_>)),
    /// Of the claims that other checks have judged.
    Claims(fn(&[Claim], &mut Reports<'_>)),
    /// Of the repository's own hardening: workflows, actions and the files beside them.
    Repository {
        /// The least preset that it is part of.
        preset: Preset,
        /// What it looks at.
        reads: Reads,
        /// True if it says that something is absent, which cannot be told of a part of the files.
        whole: bool,
        /// The check.
        run: fn(&repository::Repository, &mut Reports<'_>),
    },
}

/// What a check of the repository's own hardening looks at, beside the names of files.
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
    /// Dockerfiles, and what starts containers: all that names an image or mounts a path.
    Containers,
    /// What the project says of itself, and what speaks for it or against it.
    Policy,
    /// What speaks of files of variables, and those that are there.
    EnvFiles,
}

impl Check {
    /// The rule of a pack that it is; nothing if it is code, or a rule of another scanner.
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

    /// The least preset that it is part of.
    #[must_use]
    pub const fn preset(&self) -> Preset {
        match self.run {
            Run::Repository { preset, .. } => preset,
            Run::Claims(_) => Preset::Strict,
            _ => Preset::Default,
        }
    }
}

/// What an assignment is reported as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// One sentence without the value.
    pub message: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
}

/// Takes the reports of one check about one text; it knows the check, so a check cannot mislabel.
pub struct Reporter<'a> {
    hits: &'a mut Vec<Hit>,
    meta: &'a Meta,
    check: u16,
}

impl Reporter<'_> {
    /// Reports the file as a whole.
    pub fn file(&mut self, message: String) {
        self.push(Span::new(0, 0), None, message, self.meta.severity, self.meta.confidence);
    }

    /// Reports `span`.
    pub fn report(&mut self, span: Span, message: String) {
        self.push(span, None, message, self.meta.severity, self.meta.confidence);
    }

    /// Reports `span` as worse or less bad than the check's own findings usually are.
    pub fn weighed(&mut self, span: Span, message: String, severity: Severity) {
        self.push(span, None, message, severity, self.meta.confidence);
    }

    /// Says what to do first about what was reported last, where that is not what the check says.
    pub fn remedy(&mut self, remedy: &'static str) {
        if let Some(hit) = self.hits.last_mut() {
            hit.remedy = Some(remedy);
        }
    }

    /// Says which edit mends what was reported last, and in a few words what that does.
    pub fn fix(&mut self, what: &'static str, edit: Edit) {
        if let Some(hit) = self.hits.last_mut() {
            hit.fix = Some((what, edit));
        }
    }

    /// Reports what was reported last as a value that only its name tells, and a reader of its format knows better.
    pub fn by_name(&mut self) {
        if let Some(hit) = self.hits.last_mut() {
            hit.rank = hit::rank::ENV_FILE;
        }
    }

    /// Reports what was reported last as a value that a reader of its very format found.
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
