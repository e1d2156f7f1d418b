//! `pnpm-lock.yaml`, any version.

use std::borrow::Cow;
use std::collections::HashSet;

use super::json::inner;
use super::npm::split;
use super::reader::{Found, Reader, short, starts_with_digit};
use super::{Ecosystem, Origin, Scope, Withdrawn};
use crate::parse::tree::{Id, Kind, Partial, Tree, yaml};

pub(super) fn read(reader: &mut Reader<'_>) {
    let Some(tree) = mapping(reader, &["lockfileVersion", "packages", "importers", "snapshots"]) else {
        return;
    };
    // pnpm's own dependencies may be in a separate document.
    for document in tree.items(tree.root()) {
        let bare = tree.members(Some(document)).all(|id| tree.is_key(id, "lockfileVersion"));
        if bare && !reader.has_mistakes() {
            let message = "has nothing but its version: the file may have been cut off";
            reader.mistake(reader.text.len(), message);
        }
        let version = tree.member(document, "lockfileVersion").unwrap_or_default();
        let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        let mut names = HashSet::new();
        let mut needed = Needed { names: &HashSet::new(), first: None };
        let packages = inner(reader, &tree, document, "packages", Kind::Object);
        for entry in tree.members(packages) {
            names.extend(package(reader, &tree, entry, major));
        }
        needed.names = &names;
        needed.by(reader, &tree, document);
        for section in ["packages", "snapshots", "importers"] {
            for entry in tree.members(inner(reader, &tree, document, section, Kind::Object)) {
                needed.by(reader, &tree, entry);
            }
        }
        let unresolved = needed.first;
        // If snapshots follow the packages, no package was truncated; missing packages were lost otherwise, and
        // the snapshots identify them.
        if tree.get(document, "snapshots").is_some() {
            lost(reader, &tree, document, &names);
            continue;
        }
        // A truncated file may end after an entry; then a dependency is missing.
        if let Some(id) = unresolved.filter(|_| !reader.has_mistakes()) {
            let at = tree.key_span(id).start;
            let message = format!(
                "`{}` is needed, and not among the packages: the file may have been cut off",
                short(&tree.key(id))
            );
            reader.mistake(at, message);
        }
    }
}

/// Adds packages that snapshots need but the package list lacks.
fn lost<'t>(reader: &mut Reader<'t>, tree: &Tree<'t>, document: Id, names: &HashSet<Cow<'t, str>>) {
    let mut seen = HashSet::new();
    for entry in tree.members(tree.get(document, "snapshots")) {
        for needed in ["dependencies", "optionalDependencies"].iter().filter_map(|list| tree.get(entry, list))
        {
            for id in tree.members(Some(needed)).filter(|id| !names.contains(&tree.key(*id))) {
                let version = tree.text(id).unwrap_or_default();
                let bare = version.split('(').next().unwrap_or_default();
                if starts_with_digit(bare) && seen.insert((tree.key(id), bare.to_owned())) {
                    reader.published(&tree.key(id), bare, tree.key_span(id));
                }
            }
        }
    }
}

/// The documents of a YAML file, one of which is a mapping with one of these keys; otherwise an error is reported.
/// Of a truncated file the readable part.
pub(super) fn mapping<'t>(reader: &mut Reader<'t>, any_of: &[&str]) -> Option<Tree<'t>> {
    let Partial { tree, error } = yaml::read(reader.text);
    if let Some((at, message)) = &error {
        reader.mistake(*at, format!("not YAML: {message}; packages behind it were not checked"));
    } else if reader.text.trim_end().ends_with(':') {
        // No tool writes a key without a value.
        let end = reader.text.trim_end().len() - 1;
        reader.mistake(end, "ends in the middle: the file may have been cut off");
    }
    let known = tree
        .items(tree.root())
        .any(|document| tree.members(Some(document)).any(|id| any_of.contains(&&*tree.key(id))));
    if known {
        return Some(tree);
    }
    if error.is_none() {
        let file = reader.format.file();
        let names = any_of.join("`, `");
        let message =
            format!("not what a {file} holds: it has none of `{names}`; its packages were not checked");
        reader.mistake(0, message);
    }
    None
}

