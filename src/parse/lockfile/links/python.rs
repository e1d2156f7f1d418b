//! Dependency edges of lock files of Poetry, uv, PDM and pip, and of comments by pip-compile and uv.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Finder;
use crate::parse::lockfile::requirements::begins;
use crate::parse::manifests::{Scope, requirement};

type Value<'v> = Spanned<DeValue<'v>>;

pub(super) fn read(found: &mut Finder<'_>, text: &str) {
    let (table, _) = DeTable::parse_recoverable(text);
    let top = table.get_ref();
    let list = top.get("package").or_else(|| top.get("packages"));
    let Some(list) = list.and_then(|list| list.get_ref().as_array()) else { return };
    for package in list.iter().filter_map(|value| value.get_ref().as_table()) {
        let Some(at) = package.get_key_value("name").map(|(key, _)| key.span().start) else { continue };
        // The project itself may have no version.
        let own = found.at(at).is_none_or(|at| found.is_own(at));
        let owner = found.at(at);
        let mut needs = |value: Option<&Value<'_>>, scope: Scope| {
            for (name, version) in value.map(named).unwrap_or_default() {
                let all = found.named(&name).to_vec();
                let fits = |at: &usize| {
                    version.as_ref().is_none_or(|version| found.packages[*at].version == **version)
                };
                for needed in all.into_iter().filter(fits).collect::<Vec<_>>() {
                    match owner {
                        Some(owner) if !own => found.edge(owner, needed),
                        _ => found.ask(needed, "", scope),
                    }
                }
            }
        };
        needs(package.get("dependencies"), Scope::Runtime);
        for (key, scope) in [
            ("optional-dependencies", Scope::Optional),
            ("dev-dependencies", Scope::Development),
            ("dependency-groups", Scope::Development),
        ] {
            // Extras and development dependencies count only for the project.
            if !own && scope == Scope::Development {
                continue;
            }
            for (_, group) in
                package.get(key).and_then(|groups| groups.get_ref().as_table()).into_iter().flatten()
            {
                needs(Some(group), scope);
            }
        }
    }
}

/// Names in a list or a table, each with its version if given.
fn named(value: &Value<'_>) -> Vec<(String, Option<String>)> {
    match value.get_ref() {
        DeValue::Table(all) => all.iter().map(|(name, _)| (name.get_ref().to_string(), None)).collect(),
        DeValue::Array(all) => all
            .iter()
            .filter_map(|value| match value.get_ref() {
                DeValue::Table(one) => {
                    let version = one.get("version").and_then(text).map(str::to_owned);
                    Some((one.get("name").and_then(text)?.to_owned(), version))
                }
                _ => Some((requirement(text(value)?)?.0.to_owned(), None)),
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn text<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    match value.get_ref() {
        DeValue::String(Cow::Borrowed(text)) => Some(text),
        DeValue::String(Cow::Owned(text)) => Some(text),
        _ => None,
    }
}

/// `# via flask`, or `# via` with a line for each, on the requirement's line or below it.
pub(super) fn annotations(found: &mut Finder<'_>, text: &str) {
    let (mut at, mut package, mut inside) = (0, None, false);
    for whole in text.split_inclusive('\n') {
        let (start, line) = (at, whole.trim());
        at += whole.len();
        let indent = whole.len() - whole.trim_start().len();
        if begins(line) {
            package = found.at(start + indent);
            inside = false;
        }
        let Some(package) = package else { continue };
        let Some(comment) = comment(line) else {
            inside = false;
            continue;
        };
        let names = match comment.strip_prefix("via") {
            Some(rest) if rest.is_empty() || rest.starts_with(' ') => {
                inside = true;
                rest
            }
            _ if inside && line.starts_with('#') => comment,
            _ => continue,
        };
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            // `-r base.in`, `app (pyproject.toml)`: the project itself.
            if name.starts_with('-') || name.contains('(') {
                found.ask(package, "", Scope::Unsaid);
            } else {
                for owner in found.named(name).to_vec() {
                    found.edge(owner, package);
                }
            }
        }
    }
}

/// The comment of a line.
fn comment(line: &str) -> Option<&str> {
    let at = line.find(" #").map(|at| at + 1).or_else(|| line.starts_with('#').then_some(0))?;
    Some(line[at + 1..].trim())
}
