//! The settings in effect, each with its origin, for `config show`.

use std::path::Path;

use toml::Value;
use toml::de::{DeTable, DeValue};

use crate::model::mistake::line_column;
use crate::model::{Error, Severity};
use crate::scan::config::settings::TABLES;
use crate::scan::config::{Environment, Wanted, configuration_text, parse};

/// Where the value of a setting is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetBy {
    /// It is not set.
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

/// A setting in effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Effective {
    /// Its table; empty for none.
    pub table: &'static str,
    /// Its name.
    pub key: &'static str,
    /// Its value, or the description of a default that no value says.
    pub value: Result<Value, &'static str>,
    /// Where that is from.
    pub by: SetBy,
}

/// All settings in effect for a scan of `target` without arguments, and the name of the configuration if there
/// is one.
///
/// # Errors
/// What is wrong with the configuration.
pub fn effective(
    target: &Path,
    wanted: &Wanted,
    environment: &Environment,
) -> Result<(Option<String>, Vec<Effective>), Error> {
    let found = configuration_text(target, wanted)?;
    let (name, text) = found.map_or((None, String::new()), |found| (Some(found.shown), found.text));
    let shown = name.clone().unwrap_or_default();
    parse(&text, &shown, "")?;
    // It was read just now, so both of these are there.
    let (Ok(values), Ok(spans)) = (text.parse::<toml::Table>(), DeTable::parse(&text)) else {
        return Err(Error::Config(format!("{shown}: cannot be read")));
    };
    let all = TABLES.iter().flat_map(|table| table.settings.iter().map(move |setting| (table.name, setting)));
    let settings = all.map(|(table, setting)| {
        let key = setting.key;
        let (mut value, mut by) = (setting.unset.default.map(value_of), SetBy::Default);
        let said = if table.is_empty() { Some(&values) } else { values.get(table).and_then(Value::as_table) };
        if let Some(said) = said.and_then(|table| table.get(key)) {
            let line = line_of(spans.get_ref(), table, key).map_or(1, |at| line_column(&text, at).0);
            value = Ok(said.clone());
            by = SetBy::Line(shown.clone(), line);
        }
        if let (Some(fail_on), Some(variable @ "BARTIZAN_FAIL_ON")) =
            (environment.fail_on, setting.unset.variable)
        {
            value = Ok(Value::from(fail_on.map_or("none", Severity::as_str)));
            by = SetBy::Variable(variable);
        }
        Effective { table, key, value, by }
    });
    Ok((name, settings.collect()))
}

/// The value that `text`, one of the table's, writes.
pub(super) fn value_of(text: &str) -> Value {
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

/// A value of TOML as one of JSON, days as text.
#[must_use]
pub fn as_json(value: &Value) -> serde_json::Value {
    match value {
        Value::String(text) => text.as_str().into(),
        Value::Integer(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Boolean(flag) => (*flag).into(),
        Value::Datetime(day) => day.to_string().into(),
        Value::Array(values) => values.iter().map(as_json).collect(),
        Value::Table(table) => {
            let entries = table.iter().map(|(key, value)| (key.clone(), as_json(value)));
            entries.collect::<serde_json::Map<_, _>>().into()
        }
    }
}
