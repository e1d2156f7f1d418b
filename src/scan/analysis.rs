//! An analysis: it collects facts while the files go by, says what it has to know from outside of the repository, and
//! judges once all files were seen.

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

/// Looks at files of certain kinds while they go by, and judges them all together.
pub(super) trait Analysis: Sync {
    /// What is kept of the files.
    type Facts: Default + Send;

    /// What it does, for the message when it breaks: "judging signatures".
    const ACT: &'static str;

    /// True if it judges the files that a range leaves changed, without those around them.
    const JUDGES_RANGES: bool = false;

    /// The enabled checks that it runs.
    fn checks(&self) -> &[&Check];

    /// True if it has to run. One without a check is run only if another analysis needs its verdict.
    fn is_needed(&self) -> bool {
        !self.checks().is_empty()
    }

    /// Keeps of a file what is judged later. Called from many threads, which must not wait for anything.
    fn see(&self, blob: &Blob<'_>, facts: &Shared<Self::Facts>);

    /// Takes note of a file that was passed over.
    fn skipped(&self, _path: &RepoPath, _reason: SkipReason, _facts: &Shared<Self::Facts>) {}

    /// Reads what other files lead to, once all of `files` were seen.
    fn follow(&self, _files: &[&dyn Source], _facts: &Shared<Self::Facts>) {}

    /// Adds what a file with this path will be compared with, known before any file is read.
    fn expects(&self, _path: &[u8], _questions: &mut Questions) {}

    /// What has to be known from outside of the repository.
    fn questions(&self, _facts: &mut Self::Facts) -> Questions {
        Questions::default()
    }

    /// What became of all that was seen. The same facts and answers give the same verdict.
    fn judge(&self, facts: Self::Facts, context: &Context<'_>) -> Verdict;
}

/// The facts of an analysis while they are collected.
pub(super) struct Shared<F>(pub(super) Mutex<F>);

impl<F> Shared<F> {
    /// Changes the facts.
    pub(super) fn with<T>(&self, change: impl FnOnce(&mut F) -> T) -> T {
        change(&mut self.0.lock().expect("no thread panics while it holds the lock"))
    }
}

/// What an analysis judges with.
pub(super) struct Context<'a> {
    /// The files, for those that have to be read again.
    pub(super) files: &'a [&'a dyn Source],
    /// What lies outside of the repository.
    pub(super) answers: &'a Answers<'a>,
    /// The user's own key for fingerprints.
    pub(super) key: Option<&'a [u8]>,
    /// The time of the scan, in seconds since 1970.
    pub(super) now: Option<i64>,
    /// Secrets in the files of today; nothing if they were not looked for.
    pub(super) secrets: Option<&'a [SecretAt]>,
    /// What the analyses before this one have come to.
    pub(super) so_far: &'a Verdict,
}

/// What a project promises in a text of its own.
#[derive(Clone, Debug)]
pub(super) struct Promise {
    /// What it promises.
    pub(super) what: Promised,
    /// Where it says so: `SECURITY.md:12`.
    pub(super) place: String,
    /// Since when it does, in seconds since 1970, if that is known.
    pub(super) since: Option<i64>,
}

/// What is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promised {
    /// That all commits are signed.
    SignedCommits,
    /// That there is an SBOM, and nothing is known that makes one.
    Sbom,
}

/// What analyses have come to.
#[derive(Default)]
pub(super) struct Verdict {
    pub(super) findings: Vec<Finding>,
    /// What the user has accepted of them.
    pub(super) suppressions: Vec<Suppression>,
    pub(super) problems: Vec<Problem>,
    pub(super) notices: Vec<Problem>,
    /// Worth a line to those who ask for more.
    pub(super) remarks: Vec<Problem>,
    pub(super) databases: Vec<Database>,
    /// Files with dependencies that were not compared with anything.
    pub(super) not_checked: Vec<NotChecked>,
    pub(super) signatures: Vec<Signature>,
    /// What the project says of itself.
    pub(super) claims: Vec<Claim>,
    /// What the project promises that a check looks after which sleeps unless it is asked for.
    pub(super) promises: Vec<Promise>,
    /// How checks ended, where it is not for what they found.
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
