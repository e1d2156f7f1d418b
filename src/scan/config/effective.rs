//! The settings that count, each with where it is from: for people who wonder, not for the scan.

use std::path::Path;

use toml::Value;
use toml::de::{DeTable, DeValue};

use super::{Environment, Wanted, configuration_text};
use crate::model::Error;
use crate::model::mistake::line_column;
use crate::scan::config::parse;

/// What counts where nobody says anything.
enum Usual {
    /// This, as it would be written.
    Is(&'static str),
    /// Something that cannot be written; in words.
    Means(&'static str),
}
use Usual::{Is, Means};

/// Every setting, by table; those of no table first.
const SETTINGS: &[(&str, &str, Usual)] = &[
    ("", "ignore", Is("[]")),
    ("scan", "exclude", Is("[]")),
    ("scan", "max-file-size", Is("\"10MiB\"")),
    ("scan", "fail-on", Is("\"medium\"")),
    ("scan", "checks", Means("all")),
    ("scan", "skip-checks", Is("[]")),
    ("scan", "preset", Is("\"default\"")),
    ("scan", "packs", Is("[]")),
    ("secrets", "rules", Is("[]")),
    ("secrets", "defaults", Is("true")),
    ("secrets", "foreign-allow", Is("false")),
    ("advisories", "unsound", Is("\"medium\"")),
    ("advisories", "unmaintained", Is("\"low\"")),
    ("advisories", "notice", Is("\"low\"")),
    ("advisories", "yanked", Is("\"low\"")),
    ("advisories", "osv", Is("[]")),
    ("advisories", "max-age", Means("any")),
    ("advisories", "ignore", Is("[]")),
    ("signatures", "trusted-root", Means("those fetched or built in")),
    ("signatures", "require-inclusion-proof", Is("false")),
    ("signatures", "allowed-signers", Means("none")),
    ("signatures", "require-signed-commits", Is("false")),
    ("signatures", "signer", Is("[]")),
    ("sbom", "profile", Is("\"ntia-2021\"")),
    ("sbom", "require", Is("false")),
    ("sbom", "coverage", Is("80")),
    ("workflows", "allowed-actions", Is("[]")),
    ("workflows", "forbidden-actions", Is("[]")),
];

/// Who says what a setting is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetBy {
    /// Nobody said anything.
    Default,
    /// A line of the configuration.
    Line(String, usize),
    /// A variable of the environment.
    Variable(&'static str),
}

impl std::fmt::Display for SetBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Line(name, line) => write!(f, "{name}:{line}"),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// A setting.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Its table; empty for none.
    pub table: &'static str,
    /// Its name.
    pub key: &'static str,
    /// What it is, or in words what that means which cannot be written.
    pub value: Result<Value, &'static str>,
    /// Who says so.
    pub by: SetBy,
}

/// All settings that count for a scan of `target` without arguments, and the name of the configuration if
/// there is one.
///
/// # Errors
/// What is wrong with the configuration.
pub fn effective(
    target: &Path,
    wanted: &Wanted,
    environment: &Environment,
) -> Result<(Option<String>, Vec<Setting>), Error> {
    let found = configuration_text(target, wanted)?;
    let (name, text) = found.map_or((None, String::new()), |found| (Some(found.shown), found.text));
    let shown = name.clone().unwrap_or_default();
    parse(&text, &shown, "")?;
    // It was read just now, so both of these are there.
    let (Ok(values), Ok(spans)) = (text.parse::<toml::Table>(), DeTable::parse(&text)) else {
        return Err(Error::Config(format!("{shown}: cannot be read")));
    };
    let settings = SETTINGS.iter().map(|(table, key, usual)| {
        let (mut value, mut by) = match usual {
            Is(text) => (Ok(value_of(text)), SetBy::Default),
            Means(words) => (Err(*words), SetBy::Default),
        };
        let said =
            if table.is_empty() { Some(&values) } else { values.get(*table).and_then(Value::as_table) };
        if let Some(said) = said.and_then(|table| table.get(*key)) {
            let line = line_of(spans.get_ref(), table, key).map_or(1, |at| line_column(&text, at).0);
            value = Ok(said.clone());
            by = SetBy::Line(shown.clone(), line);
        }
        if let (Some(fail_on), ("scan", "fail-on")) = (environment.fail_on, (*table, *key)) {
            let word = fail_on.map_or("none", crate::model::Severity::as_str);
            (value, by) = (Ok(Value::from(word)), SetBy::Variable("BARTIZAN_FAIL_ON"));
        }
        Setting { table, key, value, by }
    });
    Ok((name, settings.collect()))
}

/// The value that `text` writes; one of the texts above.
fn value_of(text: &str) -> Value {
    let mut table: toml::Table = format!("v = {text}").parse().unwrap_or_default();
    table.remove("v").unwrap_or_else(|| Value::from(text))
}

/// Where the key stands, in bytes.
fn line_of(top: &DeTable<'_>, table: &str, key: &str) -> Option<usize> {
    let of = |table: &DeTable<'_>, name: &str| {
        table.keys().find(|key| key.get_ref().as_ref() == name).map(|key| key.span().start)
    };
    if table.is_empty() {
        return of(top, key);
    }
    match top.get(table)?.get_ref() {
        DeValue::Table(inner) => of(inner, key),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{SETTINGS, Usual};
    use crate::scan::config::read::known;
    use crate::scan::config::{DEFAULT_FAIL_ON, DEFAULT_MAX_FILE_SIZE, SCHEMA, parse};

    #[test]
    fn every_setting_that_is_read_is_shown_and_no_other() {
        let shown: BTreeSet<String> =
            SETTINGS.iter().map(|(table, key, _)| format!("{table}.{key}")).collect();
        let tables = ["", "scan", "secrets", "advisories", "signatures", "sbom", "workflows"];
        let read =
            tables.iter().flat_map(|table| known(table).iter().map(move |key| format!("{table}.{key}")));
        let read: BTreeSet<String> =
            read.filter(|name| !tables.contains(&name.trim_start_matches('.'))).collect();
        assert_eq!(shown, read);
    }

    #[test]
    fn the_schema_has_every_key_that_is_read_and_no_other() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        let list = |table: &str| format!("/properties/{}/items", table.replace('.', "/properties/"));
        let tables = [
            ("", String::new()),
            ("ignore", list("ignore")),
            ("scan", "/properties/scan".to_owned()),
            ("secrets", "/properties/secrets".to_owned()),
            ("advisories", "/properties/advisories".to_owned()),
            ("advisories.ignore", list("advisories.ignore")),
            ("signatures", "/properties/signatures".to_owned()),
            ("signatures.signer", list("signatures.signer")),
            ("sbom", "/properties/sbom".to_owned()),
            ("workflows", "/properties/workflows".to_owned()),
        ];
        for (table, place) in tables {
            let described = schema.pointer(&place).unwrap();
            let described: BTreeSet<&str> =
                described["properties"].as_object().unwrap().keys().map(String::as_str).collect();
            let read: BTreeSet<&str> = known(table).iter().copied().collect();
            assert_eq!(described, read, "{table}");
        }
    }

