//! A report of one JSON object a line.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Unreadable, wrong};
use crate::render::wire::{Document, OtherChecks, Scan, Summary};

#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: String,
}

/// True if `line` is the first one of such a report.
pub(super) fn is_first(line: &str) -> bool {
    serde_json::from_str::<Kind>(line).is_ok_and(|line| line.kind == "scan")
}

/// The lines of a report as one document; `text` starts with [a first line](is_first).
pub(super) fn document(text: &str) -> Result<Document<'static>, Unreadable> {
    let mut document = Document::default();
    let mut scan: Option<Scan<'_>> = None;
    let mut summary: Option<Summary<'_>> = None;
    for (line, number) in text.split('\n').zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        if summary.is_some() {
            return Err(Unreadable::new(&format!(
                "it goes on at line {number}, after its summary: pass one report at a time"
            )));
        }
        match read::<Kind>(line, number)?.kind.as_str() {
            "scan" if scan.is_none() => scan = Some(read(line, number)?),
            "scan" => {
                return Err(Unreadable::new(&format!(
                    "another report starts at line {number}, before this one's summary"
                )));
            }
            "check" => document.checks.push(read(line, number)?),
            "other-checks" => document.checks.extend(read::<OtherChecks<'_>>(line, number)?.checks),
            "finding" => document.findings.push(read(line, number)?),
            "gone" => document.gone.get_or_insert_default().push(read(line, number)?),
            "suppressed" => document.suppressed.to_mut().push(read(line, number)?),
            "problem" => document.problems.to_mut().push(read(line, number)?),
            "notice" => document.notices.to_mut().push(read(line, number)?),
            "remark" => document.remarks.to_mut().push(read(line, number)?),
            "not-checked" => document.not_checked.to_mut().push(read(line, number)?),
            "database" => document.databases.to_mut().push(read(line, number)?),
            "signature" => document.signatures.to_mut().push(read(line, number)?),
            "claim" => document.claims.to_mut().push(read(line, number)?),
            "skipped" => document.coverage.skipped.push(read(line, number)?),
            "summary" => summary = Some(read(line, number)?),
            // A kind of line that was added later.
            _ => {}
        }
    }
    let (Some(scan), Some(mut summary)) = (scan, summary) else {
        return Err(Unreadable::new("it is cut off: its last line, the summary, is missing"));
    };
    (document.tool, document.scope) = (scan.tool, scan.scope);
    document.checks.sort_by(|a, b| a.id.cmp(&b.id));
    (document.coverage.files, document.coverage.bytes) = (summary.files, summary.bytes);
    document.coverage.history = summary.history.take();
    document.summary = summary;
    Ok(document)
}

fn read<T: DeserializeOwned>(line: &str, number: usize) -> Result<T, Unreadable> {
    serde_json::from_str(line).map_err(|error| wrong(&error, Some(number)))
}
