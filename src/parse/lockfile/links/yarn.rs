//! Dependency edges of `yarn.lock`, any version.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Finder;
use crate::parse::lockfile::reader::Reader;
use crate::parse::lockfile::yarn::{descriptors, field, named};
use crate::parse::lockfile::{Format, npm};
use crate::parse::manifests::Scope;

/// A dependent.
#[derive(Clone)]
enum Owner {
    Package(usize),
    /// A workspace member, by its directory.
    Member(String),
}

pub(super) fn read(found: &mut Finder<'_>, text: &str) {
    let mut listed: HashMap<String, usize> = HashMap::new();
    let mut needed: Vec<(Owner, Cow<'_, str>, Cow<'_, str>)> = Vec::new();
    let mut owner: Option<Owner> = None;
    let mut inside = false;
    for line in Reader::new(Format::Yarn, text).lines() {
        let body = line.text.trim_end();
        let indent = line.indent();
        if body.trim().is_empty() || body.trim_start().starts_with('#') {
            continue;
        }
        if indent == 0 {
            if body == ":" {
                continue; // The end of a key that stands in the line before.
            }
            inside = false;
            let key = body.strip_prefix("? ").unwrap_or(body);
            let all = descriptors(key.strip_suffix(':').unwrap_or(key)).unwrap_or_default();
            let package = found.at(line.start);
            let member = all.iter().find_map(|one| named(one).1.strip_prefix("workspace:"));
            owner = package
                .map(Owner::Package)
                .or_else(|| member.map(|folder| Owner::Member(folder.trim_start_matches('.').to_owned())));
            if let Some(package) = package {
                listed.extend(all.iter().map(|one| (one.to_string(), package)));
            }
            continue;
        }
        let Some((key, value)) = body.get(indent..).and_then(field) else { continue };
        match (indent, value) {
            (2, None) => inside = matches!(&*key, "dependencies" | "optionalDependencies"),
            (2, Some(_)) => inside = false,
            (4, Some(range)) if inside => {
                if let Some(owner) = &owner {
                    needed.push((owner.clone(), key, range));
                }
            }
            _ => {}
        }
    }
    let resolve = |found: &Finder<'_>, name: &str, range: &str| {
        let exact = listed.get(&format!("{name}@{range}"));
        let berry = || listed.get(&format!("{name}@npm:{range}"));
        exact.or_else(berry).copied().or_else(|| {
            let alias = range.strip_prefix("npm:").and_then(npm::split).map(|(name, _)| name);
            found.only(alias.unwrap_or(name))
        })
    };
    for (owner, name, range) in needed {
        let Some(package) = resolve(found, &name, &range) else { continue };
        match owner {
            Owner::Package(owner) => found.edge(owner, package),
            Owner::Member(folder) => {
                let scope = found.wish(&folder, &name).map_or(Scope::Unsaid, |ask| ask.scope);
                found.ask(package, &folder, scope);
            }
        }
    }
    if !found.links.asked.is_empty() {
        return;
    }
    for wishes in found.wishes {
        for ask in wishes.asks {
            if let Some(package) = resolve(found, &ask.name, &ask.requirement) {
                found.ask(package, wishes.folder, ask.scope);
            }
        }
    }
}
