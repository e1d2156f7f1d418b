//! A report that `json` or `jsonl` wrote, read again. It lives beside what
//! writes it, for both change together; nothing of the repository is needed for it.
//!
//! What was masked stays masked: a report has no secrets, so none comes back.

mod lines;

use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::Compared;
use super::wire::{self, Document, SCHEMA_VERSION, Summary};
use crate::model::text::escaped;
use crate::model::{Finding, Name, Report, Severity};

/// Bytes of the largest report that is read.
pub const MAX_SIZE: u64 = 512 << 20;
/// Characters of a message, which quotes what it does not understand.
const MESSAGE: usize = 300;

/// A report, and what else the file says.
#[derive(Clone, Debug)]
pub struct Reread {
    /// The report. Of a check that found nothing neither what to do nor the page is known.
    pub report: Report,
    /// The version of the program that made it.
    pub version: Name,
    /// The threshold of the run that made it, which may be none at all; not known of older ones.
    pub fail_on: Option<Option<Severity>>,
    /// How it differs from an earlier one, if it was compared.
    pub compared: Option<Compared>,
}

/// Why a file cannot be read as a report, in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(String);

impl Unreadable {
    /// With everything escaped that a hostile file could have put into `why`.
    fn new(why: &str) -> Self {
        let why = escaped(why);
        match why.char_indices().nth(MESSAGE) {
            Some((at, _)) => Self(format!("{}…", &why[..at])),
            None => Self(why),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

/// The keys that identify a report.
#[derive(Deserialize)]
struct Probe {
    schema_version: Option<Value>,
    tool: Option<Value>,
    findings: Option<IgnoredAny>,
    runs: Option<IgnoredAny>,
}

/// Reads a report in JSON or JSON lines; the first line decides which.
///
/// # Errors
/// Why it is none that can be read, in one line.
pub fn read(text: &[u8]) -> Result<Reread, Unreadable> {
    if text.len() as u64 > MAX_SIZE {
        return Err(Unreadable::new(&format!("it is larger than {} MiB", MAX_SIZE >> 20)));
    }
    // Some shells put a mark before what they redirect.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let text = std::str::from_utf8(text).map_err(|error| {
        Unreadable::new(&format!("it is not UTF-8, from byte {} on", error.valid_up_to()))
    })?;
    let first = text.split('\n').find(|line| !line.trim().is_empty()).unwrap_or_default();
    if first.is_empty() {
        return Err(Unreadable::new("it is empty"));
    }
    if lines::is_first(first) {
        recognised(first, true)?;
        reread(lines::document(text)?)
    } else {
        recognised(text, false)?;
        reread(serde_json::from_str(text).map_err(|error| wrong(&error, None))?)
    }
}

/// An error if `text` is not a report that this program can read.
fn recognised(text: &str, is_line: bool) -> Result<(), Unreadable> {
    let none = "it is not a bartizan report in JSON or JSON lines";
    let probe: Probe = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Unreadable::new(none),
        // A text that does not begin like a report is not a damaged one.
        serde_json::error::Category::Syntax if !text.trim_start().starts_with('{') => Unreadable::new(none),
        _ => wrong(&error, None),
    })?;
    let tool = |field: &str| probe.tool.as_ref().and_then(|tool| tool.get(field)).and_then(Value::as_str);
    if probe.runs.is_some() {
        return Err(Unreadable::new(&format!("it is a SARIF file, which lacks much of a scan; {none}")));
    }
    let version = match &probe.schema_version {
        Some(version) if tool("name") == Some(env!("CARGO_PKG_NAME")) => version.as_u64(),
        _ => return Err(Unreadable::new(none)),
    };
    match version {
        Some(version) if version == u64::from(SCHEMA_VERSION) => {}
        Some(version @ 1..) => {
            let by = tool("version").map(|version| format!(" {version}")).unwrap_or_default();
            return Err(Unreadable::new(&format!(
                "it was written by a newer bartizan{by} (format {version}); this one reads format {SCHEMA_VERSION}"
            )));
        }
        _ => return Err(Unreadable::new(&format!("its schema_version is not {SCHEMA_VERSION}; {none}"))),
    }
    if !is_line && probe.findings.is_none() {
        return Err(Unreadable::new(&format!("the list of findings is missing; {none}")));
    }
    Ok(())
}

/// `error` in the text, or in this line of it.
fn wrong(error: &serde_json::Error, line: Option<usize>) -> Unreadable {
    let (at, column) = (line.unwrap_or(error.line()), error.column());
    let said = error.to_string();
    let what = said.rsplit_once(" at line ").map_or(said.as_str(), |(what, _)| what);
    match error.classify() {
        serde_json::error::Category::Eof => {
            Unreadable::new(&format!("it is cut off, at line {at} column {column}"))
        }
        _ => Unreadable::new(&format!("line {at} column {column}: {what}")),
    }
}

fn reread(document: Document<'_>) -> Result<Reread, Unreadable> {
    let Document { tool, scope, summary, .. } = document;
    let new = document.findings.iter().map(wire::Finding::is_new).collect();
    let gone: Vec<Finding> = document.gone.into_iter().flatten().map(Into::into).collect();
    let report = Report {
        checks: document.checks.into_iter().map(Into::into).collect(),
        findings: document.findings.into_iter().map(Into::into).collect(),
        suppressed: document.suppressed.into_owned(),
        known_before: summary.known_before,
        problems: document.problems.into_owned(),
        notices: document.notices.into_owned(),
        remarks: document.remarks.into_owned(),
        not_checked: document.not_checked.into_owned(),
        databases: document.databases.into_owned(),
        signatures: document.signatures.into_owned(),
        claims: document.claims.into_owned(),
        coverage: document.coverage.into(),
        scope: scope.into_owned(),
    };
    whole(&report, gone.len(), &summary)?;
    let compared = summary.compared.map(|_| Compared { new, gone });
    let fail_on = summary.fail_on.map(|threshold| threshold.0);
    Ok(Reread { report, version: tool.version, fail_on, compared })
}

/// An error if the report does not have what its summary counts: with parts removed it would look better
/// than it is.
fn whole(report: &Report, gone: usize, summary: &Summary<'_>) -> Result<(), Unreadable> {
    let claims = summary.claims.as_ref().map_or(0, |claims| claims.total());
    let gone_counted = summary.compared.as_ref().map_or(0, |compared| compared.gone);
    let counted = [
        ("findings", summary.findings, report.findings.len()),
        ("suppressed findings", summary.suppressed as u64, report.suppressed.len()),
        ("problems", summary.problems as u64, report.problems.len()),
        ("notices", summary.notices as u64, report.notices.len()),
        ("files that were not checked", summary.not_checked as u64, report.not_checked.len()),
        ("claims", claims as u64, report.claims.len()),
        ("checks", summary.checks.total, report.checks.len()),
        ("findings that are gone", gone_counted, gone),
    ];
    match counted.into_iter().find(|(_, counted, found)| *counted != *found as u64) {
        Some((what, counted, found)) => Err(Unreadable::new(&format!(
            "it is incomplete: its summary counts {counted} {what}, and it has {found}"
        ))),
        None => Ok(()),
    }
}
