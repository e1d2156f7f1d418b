//! The purpose of a lock file's packages: normal, target-specific, build or dev dependencies.

use std::collections::{BTreeMap, HashMap};

use semver::{Version, VersionReq};

use crate::model::RepoPath;
use crate::parse::cargo::{Dependency, Graph, Kind, Manifest, Package};

/// Most requirements of one manifest for one package, with different names or targets.
const ENTRIES_MAX: usize = 64;

/// The manifests of a lock file's workspace.
pub(super) struct Workspace<'a> {
    packages: &'a [Package<'a>],
    /// Each package's manifest, if it is a member.
    manifests: Vec<Option<(&'a RepoPath, &'a Manifest)>>,
    /// Requirements of a manifest, by its path and package name.
    entries: HashMap<(&'a RepoPath, &'a str), Vec<usize>>,
    /// `[workspace.dependencies]`, by their keys.
    shared: HashMap<&'a str, (&'a RepoPath, &'a Dependency)>,
}

/// A dependency of a member in its manifest.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The manifest with the requirement.
    pub(super) manifest: &'a RepoPath,
    /// The entry with the requirement, possibly of the workspace.
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
        let below = lock.folder().len();
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
        let (mut entries, mut shared) = (HashMap::new(), HashMap::new());
        for (path, manifest) in inside() {
            for (at, entry) in manifest.dependencies.iter().enumerate() {
                entries.entry((path, entry.name.as_str())).or_insert_with(Vec::new).push(at);
            }
            for entry in &manifest.shared {
                shared.entry(entry.key.as_str()).or_insert((path, entry));
            }
        }
        Self { packages, manifests: packages.iter().map(of).collect(), entries, shared }
    }

    /// How `member` requires `dependency`; none if unknown.
    pub(super) fn asked(&self, member: usize, dependency: usize) -> Vec<Asked<'a>> {
        let Some((path, manifest)) = self.manifests[member] else { return Vec::new() };
        let package = &self.packages[dependency];
        let version = Version::parse(&package.version).ok();
        let entries = self.entries.get(&(path, package.name.as_ref())).map_or(&[][..], Vec::as_slice);
        let all =
            entries.iter().take(ENTRIES_MAX).filter_map(|at| manifest.dependencies.get(*at)).map(|entry| {
                let shared = self.shared.get(entry.key.as_str()).filter(|_| entry.inherited);
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

    /// The purpose of each package.
    pub(super) fn purposes(&self, graph: &Graph) -> Purposes {
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
                    let target = asked.iter().find_map(|asked| asked.target).unwrap_or_default();
                    by_target.push((*child, target));
                } else if is(Kind::Build) {
                    build.push(*child);
                } else {
                    dev.push(*child);
                }
            }
        }
        // Members are roots: their dev-dependencies do not count for other members.
        let through = |at: usize| self.packages[at].source.is_some();
        let mut first_target = vec![None; self.packages.len()];
        let mut seen = vec![false; self.packages.len()];
        let mut targets = Vec::new();
        for (child, target) in by_target {
            for at in graph.reach(child, through, &mut seen) {
                first_target[at] = Some(targets.len());
            }
            targets.push(target.to_owned());
        }
        Purposes {
            members: self.packages.iter().map(|package| package.source.is_none()).collect(),
            plain: graph.reached(plain, through),
            first_target,
            targets,
            build: graph.reached(build, through),
            dev: graph.reached(dev, through),
        }
    }
}

/// The purpose of the packages of a lock file.
pub(super) struct Purposes {
    members: Vec<bool>,
    /// Normal dependencies.
    plain: Vec<bool>,
    /// The first of `targets` that needs each.
    first_target: Vec<Option<usize>>,
    targets: Vec<String>,
    build: Vec<bool>,
    dev: Vec<bool>,
}

impl Purposes {
    /// The purpose of `package`, unless it is a normal dependency.
    pub(super) fn of(&self, package: usize) -> Option<String> {
        if self.members[package] || self.plain[package] {
            return None;
        }
        if let Some(target) = self.first_target[package].and_then(|at| self.targets.get(at)) {
            return Some(format!("only for the target `{target}`"));
        }
        if self.build[package] {
            return Some("only a build-dependency".to_owned());
        }
        self.dev[package].then(|| "only a dev-dependency".to_owned())
    }
}
