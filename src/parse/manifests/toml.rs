//! `pyproject.toml` in the formats of PEP 621, PEP 735, Poetry, PDM and uv, and `Pipfile`.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Ask, Scope};
use crate::model::Span;

type Value<'v> = Spanned<DeValue<'v>>;

/// The dependencies of `pyproject.toml`.
pub(super) fn pyproject(text: &str) -> Vec<Ask> {
    let Ok(top) = DeTable::parse(text) else { return Vec::new() };
    let top = top.get_ref();
    let mut asks = Vec::new();
    let mut list = |value: Option<&Value<'_>>, scope| asks.extend(requirements(value, scope));
    let project = table(top, "project");
    list(project.and_then(|project| project.get("dependencies")), Scope::Runtime);
    for extra in values(project, "optional-dependencies") {
        list(Some(extra), Scope::Optional);
    }
    for group in values(Some(top), "dependency-groups") {
        list(Some(group), Scope::Development);
    }
    let tool = table(top, "tool");
    let pdm = tool.and_then(|tool| table(tool, "pdm"));
    for group in values(pdm, "dev-dependencies") {
        list(Some(group), Scope::Development);
    }
    let uv = tool.and_then(|tool| table(tool, "uv"));
    list(uv.and_then(|uv| uv.get("dev-dependencies")), Scope::Development);
    let Some(poetry) = tool.and_then(|tool| table(tool, "poetry")) else { return asks };
    asks.extend(named(table(poetry, "dependencies"), Scope::Runtime));
    asks.extend(named(table(poetry, "dev-dependencies"), Scope::Development));
    for (name, group) in table(poetry, "group").into_iter().flatten() {
        let scope = if name.get_ref() == "main" { Scope::Runtime } else { Scope::Development };
        asks.extend(named(group.get_ref().as_table().and_then(|group| table(group, "dependencies")), scope));
    }
    asks
}

/// The dependencies of `Pipfile`. Each table except settings is a category.
pub(super) fn pipfile(text: &str) -> Vec<Ask> {
    let Ok(top) = DeTable::parse(text) else { return Vec::new() };
    let mut asks = Vec::new();
    for (name, value) in top.get_ref() {
        let scope = match &**name.get_ref() {
            "packages" => Scope::Runtime,
            "source" | "requires" | "scripts" | "pipenv" => continue,
            _ => Scope::Development,
        };
        asks.extend(named(value.get_ref().as_table(), scope));
    }
    asks
}

fn table<'t, 'i>(table: &'t DeTable<'i>, key: &str) -> Option<&'t DeTable<'i>> {
    table.get(key)?.get_ref().as_table()
}

/// The values of a table in `parent`.
fn values<'t, 'i>(parent: Option<&'t DeTable<'i>>, key: &str) -> Vec<&'t Value<'i>> {
    parent.and_then(|parent| table(parent, key)).into_iter().flatten().map(|(_, value)| value).collect()
}

fn text<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    match value.get_ref() {
        DeValue::String(Cow::Borrowed(text)) => Some(text),
        DeValue::String(Cow::Owned(text)) => Some(text),
        _ => None,
    }
}

/// A list of requirements: `"tin[extra]>=1; python_version < '3'"`.
fn requirements(list: Option<&Value<'_>>, scope: Scope) -> Vec<Ask> {
    let Some(list) = list.and_then(|list| list.get_ref().as_array()) else { return Vec::new() };
    let ask = |value: &Value<'_>| {
        let whole = text(value)?;
        let (name, requirement) = requirement(whole)?;
        let span = value.span();
        Some(Ask {
            name: name.to_owned(),
            requirement: requirement.to_owned(),
            scope,
            at: Span::new(span.start, span.end),
        })
    };
    list.iter().filter_map(ask).collect()
}

/// The name of a requirement, and its version specifier.
pub(in crate::parse) fn requirement(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let end = text.find(|c| !part(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let rest = rest.split(';').next().unwrap_or(rest).trim();
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']')?.1.trim(),
        None => rest,
    };
    (!name.is_empty()).then_some((name, rest))
}

/// A table with a name for each package: `tin = "^1"`, `tin = {version = "^1", optional = true}`.
fn named(packages: Option<&DeTable<'_>>, scope: Scope) -> Vec<Ask> {
    let mut asks = Vec::new();
    for (key, value) in packages.into_iter().flatten() {
        let name: &str = key.get_ref();
        if name == "python" {
            continue;
        }
        let details = value.get_ref().as_table();
        let optional = details
            .and_then(|details| details.get("optional"))
            .is_some_and(|optional| matches!(optional.get_ref(), DeValue::Boolean(true)));
        let version = details.and_then(|details| details.get("version")).and_then(text);
        asks.push(Ask {
            name: name.to_owned(),
            requirement: version.or_else(|| text(value)).unwrap_or_default().to_owned(),
            scope: if optional && scope == Scope::Runtime { Scope::Optional } else { scope },
            at: Span::new(key.span().start, key.span().end),
        });
    }
    asks
}
