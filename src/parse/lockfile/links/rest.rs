//! Dependency edges of lock files of Composer, NuGet, Go, Dart and CocoaPods.

use std::collections::HashSet;

use super::Finder;
use crate::parse::manifests::Scope;
use crate::parse::tree::json::{self, Dialect};
use crate::parse::tree::{Kind, yaml};

pub(super) fn composer(found: &mut Finder<'_>, text: &str) {
    let tree = json::read(text, Dialect::Strict).partial.tree;
    let Some(root) = tree.root() else { return };
    for list in ["packages", "packages-dev"] {
        for entry in tree.items(tree.get(root, list)).collect::<Vec<_>>() {
            let owner = tree.get(entry, "name").and_then(|name| found.at(tree.span(name).start));
            let Some(owner) = owner else { continue };
            for needed in tree.members(tree.get(entry, "require")) {
                for needed in found.named(&tree.key(needed)).to_vec() {
                    found.edge(owner, needed);
                }
            }
        }
    }
}

pub(super) fn nuget(found: &mut Finder<'_>, text: &str) {
    let tree = json::read(text, Dialect::Strict).partial.tree;
    let Some(root) = tree.root() else { return };
    for framework in tree.members(tree.get(root, "dependencies")) {
        for entry in tree.members(Some(framework)) {
            let Some(owner) = found.at(tree.key_span(entry).start) else { continue };
            if tree.member(entry, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("direct")) {
                found.ask(owner, "", Scope::Unsaid);
            }
            for needed in tree.members(tree.get(entry, "dependencies")) {
                for needed in found.named(&tree.key(needed)).to_vec() {
                    found.edge(owner, needed);
                }
            }
        }
    }
}

/// Transitive dependencies are marked `// indirect`.
pub(super) fn go_mod(found: &mut Finder<'_>, text: &str) {
    let indirect_lines = text.lines().filter(|line| !line.contains("=>") && is_indirect(line));
    let words = indirect_lines.flat_map(|line| line.split_whitespace().take(2));
    let indirect_names: HashSet<&str> = words.map(|word| word.trim_matches('"')).collect();
    for (number, package) in found.packages.iter().enumerate() {
        let line = text.get(package.at.range()).unwrap_or("");
        // A replacement is on another line than what it replaces.
        let replaced = package.alias.as_deref().filter(|_| line.contains("=>"));
        let indirect = match replaced {
            None => is_indirect(line),
            Some(name) => indirect_names.contains(name),
        };
        if !indirect {
            found.ask(number, "", Scope::Runtime);
        }
    }
}

fn is_indirect(line: &str) -> bool {
    line.split_once("//").is_some_and(|(_, comment)| comment.trim_start().starts_with("indirect"))
}

pub(super) fn pubspec(found: &mut Finder<'_>, text: &str) {
    let tree = yaml::read(text).tree;
    for document in tree.items(tree.root()).collect::<Vec<_>>() {
        for entry in tree.members(tree.get(document, "packages")) {
            let Some(package) = found.at(tree.key_span(entry).start) else { continue };
            match tree.member(entry, "dependency").as_deref() {
                Some("direct main" | "direct overridden") => found.ask(package, "", Scope::Runtime),
                Some("direct dev") => found.ask(package, "", Scope::Development),
                _ => {}
            }
        }
    }
}

/// `- Tin (1.0.0):` with its dependencies below; `DEPENDENCIES` lists the direct ones.
pub(super) fn podfile(found: &mut Finder<'_>, text: &str) {
    let name = |text: &str| text.split([' ', '/']).next().unwrap_or(text).to_owned();
    let tree = yaml::read(text).tree;
    for document in tree.items(tree.root()).collect::<Vec<_>>() {
        for entry in tree.items(tree.get(document, "PODS")).collect::<Vec<_>>() {
            for pod in tree.members(Some(entry)).collect::<Vec<_>>() {
                let needs: Vec<String> =
                    tree.items(Some(pod)).filter_map(|id| tree.text(id)).map(|text| name(&text)).collect();
                for owner in found.named(&name(&tree.key(pod))).to_vec() {
                    for needed in
                        needs.iter().flat_map(|needed| found.named(needed).to_vec()).collect::<Vec<_>>()
                    {
                        if owner != needed {
                            found.edge(owner, needed);
                        }
                    }
                }
            }
        }
        let asked = tree.items(tree.get(document, "DEPENDENCIES"));
        let asked: Vec<String> = asked
            .filter(|id| tree.kind(*id) != Kind::Object)
            .filter_map(|id| tree.text(id))
            .map(|text| name(&text))
            .collect();
        for package in asked.iter().flat_map(|asked| found.named(asked).to_vec()).collect::<Vec<_>>() {
            found.ask(package, "", Scope::Unsaid);
        }
    }
}
