//! JSON lock files of Composer, Pipenv, NuGet and Swift, and helpers for all JSON formats.

use std::collections::{HashMap, HashSet};

use super::reader::{Found, Reader, short};
use super::{Ecosystem, Origin, Scope, Withdrawn};
use crate::model::Span;
use crate::parse::tree::json::{self, Dialect};
use crate::parse::tree::{Id, Kind, Partial, Tree};

/// The file as an object with at least one of these members; otherwise an error is reported. Of a truncated file
/// the readable part.
pub(super) fn object<'t>(reader: &mut Reader<'t>, dialect: Dialect, any_of: &[&str]) -> Option<Tree<'t>> {
    let Partial { tree, error } = json::read(reader.text, dialect).partial;
    if let Some((at, message)) = &error {
        reader.mistake(*at, format!("{message}; packages behind it were not checked"));
    }
    let root = tree.root()?;
    let known = any_of.is_empty() || tree.members(Some(root)).any(|id| any_of.contains(&&*tree.key(id)));
    if error.is_none() && (tree.kind(root) != Kind::Object || !known) {
        let file = reader.format.file();
        let lacks = match any_of {
            [] => "it is not an object".to_owned(),
            names => format!("it has none of `{}`", names.join("`, `")),
        };
        reader.mistake(0, format!("not what a {file} holds: {lacks}; its packages were not checked"));
        return None;
    }
    Some(tree)
}

/// A top-level member; reports an error if it is of another kind.
pub(super) fn section(reader: &mut Reader<'_>, tree: &Tree<'_>, name: &str, kind: Kind) -> Option<Id> {
    inner(reader, tree, tree.root()?, name, kind)
}

/// The same for any object.
pub(super) fn inner(
    reader: &mut Reader<'_>,
    tree: &Tree<'_>,
    object: Id,
    name: &str,
    kind: Kind,
) -> Option<Id> {
    let found = tree.get(object, name).filter(|id| tree.kind(*id) != Kind::Null)?;
    if tree.kind(found) != kind {
        let what = if kind == Kind::Array { "a list" } else { "an object" };
        reader.mistake(
            tree.key_span(found).start,
            format!("`{name}` is not {what}; its packages were not checked"),
        );
        return None;
    }
    Some(found)
}

/// True for strings, not for numbers.
pub(super) fn is_text(tree: &Tree<'_>, id: Id) -> bool {
    matches!(tree.kind(id), Kind::Plain | Kind::Escaped | Kind::Made)
}

/// `composer.lock`
pub(super) fn composer(reader: &mut Reader<'_>) {
    let Some(tree) = object(reader, Dialect::Strict, &["packages", "packages-dev", "content-hash", "hash"])
    else {
        return;
    };
    for list in ["packages", "packages-dev"] {
        for entry in tree.items(section(reader, &tree, list, Kind::Array)) {
            let named = tree.get(entry, "name").and_then(|id| Some((id, tree.text(id)?)));
            let Some((id, name)) = named else {
                let at = tree.span(entry).start;
                reader.mistake(at, "a package without a name; it was not checked");
                continue;
            };
            let Some(version) = tree.member(entry, "version") else {
                reader.unpinned(&name, tree.span(id).start);
                continue;
            };
            let origin = composer_origin(&tree, entry, &version);
            reader.add(&Found { name: &name, version: &version, alias: None, origin, at: tree.span(id) });
            reader.scope(if list == "packages" { Scope::Runtime } else { Scope::Development });
            // Either `true`, or the replacement.
            match tree.get(entry, "abandoned") {
                Some(instead) if is_text(&tree, instead) => {
                    let instead = tree.text(instead).unwrap_or_default();
                    reader.withdrawn(Withdrawn::Deprecated(format!("use {instead} instead")));
                }
                Some(abandoned) if tree.piece(abandoned) == "true" => {
                    reader.withdrawn(Withdrawn::Deprecated(String::new()));
                }
                _ => {}
            }
        }
    }
}

fn composer_origin(tree: &Tree<'_>, entry: Id, version: &str) -> Origin {
    let field = |object: &str, name: &str| tree.member(tree.get(entry, object)?, name);
    let is_path = |object| field(object, "type").as_deref() == Some("path");
    if is_path("dist") || is_path("source") {
        return Origin::Path;
    }
    // A branch is not a published version.
    if version.starts_with("dev-") || version.ends_with("-dev") {
        return Origin::Git;
    }
    match tree.member(entry, "notification-url") {
        Some(url) => Origin::of_registry(Ecosystem::Packagist, &url),
        None => Origin::Public,
    }
}

