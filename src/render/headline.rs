//! The first lines of a report for people: how the scan ended, and what was scanned.

use std::collections::BTreeMap;

use super::tally::{self, Tally};
use super::{Options, words};
use crate::model::{Ending, Report};

/// The result of the scan, in a line without its sign.
pub(super) fn verdict(report: &Report, options: &Options, tally: &Tally) -> String {
    let mut found = tally.found();
    if let Some(compared) = &options.compared {
        found.push_str(&format!(": {} since the earlier report", compared.sentence()));
    }
    let threshold = options.fail_on.map_or("none", crate::model::Severity::as_str);
    match options.ending(report) {
        Ending::Incomplete => format!("{found}, but the scan is incomplete"),
        Ending::Clean if tally.findings() > 0 => {
            format!("{found}, none of which fails the run (threshold: {threshold})")
        }
        Ending::Clean | Ending::Findings => found,
    }
}

/// What was scanned, what was skipped and what was suppressed, a sentence each; the first goes on
/// after the scope. Text of the repository is in none of them.
pub(super) fn scope(report: &Report, tally: &Tally) -> Vec<String> {
    let checks = words::counted(tally.outcomes.total(), "check", "checks");
    let checks = match tally.outcomes.total() - tally.outcomes.done() {
        0 => checks,
        open => format!("{checks}, of which {} did not run", words::number(open)),
    };
    let mut sentences = vec![format!("{}, with {checks}.", tally::looked_at(report))];
    if !tally.skipped.is_empty() {
        sentences.push(format!("Skipped: {}.", words::listed(&tally.skipped_files())));
    }
    if !report.suppressed.is_empty() {
        let mut by: BTreeMap<&str, u64> = BTreeMap::new();
        report.suppressed.iter().for_each(|one| *by.entry(&one.by).or_default() += 1);
        let by: Vec<String> =
            by.into_iter().map(|(by, count)| format!("{} by {by}", words::number(count))).collect();
        let count = words::number(report.suppressed.len() as u64);
        sentences.push(format!("Suppressed: {count} ({}).", by.join(", ")));
    }
    if report.known_before > 0 {
        let count = words::counted(report.known_before as u64, "finding was", "findings were");
        sentences.push(format!("{count} there before and left out."));
    }
    sentences
}
