//! The numbers of a report, counted once for every format.

use std::collections::BTreeMap;

use super::words;
use crate::model::{Finding, Outcome, Report, Severity, SkipReason};

/// How many of what.
pub(super) struct Tally {
    /// Findings by severity, highest first.
    pub(super) by_severity: [(Severity, u64); 4],
    /// Skipped, by reason, in the order of the reasons; reasons without a file left out.
    pub(super) skipped: Vec<(SkipReason, u64)>,
    /// Enabled checks by how they ended.
    pub(super) outcomes: Outcomes,
}

/// How the enabled checks ended.
#[derive(Default)]
pub(super) struct Outcomes {
    pub(super) clean: u64,
    pub(super) found: u64,
    pub(super) not_applicable: u64,
    pub(super) not_checked: u64,
    pub(super) failed: u64,
}

impl Outcomes {
    /// Checks that did what they could.
    pub(super) const fn done(&self) -> u64 {
        self.clean + self.found + self.not_applicable
    }

    /// All enabled checks.
    pub(super) const fn total(&self) -> u64 {
        self.done() + self.not_checked + self.failed
    }
}

impl Tally {
    pub(super) fn of(report: &Report) -> Self {
        let count = |severity| {
            let same = |finding: &&Finding| finding.severity == severity;
            report.findings.iter().filter(same).count() as u64
        };
        let mut by_severity = Severity::ALL.map(|severity| (severity, count(severity)));
        by_severity.reverse();

        let skipped = SkipReason::ALL
            .map(|reason| (reason, report.coverage.count(reason) as u64))
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .collect();

        let mut outcomes = Outcomes::default();
        for (_, outcome) in &report.checks {
            *match outcome {
                Outcome::Clean => &mut outcomes.clean,
                Outcome::Found(_) => &mut outcomes.found,
                Outcome::NotApplicable => &mut outcomes.not_applicable,
                Outcome::NotChecked(_) => &mut outcomes.not_checked,
                Outcome::Failed(_) => &mut outcomes.failed,
            } += 1;
        }
        Self { by_severity, skipped, outcomes }
    }

    /// All findings.
    pub(super) fn findings(&self) -> u64 {
        self.by_severity.iter().map(|(_, count)| count).sum()
    }

    /// True if nothing of `report` was left out: it has no problem, every check did what it could, and every file
    /// was checked, whether or not it was to be.
    pub(super) fn is_whole(&self, report: &Report) -> bool {
        report.problems.is_empty()
            && report.not_checked.is_empty()
            && self.outcomes.done() == self.outcomes.total()
    }

    /// Severities that occur, highest first.
    pub(super) fn occurring(&self) -> impl Iterator<Item = (Severity, u64)> {
        self.by_severity.into_iter().filter(|(_, count)| *count > 0)
    }

    /// `2 critical`, `1 low`.
    pub(super) fn kinds(&self) -> Vec<String> {
        self.occurring().map(|(severity, count)| format!("{} {severity}", words::number(count))).collect()
    }

    /// `3 findings (2 critical, 1 low)`, or `no findings`.
    pub(super) fn found(&self) -> String {
        match self.findings() {
            0 => "no findings".to_owned(),
            count => {
                format!("{} ({})", words::counted(count, "finding", "findings"), self.kinds().join(", "))
            }
        }
    }

    /// `2 binary`, `1 symbolic link`.
    pub(super) fn skipped_files(&self) -> Vec<String> {
        self.skipped.iter().map(|(reason, count)| words::skipped(*count, *reason)).collect()
    }
}

/// The checks that did not run, by how they ended and why: hundreds may share a reason.
pub(super) fn not_run(report: &Report) -> BTreeMap<(&'static str, &str), Vec<&str>> {
    let mut groups: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for (meta, outcome) in &report.checks {
        let key = match outcome {
            Outcome::NotChecked(reason) => ("not checked", &**reason),
            Outcome::Failed(reason) => ("failed", &**reason),
            Outcome::Clean | Outcome::Found(_) | Outcome::NotApplicable => continue,
        };
        groups.entry(key).or_default().push(&*meta.id);
    }
    groups
}

/// What was looked at, for the closing line: files, objects of the history, or both.
pub(super) fn looked_at(report: &Report) -> String {
    let coverage = &report.coverage;
    let files =
        format!("{} ({})", words::counted(coverage.files, "file", "files"), words::bytes(coverage.bytes));
    let Some(history) = &coverage.history else { return files };
    let mut of = Vec::new();
    if history.commits > 0 || history.refs == 0 {
        of.push(words::counted(history.commits, "commit", "commits"));
    }
    if history.refs > 0 {
        of.push(words::counted(history.refs, "ref", "refs"));
    }
    let objects = words::counted(history.objects, "object", "objects");
    let history = format!("{objects} ({}) of {}", words::bytes(history.bytes), words::listed(&of));
    if coverage.files > 0 { format!("{files} and {history}") } else { history }
}
