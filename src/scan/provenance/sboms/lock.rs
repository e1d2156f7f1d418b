//! The lock files of a repository, for comparison with documents.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Read as _;
use std::sync::{Arc, Mutex};

use super::described::normalise;
use crate::model::RepoPath;
use crate::parse::lockfile::{Ecosystem, Format, Locked, Origin, Wishes, links, parse, parse_go_sum};
use crate::parse::manifests::{self, Manifest, Scope};
use crate::scan::sbom::{Listed, listed_of, of_bom, of_cargo};
use crate::source::Source;

/// Largest lock file read.
const LOCK_MAX: u64 = 64 << 20;
/// Most lock files cached; later ones are parsed each time.
const KEPT_MAX: usize = 1000;
/// Most workspace members whose manifests are read.
const MANIFESTS_MAX: usize = 1000;
/// Manifests with the purpose of packages.
const MANIFESTS: [&[u8]; 8] = [
    b"package.json",
    b"composer.json",
    b"pyproject.toml",
    b"Pipfile",
    b"Gemfile",
    b"gems.rb",
    b"pubspec.yaml",
    b"mix.exs",
];

/// The lock files of a repository.
pub(super) struct Locks<'a> {
    paths: &'a BTreeSet<RepoPath>,
    /// Project names in it, by the directories of their manifests.
    projects: &'a BTreeMap<Vec<u8>, Vec<String>>,
    sources: &'a [&'a dyn Source],
    read: Mutex<BTreeMap<RepoPath, Option<Arc<Lock>>>>,
}

/// The content of a lock file.
pub(super) struct Lock {
    pub(super) path: RepoPath,
    pub(super) packages: Vec<Listed>,
    /// For each package, whether a production install has it.
    pub(super) production: Vec<bool>,
    /// The names of the project's own packages.
    pub(super) own: HashSet<String>,
    /// The dependencies of each package, if the lock file has them.
    pub(super) needs: Vec<Vec<usize>>,
    /// True if it lists transitive dependencies too.
    pub(super) closed: bool,
}

