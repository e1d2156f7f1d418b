//! Dependency edges of `pnpm-lock.yaml`, any version.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Finder;
use super::npm::TABLES;
use crate::parse::manifests::Scope;
use crate::parse::tree::{Id, Kind, Tree, yaml};

pub(super) fn read(found: &mut Finder<'_>, text: &str) {
    let tree = yaml::read(text).tree;
    for document in tree.items(tree.root()).collect::<Vec<_>>() {
        let mut keys: HashMap<Cow<'_, str>, usize> = HashMap::new();
        for entry in tree.members(tree.get(document, "packages")) {
            if let Some(at) = found.at(tree.key_span(entry).start) {
                keys.insert(tree.key(entry), at);
            }
        }
        for section in ["packages", "snapshots"] {
            for entry in tree.members(tree.get(document, section)) {
                let key = tree.key(entry);
                let owner = keys.get(&key).or_else(|| keys.get(without_peers(&key))).copied();
                let Some(owner) = owner else { continue };
                for (table, _) in TABLES.into_iter().take(2) {
                    for needed in tree.members(tree.get(entry, table)) {
                        if let Some(needed) = resolve(&tree, &keys, needed) {
                            found.edge(owner, needed);
                        }
                    }
                }
            }
        }
        match tree.get(document, "importers") {
            Some(importers) => {
                for importer in tree.members(Some(importers)) {
                    let folder = tree.key(importer);
                    asks(found, &tree, &keys, importer, if folder == "." { "" } else { &folder });
                }
            }
            // A project without workspace members.
            None => asks(found, &tree, &keys, document, ""),
        }
    }
}

fn asks(
    found: &mut Finder<'_>,
    tree: &Tree<'_>,
    keys: &HashMap<Cow<'_, str>, usize>,
    importer: Id,
    folder: &str,
) {
    for (table, scope) in TABLES {
        for needed in tree.members(tree.get(importer, table)) {
            if let Some(package) = resolve(tree, keys, needed) {
                let scope = if table == "peerDependencies" { Scope::Runtime } else { scope };
                found.ask(package, folder, scope);
            }
        }
    }
}

/// The package of `tin: 1.0.0(peer@2.0.0)` or `tin: {version: 1.0.0}`.
fn resolve(tree: &Tree<'_>, keys: &HashMap<Cow<'_, str>, usize>, needed: Id) -> Option<usize> {
    let name = tree.key(needed);
    let version = match tree.kind(needed) {
        Kind::Object => tree.member(needed, "version")?,
        _ => tree.text(needed)?,
    };
    let bare = without_peers(&version);
    let candidates = [
        format!("{name}@{bare}"),
        format!("/{name}@{version}"),
        format!("/{name}@{bare}"),
        format!("/{name}/{version}"),
        version.to_string(),
        bare.to_owned(),
    ];
    candidates.iter().find_map(|key| keys.get(key.as_str())).copied()
}

fn without_peers(key: &str) -> &str {
    key.split('(').next().unwrap_or(key)
}
