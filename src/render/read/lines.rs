//! A report of one JSON object a line.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::wire::{
    Check, Claim, Coverage, Database, Document, Finding, NotChecked, Problem, Signature, Skipped, Summary,
    Suppressed, Tool,
};
use super::{Unreadable, wrong};

#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Scan {
    tool: Tool,
    scope: String,
}

#[derive(Deserialize)]
struct OtherChecks {
    checks: Vec<Check>,
}

/// True if `line` is the first one of such a report.
pub(super) fn is_first(line: &str) -> bool {
    serde_json::from_str::<Kind>(line).is_ok_and(|line| line.kind == "scan")
}

/// The lines of a report as one document; `text` starts with [one that tells](is_first).
pub(super) fn document(text: &str) -> Result<Document, Unreadable> {
    let mut scan: Option<Scan> = None;
    let mut summary: Option<Summary> = None;
    let mut checks: Vec<Check> = Vec::new();
    let mut others: Vec<Check> = Vec::new();
    let mut findings: Vec<Finding> = Vec::new();
    let mut gone: Vec<Finding> = Vec::new();
    let mut suppressed: Vec<Suppressed> = Vec::new();
    let (mut problems, mut notices, mut remarks) = (Vec::<Problem>::new(), Vec::new(), Vec::new());
    let mut not_checked: Vec<NotChecked> = Vec::new();
    let mut databases: Vec<Database> = Vec::new();
    let mut signatures: Vec<Signature> = Vec::new();
    let mut claims: Vec<Claim> = Vec::new();
    let mut skipped: Vec<Skipped> = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let number = index + 1;
        if summary.is_some() {
            return Err(Unreadable::new(&format!(
                "it goes on at line {number}, behind its summary: give one report at a time"
            )));
        }
        match of::<Kind>(line, number)?.kind.as_str() {
            "scan" if scan.is_none() => scan = Some(of(line, number)?),
            "scan" => {
                return Err(Unreadable::new(&format!(
                    "another report starts at line {number}, before this one's summary"
                )));
            }
            "check" => checks.push(of(line, number)?),
            "other-checks" => others.extend(of::<OtherChecks>(line, number)?.checks),
            "finding" => findings.push(of(line, number)?),
            "gone" => gone.push(of(line, number)?),
            "suppressed" => suppressed.push(of(line, number)?),
            "problem" => problems.push(of(line, number)?),
            "notice" => notices.push(of(line, number)?),
            "remark" => remarks.push(of(line, number)?),
            "not-checked" => not_checked.push(of(line, number)?),
            "database" => databases.push(of(line, number)?),
            "signature" => signatures.push(of(line, number)?),
            "claim" => claims.push(of(line, number)?),
            "skipped" => skipped.push(of(line, number)?),
            "summary" => summary = Some(of(line, number)?),
            // A kind of line that was added later.
            _ => {}
        }
    }
    let cut_off = || Unreadable::new("it is cut off: its last line, the summary, is not there");
    let mut summary = summary.ok_or_else(cut_off)?;
    let Scan { tool, scope } = scan.ok_or_else(cut_off)?;
    checks.extend(others);
    checks.sort_by(|a, b| a.id().cmp(b.id()));
    let coverage =
        Coverage { files: summary.files, bytes: summary.bytes, skipped, history: summary.history.take() };
    Ok(Document {
        tool,
        scope,
        summary,
        coverage,
        not_checked,
        databases,
        signatures,
        claims,
        checks,
        findings,
        gone,
        suppressed,
        problems,
        notices,
        remarks,
    })
}

fn of<T: DeserializeOwned>(line: &str, number: usize) -> Result<T, Unreadable> {
    serde_json::from_str(line).map_err(|error| wrong(&error, Some(number)))
}
