//! SBOMs of lock files other than Cargo's: names, versions, sources and purpose.

use std::collections::HashMap;

use crate::parse::lockfile::{Ecosystem, Format, Locked, Origin, Wishes, links, parse};
use crate::parse::manifests::Scope;
use crate::parse::sbom::Purl;
use crate::parse::version::compare;
use crate::render::sbom::{Bom, Component, Need, Subject};
use crate::scan::sbom::{Listed, refused};

/// The SBOM of a lock file `file` of this format. `name` is the project's name, `wishes` the requirements of the
/// manifests next to it.
///
/// # Errors
/// The mistake with its line.
pub fn of_other(
    format: Format,
    bytes: &[u8],
    file: &str,
    name: &str,
    wishes: &[Wishes<'_>],
) -> Result<Bom, String> {
    let lock = parse(format, bytes);
    if let Some(why) = refused(&lock.mistakes) {
        return Err(why);
    }
    let links = links(format, &lock.text, &lock.packages, wishes);
    let scopes = links.scopes(&lock.packages);
    let ecosystem = format.ecosystem();
    // The index of each package of the lock file in the SBOM.
    let mut places: Vec<Option<usize>> = Vec::with_capacity(lock.packages.len());
    let mut seen: HashMap<(String, String), usize> = HashMap::with_capacity(lock.packages.len());
    let mut components: Vec<Component> = Vec::with_capacity(lock.packages.len());
    for (package, scope) in lock.packages.iter().zip(scopes) {
        // The project's own packages are not dependencies, and Go is its toolchain.
        let go = format == Format::GoMod && matches!(package.name.as_str(), "stdlib" | "toolchain");
        if package.origin == Origin::Path || go {
            places.push(None);
            continue;
        }
        if package.name.is_empty() {
            return Err("it lists a package without a name".to_owned());
        }
        let component = component(ecosystem, package, need(scope));
        // A package can be at several places of a tree, also under an alias.
        let key = (component.name.clone(), component.version.clone());
        let place = *seen.entry(key).or_insert(components.len());
        match components.get_mut(place) {
            Some(known) => {
                known.alias = known.alias.take().or(component.alias);
                known.need = known.need.or(component.need);
            }
            None => components.push(component),
        }
        places.push(Some(place));
    }
    if components.is_empty() {
        return Err("it lists no published package".to_owned());
    }
    if !links.edges.is_empty() {
        components.iter_mut().for_each(|component| component.depends_on = Some(Vec::new()));
        let place = |number: usize| places.get(number).copied().flatten();
        for (from, to) in &links.edges {
            if let (Some(from), Some(to)) = (place(*from), place(*to)) {
                components[from].depends_on.get_or_insert_default().push(to);
            }
        }
    }
    let said = |is: bool, what: &str| if is { String::new() } else { format!(" nor {what}") };
    let limits = format!(
        "Written from {file} and the manifests next to it: names, versions and sources. \
         It names no hash, no licence, no supplier{}{}, whether or not the file tells. So this document claims \
         neither to be complete nor to contain the minimum elements of an SBOM.",
        said(!links.edges.is_empty(), "the dependency graph"),
        said(
            components.iter().any(|one| one.need != Need::Unknown),
            "which packages are for development \
            only"
        ),
    );
    Ok(Bom { subject: Subject { name: name.to_owned(), version: None }, components, limits })
}

fn component(ecosystem: Ecosystem, package: &Locked, need: Need) -> Component {
    let shown = ecosystem.normal(&package.name).into_owned();
    let version = version(ecosystem, &package.version);
    let name = spelled(ecosystem, &shown);
    // Without its URL it would look like a registry package.
    let elsewhere = matches!(package.origin, Origin::Git | Origin::Url);
    let purl = Purl::new(ecosystem.purl_type(), &name, &version, &[]).filter(|_| !elsewhere);
    Component {
        purl: purl.map(|purl| purl.to_string()),
        name: shown,
        version,
        kind: Some(ecosystem.purl_type()),
        origin: word(package.origin),
        need,
        alias: package.alias.clone(),
        moving: is_moving(ecosystem, package),
        ..Component::default()
    }
}

const fn need(scope: Scope) -> Need {
    match scope {
        Scope::Unsaid => Need::Unknown,
        Scope::Runtime => Need::Runtime,
        Scope::Optional => Need::Optional,
        Scope::Development => Need::Development,
    }
}

/// The source of a package in a word; empty for the default registry.
const fn word(origin: Origin) -> Option<&'static str> {
    match origin {
        Origin::Public => None,
        Origin::Registry => Some("registry"),
        Origin::Git => Some("git"),
        Origin::Url => Some("url"),
        Origin::Path => Some("path"),
    }
}

