//! How a report differs from an earlier one of the same repository: what is new, and what is gone.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use super::{Options, words};
use crate::model::{Ending, Family, Finding, Outcome, Problem, RepoPath, Report};

/// How a report differs from an earlier one.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// For each finding of the report, in their order, whether the earlier one does not have it.
    pub new: Vec<bool>,
    /// What the earlier one has and this one has not.
    pub gone: Vec<Finding>,
}

impl Compared {
    /// Compares `report` with the one `before`, and says what to know of the comparison.
    ///
    /// Findings are compared by the checks that report them, each with its fingerprint; one is new if one of these is. Those that share both, such as an advisory in
    /// several lock files, are paired off: at the same line first, then in the same file, then anywhere.
    /// What has become more severe is new.
    /// What this run did not look for, or what was suppressed since, is not gone.
    #[must_use]
    pub fn of(report: &Report, before: &Report) -> (Self, Vec<Problem>) {
        let (owners, earlier): (Vec<usize>, Vec<&Finding>) = parts(&before.findings).unzip();
        let mut open: Vec<bool> = vec![true; earlier.len()];
        let mut new = vec![false; report.findings.len()];
        let (now, found): (Vec<usize>, Vec<&Finding>) = parts(&report.findings).unzip();
        for (owner, is_new) in now.into_iter().zip(unmatched(&found, &earlier, &mut open)) {
            new[owner] |= is_new;
        }
        let silenced = report.suppressed.iter().flat_map(|one| one.finding.parts()).collect::<Vec<_>>();
        let left = open.iter().filter(|open| **open).count();
        unmatched(&silenced, &earlier, &mut open);
        let silenced = left - open.iter().filter(|open| **open).count();

        let looked_for: BTreeSet<&str> = report
            .checks
            .iter()
            .filter(|(_, outcome)| !matches!(outcome, Outcome::NotChecked(_) | Outcome::Failed(_)))
            .map(|(meta, _)| &*meta.id)
            .collect();
        // Another file may well have been checked.
        let unseen: BTreeSet<&RepoPath> = report.not_checked.iter().map(|file| &file.path).collect();
        let unseen_file =
            |finding: &Finding| finding.family == Family::Dependency && unseen.contains(&finding.place.path);
        // What is still there under one of its checks is not gone.
        let there: BTreeSet<usize> =
            owners.into_iter().zip(&open).filter(|(_, open)| !**open).map(|(owner, _)| owner).collect();
        let rest = before.findings.iter().enumerate().filter(|(owner, _)| !there.contains(owner));
        let (gone, unseen): (Vec<&Finding>, Vec<&Finding>) =
            rest.map(|(_, finding)| finding).partition(|finding| {
                finding.parts().iter().all(|part| looked_for.contains(&*part.check)) && !unseen_file(finding)
            });
        let gone = gone.into_iter().cloned().collect();
        (Self { new, gone }, cautions(report, before, silenced, unseen.len()))
    }

    /// Whether the finding at `index` is one that the earlier report does not have.
    #[must_use]
    pub fn is_new(&self, index: usize) -> bool {
        self.new.get(index) == Some(&true)
    }

    /// Findings that the earlier report does not have.
    #[must_use]
    pub fn count_new(&self) -> u64 {
        self.new.iter().filter(|new| **new).count() as u64
    }

    /// Findings that both have.
    #[must_use]
    pub fn count_known(&self) -> u64 {
        self.new.len() as u64 - self.count_new()
    }

    /// `2 new, 1 gone, 5 unchanged`.
    pub(super) fn sentence(&self) -> String {
        let number = |count| words::number(count);
        let (new, gone, known) = (self.count_new(), self.gone.len() as u64, self.count_known());
        format!("{} new, {} gone, {} unchanged", number(new), number(gone), number(known))
    }
}

impl Options {
    /// How a run with this report ends: of findings that were compared with an earlier report, only the
    /// new ones fail it.
    #[must_use]
    pub fn ending(&self, report: &Report) -> Ending {
        let ending = report.ending(self.fail_on);
        let fails = |(index, finding): (usize, &Finding)| self.fails(index, finding);
        match ending {
            Ending::Findings if !report.findings.iter().enumerate().any(fails) => Ending::Clean,
            ending => ending,
        }
    }

