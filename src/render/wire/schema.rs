//! `report.schema.json` and `verify.schema.json` are generated from the shapes: `UPDATE=1 cargo test --lib schema`
//! writes them.

use std::fs;
use std::path::Path;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{Document, Line};
use crate::render::verdict;

/// Characters of an object in one line.
const WIDTH: usize = 220;
/// Keys in the order in which they are read best; all others follow.
const ORDER: [&str; 7] = ["$schema", "$id", "title", "description", "type", "required", "properties"];

#[test]
fn the_schema_of_reports_is_that_of_their_shapes() {
    // What is required is what readers require, so that reports of earlier versions are valid.
    let mut generator = SchemaSettings::draft2020_12().for_deserialize().into_generator();
    generator.subschema_for::<Line<'_>>();
    fresh("report", "report", generator.into_root_schema_for::<Document<'_>>());
}

#[test]
fn the_schema_of_verdicts_is_that_of_their_shapes() {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    fresh("verify", "verdict", generator.into_root_schema_for::<verdict::Document<'_>>());
}

/// Compares `schema` with the file, or writes it.
#[expect(clippy::disallowed_methods, reason = "the test writes the file that it generates")]
#[track_caller]
fn fresh(name: &str, title: &str, schema: Schema) {
    let mut schema = schema.to_value();
    plainer(&mut schema);
    schema["$id"] = json!(format!("urn:bartizan:{name}:{}", super::SCHEMA_VERSION));
    schema["title"] = json!(format!("bartizan {title}"));
    let text = printed(&schema, 0) + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/render/{name}.schema.json"));
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::write(&file, text).unwrap();
    } else {
        let is_fresh = fs::read_to_string(&file).unwrap().replace("\r\n", "\n") == text;
        assert!(is_fresh, "{name}.schema.json is stale: run UPDATE=1 cargo test --lib schema");
    }
}

/// Takes out what says nothing to readers of a report: widths of integers, defaults, and `null`, which is never
/// written. Definitions have the names of fields.
fn plainer(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(plainer),
        Value::String(text) => {
            if let Some(name) = text.strip_prefix("#/$defs/") {
                *text = format!("#/$defs/{}", snake(name));
            }
        }
        Value::Object(object) => {
            let taken = std::mem::take(object);
            for (key, mut value) in taken {
                plainer(&mut value);
                match (key.as_str(), value) {
                    ("default", _) => {}
                    ("format", Value::String(format)) if format != "date-time" => {}
                    ("description", Value::String(text)) => {
                        object.insert(key, text.replace('\n', " ").into());
                    }
                    ("type", Value::Array(types)) => {
                        object.insert(key, types.into_iter().find(|one| one != "null").unwrap());
                    }
                    ("anyOf", Value::Array(mut any)) if any.contains(&json!({ "type": "null" })) => {
                        object.extend(any.swap_remove(0).as_object().unwrap().clone());
                    }
                    ("$defs", Value::Object(defs)) => {
                        let defs: Map<_, _> =
                            defs.into_iter().map(|(name, def)| (snake(&name), def)).collect();
                        object.insert(key, defs.into());
                    }
                    (_, value) => {
                        object.insert(key, value);
                    }
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// `NotChecked` as `not_checked`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// `value` as text: what is short or holds no object in a line, all else in several.
fn printed(value: &Value, depth: usize) -> String {
    let (open, close, pad, items): (_, _, _, Vec<String>) = match value {
        Value::Array(items) => ("[", "]", "", items.iter().map(|item| printed(item, depth + 1)).collect()),
        Value::Object(object) => {
            let mut items: Vec<_> = object.iter().collect();
            items.sort_by_key(|(key, _)| ORDER.iter().position(|one| one == key).unwrap_or(ORDER.len()));
            let items =
                items.into_iter().map(|(key, item)| format!("\"{key}\": {}", printed(item, depth + 1)));
            ("{", "}", " ", items.collect())
        }
        scalar => return scalar.to_string(),
    };
    let line = items.join(", ");
    if line.len() <= WIDTH && !line.contains('\n') || !line.contains("{ ") {
        return format!("{open}{pad}{line}{pad}{close}");
    }
    let indent = "  ".repeat(depth);
    format!("{open}\n  {indent}{}\n{indent}{close}", items.join(&format!(",\n  {indent}")))
}
