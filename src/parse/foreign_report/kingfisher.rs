//! An object in kingfisher's report: a `rule`, and a `finding` with its location.

use serde_json::{Map, Value};

use super::{Record, commit, line, rule, text, value};

pub(super) fn record(object: &Map<String, Value>) -> Option<Record> {
    let kind = object.get("rule").and_then(Value::as_object);
    let finding = object.get("finding").and_then(Value::as_object)?;
    let git = finding.get("git_metadata").and_then(Value::as_object);
    let part = |name: &str| git.and_then(|git| git.get(name)).and_then(Value::as_object);
    let path = part("file").and_then(|file| text(file, "path")).or_else(|| text(finding, "path"))?;
    Some(Record {
        rule: rule(kind.and_then(|kind| text(kind, "id").or_else(|| text(kind, "name")))),
        path: Some(path.as_bytes().to_vec()),
        line: line(finding, "line"),
        commit: commit(part("commit").and_then(|commit| text(commit, "id"))),
        values: value(text(finding, "snippet")).into_iter().collect(),
        ..Record::default()
    })
}
