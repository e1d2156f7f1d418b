//! `conan.lock` of both major versions, and R's `renv.lock`.

use std::collections::HashSet;

use super::json::{inner, object, section};
use super::reader::{Found, Reader, short};
use super::{Origin, Scope};
use crate::model::Span;
use crate::parse::tree::Kind;
use crate::parse::tree::json::Dialect;

/// The lists of version 2, and their scopes.
const LISTS: [(&str, Scope); 4] = [
    ("requires", Scope::Runtime),
    ("build_requires", Scope::Development),
    ("python_requires", Scope::Development),
    ("config_requires", Scope::Development),
];

pub(super) fn conan(reader: &mut Reader<'_>) {
    let known = ["graph_lock", "requires", "build_requires", "python_requires"];
    let Some(tree) = object(reader, Dialect::Strict, &known) else { return };
    let Some(root) = tree.root() else { return };
    for (list, scope) in LISTS {
        for entry in tree.items(section(reader, &tree, list, Kind::Array)) {
            // In version 2.1 an entry may be a list of a reference and its build requirements.
            let entry =
                if tree.kind(entry) == Kind::Array { tree.items(Some(entry)).next() } else { Some(entry) };
            let Some(entry) = entry else { continue };
            reference(reader, &tree.text(entry).unwrap_or_default(), tree.span(entry), scope);
        }
    }
    let Some(graph) = tree.get(root, "graph_lock") else { return };
    let nodes = inner(reader, &tree, graph, "nodes", Kind::Object);
    let is_build: HashSet<String> = tree
        .members(nodes)
        .flat_map(|node| tree.items(tree.get(node, "build_requires")).collect::<Vec<_>>())
        .filter_map(|id| tree.text(id))
        .map(|id| id.into_owned())
        .collect();
    for node in tree.members(nodes) {
        // The project itself has a path, or no reference.
        let Some(id) = tree.get(node, "ref").filter(|_| tree.get(node, "path").is_none()) else { continue };
        let build = is_build.contains(&*tree.key(node))
            || tree.member(node, "context").is_some_and(|context| context == "build");
        let scope = if build { Scope::Development } else { Scope::Runtime };
        reference(reader, &tree.text(id).unwrap_or_default(), tree.span(id), scope);
    }
}

/// `tin/1.0.0@user/channel#revision%time`
fn reference(reader: &mut Reader<'_>, text: &str, at: Span, scope: Scope) {
    let plain = text.split(['#', '%']).next().unwrap_or(text);
    let (package, user) =
        plain.split_once('@').map_or((plain, None), |(package, user)| (package, Some(user)));
    match package.split_once('/').filter(|(name, version)| !name.is_empty() && !version.is_empty()) {
        Some((name, version)) => {
            // The public registry no longer has users.
            let public = user.is_none_or(|user| matches!(user, "" | "_/_"));
            let origin = if public { Origin::Public } else { Origin::Registry };
            reader.add(&Found { name, version, alias: None, origin, at });
            reader.scope(scope);
        }
        None => {
            let message = format!("`{}` is not `name/version`; it was not checked", short(text));
            reader.mistake(at.start, message);
        }
    }
}

pub(super) fn renv(reader: &mut Reader<'_>) {
    let Some(tree) = object(reader, Dialect::Strict, &["R", "Packages"]) else { return };
    for entry in tree.members(section(reader, &tree, "Packages", Kind::Object)) {
        let (name, at) = (tree.key(entry), tree.key_span(entry));
        let source = tree.member(entry, "Source").unwrap_or_default();
        let repository = tree.member(entry, "Repository").unwrap_or_default();
        let origin = match &*source {
            "GitHub" | "GitLab" | "Bitbucket" | "Git" | "git" | "git2r" | "xgit" => Origin::Git,
            "Local" | "local" | "Cellar" => Origin::Path,
            "URL" | "url" => Origin::Url,
            // Bioconductor is a separate registry.
            "Bioconductor" => Origin::Registry,
            _ => match &*repository {
                "" | "CRAN" | "RSPM" | "P3M" | "PPM" | "CRAN@R" => Origin::Public,
                place if place.contains("cran.r-project.org") || place.contains("packagemanager") => {
                    Origin::Public
                }
                place if place.contains("cran.rstudio.com") || place.contains("posit.co") => Origin::Public,
                _ => Origin::Registry,
            },
        };
        match tree.member(entry, "Version") {
            Some(version) => reader.add(&Found { name: &name, version: &version, alias: None, origin, at }),
            None => {
                let message = format!("`{}` has no version; it was not checked", short(&name));
                reader.mistake(at.start, message);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::lockfile::Format;
    use crate::parse::lockfile::tests::{line_of_mistake, parsed};

    #[test]
    fn references_of_conan() {
        let two = "{\n \"version\": \"0.5\",\n \"requires\": [\n  \"tin/1.0.0#0a%1.0\",\n  \"zinc/2.0.0@own/stable#0b\"\n ],\n \"build_requires\": [\"lead/3.0\"],\n \"python_requires\": []\n}\n";
        assert_eq!(
            parsed(Format::Conan, two),
            ["tin 1.0.0 4", "zinc 2.0.0 5 another registry", "lead 3.0 7"]
        );
        let one = "{\n \"graph_lock\": { \"nodes\": {\n  \"0\": { \"ref\": \"app/1.0\", \"path\": \"conanfile.py\", \"requires\": [\"1\"] },\n  \"1\": { \"ref\": \"tin/1.0.0#0a\" },\n  \"2\": { \"options\": \"\" } } },\n \"version\": \"0.4\"\n}\n";
        assert_eq!(parsed(Format::Conan, one), ["tin 1.0.0 4"]);
        assert_eq!(line_of_mistake(Format::Conan, "{\n\"requires\": [\n\"tin\"]}\n"), Some(3));
    }

    #[test]
    fn packages_of_r() {
        let text = "{\n \"R\": { \"Version\": \"4.3.1\" },\n \"Packages\": {\n  \"tin\": { \"Package\": \"tin\", \"Version\": \"1.0-3\", \"Source\": \"Repository\", \"Repository\": \"CRAN\" },\n  \"zinc\": { \"Version\": \"2.0\", \"Source\": \"GitHub\" },\n  \"lead\": { \"Version\": \"3.0\", \"Source\": \"Bioconductor\" } }\n}\n";
        assert_eq!(
            parsed(Format::Renv, text),
            ["tin 1.0-3 4", "zinc 2.0 5 git", "lead 3.0 6 another registry"]
        );
    }
}
