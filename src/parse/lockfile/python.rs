//! TOML lock files of Poetry, uv, PDM and pip.

use std::borrow::Cow;
use std::collections::HashSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::reader::{Found, Reader, short};
use super::{Ecosystem, Format, Origin, Scope, Withdrawn};
use crate::model::Span;

/// The most syntax errors reported for one file: further ones are consequences.
const ERRORS_MAX: usize = 3;

pub(super) fn read(reader: &mut Reader<'_>) {
    let (table, errors) = DeTable::parse_recoverable(reader.text);
    for error in errors.iter().take(ERRORS_MAX) {
        let at = error.span().map_or(reader.text.len(), |span| span.start);
        let message = format!("not TOML: {}; packages that cannot be read were not checked", error.message());
        reader.mistake(at, message);
    }
    let top = table.get_ref();
    let list = if reader.format == Format::Pylock { "packages" } else { "package" };
    let known = [list, "metadata", "version", "lock-version"].iter().any(|key| top.contains_key(*key));
    if !known && errors.is_empty() {
        let file = reader.format.file();
        let message = format!("not what a {file} holds: it has no `{list}`; its packages were not checked");
        return reader.mistake(0, message);
    }
    let Some(packages) = top.get(list) else { return };
    let Some(packages) = packages.get_ref().as_array() else {
        let message = format!("`{list}` is not a list; its packages were not checked");
        return reader.mistake(packages.span().start, message);
    };
    let mut listed = HashSet::new();
    let mut owners = Vec::new();
    // With the offset of the dependent: copies of a long name would add up.
    let mut needed = Vec::new();
    for value in packages.iter() {
        match value.get_ref().as_table() {
            Some(table) => {
                let name = package(reader, value.span().start, table);
                if let Some((name, at)) = name {
                    for dependency in needs(reader.format, table) {
                        needed.push((owners.len(), Ecosystem::PyPi.normal(&dependency).into_owned()));
                    }
                    listed.insert(Ecosystem::PyPi.normal(&name).into_owned());
                    owners.push((name, at));
                }
            }
            None => reader.mistake(value.span().start, "a package that is not a table; it was not checked"),
        }
    }
    // A truncated file may end after a package; then a dependency is missing.
    let missing = needed.iter().find(|(_, needed)| !listed.contains(needed));
    if let Some((dependency, (name, at))) =
        missing.and_then(|(owner, dependency)| Some((dependency, owners.get(*owner)?)))
    {
        reader.unlisted(*at, name, dependency);
    }
}

/// Reads a package; returns its name, and the name's offset.
fn package(reader: &mut Reader<'_>, start: usize, table: &DeTable<'_>) -> Option<(String, usize)> {
    let named = table.get_key_value("name").and_then(|(key, value)| Some((key, value, text(value)?)));
    let Some((key, value, name)) = named else {
        reader.mistake(start, "a package without a name; it was not checked");
        return None;
    };
    let at = Span::new(key.span().start, value.span().end);
    let origin = origin(reader.format, table);
    match table.get("version").and_then(text) {
        Some(version) => {
            reader.add(&Found { name, version, alias: None, origin, at });
            reader.scope(scope(table));
            if let Some(yanked) = table.get("yanked").map(Spanned::get_ref) {
                match yanked {
                    DeValue::String(why) => reader.withdrawn(Withdrawn::Yanked(why.to_string())),
                    DeValue::Boolean(true) => reader.withdrawn(Withdrawn::Yanked(String::new())),
                    _ => {}
                }
            }
        }
        // The project itself may have none.
        None if origin == Origin::Path => {}
        None if origin == Origin::Git => {
            reader.add(&Found { name, version: "", alias: None, origin, at });
        }
        None if reader.format == Format::Pylock => reader.unpinned(name, at.start),
        None => {
            let message = format!("`{}` has no version; it was not checked", short(name));
            reader.mistake(at.start, message);
        }
    }
    #[cfg(test)]
    crate::parse::lines::steps::add(name.len());
    Some((name.to_owned(), at.start))
}

