//! A document held against the lock file that it describes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::Policy;
use crate::engine::provenance::Drift;
use crate::model::RepoPath;
use crate::model::text::escaped;
use crate::parse::lockfile::Format;
use crate::parse::sbom::Document;
use crate::scan::bill::{Listed, compare, of_bill, of_cargo, of_document, of_other};
use crate::source::Source;

/// A larger lock file is not read.
const LOCK_MAX: u64 = 64 << 20;
/// Packages that are named for each kind of drift.
const SHOWN_MAX: usize = 5;
/// Of a document with fewer packages in common with a lock file, in percent, it describes something else.
const COMMON_MIN: usize = 30;

/// The lock files of a repository.
pub(super) struct Locks<'a> {
    paths: &'a BTreeSet<RepoPath>,
    sources: &'a [&'a dyn Source],
}

/// What a lock file lists.
struct Lock {
    path: RepoPath,
    packages: Vec<Listed>,
    /// The names of the packages that are the project's own.
    own: HashSet<String>,
    /// For each package those that it needs, where the lock file says so.
    needs: Vec<Vec<usize>>,
}

/// What a document lists, and what it is about.
struct Described<'d> {
    listed: Vec<Listed>,
    /// The names of what it is about.
    about: HashSet<&'d str>,
    /// The names of packages among these, by their kind.
    subjects: Vec<(String, String)>,
}

impl<'d> Described<'d> {
    fn of(document: &'d Document<'_>) -> Self {
        let primary = || document.primary.iter().filter_map(|place| document.components.get(*place as usize));
        let about: HashSet<&str> = primary().filter_map(|component| component.name.as_deref()).collect();
        let subject = |purl: &str| {
            let one = Listed::new(Some(purl), "", "");
            Some((one.kind?, one.name))
        };
        let subjects: Vec<(String, String)> =
            primary().filter_map(|component| subject(component.purl.as_deref()?)).collect();
        let mut listed = of_document(document);
        listed.iter_mut().for_each(normalise);
        // What a document is about is no dependency of itself.
        listed.retain(|one| {
            let is = |(kind, name): &(String, String)| one.kind.as_ref() == Some(kind) && one.name == *name;
            // What has no version is the project itself, built where it stands.
            let versioned = !matches!(one.version.as_str(), "" | "UNKNOWN" | "(devel)");
            versioned && !subjects.iter().any(is)
        });
        Self { listed, about, subjects }
    }
}

/// Spells a name as package URLs should: those of Go in lower case, and without the folders of a path by which
/// some tools call a package of npm.
fn normalise(one: &mut Listed) {
    if one.kind.as_deref() == Some("golang") {
        one.name.make_ascii_lowercase();
        // The major version is a part of the path; some tools write it as one, some as a subpath.
        if let Some((path, major)) = one.name.rsplit_once("/v")
            && !major.is_empty()
            && major.bytes().all(|b| b.is_ascii_digit())
        {
            one.name.truncate(path.len());
        }
    }
    const FOLDER: &str = "node_modules/";
    if one.kind.as_deref() == Some("npm")
        && let Some(at) = one.name.rfind(FOLDER)
    {
        one.name.drain(..at + FOLDER.len());
    }
}

