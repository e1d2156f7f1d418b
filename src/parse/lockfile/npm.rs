//! JSON lock files of npm, Bun and Deno.

use super::json::{is_text, object, section};
use super::reader::{Found, Reader, short, starts_with_digit};
use super::{Ecosystem, Origin, Scope, Withdrawn};
use crate::parse::tree::json::Dialect;
use crate::parse::tree::{Id, Kind, Tree};

/// `package-lock.json` of any version, `npm-shrinkwrap.json`.
pub(super) fn package_lock(reader: &mut Reader<'_>) {
    let Some(tree) = object(reader, Dialect::Strict, &["lockfileVersion", "packages", "dependencies"]) else {
        return;
    };
    let packages = section(reader, &tree, "packages", Kind::Object);
    let dependencies = section(reader, &tree, "dependencies", Kind::Object);
    let mut any = false;
    for entry in tree.members(packages) {
        any = true;
        let key = tree.key(entry);
        // Other entries are workspace members.
        let Some((_, installed)) = key.rsplit_once("node_modules/") else { continue };
        package(reader, &tree, entry, installed);
    }
    if any {
        return;
    }
    // The oldest format: nested packages.
    let mut open: Vec<Id> = tree.members(dependencies).collect();
    open.reverse();
    while let Some(entry) = open.pop() {
        package(reader, &tree, entry, &tree.key(entry));
        open.extend(tree.members(tree.get(entry, "dependencies")).filter(|inner| {
            // In newer formats these are requirements, not packages.
            tree.kind(*inner) == Kind::Object
        }));
    }
}

/// A package installed under this name.
fn package(reader: &mut Reader<'_>, tree: &Tree<'_>, entry: Id, installed: &str) {
    let at = tree.key_span(entry);
    if tree.kind(entry) != Kind::Object {
        reader.mistake(at.start, format!("`{}` is not an object; it was not checked", short(installed)));
        return;
    }
    let (mut name, mut version, mut resolved, mut link) = (None, None, None, false);
    let (mut scope, mut deprecated) = (Scope::Runtime, None);
    for field in tree.children(entry) {
        match tree.raw_key(field) {
            "name" => name = tree.text(field),
            "version" => version = Some(field),
            "resolved" => resolved = tree.text(field),
            "link" => link = tree.piece(field) == "true",
            "dev" if tree.piece(field) == "true" => scope = Scope::Development,
            "optional" | "devOptional" if tree.piece(field) == "true" && scope == Scope::Runtime => {
                scope = Scope::Optional;
            }
            "deprecated" => deprecated = tree.text(field),
            _ => {}
        }
    }
    if link {
        return;
    }
    let Some(version) = version else {
        let origin = Origin::of(Ecosystem::Npm, resolved.as_deref().unwrap_or_default());
        // A package from a repository may have none.
        return match origin {
            Origin::Public | Origin::Registry => reader.unpinned(installed, at.start),
            _ => {
                let name = name.as_deref().unwrap_or(installed);
                reader.add(&Found { name, version: "", alias: Some(installed), origin, at });
                reader.scope(scope);
            }
        };
    };
    let Some(version) = tree.text(version).filter(|_| is_text(tree, version)) else {
        reader.mistake(
            at.start,
            format!("`{}` has a version that is not a text; it was not checked", short(installed)),
        );
        return;
    };
    let name = name.as_deref().unwrap_or(installed);
    // `npm:zinc@1.0.0` is an alias.
    let alias = version.strip_prefix("npm:").and_then(|alias| alias.rsplit_once('@'));
    let (name, version) = alias.unwrap_or((name, &version));
    let origin = match starts_with_digit(version) {
        true => Origin::of(Ecosystem::Npm, resolved.as_deref().unwrap_or_default()),
        false => Origin::of(Ecosystem::Npm, version),
    };
    reader.add(&Found { name, version, alias: Some(installed), origin, at });
    reader.scope(scope);
    if let Some(why) = deprecated {
        reader.withdrawn(Withdrawn::Deprecated(why.into_owned()));
    }
}

