//! What a document lists that a lock file could, and what it is about.

use std::collections::HashSet;

use crate::parse::lockfile::Ecosystem;
use crate::parse::sbom::Document;
use crate::scan::bill::{Listed, of_document};

/// Packages that an environment has without being asked for them: tools of the ecosystem, and its language.
const TOOLS: [(&str, &[&str]); 5] = [
    ("pypi", &["pip", "setuptools", "wheel", "distribute", "pkg-resources", "python"]),
    ("gem", &["bundler", "rubygems-update", "ruby"]),
    ("golang", &["stdlib", "std", "toolchain", "go", "cmd"]),
    ("npm", &["npm", "node", "corepack"]),
    ("composer", &["composer", "php", "composer/composer"]),
];
/// Kinds of packages that systems are made of.
const OF_SYSTEMS: [&str; 6] = ["deb", "apk", "rpm", "alpm", "oci", "docker"];

/// What a document lists, and what it is about.
pub(super) struct Described<'d> {
    pub(super) listed: Vec<Listed>,
    /// The names of what it is about.
    pub(super) about: HashSet<&'d str>,
    /// The names of packages among these, by their kind.
    pub(super) subjects: Vec<(String, String)>,
    /// True if it is about a whole system, such as an image: much of that comes from elsewhere.
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
        // What a document is about is no dependency of itself.
        listed.retain(|one| {
            let is = |(kind, name): &(String, String)| one.kind.as_ref() == Some(kind) && one.name == *name;
            // What has no version is the project itself, built where it stands.
            let versioned = !matches!(one.version.as_str(), "" | "UNKNOWN" | "(devel)");
            versioned && !subjects.iter().any(is) && !is_tool(one)
        });
        Self { listed, about, subjects, system }
    }
}

fn is_tool(one: &Listed) -> bool {
    let Some(kind) = one.kind.as_deref() else { return false };
    let is = |(of, names): &(&str, &[&str])| *of == kind && names.contains(&one.name.as_str());
    // Extensions of PHP are parts of it.
    TOOLS.iter().any(is) || kind == "composer" && !one.name.contains('/')
}

/// Spells a name as package URLs should: as the ecosystem compares it, those of Go in lower case, and without the
/// folders of a path by which some tools call a package of npm.
pub(super) fn normalise(one: &mut Listed) {
    let Some(kind) = one.kind.as_deref() else { return };
    match kind {
        "golang" => {
            one.name.make_ascii_lowercase();
            // The major version is a part of the path; some tools write it as one, some as a subpath.
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
