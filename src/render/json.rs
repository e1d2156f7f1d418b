//! The `json` format: the whole report as one document, for programs.

use std::io::{self, Write};

use serde::Serialize;

use super::Options;
use super::safe::SafeJson;
use super::wire::claim::Claim;
use super::wire::signature::Signature;
use super::wire::{
    Check, Database, Examined, Finding, NotChecked, Problem, SCHEMA_VERSION, Skipped, Summary, Suppressed,
    Tool,
};
use crate::model::Report;

/// The JSON Schema of the `json` format; its `$defs/line` describes a line of `jsonl`.
#[must_use]
pub fn report_schema() -> &'static str {
    include_str!("report.schema.json")
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    tool: Tool<'a>,
    scope: &'a str,
    summary: Summary<'a>,
    coverage: Coverage<'a>,
    not_checked: Vec<NotChecked<'a>>,
    databases: Vec<Database<'a>>,
    signatures: Vec<Signature<'a>>,
    claims: Vec<Claim<'a>>,
    checks: Vec<Check<'a>>,
    findings: Vec<Finding<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gone: Option<Vec<Finding<'a>>>,
    suppressed: Vec<Suppressed<'a>>,
    problems: Vec<Problem<'a>>,
    notices: Vec<Problem<'a>>,
    remarks: Vec<Problem<'a>>,
}

#[derive(Serialize)]
struct Coverage<'a> {
    files: u64,
    bytes: u64,
    skipped: Vec<Skipped<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Examined<'a>>,
}

pub(super) fn render(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool::new(&options.version),
        scope: &report.scope,
        summary: Summary::of(report, options),
        coverage: Coverage {
            files: report.coverage.files,
            bytes: report.coverage.bytes,
            skipped: report.coverage.skipped.iter().map(Skipped::from).collect(),
            history: report.coverage.history.as_ref().map(Examined::from),
        },
        not_checked: report.not_checked.iter().map(NotChecked::from).collect(),
        databases: report.databases.iter().map(Database).collect(),
        signatures: report.signatures.iter().map(Signature::from).collect(),
        claims: report.claims.iter().map(Claim::from).collect(),
        checks: report.checks.iter().map(Check::from).collect(),
        findings: Finding::all(report, options).collect(),
        gone: options.compared.as_ref().map(|compared| Finding::gone(compared).collect()),
        suppressed: report.suppressed.iter().map(Suppressed::from).collect(),
        problems: report.problems.iter().map(Problem::from).collect(),
        notices: report.notices.iter().map(Problem::from).collect(),
        remarks: report.remarks.iter().map(Problem::from).collect(),
    };
    serde_json::to_writer_pretty(SafeJson::new(out), &document)?;
    out.write_all(b"\n")
}
