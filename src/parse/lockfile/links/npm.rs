//! Dependency edges of lock files of npm, Bun and Deno.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Finder;
use crate::parse::lockfile::npm::split;
use crate::parse::manifests::Scope;
use crate::parse::tree::json::{self, Dialect};
use crate::parse::tree::{Id, Kind, Tree};

/// The tables of dependencies, and their scopes.
pub(super) const TABLES: [(&str, Scope); 4] = [
    ("dependencies", Scope::Runtime),
    ("optionalDependencies", Scope::Optional),
    ("peerDependencies", Scope::Runtime),
    ("devDependencies", Scope::Development),
];

/// The entry at a path of `package-lock.json`.
enum Place {
    Package(usize),
    /// A workspace member.
    Member,
}

pub(super) fn package_lock(found: &mut Finder<'_>, text: &str) {
    let tree = json::read(text, Dialect::Strict).partial.tree;
    let Some(root) = tree.root() else { return };
    let packages = tree.get(root, "packages");
    let mut places: HashMap<Cow<'_, str>, Place> = HashMap::new();
    for entry in tree.members(packages) {
        let place = found.at(tree.key_span(entry).start).map_or(Place::Member, Place::Package);
        places.insert(tree.key(entry), place);
    }
    if places.is_empty() {
        return nested(found, &tree, root);
    }
    for entry in tree.members(packages) {
        let key = tree.key(entry);
        let owner = match places.get(&key) {
            Some(Place::Package(at)) => Some(*at),
            // A link leads to a member with its own entry.
            _ if key.contains("node_modules/") => continue,
            _ => None,
        };
        for (table, scope) in TABLES {
            // Development dependencies of a package are not installed.
            if owner.is_some() && scope == Scope::Development {
                continue;
            }
            for needed in tree.members(tree.get(entry, table)) {
                match (installed(&places, &key, &tree.key(needed)), owner) {
                    (Some(needed), Some(owner)) => found.edge(owner, needed),
                    (Some(needed), None) => found.ask(needed, &key, scope),
                    (None, _) => {}
                }
            }
        }
    }
}

/// The package that `name` resolves to from `key`: in the nearest directory upwards.
fn installed(places: &HashMap<Cow<'_, str>, Place>, key: &str, name: &str) -> Option<usize> {
    let mut folder = key;
    loop {
        let slash = if folder.is_empty() { "" } else { "/" };
        match places.get(&*format!("{folder}{slash}node_modules/{name}")) {
            Some(Place::Package(at)) => return Some(*at),
            Some(Place::Member) => return None,
            None if folder.is_empty() => return None,
            None => folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent),
        }
    }
}

/// The oldest format: nested packages, each with its `requires`.
fn nested(found: &mut Finder<'_>, tree: &Tree<'_>, root: Id) {
    struct Level<'t> {
        parent: Option<usize>,
        inner: HashMap<Cow<'t, str>, Option<usize>>,
    }
    let mut levels: Vec<Level<'_>> = Vec::new();
    // Objects with nested packages, and their parent level.
    let mut open = vec![(root, None)];
    let mut requires = Vec::new();
    let mut next = 0;
    while let Some((owner, parent)) = open.get(next).copied() {
        next += 1;
        let mut inner = HashMap::new();
        let here = levels.len();
        for entry in tree.members(tree.get(owner, "dependencies")).filter(|id| tree.kind(*id) == Kind::Object)
        {
            inner.insert(tree.key(entry), found.at(tree.key_span(entry).start));
            open.push((entry, Some(here)));
        }
        if let Some(package) = found.at(tree.key_span(owner).start).filter(|_| owner != root) {
            for needed in tree.members(tree.get(owner, "requires")) {
                requires.push((package, here, tree.key(needed)));
            }
        }
        levels.push(Level { parent, inner });
    }
    for (package, level, name) in requires {
        let mut at = Some(level);
        while let Some(level) = at.and_then(|at| levels.get(at)) {
            if let Some(needed) = level.inner.get(&name) {
                if let Some(needed) = needed {
                    found.edge(package, *needed);
                }
                break;
            }
            at = level.parent;
        }
    }
    let Some(top) = levels.first() else { return };
    for wishes in found.wishes {
        for ask in wishes.asks {
            if let Some(Some(package)) = top.inner.get(&*ask.name) {
                found.ask(*package, wishes.folder, ask.scope);
            }
        }
    }
}