impl<'a> Locks<'a> {
    pub(super) const fn new(paths: &'a BTreeSet<RepoPath>, sources: &'a [&'a dyn Source]) -> Self {
        Self { paths, sources }
    }

    /// How `document`, which stands at `path`, agrees with its lock file; nothing if there is none for it.
    pub(super) fn drift(&self, path: &RepoPath, document: &Document<'_>, policy: &Policy) -> Option<Drift> {
        let described = Described::of(document);
        if described.listed.iter().all(|one| one.kind.is_none()) {
            return None;
        }
        let lock = self.of(path, &described)?;
        Some(held(&described, &lines(document), &lock, policy))
    }

    /// The lock file that the document describes: one of a project that it is about, else the nearest above.
    fn of(&self, path: &RepoPath, described: &Described<'_>) -> Option<Lock> {
        let mut candidates: Vec<&RepoPath> = self.paths.iter().collect();
        // Those in folders above first, the deepest of them in front; then the others, shallow ones first.
        candidates.sort_by_key(|lock| {
            let above = path.as_bytes().starts_with(lock.folder());
            let depth = lock.folder().len();
            (!above, if above { usize::MAX - depth } else { depth }, (*lock).clone())
        });
        let mut nearest = None;
        for candidate in candidates.into_iter().take(100) {
            let Some(lock) = self.read(candidate).filter(|lock| describes(described, lock)) else { continue };
            if lock.own.iter().any(|name| described.about.contains(name.as_str())) {
                return Some(lock);
            }
            nearest.get_or_insert(lock);
        }
        nearest
    }

    fn read(&self, path: &RepoPath) -> Option<Lock> {
        use std::io::Read as _;
        let mut bytes = Vec::new();
        let file = self.sources.iter().find_map(|source| source.file(path))?.ok()?;
        file.take(LOCK_MAX + 1).read_to_end(&mut bytes).ok().filter(|read| *read as u64 <= LOCK_MAX)?;
        let name = path.file_name();
        let bill = match Format::of(path.as_bytes()) {
            // What is wrong with it is told by those who compare it with advisories.
            None => of_cargo(&bytes, None, "").ok()?,
            Some(format) => of_other(format, &bytes, &String::from_utf8_lossy(name), "").ok()?,
        };
        let own = bill.components.iter().filter(|one| one.own).map(|one| one.name.clone()).collect();
        let needs = bill.components.iter().map(|one| one.depends_on.clone().unwrap_or_default()).collect();
        let mut packages = of_bill(&bill);
        packages.iter_mut().for_each(normalise);
        Some(Lock { path: path.clone(), packages, own, needs })
    }
}

/// True if enough of what the document lists is in the lock file, in whatever version; not if it is about a
/// package that the lock file does not know.
fn describes(described: &Described<'_>, lock: &Lock) -> bool {
    let is_there = |(kind, name): &&(String, String)| {
        lock.packages.iter().any(|one| one.kind.as_ref() == Some(kind) && one.name == *name)
    };
    // Only Cargo's lock files list the packages of the project itself.
    let crates: Vec<_> = described.subjects.iter().filter(|(kind, _)| kind == "cargo").collect();
    if !lock.own.is_empty() && !crates.is_empty() && !crates.iter().any(is_there) {
        return false;
    }
    let listed = &described.listed;
    // The project itself is in any document about it, and in many about something else.
    let key = |one: &Listed| {
        let own = lock.own.contains(&one.name);
        Some((one.kind.clone()?, one.name.clone())).filter(|_| !own)
    };
    let known: HashSet<(String, String)> = lock.packages.iter().filter_map(key).collect();
    let kinds: HashSet<&String> = known.iter().map(|(kind, _)| kind).collect();
    let mine: Vec<(String, String)> =
        listed.iter().filter_map(key).filter(|(kind, _)| kinds.contains(kind)).collect();
    let common = mine.iter().filter(|one| known.contains(one)).count();
    common > 0 && common * 100 >= mine.len() * COMMON_MIN
}

/// The lines of components by name and version.
fn lines(document: &Document<'_>) -> HashMap<(String, String), u32> {
    let mut lines = HashMap::with_capacity(document.components.len());
    for component in &document.components {
        let name = component.name.as_deref().unwrap_or_default();
        let one =
            Listed::new(component.purl.as_deref(), name, component.version.as_deref().unwrap_or_default());
        lines.entry((one.name, one.version)).or_insert(component.line);
    }
    lines
}

/// The packages that the project's own packages need which the document is about; all of them if it is about
/// none in particular, or if the lock file does not tell.
fn needed(described: &Described<'_>, lock: &Lock) -> Vec<bool> {
    let is_about = |one: &Listed| lock.own.contains(&one.name) && described.about.contains(one.name.as_str());
    let mut open: Vec<usize> =
        (0..lock.packages.len()).filter(|place| is_about(&lock.packages[*place])).collect();
    if open.is_empty() {
        return vec![true; lock.packages.len()];
    }
    let mut needed = vec![false; lock.packages.len()];
    while let Some(place) = open.pop() {
        if needed.get(place) == Some(&false) {
            needed[place] = true;
            open.extend(lock.needs.get(place).into_iter().flatten());
        }
    }
    needed
}

fn held(
    described: &Described<'_>,
    lines: &HashMap<(String, String), u32>,
    lock: &Lock,
    policy: &Policy,
) -> Drift {
    let kinds: HashSet<Option<String>> = lock.packages.iter().map(|one| one.kind.clone()).collect();
    // What the document lists of other kinds stands in other lock files, or in none.
    let mine: Vec<Listed> =
        described.listed.iter().filter(|one| kinds.contains(&one.kind)).cloned().collect();
    let line = |one: &Listed| lines.get(&(one.name.clone(), one.version.clone())).copied().unwrap_or(1);
    let named = |one: &Listed| escaped(&format!("{} {}", one.name, one.version));
    let foreign = |one: &&Listed| !lock.own.contains(&one.name);
    let needed = needed(described, lock);
    let asked: HashSet<(&str, &str)> = lock
        .packages
        .iter()
        .zip(&needed)
        .filter(|(one, needed)| **needed && foreign(one))
        .map(|(one, _)| (one.name.as_str(), one.version.as_str()))
        .collect();
    let wanted = asked.len();
    let difference = compare(mine, lock.packages.clone());
    // The same version under another spelling of its address is the same.
    let changed: Vec<&(Listed, Listed)> =
        difference.changed.iter().filter(|(from, to)| from.version != to.version).collect();
    let gone: Vec<&Listed> = difference.removed.iter().filter(foreign).collect();
    let is_asked = |one: &&Listed| asked.contains(&(one.name.as_str(), one.version.as_str()));
    let missing: Vec<&Listed> = difference.added.iter().filter(is_asked).collect();
    let mut faults: BTreeMap<(u32, String), ()> = BTreeMap::new();
    for (from, to) in changed.iter().take(SHOWN_MAX) {
        faults.insert(
            (line(from), format!("{} is {} in the lock file", named(from), escaped(&to.version))),
            (),
        );
    }
    for one in gone.iter().take(SHOWN_MAX) {
        faults.insert((line(one), format!("{} is not in the lock file", named(one))), ());
    }
    for one in difference.rehashed.iter().take(SHOWN_MAX) {
        let what =
            format!("{} has another {} in the lock file", named(&one.package), escaped(&one.algorithm));
        faults.insert((line(&one.package), what), ());
    }
    let covered = wanted - missing.len().min(wanted);
    let enough = covered * 100 >= wanted * policy.coverage as usize;
    Drift {
        lock: lock.path.clone(),
        same: difference.same,
        changed: changed.len(),
        gone: gone.len(),
        rehashed: difference.rehashed.len(),
        missing: if enough { 0 } else { missing.len() },
        wanted,
        first_missing: missing.iter().filter(|_| !enough).take(SHOWN_MAX).map(|one| named(one)).collect(),
        first: faults.into_keys().collect(),
    }
}
