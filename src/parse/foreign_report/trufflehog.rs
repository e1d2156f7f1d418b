//! An object printed by trufflehog: `SourceMetadata.Data` has one key, the kind of its source.

use serde_json::{Map, Value};

use super::{Record, commit, line, rule, text, value};

pub(super) fn record(object: &Map<String, Value>) -> Option<Record> {
    let data = object.get("SourceMetadata").and_then(|it| it.get("Data")).and_then(Value::as_object);
    let place = data.and_then(|data| data.values().find_map(Value::as_object));
    let values: Vec<_> = ["Raw", "RawV2"].iter().filter_map(|key| value(text(object, key))).collect();
    let path = place.and_then(|place| text(place, "file"));
    if path.is_none() && values.is_empty() {
        return None;
    }
    Some(Record {
        rule: rule(text(object, "DetectorName")),
        path: path.map(|path| path.as_bytes().to_vec()),
        line: place.and_then(|place| line(place, "line")),
        commit: commit(place.and_then(|place| text(place, "commit"))),
        values,
        ..Record::default()
    })
}
