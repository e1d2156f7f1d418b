//! The `jsonl` format: one JSON object a line, for pipes and for files that grow.
//!
//! The first line says what was scanned, the last one sums it up: a file without it was cut off.
//! Of the checks only those get a line of their own that found something or did not run; the others share
//! one before the last.

use std::io::{self, Write};

use serde::Serialize;

use super::Options;
use super::safe::SafeJson;
use super::wire::claim::Claim;
use super::wire::signature::Signature;
use super::wire::{
    Check, Database, Finding, NotChecked, Problem, SCHEMA_VERSION, Skipped, Summary, Suppressed, Tool,
    is_telling,
};
use crate::model::Report;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Line<'a> {
    Scan { schema_version: u32, tool: Tool<'a>, scope: &'a str },
    Check(Check<'a>),
    Finding(Finding<'a>),
    Gone(Finding<'a>),
    Suppressed(Suppressed<'a>),
    Problem(Problem<'a>),
    Notice(Problem<'a>),
    Remark(Problem<'a>),
    NotChecked(NotChecked<'a>),
    Database(Database<'a>),
    Signature(Signature<'a>),
    Claim(Claim<'a>),
    Skipped(Skipped<'a>),
    OtherChecks { checks: Vec<Check<'a>> },
    Summary(Summary<'a>),
}

pub(super) fn render(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let first = Line::Scan {
        schema_version: SCHEMA_VERSION,
        tool: Tool::new(&options.version),
        scope: &report.scope,
    };
    let checks = report.checks.iter().filter(|(_, outcome)| is_telling(outcome));
    let others = report.checks.iter().filter(|(_, outcome)| !is_telling(outcome));
    let gone = options.compared.iter().flat_map(Finding::gone);

    let lines = std::iter::once(first)
        .chain(checks.map(|check| Line::Check(check.into())))
        .chain(Finding::all(report, options).map(Line::Finding))
        .chain(gone.map(Line::Gone))
        .chain(report.suppressed.iter().map(|finding| Line::Suppressed(finding.into())))
        .chain(report.problems.iter().map(|problem| Line::Problem(problem.into())))
        .chain(report.notices.iter().map(|notice| Line::Notice(notice.into())))
        .chain(report.remarks.iter().map(|remark| Line::Remark(remark.into())))
        .chain(report.not_checked.iter().map(|file| Line::NotChecked(file.into())))
        .chain(report.databases.iter().map(|database| Line::Database(Database(database))))
        .chain(report.signatures.iter().map(|signature| Line::Signature(signature.into())))
        .chain(report.claims.iter().map(|claim| Line::Claim(claim.into())))
        .chain(report.coverage.skipped.iter().map(|skipped| Line::Skipped(skipped.into())))
        .chain(std::iter::once_with(|| Line::OtherChecks { checks: others.map(Check::from).collect() }))
        .chain(std::iter::once_with(|| Line::Summary(Summary::of(report, options))));
    for line in lines {
        serde_json::to_writer(SafeJson::new(out), &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
