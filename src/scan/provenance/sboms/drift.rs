//! Compares a document with the lock files that it describes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::Policy;
use super::described::Described;
use super::lock::{Lock, Locks};
use crate::engine::provenance::Drift;
use crate::model::RepoPath;
use crate::model::text::escaped;
use crate::parse::sbom::Document;
use crate::scan::sbom::{Listed, compare};

/// Most packages named per kind of drift.
const SHOWN_MAX: usize = 5;
/// Percentage of common packages below which a document describes something else.
const COMMON_MIN: usize = 30;
/// Most lock files compared per document.
const LOCKS_MAX: usize = 100;

impl Locks<'_> {
    /// Compares `document` at `path` with the lock files of its subject; none without a lock file. For several package
    /// types, differences take precedence.
    pub(super) fn drift(&self, path: &RepoPath, document: &Document<'_>, policy: &Policy) -> Option<Drift> {
        let described = Described::of(document);
        let kinds: BTreeSet<&str> = described.listed.iter().filter_map(|one| one.kind.as_deref()).collect();
        if kinds.is_empty() {
            return None;
        }
        let near = self.near(path);
        let all: Vec<Arc<Lock>> =
            near.into_iter().take(LOCKS_MAX).filter_map(|lock| self.get(lock)).collect();
        let mut drifts = Vec::new();
        for kind in kinds {
            let of_kind: Vec<&Lock> =
                all.iter().map(Arc::as_ref).filter(|lock| has_kind(lock, kind)).collect();
            let Some(lock) = self.described_by(&described, &of_kind) else { continue };
            if drifts.iter().any(|drift: &Drift| drift.lock == lock.path) {
                continue;
            }
            let others: Vec<&Lock> = of_kind
                .into_iter()
                .filter(|other| other.path != lock.path && may_describe(&described, other))
                .collect();
            drifts.push(self.held(&described, lock, &others, policy));
        }
        let at = drifts.iter().position(|drift| !drift.is_none()).unwrap_or(0);
        (at < drifts.len()).then(|| drifts.swap_remove(at))
    }

    /// The lock file of the document: that of its subject, otherwise the nearest.
    fn described_by<'l>(&self, described: &Described<'_>, locks: &[&'l Lock]) -> Option<&'l Lock> {
        let mut nearest = None;
        for lock in locks.iter().copied().filter(|lock| describes(described, lock)) {
            if lock.own.iter().any(|name| described.about.contains(name.as_str())) {
                return Some(lock);
            }
            nearest.get_or_insert(lock);
        }
        nearest
    }

    /// `others` are lock files that the document may also describe.
    fn held(&self, described: &Described<'_>, lock: &Lock, others: &[&Lock], policy: &Policy) -> Drift {
        let kinds: HashSet<Option<&str>> = lock.packages.iter().map(|one| one.kind.as_deref()).collect();
        // Other package types are in other lock files, or in none.
        let mine: Vec<Listed> =
            described.listed.iter().filter(|one| kinds.contains(&one.kind.as_deref())).cloned().collect();
        let lines: HashMap<(&str, &str), u32> =
            mine.iter().rev().map(|one| ((one.name.as_str(), one.version.as_str()), one.line)).collect();
        let line = |one: &Listed| {
            let at = lines.get(&(one.name.as_str(), one.version.as_str())).copied();
            at.unwrap_or(one.line).max(1)
        };
        let named = |one: &Listed| escaped(&format!("{} {}", one.name, one.version));
        let is_own =
            |name: &str| lock.own.contains(name) || others.iter().any(|other| other.own.contains(name));
        let mut beside: HashMap<&str, Vec<&Listed>> = HashMap::new();
        for one in others.iter().flat_map(|other| &other.packages) {
            beside.entry(one.name.as_str()).or_default().push(one);
        }
        let elsewhere = |one: &Listed| {
            beside.get(one.name.as_str()).is_some_and(|all| all.iter().any(|other| one.is_same_as(other)))
        };
        let needed = needed(described, lock);
        let asked: HashSet<(&str, &str)> = lock
            .packages
            .iter()
            .zip(needed.iter().zip(&lock.production))
            .filter(|(one, (needed, production))| **needed && **production && !is_own(&one.name))
            .map(|(one, _)| (one.name.as_str(), one.version.as_str()))
            .collect();
        // A part of the project needs fewer packages than the whole.
        let part = described.about.iter().any(|name| self.is_part(lock, name));
        let wanted = if part { 0 } else { asked.len() };
        let difference = compare(mine.clone(), lock.packages.clone());
        // A different spelling of the URL is the same version.
        let changed: Vec<&(Listed, Listed)> = difference
            .changed
            .iter()
            .filter(|(from, to)| from.version != to.version && !elsewhere(from))
            .filter(|(from, _)| !is_own(&from.name))
            .collect();
        let closed = lock.closed && !described.system;
        let gone: Vec<&Listed> = difference
            .removed
            .iter()
            .filter(|one| closed && !is_own(&one.name) && !self.is_project(one) && !elsewhere(one))
            .collect();
        // Packages from outside a registry are listed by name, without a package URL.
        let unaddressed: HashSet<&str> =
            described.listed.iter().filter(|one| one.kind.is_none()).map(|one| one.name.as_str()).collect();
        let is_unaddressed = |one: &Listed| one.moving && unaddressed.contains(one.name.as_str());
        let is_asked = |one: &&Listed| {
            asked.contains(&(one.name.as_str(), one.version.as_str())) && !is_unaddressed(one)
        };
        let missing: Vec<&Listed> = difference.added.iter().filter(is_asked).take(wanted).collect();
        let mut faults: BTreeMap<(u32, String), ()> = BTreeMap::new();
        for (from, to) in changed.iter().take(SHOWN_MAX) {
            let what = format!("{} is {} in the lock file", named(from), escaped(&to.version));
            faults.insert((line(from), what), ());
        }
        for one in gone.iter().take(SHOWN_MAX) {
            faults.insert((line(one), format!("{} is not in the lock file", named(one))), ());
        }
        for one in difference.rehashed.iter().take(SHOWN_MAX) {
            let what =
                format!("{} has another {} in the lock file", named(&one.package), escaped(&one.algorithm));
            faults.insert((line(&one.package), what), ());
        }
        let covered = wanted - missing.len();
        let enough = covered * 100 >= wanted * policy.coverage as usize;
        Drift {
            lock: lock.path.clone(),
            same: difference.same,
            changed: changed.len(),
            gone: gone.len(),
            rehashed: difference.rehashed.len(),
            missing: if enough { 0 } else { missing.len() },
            wanted: if wanted == 0 { lock.packages.len() } else { wanted },
            first_missing: missing.iter().filter(|_| !enough).take(SHOWN_MAX).map(|one| named(one)).collect(),
            first: faults.into_keys().collect(),
        }
    }
}