/// Reads a package; returns the names by which others refer to it.
fn package<'t>(
    reader: &mut Reader<'t>,
    tree: &Tree<'t>,
    entry: Id,
    major: Option<u32>,
) -> Option<Cow<'t, str>> {
    let (key, at) = (tree.key(entry), tree.key_span(entry));
    let resolution = tree.get(entry, "resolution");
    let within = |name: &str| tree.member(resolution?, name);
    let own = |name: &str| tree.member(entry, name);
    let origin = match (within("type").as_deref(), within("tarball")) {
        (Some("git"), _) => Origin::Git,
        (Some("directory"), _) => Origin::Path,
        (_, Some(tarball)) => Origin::of(Ecosystem::Npm, &tarball),
        _ => Origin::Public,
    };
    let parts = parts(&key, major);
    // A package from outside of the registry has separate name and version.
    let name = own("name").or_else(|| parts.as_ref().map(|(name, _)| Cow::Owned((*name).to_owned())));
    let version = match (own("version"), &parts) {
        (Some(version), _) => Some(version),
        (None, Some((_, version))) => Some(Cow::Owned((*version).to_owned())),
        (None, None) => None,
    };
    let origin = match &parts {
        Some((_, what)) if !starts_with_digit(what) => match Origin::of(Ecosystem::Npm, what) {
            Origin::Public => origin,
            other => other,
        },
        None if origin == Origin::Public && key.contains([':', '/']) => {
            match key.trim_start_matches('@').split(':').next() {
                Some("file" | "link" | "workspace" | "portal") => Origin::Path,
                _ => Origin::Git,
            }
        }
        _ => origin,
    };
    match (&name, &version) {
        (Some(name), Some(version)) if starts_with_digit(version) || origin != Origin::Public => {
            reader.add(&Found { name, version, alias: None, origin, at });
            // Since version 9 only the graph has this.
            match (own("dev").as_deref(), own("optional").as_deref()) {
                (Some("true"), _) => reader.scope(Scope::Development),
                (Some("false"), Some("true")) => reader.scope(Scope::Optional),
                (Some("false"), _) => reader.scope(Scope::Runtime),
                _ => {}
            }
            if let Some(why) = own("deprecated") {
                reader.withdrawn(Withdrawn::Deprecated(why.into_owned()));
            }
        }
        (None | Some(_), _) if origin != Origin::Public => {}
        _ => {
            reader.mistake(at.start, format!("`{}` is not a package; it was not checked", short(&key)));
        }
    }
    name
}

/// The name and the version of a key: `/tin/1.0.0_peer@2`, `/@s/tin/1.0.0` up to version 5; then
/// `/tin@1.0.0(peer@2)`; since version 9 without the slash.
fn parts(key: &str, major: Option<u32>) -> Option<(&str, &str)> {
    let path = key.strip_prefix('/');
    let old = || {
        // A key may start with the host of a registry.
        let path = path
            .or_else(|| key.split_once('/').filter(|(host, _)| host.contains('.')).map(|(_, path)| path))?;
        let scope = if path.starts_with('@') { path.find('/')? + 1 } else { 0 };
        let end = scope + path[scope..].find('/')?;
        let version = path[end + 1..].split(['_', '/', '(']).next()?;
        starts_with_digit(version).then_some((&path[..end], version))
    };
    let new = || {
        let (name, rest) = split(path.unwrap_or(key))?;
        Some((name, rest.split('(').next().unwrap_or(rest)))
    };
    match major {
        // Tools that edit such files do not always respect the version.
        Some(..6) | None => old().or_else(new),
        Some(_) => new().or_else(old),
    }
}

/// Dependencies of packages and the project.
struct Needed<'n, 't> {
    /// The names of the listed packages.
    names: &'n HashSet<Cow<'t, str>>,
    /// The first missing dependency.
    first: Option<Id>,
}

