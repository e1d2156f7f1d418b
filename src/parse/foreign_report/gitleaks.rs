//! An object in gitleaks' JSON report.

use serde_json::{Map, Value};

use super::{Record, commit, line, rule, text, value};

pub(super) fn record(object: &Map<String, Value>) -> Option<Record> {
    Some(Record {
        rule: rule(text(object, "RuleID")),
        path: Some(text(object, "File")?.as_bytes().to_vec()),
        line: line(object, "StartLine"),
        commit: commit(text(object, "Commit")),
        values: value(text(object, "Secret")).into_iter().collect(),
        ..Record::default()
    })
}
