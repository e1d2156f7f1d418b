//! What the packages of a lock file are for: the program itself, some targets, the build, the tests.

use std::collections::{BTreeMap, HashMap};

use semver::{Version, VersionReq};

use crate::model::RepoPath;
use crate::parse::cargo::{Dependency, Graph, Kind, Manifest, Package};

/// How often a manifest may ask for one package, under different names, for different targets.
const ENTRIES_MAX: usize = 64;

/// The manifests of the workspace that a lock file belongs to.
pub(super) struct Workspace<'a> {
    packages: &'a [Package<'a>],
    /// For each package, its manifest, if it is a member and has one.
    manifests: Vec<Option<(&'a RepoPath, &'a Manifest)>>,
    /// The places of what a manifest asks for, by its path and the name of the package.
    entries: HashMap<(&'a RepoPath, &'a str), Vec<usize>>,
    /// `[workspace.dependencies]`, by their keys.
    shared: HashMap<&'a str, (&'a RepoPath, &'a Dependency)>,
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

    /// How `member` asks for `dependency`; nothing if that is not known.
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

    /// For what each package is there.
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
        // Members are starts of their own: what only their tests need is not needed for them.
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

/// For what the packages of a lock file are there.
pub(super) struct Purposes {
    members: Vec<bool>,
    /// Those that the program itself needs.
    plain: Vec<bool>,
    /// The first of `targets` for which each is needed.
    first_target: Vec<Option<usize>>,
    targets: Vec<String>,
    build: Vec<bool>,
    dev: Vec<bool>,
}

impl Purposes {
    /// For what `package` is there, if it is not for the program itself.
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
