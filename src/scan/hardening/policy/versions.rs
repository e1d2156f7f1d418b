//! The project's version, from its manifests and change log.

use super::Files;
use crate::engine::repository::Repository;
use crate::engine::repository::policy::{Known, Policy, slug};
use crate::model::RepoPath;
use crate::parse::policy::version::Version;
use crate::parse::project::{self, Found, Project};

/// Most bytes read of a manifest.
const MANIFEST_MAX: usize = 512 << 10;
/// Most manifests read of parts of the project.
const PARTS_MAX: usize = 60;
/// Manifests at the root, most reliable first.
const ROOT: [&str; 17] = [
    "Cargo.toml",
    "package.json",
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
    "composer.json",
    "pom.xml",
    "go.mod",
    "mix.exs",
    "pubspec.yaml",
    "Chart.yaml",
    "build.gradle",
    "build.gradle.kts",
    "gradle.properties",
    "VERSION",
    "VERSION.txt",
    "version.txt",
];
/// Source files that define the version of a Python package or a gem.
const PYTHON: [&[u8]; 5] =
    [b"__init__.py", b"_version.py", b"__version__.py", b"__about__.py", b"version.py"];
const RUBY: [&[u8]; 2] = [b"version.rb", b"const.rb"];
/// Change logs by their names, in lower case.
const LOGS: [&[u8]; 4] = [b"changelog.md", b"changes.md", b"history.md", b"changelog.rst"];

/// Adds the facts.
pub(super) fn add(facts: &mut Policy, repository: &Repository, files: &Files<'_>) {
    let mut reader = Reader { facts, files };
    let root = |name: &&&str| repository.has_path(name.as_bytes());
    let mut members = Vec::new();
    let mut is_python = false;
    for name in ROOT.iter().filter(root) {
        is_python |= matches!(*name, "pyproject.toml" | "setup.py" | "setup.cfg");
        if let Some(project) = reader.manifest(&RepoPath::from(*name), true) {
            members.extend(project.members);
        }
    }
    // Suffixes, most reliable first.
    let ends = |path: &RepoPath, ending: &[u8]| path.file_name().ends_with(ending);
    let shallow = || repository.paths.iter().filter(|path| path.depth() <= 3 && !repository.is_aside(path));
    if is_python && reader.facts.versions.is_empty() {
        let wanted =
            |path: &&RepoPath| path.depth() >= 1 && path.depth() <= 2 && PYTHON.contains(&path.file_name());
        for path in shallow().filter(wanted).take(12) {
            reader.manifest(path, true);
        }
    }
    if shallow().any(|path| path.depth() == 0 && ends(path, b".gemspec")) {
        for path in shallow()
            .filter(|path| path.as_bytes().starts_with(b"lib/") && RUBY.contains(&path.file_name()))
            .take(6)
        {
            reader.manifest(path, true);
        }
    }
    if reader.facts.versions.is_empty() {
        let name = reader.facts.name().map(str::to_owned);
        let part = |path: &&RepoPath| {
            let name = path.file_name();
            path.depth() >= 1
                && (name == b"Cargo.toml" && !members.is_empty()
                    || name == b"package.json"
                    || ends(path, b".csproj"))
                || ends(path, b"Directory.Build.props")
        };
        for path in shallow().filter(part).take(PARTS_MAX) {
            reader.part(path, name.as_deref());
        }
    }
    let top = |path: &&RepoPath| path.depth() == 0;
    if let Some(path) = repository
        .paths
        .iter()
        .filter(top)
        .find(|path| LOGS.iter().any(|log| path.file_name().eq_ignore_ascii_case(log)))
        && let Some(bytes) = files.read(path, 64 << 10)
    {
        let found = project::newest(&bytes);
        reader.keep(path, bytes, found, false, true);
    }
}

struct Reader<'a, 'f> {
    facts: &'a mut Policy,
    files: &'a Files<'f>,
}

impl Reader<'_, '_> {
    /// Reads the manifest at `path`.
    fn manifest(&mut self, path: &RepoPath, is_root: bool) -> Option<Project> {
        let bytes = self.files.read(path, MANIFEST_MAX)?;
        let project = project::read(path.file_name(), &bytes)?;
        if is_root {
            for slug in project.repositories.iter().filter_map(|address| slug(address)) {
                if !self.facts.named.contains(&slug) {
                    self.facts.named.push(slug);
                }
            }
        }
        self.keep(path, bytes, project.version.clone(), is_root, false);
        Some(project)
    }

    /// The same for a part of the project; one with the project's name represents it.
    fn part(&mut self, path: &RepoPath, name: Option<&str>) {
        let Some(bytes) = self.files.read(path, MANIFEST_MAX) else { return };
        let Some(project) = project::read(path.file_name(), &bytes) else { return };
        let own =
            project.name.as_deref().map(|name| name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase());
        let is_root = own.is_some() && own.as_deref() == name;
        self.keep(path, bytes, project.version, is_root, false);
    }

    fn keep(&mut self, path: &RepoPath, bytes: Vec<u8>, found: Option<Found>, is_root: bool, is_log: bool) {
        let Some((text, span)) = found else { return };
        let Some(version) = Version::read(&text) else { return };
        let known = Known { path: path.clone(), span, version, text, is_root, is_log };
        self.facts.versions.push(known);
        self.facts.files.insert(path.clone(), bytes);
    }
}
