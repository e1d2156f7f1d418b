//! What the packages of a lock file are for: the program itself, some targets, the build, the tests.

use std::collections::BTreeMap;

use semver::{Version, VersionReq};

use crate::model::RepoPath;
use crate::parse::cargo::{Dependency, Graph, Kind, Manifest, Package};

/// The manifests of the workspace that a lock file belongs to.
pub(super) struct Workspace<'a> {
    packages: &'a [Package<'a>],
    /// For each package, its manifest, if it is a member and has one.
    manifests: Vec<Option<(&'a RepoPath, &'a Manifest)>>,
    /// `[workspace.dependencies]`.
    shared: Vec<(&'a RepoPath, &'a Dependency)>,
}

/// A dependency of a member as its manifest asks for it.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The manifest with the requirement.
    pub(super) manifest: &'a RepoPath,
    /// The entry with the requirement, perhaps one of the workspace.
    pub(super) entry: &'a Dependency,
    kind: Kind,
    target: Option<&'a str>,
}

impl<'a> Workspace<'a> {
    pub(super) fn new(
        lock: &RepoPath,
        packages: &'a [Package<'a>],
        all: &'a BTreeMap<RepoPath, Manifest>,
    ) -> Self {
        let below = lock.as_bytes().len() - lock.file_name().len();
        let folder = &lock.as_bytes()[..below];
        let inside = || all.iter().filter(|(path, _)| path.as_bytes().starts_with(folder));
        let mut by_name: BTreeMap<&str, (&RepoPath, &Manifest)> = BTreeMap::new();
        for (path, manifest) in inside() {
            let Some(name) = manifest.package.as_deref() else { continue };
            let shorter = |known: &(&RepoPath, &Manifest)| known.0.as_bytes().len() <= path.as_bytes().len();
            if !by_name.get(name).is_some_and(shorter) {
                by_name.insert(name, (path, manifest));
            }
        }
        let of = |package: &Package<'_>| match package.source {
            None => by_name.get(package.name.as_ref()).copied(),
            Some(_) => None,
        };
        Self {
            packages,
            manifests: packages.iter().map(of).collect(),
            shared: inside()
                .flat_map(|(path, manifest)| manifest.shared.iter().map(move |entry| (path, entry)))
                .collect(),
        }
    }

    /// How `member` asks for `dependency`; nothing if that is not known.
    pub(super) fn asked(&self, member: usize, dependency: usize) -> Vec<Asked<'a>> {
        let Some((path, manifest)) = self.manifests[member] else { return Vec::new() };
        let package = &self.packages[dependency];
        let version = Version::parse(&package.version).ok();
        let entries = manifest.dependencies.iter().filter(|entry| entry.name == package.name);
        let all = entries.map(|entry| {
            let shared = entry
                .inherited
                .then(|| self.shared.iter().find(|(_, shared)| shared.key == entry.key))
                .flatten();
            let (manifest, asked) = shared.copied().unwrap_or((path, entry));
            Asked { manifest, entry: asked, kind: entry.kind, target: entry.target.as_deref() }
        });
        let all: Vec<Asked<'a>> = all.collect();
        let fits = |asked: &&Asked<'a>| {
            let requirement =
                asked.entry.requirement.as_deref().and_then(|text| VersionReq::parse(text).ok());
            match (requirement, &version) {
                (Some(requirement), Some(version)) => requirement.matches(version),
                _ => true,
            }
        };
        let fitting: Vec<Asked<'a>> = all.iter().filter(fits).copied().collect();
        if fitting.is_empty() { all } else { fitting }
    }

    /// For what `package` is there, if it is not for the program itself.
    pub(super) fn purpose(&self, graph: &Graph, package: usize) -> Option<String> {
        self.packages[package].source.as_ref()?;
        let (mut plain, mut by_target, mut build, mut dev) = (vec![], vec![], vec![], vec![]);
        for member in (0..self.packages.len()).filter(|index| self.packages[*index].source.is_none()) {
            for child in graph.dependencies(member) {
                let asked = self.asked(member, *child);
                let is = |kind: Kind| asked.iter().any(|asked| asked.kind == kind);
                let everywhere =
                    asked.iter().any(|asked| asked.kind == Kind::Normal && asked.target.is_none());
                if asked.is_empty() || everywhere {
                    plain.push(*child);
                } else if is(Kind::Normal) {
                    by_target.push((*child, asked));
                } else if is(Kind::Build) {
                    build.push(*child);
                } else {
                    dev.push(*child);
                }
            }
        }
        // Members are starts of their own: what only their tests need is not needed for them.
        let through = |at: usize| self.packages[at].source.is_some();
        if graph.reached(plain, through)[package] {
            return None;
        }
        for (child, asked) in by_target {
            if graph.reached([child], through)[package] {
                let target = asked.iter().find_map(|asked| asked.target).unwrap_or_default();
                return Some(format!("only for the target `{target}`"));
            }
        }
        if graph.reached(build, through)[package] {
            return Some("only a build-dependency".to_owned());
        }
        graph.reached(dev, through)[package].then(|| "only a dev-dependency".to_owned())
    }
}