    /// Whether the finding at `index` fails the run.
    pub(super) fn fails(&self, index: usize, finding: &Finding) -> bool {
        let counts = self.compared.as_ref().is_none_or(|compared| compared.is_new(index));
        counts && self.fail_on.is_some_and(|threshold| finding.severity >= threshold)
    }

    /// The findings with their states, new ones first, then the most severe, then in the order of their places:
    /// where there is room for some only, known ones must not take it.
    pub(super) fn ranked<'a>(&self, report: &'a Report) -> Vec<(Option<&'static str>, &'a Finding)> {
        let findings = report.findings.iter().enumerate();
        let mut ranked: Vec<_> = findings.map(|(index, finding)| (self.state(index), finding)).collect();
        ranked.sort_by_key(|(state, finding)| std::cmp::Reverse((*state == Some("new"), finding.severity)));
        ranked
    }

    /// The state of the finding at `index`; none if there is nothing to compare with.
    pub(super) fn state(&self, index: usize) -> Option<&'static str> {
        self.compared.as_ref().map(|compared| if compared.is_new(index) { "new" } else { "known" })
    }
}

/// What each check reports, with the number of the finding that it is a part of.
fn parts(findings: &[Finding]) -> impl Iterator<Item = (usize, &Finding)> {
    let all = findings.iter().enumerate();
    all.flat_map(|(owner, finding)| finding.parts().iter().map(move |part| (owner, part)))
}

/// Pairs `findings` with those of `earlier` that are still open, which are then no more, and says of each
/// whether it has no partner, or one that was less severe.
fn unmatched(findings: &[&Finding], earlier: &[&Finding], open: &mut [bool]) -> Vec<bool> {
    let mut partners = vec![None; findings.len()];
    pair(findings, earlier, &mut partners, open, |one| (key(one), Some((&one.place.path, one.place.region))));
    pair(findings, earlier, &mut partners, open, |one| (key(one), Some(&one.place.path)));
    pair(findings, earlier, &mut partners, open, key);
    let is_new = |(finding, partner): (&&Finding, Option<&Finding>)| {
        partner.is_none_or(|partner| finding.severity > partner.severity)
    };
    findings.iter().zip(partners).map(is_new).collect()
}

fn key(finding: &Finding) -> (&str, &str) {
    (&finding.check, &finding.fingerprint)
}

fn pair<'a, K: Eq + Hash>(
    findings: &[&'a Finding],
    earlier: &[&'a Finding],
    partners: &mut [Option<&'a Finding>],
    open: &mut [bool],
    key: impl Fn(&'a Finding) -> K,
) {
    // The last one first, so that `pop` gives them in their order.
    let mut candidates: HashMap<K, Vec<(&'a Finding, &mut bool)>> = HashMap::new();
    for (finding, open) in earlier.iter().zip(open.iter_mut()).rev().filter(|(_, open)| **open) {
        candidates.entry(key(finding)).or_default().push((finding, open));
    }
    for (finding, partner) in findings.iter().zip(partners).filter(|(_, partner)| partner.is_none()) {
        if let Some((other, open)) = candidates.get_mut(&key(finding)).and_then(Vec::pop) {
            *open = false;
            *partner = Some(other);
        }
    }
}

/// What has to be known of the comparison.
fn cautions(report: &Report, before: &Report, silenced: usize, unseen: usize) -> Vec<Problem> {
    let mut cautions = Vec::new();
    let counted = |count: usize, one: &'static str, many: &'static str| {
        (words::counted(count as u64, "finding", "findings"), if count == 1 { one } else { many })
    };
    if report.scope != before.scope {
        cautions.push(format!(
            "the earlier report covers `{}`, this one covers `{}`",
            before.scope, report.scope
        ));
    }
    if before.ending(None) == Ending::Incomplete {
        cautions.push(
            "the earlier scan was incomplete: findings called new may have been there before".to_owned(),
        );
    }
    if silenced > 0 {
        let (count, are) = counted(silenced, "is", "are");
        cautions.push(format!("{count} of the earlier report {are} suppressed, not gone"));
    }
    if unseen > 0 {
        let (count, are) = counted(unseen, "is by a check", "are by checks");
        cautions.push(format!(
            "{count} of the earlier report {are} that did not run this time, so not reported as gone"
        ));
    }
    cautions.into_iter().map(|message| Problem { path: None, message }).collect()
}
