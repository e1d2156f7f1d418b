//! The JSON schema of bartizan.toml, from the table of settings.

use serde_json::{Map, Value, json};

use crate::scan::config::effective::{as_json, value_of};
use crate::scan::config::read::MAX_ENTRIES;
use crate::scan::config::setting::{Entries, Kind, Setting};
use crate::scan::config::settings::TABLES;

/// The schema, as a text that ends in a line feed.
#[must_use]
pub fn schema() -> String {
    let mut top = Map::new();
    for table in TABLES {
        let settings = properties(table.settings);
        match table.name {
            "" => top.extend(settings),
            name => {
                let mut object = object(&settings);
                object["description"] = table.doc.into();
                top.insert(name.to_owned(), object);
            }
        }
    }
    let mut schema = object(&top);
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["$id"] =
        "https://raw.githubusercontent.com/bartizan-scan/bartizan/main/docs/bartizan.schema.json".into();
    schema["title"] = "bartizan.toml".into();
    schema["description"] =
        "Settings of bartizan for a repository. `bartizan config check` also checks that the checks \
         exist, that patterns can be read, and that files are there."
            .into();
    format!("{schema:#}\n")
}

fn object(properties: &Map<String, Value>) -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn properties<T>(settings: &[Setting<T>]) -> Map<String, Value> {
    let described = settings.iter().map(|setting| {
        let mut schema = of_kind(&setting.kind);
        schema["description"] = setting.doc.into();
        if let Ok(text) = setting.unset.default {
            schema["default"] = as_json(&value_of(text));
        }
        (setting.key.to_owned(), schema)
    });
    described.collect()
}

fn of_kind<T>(kind: &Kind<T>) -> Value {
    match kind {
        Kind::Flag(_) => json!({ "type": "boolean" }),
        Kind::Size(_) => json!({ "oneOf": [
            { "type": "integer", "minimum": 1 },
            {
                "type": "string",
                "pattern": "^0*[1-9][0-9]* *([Bb]|[kK]|[kK][bB]|[kK][iI][bB]|[mM]|[mM][bB]|[mM][iI][bB]|[gG]|[gG][bB]|[gG][iI][bB])?$",
            },
        ] }),
        Kind::Number(most, ..) => json!({ "type": "integer", "minimum": 0, "maximum": most }),
        Kind::Choice(names, _) => json!({ "enum": names() }),
        Kind::Choices(names, _) => list(&json!({ "enum": names() })),
        Kind::Day(_) => json!({
            "type": "string",
            "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        }),
        Kind::Text(_) => json!({ "type": "string" }),
        Kind::Required(..) => json!({ "type": "string", "pattern": "\\S" }),
        Kind::Regexp(_) => json!({ "type": "string", "format": "regex" }),
        Kind::File(_) => json!({
            "type": "string",
            "minLength": 1,
            "not": { "pattern": "(^/)|(//)|(/$)|((^|/)\\.\\.(/|$))" },
        }),
        Kind::Globs(_) => list(&glob()),
        Kind::Paths(_) => json!({ "anyOf": [
            { "allOf": [glob(), { "not": { "pattern": "^!" } }] },
            list(&glob()),
        ] }),
        Kind::Names(_) => list(&json!({ "type": "string" })),
        Kind::Actions(_) => list(&json!({
            "type": "string",
            "pattern": "^[A-Za-z0-9._-]+/(\\*|[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*)(@[^\\s*]+)?$",
        })),
        Kind::Entries(entries) => list(&entry(entries)),
    }
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "maxItems": MAX_ENTRIES, "items": items })
}

fn glob() -> Value {
    json!({
        "type": "string",
        "maxLength": 1000,
        "pattern": "^!?(\\./)?.*([^./! ]|\\.[^/])",
        "not": { "pattern": "(^(\\./)?#)|((^!?|/)\\.\\.(/|$))" },
    })
}

fn entry<T>(entries: &Entries<T>) -> Value {
    let mut schema = object(&properties(entries.settings));
    let required = entries.settings.iter().filter(|setting| matches!(setting.kind, Kind::Required(..)));
    let required: Vec<&str> = required.map(|setting| setting.key).collect();
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    let combinations: Map<String, Value> = entries.combinations.map_or_else(Map::new, |text| {
        serde_json::from_str(text).expect("the table writes an object of JSON; a test reads it")
    });
    for (keyword, value) in combinations {
        schema[keyword] = value;
    }
    schema
}