impl<'a> Locks<'a> {
    pub(super) fn new(
        paths: &'a BTreeSet<RepoPath>,
        projects: &'a BTreeMap<Vec<u8>, Vec<String>>,
        sources: &'a [&'a dyn Source],
    ) -> Self {
        Self { paths, projects, sources, read: Mutex::default() }
    }

    /// The paths of lock files: those in parent directories of `path` first, deepest first; then the others, shallowest
    /// first.
    pub(super) fn near(&self, path: &RepoPath) -> Vec<&'a RepoPath> {
        let mut near: Vec<&RepoPath> = self.paths.iter().collect();
        near.sort_by_key(|lock| {
            let above = path.as_bytes().starts_with(lock.folder());
            let depth = lock.folder().len();
            (!above, if above { usize::MAX - depth } else { depth }, (*lock).clone())
        });
        near
    }

    /// True if it is a project in the repository.
    pub(super) fn is_project(&self, one: &Listed) -> bool {
        self.projects.values().flatten().any(|project| {
            let mut project = Listed { kind: one.kind.clone(), name: project.clone(), ..Listed::default() };
            normalise(&mut project);
            project.name == one.name
        })
    }

    /// True for the name of a member of the project of `lock`.
    pub(super) fn is_part(&self, lock: &Lock, name: &str) -> bool {
        let folder = lock.path.folder();
        let names =
            |at: &[u8]| self.projects.get(at).is_some_and(|names| names.iter().any(|one| one == name));
        !names(folder) && self.projects.keys().any(|at| at.starts_with(folder) && names(at))
    }

    /// The lock file at `path`; none if unreadable, which the dependency analysis reports.
    pub(super) fn get(&self, path: &RepoPath) -> Option<Arc<Lock>> {
        let known = || self.read.lock().expect("no thread panics while it holds the lock");
        if let Some(lock) = known().get(path) {
            return lock.clone();
        }
        let lock = self.read(path).map(Arc::new);
        let mut known = known();
        if known.len() < KEPT_MAX {
            known.insert(path.clone(), lock.clone());
        }
        lock
    }

    fn bytes(&self, path: &RepoPath) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let file = self.sources.iter().find_map(|source| source.file(path))?.ok()?;
        file.take(LOCK_MAX + 1).read_to_end(&mut bytes).ok().filter(|read| *read as u64 <= LOCK_MAX)?;
        Some(bytes)
    }

    /// The manifests of the lock file at `path`, by their relative directories.
    fn manifests(&self, path: &RepoPath, ecosystem: Ecosystem) -> Vec<(String, Manifest)> {
        let top = path.folder();
        let parts = self.projects.keys().filter(|folder| folder.starts_with(top) && folder.len() > top.len());
        let mut found = Vec::new();
        for folder in std::iter::once(top).chain(parts.map(Vec::as_slice).take(MANIFESTS_MAX)) {
            let below = String::from_utf8_lossy(&folder[top.len()..]);
            for name in MANIFESTS {
                let bytes = self.bytes(&RepoPath::new([folder, name].concat()));
                let manifest = bytes.and_then(|bytes| manifests::read(name, &bytes));
                let manifest = manifest.filter(|manifest| manifest.ecosystem == ecosystem.as_str());
                found.extend(manifest.map(|one| (below.trim_end_matches('/').to_owned(), one)));
            }
        }
        found
    }

    fn read(&self, path: &RepoPath) -> Option<Lock> {
        let bytes = self.bytes(path)?;
        let Some(format) = Format::of(path.as_bytes()) else { return of_crates(path, &bytes) };
        let module = || self.bytes(&RepoPath::new([path.folder(), b"go.mod"].concat()));
        let read = match (format, (format == Format::GoSum).then(module).flatten()) {
            (Format::GoSum, Some(module)) => parse_go_sum(&bytes, &module),
            _ => parse(format, &bytes),
        };
        if !read.mistakes.is_empty() {
            return None;
        }
        let closed = !matches!(
            format,
            Format::Requirements
                | Format::MaybeRequirements
                | Format::Gradle
                | Format::GradleVerification
                | Format::GoSum
                | Format::Conan
                | Format::Cabal
                | Format::Stack
        );
        let manifests = self.manifests(path, format.ecosystem());
        let wishes: Vec<Wishes<'_>> =
            manifests.iter().map(|(folder, manifest)| Wishes { folder, asks: &manifest.asks }).collect();
        let links = links(format, &read.text, &read.packages, &wishes);
        let scopes = links.scopes(&read.packages);
        // Whether packages also needed in development are omitted depends on the tool: npm omits them.
        let asked = links.asked.iter().filter(|asked| asked.scope == Scope::Development);
        let marked = (0..read.packages.len()).filter(|at| scopes[*at] == Scope::Development);
        let starts: Vec<usize> = asked.map(|asked| asked.package).chain(marked).collect();
        let shared = links.graph(read.packages.len()).reached(starts, |_| true);
        let is_own = |package: &Locked| package.origin == Origin::Path;
        let own = read.packages.iter().filter(|one| is_own(one)).map(|one| one.name.clone()).collect();
        let mut packages = Vec::with_capacity(read.packages.len());
        let mut production = Vec::with_capacity(read.packages.len());
        for (at, package) in read.packages.iter().enumerate().filter(|(_, package)| !is_own(package)) {
            let mut listed = listed_of(format.ecosystem(), package);
            normalise(&mut listed);
            packages.push(listed);
            // A Go program only contains the modules it uses.
            let runtime = scopes[at] == Scope::Runtime && !shared[at];
            production.push(closed && runtime && format.ecosystem() != Ecosystem::Go);
        }
        Some(Lock { path: path.clone(), packages, production, own, needs: Vec::new(), closed })
    }
}

fn of_crates(path: &RepoPath, bytes: &[u8]) -> Option<Lock> {
    let bom = of_cargo(bytes, None, "").ok()?;
    let own = bom.components.iter().filter(|one| one.own).map(|one| one.name.clone()).collect();
    let needs = bom.components.iter().map(|one| one.depends_on.clone().unwrap_or_default()).collect();
    let packages = of_bom(&bom);
    let production = vec![true; packages.len()];
    Some(Lock { path: path.clone(), packages, production, own, needs, closed: true })
}
