//! `.secrets.baseline` of detect-secrets: digests of values by file, some with an audit result.

use data_encoding::HEXLOWER_PERMISSIVE;
use serde_json::{Map, Value};

use super::{ForeignReport, Format, Record, line, rule, text};

/// The kind whose digest covers only the first line of the block.
const BLOCK: &str = "Private Key";

pub(super) fn read(results: &Map<String, Value>) -> ForeignReport {
    let mut report = ForeignReport { format: Format::DetectSecrets, records: Vec::new(), odd: Vec::new() };
    let mut number = 0;
    for (path, list) in results {
        for entry in list.as_array().into_iter().flatten() {
            number += 1;
            report.push(number, entry.as_object().and_then(|entry| record(path, entry)));
        }
    }
    report
}

fn record(path: &str, entry: &Map<String, Value>) -> Option<Record> {
    let digest = HEXLOWER_PERMISSIVE.decode(text(entry, "hashed_secret")?.as_bytes()).ok()?;
    let kind = text(entry, "type");
    Some(Record {
        rule: rule(kind),
        path: Some(path.as_bytes().to_vec()),
        line: line(entry, "line_number"),
        sha1: Some(digest.try_into().ok()?),
        is_block: kind == Some(BLOCK),
        verdict: match entry.get("is_secret") {
            Some(Value::Bool(true)) => Some("audited as a secret"),
            Some(Value::Bool(false)) => Some("audited as not a secret"),
            _ => None,
        },
        ..Record::default()
    })
}
