//! Update tools of a repository, and the ecosystems to update.

use super::{Document, Kind, Repository};
use crate::engine::file_kind;
use crate::model::{Blob, RepoPath};
use crate::parse::yaml::Value;

/// Configuration files of update tools other than Dependabot.
const OTHERS: [&str; 20] = [
    "renovate.json",
    "renovate.json5",
    ".github/renovate.json",
    ".github/renovate.json5",
    ".gitlab/renovate.json",
    ".gitlab/renovate.json5",
    ".renovaterc",
    ".renovaterc.json",
    ".renovaterc.json5",
    "renovate-config.js",
    "renovate.config.js",
    ".pyup.yml",
    ".scala-steward.conf",
    ".github/.scala-steward.conf",
    ".github/updatecli.yml",
    "updatecli.yml",
    "updatecli.yaml",
    ".github/flake-update.yml",
    ".depfu.yml",
    ".doppins.yml",
];
/// Folders with the same.
const FOLDERS: [&str; 3] = ["updatecli/", ".updatecli/", "updatecli.d/"];
/// Actions that update.
const ACTIONS: [&str; 5] = [
    "renovatebot/github-action",
    "scala-steward-org/scala-steward-action",
    "updatecli/updatecli-action",
    "DeterminateSystems/update-flake-lock",
    "saadmk11/github-actions-version-updater",
];

/// Names of manifests and lock files that ask for packages, with the ecosystem as Dependabot names it.
const MANIFESTS: [(&str, &str); 25] = [
    ("Cargo.toml", "cargo"),
    ("Cargo.lock", "cargo"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
    ("yarn.lock", "npm"),
    ("pnpm-lock.yaml", "npm"),
    ("bun.lock", "npm"),
    ("bun.lockb", "npm"),
    ("go.mod", "gomod"),
    ("requirements.txt", "pip"),
    ("requirements.in", "pip"),
    ("poetry.lock", "pip"),
    ("uv.lock", "pip"),
    ("pdm.lock", "pip"),
    ("Pipfile", "pip"),
    ("Pipfile.lock", "pip"),
    ("Gemfile", "bundler"),
    ("composer.json", "composer"),
    ("pom.xml", "maven"),
    ("build.gradle", "gradle"),
    ("build.gradle.kts", "gradle"),
    ("packages.lock.json", "nuget"),
    ("mix.exs", "mix"),
    ("pubspec.yaml", "pub"),
    ("Package.resolved", "swift"),
];
/// Ecosystems of Dependabot that update the files of another one, too.
const SAME: [(&str, &str); 3] = [("bun", "npm"), ("uv", "pip"), ("pipenv", "pip")];

/// An entry of `updates` in a configuration of Dependabot.
#[derive(Clone, Copy, Debug)]
pub struct Update<'a> {
    /// The configuration.
    pub document: &'a Document,
    /// The entry.
    pub value: Value<'a>,
    /// What stands behind `package-ecosystem`.
    pub ecosystem: Value<'a>,
}

impl<'a> Update<'a> {
    /// The ecosystem by its name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.ecosystem.text().unwrap_or("")
    }

    /// A phrase for what it covers: "`npm` in `/web`".
    #[must_use]
    pub fn shown(&self) -> String {
        let directory = self.value.get("directory").and_then(Value::text);
        let first = self.value.get("directories").and_then(|all| all.items().next()).and_then(Value::text);
        match directory.or(first) {
            Some(directory) => format!("`{}` in `{directory}`", self.name()),
            None => format!("`{}`", self.name()),
        }
    }
}

impl Repository {
    /// The entries of all configurations of Dependabot.
    pub fn updates(&self) -> impl Iterator<Item = Update<'_>> {
        self.documents(Kind::Dependabot).flat_map(|document| {
            let entries = document.yaml.root().get("updates").into_iter().flat_map(Value::items);
            entries.filter_map(move |value| {
                Some(Update { document, value, ecosystem: value.get("package-ecosystem")? })
            })
        })
    }

    /// True if another tool than Dependabot updates something.
    #[must_use]
    pub fn has_other_updater(&self) -> bool {
        let is_one = |path: &RepoPath| {
            let path = path.as_bytes();
            OTHERS.iter().any(|other| path == other.as_bytes())
                || FOLDERS.iter().any(|folder| path.starts_with(folder.as_bytes()))
        };
        self.paths.iter().any(is_one)
            || self.renovates
            || self.steps().any(|site| site.step.is_some_and(|step| step.uses_any(&ACTIONS)))
    }

    /// True if there is a configuration of Dependabot, read or not.
    #[must_use]
    pub fn has_dependabot(&self) -> bool {
        self.has_path(b".github/dependabot.yml") || self.has_path(b".github/dependabot.yaml")
    }

    /// True for tests, examples, documentation and code of others, by their place; not for a document by its ending.
    #[must_use]
    pub fn is_aside(&self, path: &RepoPath) -> bool {
        let path = path.as_bytes();
        let endings = [&b".md"[..], b".rst", b".adoc", b".html"];
        let path =
            RepoPath::new(endings.iter().find_map(|ending| path.strip_suffix(*ending)).unwrap_or(path));
        file_kind::is_aside(&Blob { path: &path, bytes: b"", tracked: true })
    }

    /// Manifests and lock files of what the repository itself is made of, with their ecosystem as Dependabot names it.
    pub fn manifests(&self) -> impl Iterator<Item = (&RepoPath, &'static str)> {
        self.paths.iter().filter_map(|path| {
            let ecosystem = ecosystem(path.file_name())?;
            (!self.is_aside(path)).then_some((path, ecosystem))
        })
    }
}

/// The ecosystem of the manifest called `name`.
fn ecosystem(name: &[u8]) -> Option<&'static str> {
    let known = MANIFESTS.iter().find(|(manifest, _)| name == manifest.as_bytes());
    let is_requirements = || {
        let stem = name.strip_suffix(b".txt").or_else(|| name.strip_suffix(b".in"))?;
        [&b"requirements-"[..], b"requirements_"].iter().any(|start| stem.starts_with(start)).then_some("pip")
    };
    let is_project = || {
        let endings = [&b".csproj"[..], b".fsproj", b".vbproj"];
        endings.iter().any(|ending| name.ends_with(ending)).then_some("nuget")
    };
    known.map(|(_, ecosystem)| *ecosystem).or_else(is_requirements).or_else(is_project)
}

/// The ecosystem whose files an entry for `ecosystem` updates.
#[must_use]
pub fn covered(ecosystem: &str) -> &str {
    SAME.iter().find(|(other, _)| *other == ecosystem).map_or(ecosystem, |(_, name)| name)
}
