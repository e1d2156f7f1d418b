//! The packages of a document that a lock file could list, and its subject.

use std::collections::HashSet;

use crate::parse::lockfile::Ecosystem;
use crate::parse::sbom::Document;
use crate::scan::sbom::{Listed, of_document};

/// Implicit packages of an environment: tools of the ecosystem, and its language.
const TOOLS: [(&str, &[&str]); 5] = [
    ("pypi", &["pip", "setuptools", "wheel", "distribute", "pkg-resources", "python"]),
    ("gem", &["bundler", "rubygems-update", "ruby"]),
    ("golang", &["stdlib", "std", "toolchain", "go", "cmd"]),
    ("npm", &["npm", "node", "corepack"]),
    ("composer", &["composer", "php", "composer/composer"]),
];
/// Package types of operating systems.
const OF_SYSTEMS: [&str; 6] = ["deb", "apk", "rpm", "alpm", "oci", "docker"];

/// A document's packages and subject.
pub(super) struct Described<'d> {
    pub(super) listed: Vec<Listed>,
    /// The names of its subject.
    pub(super) about: HashSet<&'d str>,
    /// Package names among these, by type.
    pub(super) subjects: Vec<(String, String)>,
    /// True if it describes a whole system, such as an image, with many other packages.
    pub(super) system: bool,
}

impl<'d> Described<'d> {
    pub(super) fn of(document: &'d Document<'_>) -> Self {
        let primary = || document.primary.iter().filter_map(|place| document.components.get(*place as usize));
        let about: HashSet<&str> = primary().filter_map(|component| component.name.as_deref()).collect();
        let subject = |purl: &str| {
            let mut one = Listed::new(Some(purl), "", "");
            normalise(&mut one);
            Some((one.kind?, one.name))
        };
        let subjects: Vec<(String, String)> =
            primary().filter_map(|component| subject(component.purl.as_deref()?)).collect();
        let mut listed = of_document(document);
        listed.iter_mut().for_each(normalise);
        let of_system = |kind: &str| OF_SYSTEMS.contains(&kind);
        let is_image = |kind: Option<&str>| {
            kind.is_some_and(|kind| {
                ["container", "operating-system", "device", "firmware"]
                    .iter()
                    .any(|one| kind.eq_ignore_ascii_case(one))
            })
        };
        let system = listed.iter().any(|one| one.kind.as_deref().is_some_and(of_system))
            || subjects.iter().any(|(kind, _)| of_system(kind))
            || primary().any(|component| is_image(component.kind.as_deref()));
        // The subject is not a dependency of itself.
        listed.retain(|one| {
            let is = |(kind, name): &(String, String)| one.kind.as_ref() == Some(kind) && one.name == *name;
            // A package without a version is the project itself.
            let versioned = !matches!(one.version.as_str(), "" | "UNKNOWN" | "(devel)");
            versioned && !subjects.iter().any(is) && !is_tool(one)
        });
        Self { listed, about, subjects, system }
    }
}

fn is_tool(one: &Listed) -> bool {
    let Some(kind) = one.kind.as_deref() else { return false };
    let is = |(of, names): &(&str, &[&str])| *of == kind && names.contains(&one.name.as_str());
    // PHP extensions are parts of PHP.
    TOOLS.iter().any(is) || kind == "composer" && !one.name.contains('/')
}

/// Normalises a name like package URLs: by ecosystem rules, Go in lower case, and without the path that some tools put
/// before npm names.
pub(super) fn normalise(one: &mut Listed) {
    let Some(kind) = one.kind.as_deref() else { return };
    match kind {
        "golang" => {
            one.name.make_ascii_lowercase();
            // The major version is part of the path; some tools write it as a subpath.
            if let Some((path, major)) = one.name.rsplit_once("/v")
                && !major.is_empty()
                && major.bytes().all(|b| b.is_ascii_digit())
            {
                one.name.truncate(path.len());
            }
        }
        "npm" => {
            const FOLDER: &str = "node_modules/";
            if let Some(at) = one.name.rfind(FOLDER) {
                one.name.drain(..at + FOLDER.len());
            }
        }
        "pypi" | "nuget" | "composer" | "swift" => {
            if let Some(ecosystem) = Ecosystem::of_purl(kind) {
                one.name = ecosystem.normal(&one.name).into_owned();
            }
        }
        _ => {}
    }
}
