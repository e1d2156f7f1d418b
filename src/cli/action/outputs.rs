//! `bartizan action outputs`: the outputs of the action, from the report in JSON.

use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use crate::cli::exit::Exit;
use crate::cli::output;
use crate::model::Severity;

pub(super) fn run(report: &Path) -> anyhow::Result<Exit> {
    let text = read(report).with_context(|| format!("cannot read the report {}", report.display()))?;
    let report: Value = serde_json::from_slice(&text)
        .with_context(|| format!("the report {} is incomplete", report.display()))?;
    let counts = report.pointer("/summary/by_severity").unwrap_or(&Value::Null);
    let of = |severity: Severity| counts.get(severity.as_str()).and_then(Value::as_u64).unwrap_or(0);
    let total: u64 = Severity::ALL.into_iter().map(of).sum();
    let highest = Severity::ALL.into_iter().rev().find(|severity| of(*severity) > 0);
    let by: Vec<String> =
        Severity::ALL.iter().rev().map(|severity| format!("\"{severity}\":{}", of(*severity))).collect();
    output::stdout(|out| {
        writeln!(out, "findings={total}")?;
        writeln!(out, "findings-by-severity={{{}}}", by.join(","))?;
        writeln!(out, "highest-severity={}", highest.map_or("none", Severity::as_str))
    })?;
    Ok(Exit::Clean)
}

#[expect(clippy::disallowed_methods, reason = "a report of ours, named by the user")]
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    std::fs::read(path)
}