    #[test]
    fn what_is_shown_as_usual_is_what_counts_without_it() {
        let mut text = String::new();
        let mut last = "";
        for (table, key, usual) in SETTINGS {
            if *table != last {
                text.push_str(&format!("[{table}]\n"));
                last = table;
            }
            if let Usual::Is(value) = usual {
                text.push_str(&format!("{key} = {value}\n"));
            }
        }
        let said = parse(&text, "c", "").unwrap();
        let nothing = parse("", "c", "").unwrap();
        assert_eq!(said.max_file_size, Some(DEFAULT_MAX_FILE_SIZE));
        assert_eq!(said.fail_on, Some(DEFAULT_FAIL_ON));
        assert_eq!(said.defaults, Some(true));
        assert_eq!(said.foreign_allow, nothing.foreign_allow);
        assert_eq!(
            (said.ignores.len(), said.exclude.len(), said.packs.len(), said.rules.len()),
            (0, 0, 0, 0)
        );
        assert_eq!(
            (said.sbom.profile, said.sbom.require, said.sbom.coverage),
            (nothing.sbom.profile, nothing.sbom.require, nothing.sbom.coverage)
        );
        assert_eq!(said.signatures.require_signed_commits, nothing.signatures.require_signed_commits);
        assert_eq!(said.signatures.require_inclusion_proof, nothing.signatures.require_inclusion_proof);
    }
}