fn has_kind(lock: &Lock, kind: &str) -> bool {
    lock.packages.iter().any(|one| one.kind.as_deref() == Some(kind))
}

/// True if enough of the document's packages are in the lock file, in any version; false if its subject is unknown to
/// the lock file.
fn describes(described: &Described<'_>, lock: &Lock) -> bool {
    let is_there = |(kind, name): &&(String, String)| {
        lock.packages.iter().any(|one| one.kind.as_ref() == Some(kind) && one.name == *name)
    };
    // Only Cargo's lock files list the project's own packages.
    let crates: Vec<_> = described.subjects.iter().filter(|(kind, _)| kind == "cargo").collect();
    if !lock.own.is_empty() && !crates.is_empty() && !crates.iter().any(is_there) {
        return false;
    }
    let known = names(&lock.packages, lock);
    let kinds: HashSet<&str> = known.iter().map(|(kind, _)| *kind).collect();
    let mine: Vec<(&str, &str)> = described
        .listed
        .iter()
        .filter_map(|one| key(one, lock))
        .filter(|(kind, _)| kinds.contains(kind))
        .collect();
    let common = mine.iter().filter(|one| known.contains(one)).count();
    common > 0 && common * 100 >= mine.len() * COMMON_MIN
}

/// True if enough of the lock file's packages are in the document, so that it may describe both.
fn may_describe(described: &Described<'_>, lock: &Lock) -> bool {
    let listed: HashSet<(&str, &str)> = described.listed.iter().filter_map(|one| key(one, lock)).collect();
    let known = names(&lock.packages, lock);
    let common = known.iter().filter(|one| listed.contains(*one)).count();
    common > 0 && common * 100 >= known.len() * COMMON_MIN
}

/// The project itself is in documents about it and in many others.
fn key<'l>(one: &'l Listed, lock: &Lock) -> Option<(&'l str, &'l str)> {
    Some((one.kind.as_deref()?, one.name.as_str())).filter(|_| !lock.own.contains(&one.name))
}

fn names<'l>(listed: &'l [Listed], lock: &Lock) -> HashSet<(&'l str, &'l str)> {
    listed.iter().filter_map(|one| key(one, lock)).collect()
}

/// The packages needed by the subject; all if the subject is unknown or the lock file has no graph.
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