/// The scope of a package: Poetry and PDM have groups, old versions of Poetry a category.
fn scope(table: &DeTable<'_>) -> Scope {
    let optional =
        table.get("optional").is_some_and(|value| matches!(value.get_ref(), DeValue::Boolean(true)));
    let optional = |scope| if optional { Scope::Optional } else { scope };
    if let Some(groups) = table.get("groups").and_then(|groups| groups.get_ref().as_array()) {
        let is_main = |group: &Spanned<DeValue<'_>>| matches!(text(group), Some("main" | "default"));
        return if groups.iter().any(is_main) { optional(Scope::Runtime) } else { Scope::Development };
    }
    match table.get("category").and_then(text) {
        Some("main") => optional(Scope::Runtime),
        Some(_) => Scope::Development,
        None => optional(Scope::Unsaid),
    }
}

fn origin(format: Format, table: &DeTable<'_>) -> Origin {
    let source = table.get("source").and_then(|source| source.get_ref().as_table());
    let field = |table: Option<&DeTable<'_>>, name: &str| -> Option<String> {
        table?.get(name).and_then(text).map(str::to_owned)
    };
    let registry = |url: &str| Origin::of_registry(Ecosystem::PyPi, url);
    match format {
        Format::Poetry => match field(source, "type").as_deref() {
            Some("git" | "hg" | "svn") => Origin::Git,
            Some("directory" | "file") => Origin::Path,
            Some("url") => Origin::Url,
            Some("legacy") => registry(&field(source, "url").unwrap_or_default()),
            _ => Origin::Public,
        },
        Format::Uv => {
            let has = |name: &str| source.is_some_and(|source| source.contains_key(name));
            match field(source, "registry") {
                Some(url) => registry(&url),
                None if has("git") => Origin::Git,
                None if has("url") => Origin::Url,
                None if ["path", "directory", "editable", "virtual"].into_iter().any(has) => Origin::Path,
                None => Origin::Public,
            }
        }
        _ => {
            let has = |name: &str| table.contains_key(name);
            let archive = table.get("archive").and_then(|archive| archive.get_ref().as_table());
            if has("git") || has("hg") || has("svn") || has("vcs") {
                Origin::Git
            } else if has("path") || has("directory") || archive.is_some_and(|a| a.contains_key("path")) {
                Origin::Path
            } else if has("url") || archive.is_some() {
                Origin::Url
            } else {
                registry(&field(Some(table), "index").unwrap_or_default())
            }
        }
    }
}

/// The unconditional dependencies of a package.
fn needs(format: Format, table: &DeTable<'_>) -> Vec<String> {
    let Some(dependencies) = table.get("dependencies").map(Spanned::get_ref) else { return Vec::new() };
    match (format, dependencies) {
        // Only unconditional ones; others may be left out.
        (Format::Poetry, DeValue::Table(all)) => {
            let plain = all.iter().filter(|(_, value)| text(value).is_some());
            plain.map(|(name, _)| name.get_ref().to_string()).collect()
        }
        (Format::Uv, DeValue::Array(all)) => {
            let tables = all.iter().filter_map(|value| value.get_ref().as_table());
            let names = tables.filter(|table| !table.contains_key("marker"));
            names.filter_map(|table| Some(text(table.get("name")?)?.to_owned())).collect()
        }
        _ => Vec::new(),
    }
}

