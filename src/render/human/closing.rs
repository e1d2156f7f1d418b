//! The closing line: what was found, what was scanned, and what was not.

use std::io;

use super::page::{BOLD, GOOD, Page};
use crate::model::Report;
use crate::render::tally::{self, Tally};
use crate::render::{not_checked, words};

pub(super) fn line(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let tally = Tally::of(report);
    // Green is for a scan that saw everything.
    let style = if tally.findings() == 0 && tally.is_whole(report) { GOOD } else { BOLD };
    let found = tally.found();
    let found = page.paint(style, &found);

    let looked_at = tally::looked_at(report);
    write!(page.out, "{found} in {looked_at} with {}", checks(&tally))?;
    if let Some(elapsed) = page.options.elapsed {
        write!(page.out, ", {}", words::duration(elapsed))?;
    }
    for part in left_out(report, &tally) {
        write!(page.out, "; {part}")?;
    }
    if let Some(part) = below_threshold(page, report, &tally) {
        write!(page.out, "; {part}")?;
    }
    writeln!(page.out)
}

/// `530 checks`, or `528 of 530 checks` if some did not run.
fn checks(tally: &Tally) -> String {
    let (done, total) = (tally.outcomes.done(), tally.outcomes.total());
    let checks = words::counted(total, "check", "checks");
    if done == total { checks } else { format!("{} of {checks}", words::number(done)) }
}

/// What the findings do not cover, a clause each.
fn left_out(report: &Report, tally: &Tally) -> Vec<String> {
    let mut parts = Vec::new();
    if !tally.skipped.is_empty() {
        parts.push(format!("skipped: {}", tally.skipped_files().join(", ")));
    }
    if let Some(files) = not_checked::clause(report) {
        parts.push(format!("not checked: {files}"));
    }
    let mut some = |count: u64, one: &str, many: &str| {
        if count > 0 {
            parts.push(words::counted(count, one, many));
        }
    };
    let accepted = report.suppressed.iter().filter(|one| one.by == "baseline").count();
    let silenced = if accepted > 0 {
        format!("suppressed ({} by the baseline)", words::number(accepted as u64))
    } else {
        "suppressed".to_owned()
    };
    some(report.suppressed.len() as u64, &silenced, &silenced);
    some(report.known_before as u64, "finding was there before", "findings were there before");
    some(tally.outcomes.not_checked, "check not run", "checks not run");
    some(tally.outcomes.failed, "check failed", "checks failed");
    some(report.problems.len() as u64, "problem", "problems");
    parts
}

/// Why the run passes although something was found.
fn below_threshold(page: &Page<'_>, report: &Report, tally: &Tally) -> Option<String> {
    let (lowest, _) = tally.occurring().last()?;
    let (highest, _) = tally.occurring().next()?;
    if page.options.fail_on.is_some_and(|threshold| highest >= threshold) {
        let fails = |(index, finding)| page.options.fails(index, finding);
        let none = !report.findings.iter().enumerate().any(fails);
        return none.then(|| "no new finding fails the run".to_owned());
    }
    let one = tally.findings() == 1;
    let (findings, do_not) = if one { ("finding", "does not") } else { ("findings", "do not") };
    let kinds = words::listed(&tally.kinds());
    Some(format!("{kinds} {findings} {do_not} fail the run; --fail-on {lowest} would"))
}