impl<'t> Needed<'_, 't> {
    /// Checks the dependencies of `entry`.
    fn by(&mut self, reader: &mut Reader<'t>, tree: &Tree<'t>, entry: Id) {
        if tree.kind(entry) != Kind::Object {
            let at = tree.key_span(entry).start;
            return reader.mistake(at, format!("`{}` is not an object", short(&tree.key(entry))));
        }
        for list in ["dependencies", "devDependencies"] {
            if self.first.is_some() {
                return;
            }
            let missing = tree.members(inner(reader, tree, entry, list, Kind::Object)).find(|id| {
                let version = match tree.kind(*id) {
                    Kind::Object => tree.member(*id, "version"),
                    _ => tree.text(*id),
                };
                // These mark an alias, or another source.
                let elsewhere =
                    |version: Cow<'_, str>| !starts_with_digit(&version) && version.contains([':', '/', '@']);
                !version.is_some_and(elsewhere) && !self.names.contains(&tree.key(*id))
            });
            self.first = missing;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::lockfile::Format;
    use crate::parse::lockfile::tests::{line_of_mistake, parsed};

    #[test]
    fn keys_of_every_version() {
        let five = "lockfileVersion: 5.4\n\ndependencies:\n  tin: 1.0.0\n\npackages:\n\n  /tin/1.0.0:\n    resolution: {integrity: x}\n    dev: false\n\n  /@s/iron/4.0.0_lead@3.0.0+tin@1.0.0:\n    resolution: {integrity: x}\n    dependencies:\n      tin: 1.0.0\n\n  /lead/3.0.0_tin@1.0.0:\n    dev: true\n\n  registry.npmjs.org/gold/1.0.0:\n    dev: true\n  /old/1.0.0/tin@1.0.0:\n    dev: true\n";
        assert_eq!(
            parsed(Format::Pnpm, five),
            ["tin 1.0.0 8", "@s/iron 4.0.0 12", "lead 3.0.0 17", "gold 1.0.0 20", "old 1.0.0 22"]
        );
        let six = "lockfileVersion: '6.0'\n\npackages:\n\n  /tin@1.0.0:\n    resolution: {integrity: x}\n\n  /@s/zinc@2.0.0(tin@1.0.0)(lead@1.0.0):\n    resolution: {integrity: x}\n";
        assert_eq!(parsed(Format::Pnpm, six), ["tin 1.0.0 5", "@s/zinc 2.0.0 8"]);
        let nine = "---\nlockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    configDependencies: {}\n---\nlockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      tin:\n        specifier: ^1\n        version: 1.0.0\n\npackages:\n\n  tin@1.0.0:\n    resolution: {integrity: x}\n    deprecated: >-\n      do not\n      use: it\n\n  '@s/zinc@2.0.0':\n    resolution: {}\n\nsnapshots:\n\n  tin@1.0.0: {}\n\n  '@s/zinc@2.0.0(tin@1.0.0)':\n    dependencies:\n      tin: 1.0.0\n";
        assert_eq!(parsed(Format::Pnpm, nine), ["tin 1.0.0 21", "@s/zinc 2.0.0 27"]);
        let lost = nine.replace("      tin: 1.0.0\n", "      tin: 1.0.0\n      lead: 3.0.0(tin@1.0.0)\n");
        assert_eq!(parsed(Format::Pnpm, &lost), ["tin 1.0.0 21", "@s/zinc 2.0.0 27", "lead 3.0.0 37"]);
        let unknown = "packages:\n  /tin/1.0.0:\n    dev: true\n  /zinc@1.0.0:\n    dev: true\n";
        assert_eq!(parsed(Format::Pnpm, unknown), ["tin 1.0.0 2", "zinc 1.0.0 4"]);
    }

    #[test]
    fn where_packages_come_from() {
        let text = "lockfileVersion: '9.0'\npackages:\n  a@https://codeload.github.com/o/a/tar.gz/0a:\n    resolution: {tarball: https://codeload.github.com/o/a/tar.gz/0a}\n    version: 1.0.0\n  b@file:../b:\n    resolution: {directory: ../b, type: directory}\n  c@1.0.0:\n    resolution: {integrity: x, tarball: https://npm.example.org/c/-/c-1.0.0.tgz}\n  d@1.0.0:\n    resolution: {integrity: x, tarball: https://registry.npmjs.org/d/-/d-1.0.0.tgz}\n";
        assert_eq!(
            parsed(Format::Pnpm, text),
            ["a 1.0.0 3 git", "b file:../b 6 a path", "c 1.0.0 8 another registry", "d 1.0.0 10"]
        );
        let five = "lockfileVersion: 5.3\npackages:\n  github.com/o/a/0a:\n    resolution: {tarball: https://codeload.github.com/o/a/tar.gz/0a}\n    name: a\n    version: 1.0.0\n  file:../b:\n    resolution: {directory: ../b, type: directory}\n    name: b\n    version: 2.0.0\n";
        assert_eq!(parsed(Format::Pnpm, five), ["a 1.0.0 3 git", "b 2.0.0 7 a path"]);
    }

    #[test]
    fn what_is_not_a_lock_file_of_pnpm() {
        let mistake = |text: &str| line_of_mistake(Format::Pnpm, text);
        let good = "lockfileVersion: '6.0'\n\ndependencies:\n  tin:\n    specifier: ^1\n    version: 1.0.0(zinc@2.0.0)\n  zinc:\n    specifier: ^1\n    version: 2.0.0\n\npackages:\n\n  /tin@1.0.0(zinc@2.0.0):\n    dev: false\n\n  /zinc@2.0.0:\n    dev: false\n";
        assert_eq!(mistake(good), None);
        assert_eq!(mistake("<!DOCTYPE html>\n<html>\n"), Some(1));
        assert_eq!(mistake("name: app\nversion: 1\n"), Some(1));
        assert_eq!(mistake(&format!("{good}  tin: [\n")), Some(18));
        assert_eq!(mistake(&good.replace("/zinc@2.0.0:", "zinc:")), Some(16));
        assert_eq!(mistake(&good[..good.find("\n  /zinc").unwrap()]), Some(7));
    }
}