/// `Pipfile.lock`
pub(super) fn pipfile(reader: &mut Reader<'_>) {
    let Some(tree) = object(reader, Dialect::Strict, &["_meta", "default", "develop"]) else { return };
    let Some(root) = tree.root() else { return };
    let meta = tree.get(root, "_meta");
    let sources = meta.and_then(|meta| tree.get(meta, "sources"));
    let mut registries = HashMap::new();
    let mut usual = None;
    for source in tree.items(sources) {
        let origin = Origin::of_registry(Ecosystem::PyPi, &tree.member(source, "url").unwrap_or_default());
        usual.get_or_insert(origin);
        if let Some(name) = tree.member(source, "name") {
            registries.insert(name.into_owned(), origin);
        }
    }
    for category in tree.members(Some(root)).filter(|id| Some(*id) != meta) {
        if tree.kind(category) != Kind::Object {
            let message = format!("`{}` is not an object; it was not checked", short(&tree.key(category)));
            reader.mistake(tree.key_span(category).start, message);
            continue;
        }
        let scope = if tree.is_key(category, "default") { Scope::Runtime } else { Scope::Development };
        for entry in tree.children(category) {
            let (name, at) = (tree.key(entry), tree.key_span(entry));
            let field = |field: &str| tree.member(entry, field);
            let origin = match (field("git"), field("path"), field("file")) {
                (Some(_), ..) => Origin::Git,
                (None, Some(_), _) => Origin::Path,
                (None, None, Some(file)) if file.contains("://") => Origin::Url,
                (None, None, Some(_)) => Origin::Path,
                (None, None, None) => {
                    let index = field("index").and_then(|index| registries.get(&*index).copied());
                    index.or(usual).unwrap_or_default()
                }
            };
            let version = field("version").or_else(|| tree.text(entry));
            let version = version.as_deref().map(|version| version.trim_start_matches('=').trim());
            match version.filter(|version| !version.is_empty() && !version.contains(['*', '<', '>', '~'])) {
                Some(version) => {
                    reader.add(&Found { name: &name, version, alias: None, origin, at });
                    reader.scope(scope);
                }
                None if origin == Origin::Git => {
                    let version = field("ref").unwrap_or_default();
                    reader.add(&Found { name: &name, version: &version, alias: None, origin, at });
                    reader.scope(scope);
                }
                None => reader.unpinned(&name, at.start),
            }
        }
    }
}

/// `packages.lock.json`: the resolved packages for each framework.
pub(super) fn nuget(reader: &mut Reader<'_>) {
    let Some(tree) = object(reader, Dialect::Strict, &["version", "dependencies"]) else { return };
    let mut seen = HashSet::new();
    for framework in tree.members(section(reader, &tree, "dependencies", Kind::Object)) {
        for entry in tree.members(Some(framework)) {
            let (name, at) = (tree.key(entry), tree.key_span(entry));
            let kind = tree.member(entry, "type").unwrap_or_default();
            if kind.eq_ignore_ascii_case("project") {
                continue;
            }
            match tree.member(entry, "resolved") {
                // Repeated for each framework.
                Some(version) if seen.insert((name.to_ascii_lowercase(), version.clone())) => {
                    reader.published(&name, &version, at);
                }
                Some(_) => {}
                None => reader.unpinned(&name, at.start),
            }
        }
    }
}

/// `Package.resolved` of every version.
pub(super) fn swift(reader: &mut Reader<'_>) {
    let Some(tree) = object(reader, Dialect::Strict, &["pins", "object", "version"]) else { return };
    let Some(root) = tree.root() else { return };
    let holder = section(reader, &tree, "object", Kind::Object).unwrap_or(root);
    for pin in tree.items(inner(reader, &tree, holder, "pins", Kind::Array)) {
        let text = |name: &str| -> Option<(String, Span)> {
            let id = tree.get(pin, name)?;
            Some((tree.text(id)?.into_owned(), tree.span(id))).filter(|(text, _)| !text.is_empty())
        };
        let place = text("location").or_else(|| text("repositoryURL"));
        let kind = text("kind").map_or(String::new(), |(kind, _)| kind);
        let Some((name, at)) = place.or_else(|| text("identity")).or_else(|| text("package")) else {
            reader.mistake(tree.span(pin).start, "a package without a name; it was not checked");
            continue;
        };
        let state = tree.get(pin, "state");
        let field = |name: &str| tree.member(state?, name);
        let (version, origin) = match (field("version"), field("branch"), field("revision")) {
            (Some(version), ..) => (version, Origin::Public),
            (None, Some(other), _) | (None, None, Some(other)) => (other, Origin::Git),
            (None, None, None) => {
                reader.unpinned(&name, at.start);
                continue;
            }
        };
        let origin = match kind.as_str() {
            "localSourceControl" | "fileSystem" => Origin::Path,
            "registry" => Origin::Registry,
            _ => origin,
        };
        reader.add(&Found { name: &name, version: &version, alias: None, origin, at });
    }
}