/// `name@version`, where a name may start with `@`.
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    let at = text.char_indices().skip(1).find(|(_, c)| *c == '@')?.0;
    Some((&text[..at], &text[at + 1..]))
}

/// `"tin": ["tin@1.0.0", "", {…}, "sha512-…"]`.
pub(super) fn bun(reader: &mut Reader<'_>) {
    let Some(tree) = object(reader, Dialect::Relaxed, &["lockfileVersion", "packages", "workspaces"]) else {
        return;
    };
    for entry in tree.members(section(reader, &tree, "packages", Kind::Object)) {
        let (key, at) = (tree.key(entry), tree.key_span(entry));
        let mut values = tree.items(Some(entry));
        let first = values.next().and_then(|first| tree.text(first));
        let Some((name, what)) = first.as_deref().and_then(split) else {
            reader.mistake(at.start, format!("`{}` is not `name@version`; it was not checked", short(&key)));
            continue;
        };
        if what.starts_with("workspace:") || what.starts_with("root:") {
            continue;
        }
        let registry = values.next().and_then(|second| tree.text(second)).unwrap_or_default();
        let origin = match starts_with_digit(what) {
            true => Origin::of_registry(Ecosystem::Npm, &registry),
            false => Origin::of(Ecosystem::Npm, what),
        };
        // The keys are paths: `a/@s/tin` is the `@s/tin` that only `a` uses.
        let mut parts = key.rmatch_indices('/').map(|(at, _)| at);
        let last = parts.next().map_or(0, |at| at + 1);
        let scope = parts.next().map_or(0, |at| at + 1);
        let installed = if key[scope..].starts_with('@') { &key[scope..] } else { &key[last..] };
        reader.add(&Found { name, version: what, alias: Some(installed), origin, at });
    }
}

/// `"npm": {"tin@1.0.0": {…}}`, in older versions within `packages`, or containing `packages`.
pub(super) fn deno(reader: &mut Reader<'_>) {
    let Some(tree) = object(reader, Dialect::Strict, &[]) else { return };
    let root = tree.root();
    // The first version has only URLs and digests.
    let known = |key: &str| matches!(key, "version" | "remote" | "packages" | "npm" | "jsr");
    let odd = tree.members(root).find(|id| {
        let key = tree.key(*id);
        !known(&key) && !key.contains("://") && !matches!(&*key, "specifiers" | "redirects" | "workspace")
    });
    if let Some(odd) = odd.filter(|_| !tree.members(root).any(|id| known(&tree.key(id)))) {
        reader.mistake(tree.key_span(odd).start, "not a lock file of Deno; its packages were not checked");
        return;
    }
    let Some(root) = root else { return };
    let packages = tree.get(root, "packages");
    for scope in [Some(root), packages].into_iter().flatten() {
        for (kind, prefix) in [("npm", ""), ("jsr", "jsr:")] {
            let Some(list) = tree.get(scope, kind) else { continue };
            let list = tree.get(list, "packages").unwrap_or(list);
            for entry in tree.members(Some(list)).filter(|id| tree.kind(*id) == Kind::Object) {
                deno_package(reader, &tree, entry, prefix);
            }
        }
    }
}

fn deno_package(reader: &mut Reader<'_>, tree: &Tree<'_>, entry: Id, prefix: &str) {
    let (key, at) = (tree.key(entry), tree.key_span(entry));
    // After an underscore there are the peer dependencies.
    let parts = split(&key).map(|(name, rest)| (name, rest.split('_').next().unwrap_or(rest)));
    match parts.filter(|(_, version)| starts_with_digit(version)) {
        Some((name, version)) => {
            let origin = match prefix {
                "" => Origin::of(Ecosystem::Npm, &tree.member(entry, "tarball").unwrap_or_default()),
                _ => Origin::Registry,
            };
            let name = format!("{prefix}{name}");
            reader.add(&Found { name: &name, version, alias: None, origin, at });
        }
        None if key == "specifiers" => {}
        None => {
            reader.mistake(at.start, format!("`{}` is not `name@version`; it was not checked", short(&key)));
        }
    }
}
