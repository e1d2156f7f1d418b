//! The `codeclimate` format: issues as Code Climate has them, of which GitLab's code quality report is a part.
//!
//! There is no place for what was not scanned but issues: problems are such, so that an empty list is a clean scan.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::by_file::{by_file, ids, path, sentences};
use super::safe::SafeJson;
use super::uuid::uuid;
use super::words;
use crate::model::text::escaped;
use crate::model::{Finding, Outcome, Problem, RepoPath, Report, Severity};

/// Problems that are listed.
const PROBLEMS: usize = 100;
/// What a problem is called by, and the namespace of its id: the UUID of version 5 of `bartizan.problem`.
const INCOMPLETE: &str = "incomplete-scan";
const NAMESPACE: [u8; 16] =
    [0x87, 0x0a, 0x24, 0xdf, 0x56, 0x13, 0x5a, 0xb0, 0x93, 0x9c, 0x52, 0x6d, 0x12, 0x63, 0x0a, 0xbf];

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let results: Vec<Finding> = report.findings.iter().flat_map(by_file).collect();
    let findings = results.iter().zip(ids(&results)).map(|(finding, id)| {
        let shown = finding.shown_at();
        // The line of the history is that of another version of the file.
        let line = |line: u32| if shown.origin.is_some() { 1 } else { line.max(1) };
        let (begin, end) = (line(shown.region.start_line), line(shown.region.end_line));
        let mut description = sentences(finding);
        description.push(words::sentence(&words::capitalised(&escaped(finding.to_do()))));
        let severity = match finding.severity {
            Severity::Critical => "blocker",
            Severity::High => "critical",
            Severity::Medium => "major",
            Severity::Low => "minor",
        };
        issue(
            &finding.check,
            &description.join(" "),
            severity,
            &id,
            &path(&shown.path),
            (begin, end.max(begin)),
        )
    });
    let problem = |problem: &Problem| {
        let file = problem.path.as_ref().map_or_else(|| ".".to_owned(), path);
        let name = problem.path.as_ref().map_or(&b"."[..], RepoPath::as_bytes);
        let id = uuid(&NAMESPACE, &[name, b"\0", problem.message.as_bytes()].concat());
        let description = format!("Not scanned completely: {}", words::sentence(&escaped(&problem.message)));
        issue(INCOMPLETE, &description, "major", &id, &file, (1, 1))
    };
    let mut issues: Vec<Value> = findings.collect();
    let mut problems = unscanned(report);
    if let Some(more @ 1..) = problems.len().checked_sub(PROBLEMS) {
        problems.truncate(PROBLEMS);
        problems.push(Problem { path: None, message: format!("{more} more problems are not listed here") });
    }
    issues.extend(problems.iter().map(problem));
    serde_json::to_writer_pretty(SafeJson::new(out), &issues)?;
    out.write_all(b"\n")
}

/// What was not scanned, each thing once: problems, and checks that failed.
fn unscanned(report: &Report) -> Vec<Problem> {
    let failed = report.checks.iter().filter_map(|(check, outcome)| match outcome {
        Outcome::Failed(why) => Some(Problem { path: None, message: format!("{}: {why}", check.id) }),
        _ => None,
    });
    let all: BTreeSet<Problem> = report.problems.iter().cloned().chain(failed).collect();
    all.into_iter().collect()
}

fn issue(check: &str, description: &str, severity: &str, id: &str, path: &str, lines: (u32, u32)) -> Value {
    json!({
        "type": "issue",
        "check_name": escaped(check),
        "categories": ["Security"],
        "description": description,
        "severity": severity,
        "fingerprint": id,
        "location": { "path": path, "lines": { "begin": lines.0, "end": lines.1 } },
    })
}
