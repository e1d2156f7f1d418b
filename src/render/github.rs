//! The `github` format: workflow commands of GitHub Actions, one line each, that put the worst findings
//! beside their lines.
//!
//! GitHub shows ten errors and ten warnings of a step and drops the others without a word, so ten
//! findings are written and the rest is counted. Commands are read line by line, and what a repository
//! holds must not become one: every value is escaped, first as for a terminal, then as the commands
//! want it (`%`, line ends, and in properties `:` and `,`).

use std::io::{self, Write};

use super::place::is_whole_file;
use super::tally::{self, Tally};
use super::{Options, not_checked, place, words};
use crate::model::text::escaped;
use crate::model::{Ending, Finding, Problem, Report, Severity};

/// Findings that are written, and problems.
const MOST: usize = 10;

pub(super) fn render(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let folder = options.home.as_ref().map_or("", |home| home.folder.as_str());
    let findings = options.ranked(report);
    for problem in report.problems.iter().take(MOST) {
        annotate_problem(problem, folder, out)?;
    }
    for (state, finding) in findings.iter().take(MOST) {
        annotate(finding, *state == Some("new"), folder, out)?;
    }
    let more = findings.len().saturating_sub(MOST) + report.problems.len().saturating_sub(MOST);
    if more > 0 {
        let more = words::counted(more as u64, "more is", "more are");
        writeln!(out, "::notice title=bartizan::{more} in the summary and the report")?;
    }
    let looked_at = tally::looked_at(report);
    let tally = Tally::of(report);
    let whole = tally.is_whole(report);
    let verdict = match options.ending(report) {
        Ending::Incomplete => "the scan is incomplete",
        Ending::Findings => "findings fail the scan",
        Ending::Clean if report.findings.is_empty() && whole => "nothing was found",
        Ending::Clean if report.findings.is_empty() => "no findings in what was checked",
        Ending::Clean => "no finding fails the scan",
    };
    // No command: the line has to stay one even if a name of the repository should get into it.
    let compared = options.compared.as_ref().map(|compared| format!(" ({})", compared.sentence()));
    write!(out, "bartizan: {verdict}{}, in {}", compared.unwrap_or_default(), data(&looked_at))?;
    if let Some(files) = not_checked::clause(report) {
        write!(out, "; not checked: {}", data(&files))?;
    }
    if let open @ 1.. = tally.outcomes.total() - tally.outcomes.done() {
        write!(out, "; {}", words::counted(open, "check did not run", "checks did not run"))?;
    }
    for database in &report.databases {
        write!(out, "; compared with {}", data(&escaped(&words::database(database))))?;
    }
    writeln!(out)
}

fn annotate(finding: &Finding, is_new: bool, folder: &str, out: &mut dyn Write) -> io::Result<()> {
    let command = match finding.severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "notice",
    };
    let flag = if is_new { "new: " } else { "" };
    let mut properties = Vec::new();
    // What only the history holds has no line that could be shown.
    let shown = finding.shown_at();
    let here = shown.origin.is_none();
    if here {
        properties.push(format!("file={}", property(&format!("{folder}{}", shown.path.lossy()))));
        let region = shown.region;
        properties.push(format!("line={}", region.start_line));
        if !is_whole_file(shown) {
            properties.push(format!("endLine={}", region.end_line));
            // GitHub takes columns only where the two lines are the same.
            if region.start_line == region.end_line {
                properties.push(format!("col={},endColumn={}", region.start_column, region.end_column));
            }
        }
    }
    properties
        .push(format!("title={}", property(&format!("{flag}{} ({})", finding.check, finding.severity))));
    let mut sentences = vec![finding.message.clone()];
    if !here {
        sentences.push(format!("at {}", place::position(shown)));
    }
    sentences.extend(finding.proofs.iter().cloned());
    sentences.push(finding.to_do().to_owned());
    writeln!(out, "::{command} {}::{}", properties.join(","), data(&sentences.join("; ")))
}

fn annotate_problem(problem: &Problem, folder: &str, out: &mut dyn Write) -> io::Result<()> {
    let file =
        problem.path.as_ref().map(|path| format!("file={},", property(&format!("{folder}{}", path.lossy()))));
    writeln!(
        out,
        "::error {}title=bartizan%3A scan incomplete::{}",
        file.unwrap_or_default(),
        data(&problem.message)
    )
}

/// `text` as the message of a command.
fn data(text: &str) -> String {
    // No line end is left after the first step; they are escaped to be on the safe side.
    escaped(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// `text` as the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