/// A package of a lock file, for comparison.
#[must_use]
pub fn listed_of(ecosystem: Ecosystem, package: &Locked) -> Listed {
    let name = ecosystem.normal(&package.name);
    Listed {
        kind: Some(ecosystem.purl_type().to_owned()),
        name: spelled(ecosystem, &name),
        version: version(ecosystem, &package.version),
        alias: package.alias.clone(),
        moving: is_moving(ecosystem, package),
        ..Listed::default()
    }
}

/// True if the version is not from a registry.
fn is_moving(ecosystem: Ecosystem, package: &Locked) -> bool {
    let fixed = compare(ecosystem, &package.version, &package.version).is_some();
    matches!(package.origin, Origin::Git | Origin::Url) || !fixed
}

/// Versions of Go start with a v, which the reader removes.
fn version(ecosystem: Ecosystem, version: &str) -> String {
    match ecosystem {
        Ecosystem::Go => format!("v{version}"),
        _ => version.to_owned(),
    }
}

/// A name in the spelling of its package URL type.
fn spelled(ecosystem: Ecosystem, name: &str) -> String {
    match ecosystem {
        Ecosystem::Go => name.to_ascii_lowercase(),
        // The group is a namespace.
        Ecosystem::Maven => name.replacen(':', "/", 1),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::of_other;
    use crate::parse::lockfile::Format;

    fn purls(name: &str, text: &str) -> Vec<String> {
        let format = Format::of(name.as_bytes()).unwrap();
        let bom = of_other(format, text.as_bytes(), name, "app", &[]).unwrap();
        assert!(bom.components.iter().all(|component| component.sha256.is_none() && !component.own));
        bom.components.into_iter().filter_map(|component| component.purl).collect()
    }

    #[test]
    fn each_ecosystem_has_its_type() {
        let npm = "{\"packages\": {\"node_modules/@s/tin\": {\"version\": \"1.0.0\"}, \
                   \"node_modules/a/node_modules/@s/tin\": {\"version\": \"1.0.0\"}}}";
        assert_eq!(purls("package-lock.json", npm), ["pkg:npm/%40s/tin@1.0.0"]);
        assert_eq!(purls("requirements.txt", "Zope.Tin==1.0\n"), ["pkg:pypi/zope-tin@1.0"]);
        assert_eq!(
            purls("go.sum", "example.org/Tin/v2 v2.0.0 h1:x=\n"),
            ["pkg:golang/example.org/tin/v2@v2.0.0"]
        );
        assert_eq!(purls("Gemfile.lock", "GEM\n  specs:\n    tin (1.0.0)\n"), ["pkg:gem/tin@1.0.0"]);
        let php = "{\"packages\": [{\"name\": \"A/tin\", \"version\": \"v1.2.3\"}]}";
        assert_eq!(purls("composer.lock", php), ["pkg:composer/a/tin@1.2.3"]);
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        let of = |text: &str| of_other(Format::PackageLock, text.as_bytes(), "package-lock.json", "app", &[]);
        assert_eq!(of("{\"lockfileVersion\": 3}").unwrap_err(), "it lists no published package");
        assert!(of("{}").unwrap_err().starts_with("line 1: not what a package-lock.json holds"));
        let nameless = "{\"packages\": {\"node_modules/\": {\"version\": \"1.0.0\"}}}";
        assert_eq!(of(nameless).unwrap_err(), "it lists a package without a name");
        assert!(of("{\n").unwrap_err().starts_with("line 2: ends in the middle"), "{:?}", of("{\n"));
    }
}