fn text<'v>(value: &'v Spanned<DeValue<'_>>) -> Option<&'v str> {
    match value.get_ref() {
        DeValue::String(Cow::Borrowed(text)) => Some(text),
        DeValue::String(Cow::Owned(text)) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::lockfile::Format;
    use crate::parse::lockfile::tests::{line_of_mistake, parsed};

    #[test]
    fn uv_and_its_sources() {
        let text = "version = 1\nrequires-python = \">=3.12\"\n\n[[package]]\nname = \"app\"\nsource = { virtual = \".\" }\ndependencies = [\n    { name = \"tin\" },\n    { name = \"none\", marker = \"sys_platform == 'win32'\" },\n]\n\n[[package]]\nname = \"tin\"\nversion = \"1.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n\n[[package]]\nname = \"zinc\"\nversion = \"2.0\"\nsource = { registry = \"https://pypi.example.org/simple\" }\n\n[[package]]\nname = \"lead\"\nversion = \"3.0\"\nsource = { git = \"https://example.org/lead?rev=0a#0a\" }\n\n[[package]]\nname = \"part\"\nversion = \"0.1\"\nsource = { editable = \"part\" }\n";
        assert_eq!(
            parsed(Format::Uv, text),
            ["tin 1.0 13", "zinc 2.0 18 another registry", "lead 3.0 23 git", "part 0.1 28 a path"]
        );
        let gone = text.replace("name = \"tin\"\nversion", "name = \"tin-foil\"\nversion");
        assert_eq!(line_of_mistake(Format::Uv, &gone), Some(5));
    }

    #[test]
    fn poetry_and_its_sources() {
        let text = "[[package]]\nname = \"Tin\"\nversion = \"1.0\"\ndescription = \"\"\noptional = false\nfiles = [\n    {file = \"tin.whl\", hash = \"sha256:00\"},\n]\n\n[package.dependencies]\nzinc = \">=1\"\nnone = {version = \"*\", markers = \"python_version < \\\"3\\\"\"}\n\n[[package]]\nname = \"zinc\"\nversion = \"2.0\"\n\n[package.source]\ntype = \"legacy\"\nurl = \"https://pypi.example.org/simple\"\nreference = \"x\"\n\n[[package]]\nname = \"lead\"\nversion = \"3.0\"\n\n[package.source]\ntype = \"directory\"\nurl = \"lead\"\n\n[metadata]\nlock-version = \"2.0\"\n";
        assert_eq!(
            parsed(Format::Poetry, text),
            ["Tin 1.0 2", "zinc 2.0 15 another registry", "lead 3.0 24 a path"]
        );
        assert_eq!(
            line_of_mistake(Format::Poetry, &text[..text.find("\n[[package]]\nname = \"zinc\"").unwrap()]),
            Some(2)
        );
        let cut = &text[..text.find("lead\"").unwrap()];
        assert_eq!(line_of_mistake(Format::Poetry, cut), Some(24));
    }

    #[test]
    fn pdm_and_pylock() {
        let pdm = "[metadata]\nlock_version = \"4.5.0\"\n\n[[package]]\nname = \"tin\"\nversion = \"1.0\"\ndependencies = [\n    \"zinc>=1\",\n]\n\n[[package]]\nname = \"zinc\"\nversion = \"2.0\"\ngit = \"https://example.org/zinc\"\nrevision = \"0a\"\n";
        assert_eq!(parsed(Format::Pdm, pdm), ["tin 1.0 5", "zinc 2.0 12 git"]);
        let pylock = "lock-version = \"1.0\"\ncreated-by = \"pip\"\n[[packages]]\nname = \"tin\"\nversion = \"1.0\"\nindex = \"https://pypi.org/simple\"\n[[packages.wheels]]\nname = \"tin.whl\"\nurl = \"https://files.pythonhosted.org/tin.whl\"\n[[packages]]\nname = \"app\"\ndirectory = { path = \".\" }\n[[packages]]\nname = \"zinc\"\nversion = \"2.0\"\narchive = { url = \"https://example.org/zinc.zip\" }\n";
        assert_eq!(parsed(Format::Pylock, pylock), ["tin 1.0 4", "zinc 2.0 14 a URL"]);
    }

    #[test]
    fn what_is_not_a_lock_file() {
        for format in [Format::Poetry, Format::Uv, Format::Pdm, Format::Pylock] {
            let mistake = |text: &str| line_of_mistake(format, text);
            assert_eq!(mistake("<!DOCTYPE html>\n<html>\n"), Some(1));
            assert_eq!(mistake("[tool]\nname = 1\n"), Some(1));
            assert_eq!(mistake("version = 1\npackage = 1\npackages = 1\n").map(|line| line > 1), Some(true));
            let list = if format == Format::Pylock { "packages" } else { "package" };
            assert_eq!(mistake(&format!("[[{list}]]\nversion = \"1.0\"\n")), Some(1));
            assert_eq!(mistake(&format!("version = 1\n[[{list}]]\nname = \"tin\"\nversion = \"1")), Some(4));
        }
    }
}
