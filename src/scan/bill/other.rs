//! The bill of a lock file of another ecosystem than Cargo: names and versions, no more.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::parse::lockfile::{Ecosystem, Format, Locked, Origin, parse};
use crate::parse::sbom::Purl;
use crate::parse::version::compare;
use crate::render::sbom::{Bill, Component, Subject};
use crate::scan::bill::{Listed, refused};

/// The bill of a lock file of this format, which is called `file`. `name` is what the project is called.
///
/// # Errors
/// What is wrong with the file, and in which line.
pub fn of_other(format: Format, bytes: &[u8], file: &str, name: &str) -> Result<Bill, String> {
    let lock = parse(format, bytes);
    if let Some(why) = refused(&lock.mistakes) {
        return Err(why);
    }
    // Parts of the project itself are not packages of it, and Go is what builds it.
    let is_listed = |package: &Locked| {
        let go = format == Format::GoMod && matches!(package.name.as_str(), "stdlib" | "toolchain");
        package.origin != Origin::Path && !go
    };
    let packages: Vec<Locked> = lock.packages.into_iter().filter(is_listed).collect();
    if packages.is_empty() {
        return Err("it lists no package that was published".to_owned());
    }
    if packages.iter().any(|package| package.name.is_empty()) {
        return Err("it lists a package without a name".to_owned());
    }
    let ecosystem = format.ecosystem();
    let mut seen: HashMap<(String, String), usize> = HashMap::with_capacity(packages.len());
    let mut components: Vec<Component> = Vec::with_capacity(packages.len());
    for package in packages {
        let shown = ecosystem.normal(&package.name).into_owned();
        let version = version(ecosystem, &package.version);
        let moving = is_moving(ecosystem, &package);
        // The same package can stand at several places of a tree, at one of them under another name.
        match seen.entry((shown.clone(), version.clone())) {
            Entry::Occupied(at) => {
                if let Some(known) = components.get_mut(*at.get()) {
                    known.alias = known.alias.take().or(package.alias);
                }
            }
            Entry::Vacant(free) => {
                free.insert(components.len());
                let name = spelled(ecosystem, &shown);
                // Without its address what comes from elsewhere would pass for what the registry has.
                let elsewhere = matches!(package.origin, Origin::Git | Origin::Url);
                let purl = Purl::new(ecosystem.purl_type(), &name, &version, &[]).filter(|_| !elsewhere);
                let purl = purl.map(|purl| purl.to_string());
                components.push(Component {
                    name: shown,
                    version,
                    purl,
                    kind: Some(ecosystem.purl_type()),
                    origin: word(package.origin),
                    alias: package.alias,
                    moving,
                    ..Component::default()
                });
            }
        }
    }
    let limits = format!(
        "Written from {file} alone, and of that file from the names and versions of the packages: hashes, \
         who depends on whom, and what is needed for development only are not in this document, whether or \
         not the file tells. It names no licence and no supplier. So this document claims neither to be \
         complete nor to hold the minimum elements of an SBOM."
    );
    Ok(Bill { subject: Subject { name: name.to_owned(), version: None }, components, limits })
}

/// Where a package comes from, in a word; nothing for the usual registry.
const fn word(origin: Origin) -> Option<&'static str> {
    match origin {
        Origin::Public => None,
        Origin::Registry => Some("registry"),
        Origin::Git => Some("git"),
        Origin::Url => Some("url"),
        Origin::Path => Some("path"),
    }
}

/// A package of a lock file as it is compared.
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

/// True if the version is none that a registry has given.
fn is_moving(ecosystem: Ecosystem, package: &Locked) -> bool {
    let fixed = compare(ecosystem, &package.version, &package.version).is_some();
    matches!(package.origin, Origin::Git | Origin::Url) || !fixed
}

/// Versions of Go start with a v; the reader has taken it away.
fn version(ecosystem: Ecosystem, version: &str) -> String {
    match ecosystem {
        Ecosystem::Go => format!("v{version}"),
        _ => version.to_owned(),
    }
}

/// A name as package URLs of its type spell it.
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
        let bill = of_other(format, text.as_bytes(), name, "app").unwrap();
        assert!(bill.components.iter().all(|c| c.sha256.is_none() && c.depends_on.is_none() && !c.own));
        bill.components.into_iter().filter_map(|component| component.purl).collect()
    }

    #[test]
    fn each_ecosystem_has_its_type() {
        let npm = "{\"packages\": {\"node_modules/@s/tin\": {\"version\": \"1.0.0\"}, \"node_modules/a/node_modules/@s/tin\": {\"version\": \"1.0.0\"}}}";
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
        let of = |text: &str| of_other(Format::PackageLock, text.as_bytes(), "package-lock.json", "app");
        assert_eq!(of("{\"lockfileVersion\": 3}").unwrap_err(), "it lists no package that was published");
        assert!(of("{}").unwrap_err().starts_with("line 1: not what a package-lock.json holds"));
        let nameless = "{\"packages\": {\"node_modules/\": {\"version\": \"1.0.0\"}}}";
        assert_eq!(of(nameless).unwrap_err(), "it lists a package without a name");
        assert!(of("{\n").unwrap_err().starts_with("line 2: ends in the middle"), "{:?}", of("{\n"));
    }
}
