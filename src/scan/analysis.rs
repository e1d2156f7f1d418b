//! An analysis: it collects facts from files, names the external data it needs, and evaluates both once all files were
//! read.

mod answers;
pub(super) mod report;

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::engine::Check;
use crate::engine::repository::policy::SecretAt;
use crate::model::{
    Blob, Claim, Database, Finding, NotChecked, Outcome, Problem, RepoPath, Signature, SkipReason,
};
use crate::scan::suppress::Suppression;
use crate::source::Source;
pub(super) use answers::{Answers, Questions};

/// Collects facts from certain files and evaluates them together.
pub(super) trait Analysis: Sync {
    /// The collected facts.
    type Facts: Default + Send;

    /// What it does, for the message when it crashes: "verifying signatures".
    const ACT: &'static str;

    /// True if it judges the files that a range leaves changed, without those around them.
    const EVALUATES_RANGES: bool = false;

    /// The enabled checks that it runs.
    fn checks(&self) -> &[&Check];

    /// True if it has to run. Without a check of its own it runs only if another analysis needs its verdict.
    fn is_needed(&self) -> bool {
        !self.checks().is_empty()
    }

    /// Collects facts from a file. Called from many threads; must not block.
    fn see(&self, blob: &Blob<'_>, facts: &Shared<Self::Facts>);

    /// Records a skipped file.
    fn skipped(&self, _path: &RepoPath, _reason: SkipReason, _facts: &Shared<Self::Facts>) {}

    /// Reads further files that others refer to, once all of `files` were read.
    fn follow(&self, _files: &[&dyn Source], _facts: &Shared<Self::Facts>) {}

    /// Adds the external data that a file with this path will need, before any file is read.
    fn expects(&self, _path: &[u8], _questions: &mut Questions) {}

    /// The external data needed.
    fn questions(&self, _facts: &mut Self::Facts) -> Questions {
        Questions::default()
    }

    /// Evaluates the facts. The same facts and answers give the same verdict.
    fn evaluate(&self, facts: Self::Facts, context: &Context<'_>) -> Verdict;
}

/// Facts of an analysis during collection.
pub(super) struct Shared<F>(pub(super) Mutex<F>);

impl<F> Shared<F> {
    /// Changes the facts.
    pub(super) fn with<T>(&self, change: impl FnOnce(&mut F) -> T) -> T {
        change(&mut self.0.lock().expect("no thread panics while it holds the lock"))
    }
}

/// The inputs of an evaluation.
pub(super) struct Context<'a> {
    /// The files, to read some again.
    pub(super) files: &'a [&'a dyn Source],
    /// External data.
    pub(super) answers: &'a Answers<'a>,
    /// The user's own key for fingerprints.
    pub(super) key: Option<&'a [u8]>,
    /// The time of the scan, in seconds since 1970.
    pub(super) now: Option<i64>,
    /// Secrets in the current files; none if secret checks did not run.
    pub(super) secrets: Option<&'a [SecretAt]>,
    /// The verdict of the earlier analyses.
    pub(super) so_far: &'a Verdict,
}

/// A promise in a project's own text.
#[derive(Clone, Debug)]
pub(super) struct Promise {
    /// The promise.
    pub(super) what: Promised,
    /// Its place: `SECURITY.md:12`.
    pub(super) place: String,
    /// When it was made, in seconds since 1970, if known.
    pub(super) since: Option<i64>,
}

/// Kinds of promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promised {
    /// That all commits are signed.
    SignedCommits,
    /// That an SBOM exists, without a known generator.
    Sbom,
}

/// The combined verdict of analyses.
#[derive(Default)]
pub(super) struct Verdict {
    pub(super) findings: Vec<Finding>,
    /// Suppressions by the user.
    pub(super) suppressions: Vec<Suppression>,
    pub(super) problems: Vec<Problem>,
    pub(super) notices: Vec<Problem>,
    /// Notices shown only with `--verbose`.
    pub(super) remarks: Vec<Problem>,
    pub(super) databases: Vec<Database>,
    /// Files with dependencies that were not checked.
    pub(super) not_checked: Vec<NotChecked>,
    pub(super) signatures: Vec<Signature>,
    /// Claims of the project.
    pub(super) claims: Vec<Claim>,
    /// Promises that enable otherwise inactive checks.
    pub(super) promises: Vec<Promise>,
    /// Outcomes of checks that do not follow from findings.
    pub(super) outcomes: BTreeMap<&'static str, Outcome>,
}

impl Verdict {
    pub(super) fn add(&mut self, mut other: Self) {
        self.findings.append(&mut other.findings);
        self.suppressions.append(&mut other.suppressions);
        self.problems.append(&mut other.problems);
        self.notices.append(&mut other.notices);
        self.remarks.append(&mut other.remarks);
        self.databases.append(&mut other.databases);
        self.not_checked.append(&mut other.not_checked);
        self.signatures.append(&mut other.signatures);
        self.claims.append(&mut other.claims);
        self.promises.append(&mut other.promises);
        self.outcomes.append(&mut other.outcomes);
    }
}
