//! The `jsonl` format: one JSON object a line, for pipes and for files that grow.
//!
//! The first line says what was scanned, the last one is the summary: a file without it was cut off.
//! Of the checks only those get a line of their own that found something or did not run; the others share
//! one before the last.

use std::io::{self, Write};

use super::Options;
use super::safe::SafeJson;
use super::wire::{Check, Finding, Line, OtherChecks, SCHEMA_VERSION, Scan, Summary, Tool, is_notable};
use crate::model::Report;

pub(super) fn render(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let tool = Tool::new(&options.version);
    let first = Line::Scan(Scan { schema_version: SCHEMA_VERSION, tool, scope: (&report.scope).into() });
    let checks = report.checks.iter().filter(|(_, outcome)| is_notable(outcome));
    let others = report.checks.iter().filter(|(_, outcome)| !is_notable(outcome));
    let gone = options.compared.iter().flat_map(Finding::gone);

    let lines = std::iter::once(first)
        .chain(checks.map(|check| Line::Check(check.into())))
        .chain(Finding::all(report, options).map(Line::Finding))
        .chain(gone.map(Line::Gone))
        .chain(report.suppressed.iter().map(Line::Suppressed))
        .chain(report.problems.iter().map(Line::Problem))
        .chain(report.notices.iter().map(Line::Notice))
        .chain(report.remarks.iter().map(Line::Remark))
        .chain(report.not_checked.iter().map(Line::NotChecked))
        .chain(report.databases.iter().map(Line::Database))
        .chain(report.signatures.iter().map(Line::Signature))
        .chain(report.claims.iter().map(Line::Claim))
        .chain(report.coverage.skipped.iter().map(|skipped| Line::Skipped(skipped.into())))
        .chain(std::iter::once_with(|| {
            Line::OtherChecks(OtherChecks { checks: others.map(Check::from).collect() })
        }))
        .chain(std::iter::once_with(|| Line::Summary(Summary::of(report, options))));
    for line in lines {
        serde_json::to_writer(SafeJson::new(out), &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