/// Bun's keys are paths: `a/tin` is the `tin` that only `a` uses.
pub(super) fn bun(found: &mut Finder<'_>, text: &str) {
    let tree = json::read(text, Dialect::Relaxed).partial.tree;
    let Some(root) = tree.root() else { return };
    let packages = tree.get(root, "packages");
    let keys: HashMap<Cow<'_, str>, Option<usize>> =
        tree.members(packages).map(|entry| (tree.key(entry), found.at(tree.key_span(entry).start))).collect();
    let resolve = |owner: &str, name: &str| {
        let mut folder = owner;
        loop {
            let slash = if folder.is_empty() { "" } else { "/" };
            match keys.get(&*format!("{folder}{slash}{name}")) {
                Some(at) => return *at,
                None if folder.is_empty() => return None,
                None => folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent),
            }
        }
    };
    for entry in tree.members(packages) {
        let Some(owner) = found.at(tree.key_span(entry).start) else { continue };
        let key = tree.key(entry);
        for details in tree.items(Some(entry)).filter(|id| tree.kind(*id) == Kind::Object).collect::<Vec<_>>()
        {
            for (table, _) in TABLES.into_iter().filter(|(_, scope)| *scope != Scope::Development) {
                for needed in tree.members(tree.get(details, table)) {
                    if let Some(needed) = resolve(&key, &tree.key(needed)) {
                        found.edge(owner, needed);
                    }
                }
            }
        }
    }
    for member in tree.members(tree.get(root, "workspaces")) {
        let (folder, name) = (tree.key(member), tree.member(member, "name").unwrap_or_default());
        for (table, scope) in TABLES {
            for needed in tree.members(tree.get(member, table)) {
                if let Some(needed) = resolve(&name, &tree.key(needed)) {
                    found.ask(needed, &folder, scope);
                }
            }
        }
    }
}

/// `"npm": {"tin@1.0.0": {"dependencies": ["zinc", "lead@2.0.0"]}}`, or an object in older versions.
pub(super) fn deno(found: &mut Finder<'_>, text: &str) {
    let tree = json::read(text, Dialect::Strict).partial.tree;
    let Some(root) = tree.root() else { return };
    let scopes = [Some(root), tree.get(root, "packages")];
    let lists: Vec<Id> = scopes
        .into_iter()
        .flatten()
        .filter_map(|scope| tree.get(scope, "npm"))
        .map(|list| tree.get(list, "packages").unwrap_or(list))
        .collect();
    let entries: Vec<Id> =
        lists.iter().flat_map(|list| tree.members(Some(*list)).collect::<Vec<_>>()).collect();
    let mut keys: HashMap<Cow<'_, str>, usize> = HashMap::new();
    for entry in &entries {
        if let Some(at) = found.at(tree.key_span(*entry).start) {
            keys.insert(tree.key(*entry), at);
        }
    }
    let resolve = |found: &Finder<'_>, what: &str| {
        let exact = || keys.get(what).copied();
        exact().or_else(|| found.only(split(what).map_or(what, |(name, _)| name)))
    };
    for entry in &entries {
        let Some(owner) = found.at(tree.key_span(*entry).start) else { continue };
        let Some(needs) = tree.get(*entry, "dependencies") else { continue };
        for needed in tree.children(needs) {
            if let Some(needed) = tree.text(needed).and_then(|what| resolve(found, &what)) {
                found.edge(owner, needed);
            }
        }
    }
    for specifiers in scopes.into_iter().flatten().filter_map(|scope| tree.get(scope, "specifiers")) {
        for specifier in tree.members(Some(specifiers)) {
            let key = tree.key(specifier);
            let Some((name, _)) = key.strip_prefix("npm:").and_then(split) else { continue };
            let version = tree.text(specifier).unwrap_or_default();
            // Older versions repeat the name.
            let what = version.strip_prefix("npm:").unwrap_or(&version);
            let named = if split(what).is_some() { what.to_owned() } else { format!("{name}@{what}") };
            if let Some(package) = resolve(found, &named) {
                found.ask(package, "", Scope::Runtime);
            }
        }
    }
}
