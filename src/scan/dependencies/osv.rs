//! Compares lock files other than Cargo's with OSV databases.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::packages::Lock;
use super::{Lockfiles, Required, Verdict, crates, evaluate, packages};
use crate::engine::dependency::Origin;
use crate::engine::{Check, Run};
use crate::external::Coverage;
use crate::model::{Blob, NotChecked, Outcome, Problem, RepoPath, Unchecked};
use crate::parse::advisory::{Advisories, osv};
use crate::parse::lockfile::{self, Ecosystem, Format, Locked, Lockfile, Recognised};

/// The lock files found.
#[derive(Default)]
pub(super) struct Facts {
    /// Unparsed, with their bytes.
    files: BTreeMap<RepoPath, (Format, Vec<u8>)>,
    /// Parsed.
    locks: Vec<Lock>,
    /// Unreadable ones, with the message.
    missed: BTreeMap<RepoPath, (Ecosystem, String)>,
    /// Those known only by name, with their tool.
    named: BTreeMap<RepoPath, &'static str>,
    /// Workflows and actions, unparsed, with their bytes.
    workflows: BTreeMap<RepoPath, Vec<u8>>,
}

impl Facts {
    pub(super) fn add(&mut self, blob: &Blob<'_>, format: Format) {
        self.files.insert(blob.path.clone(), (format, blob.bytes.to_vec()));
    }

    pub(super) fn add_workflow(&mut self, blob: &Blob<'_>) {
        self.workflows.insert(blob.path.clone(), blob.bytes.to_vec());
    }

    pub(super) fn miss(&mut self, path: &RepoPath, ecosystem: Ecosystem, message: String) {
        self.missed.insert(path.clone(), (ecosystem, message));
    }

    pub(super) fn name(&mut self, path: &RepoPath, tool: &'static str) {
        self.named.insert(path.clone(), tool);
    }

    /// The paths of unparsed ones.
    pub(super) fn paths(&self) -> impl Iterator<Item = &RepoPath> {
        self.files.keys()
    }

    /// Drops those that are not `kept`.
    pub(super) fn retain(&mut self, kept: &dyn Fn(&RepoPath) -> bool) {
        self.files.retain(|path, _| kept(path));
    }

    /// Parses the lock files, and returns their ecosystems and packages.
    pub(super) fn questions(&mut self) -> (BTreeSet<Ecosystem>, HashSet<String>) {
        // With a `go.mod`, `go.sum` mostly adds unused versions.
        let module = |path: &RepoPath| {
            self.files.get(&RepoPath::new([path.folder(), b"go.mod"].concat())).map(|(_, bytes)| bytes)
        };
        let read = |(path, (format, bytes)): (&RepoPath, &(Format, Vec<u8>))| {
            let read = match module(path) {
                Some(module) if *format == Format::GoSum => lockfile::parse_go_sum(bytes, module),
                _ => lockfile::parse(*format, bytes),
            };
            Lock {
                path: path.clone(),
                format: *format,
                ecosystem: format.ecosystem(),
                read: read.into_owned(),
            }
        };
        // Vendored modules are those of `go.mod`, unless it is an old one.
        let is_copied = |path: &RepoPath| {
            let above = path.folder().strip_suffix(b"vendor/").unwrap_or_default();
            let module = self.files.get(&RepoPath::new([above, b"go.mod"].concat()));
            module.is_some_and(|(_, bytes)| lockfile::lists_all(bytes))
        };
        let is_new = |(path, (format, _)): &(&RepoPath, &(Format, Vec<u8>))| {
            *format != Format::GoVendor || !is_copied(path)
        };
        self.locks = self.files.iter().filter(is_new).map(read).collect();
        self.files.clear();
        for (path, bytes) in std::mem::take(&mut self.workflows) {
            let read = lockfile::read_uses(&bytes).into_owned();
            if !read.packages.is_empty() {
                let (format, ecosystem) = (Format::Requirements, Ecosystem::GitHubActions);
                self.locks.push(Lock { path, format, ecosystem, read });
            }
        }
        let keys = |lock: &Lock| {
            let key = |package: &Locked| osv::key(lock.ecosystem, &package.name);
            lock.read.packages.iter().map(key).collect::<Vec<_>>()
        };
        let missed = self.missed.values().map(|(ecosystem, _)| *ecosystem);
        let ecosystems = self.locks.iter().map(|lock| lock.ecosystem).chain(missed);
        let ecosystems = ecosystems.filter(|ecosystem| Ecosystem::ALL.contains(ecosystem)).collect();
        (ecosystems, self.locks.iter().flat_map(keys).collect())
    }

    /// Directories with a lock file, with its ecosystem.
    fn folders(&self) -> BTreeSet<(&'static str, &[u8])> {
        let read = self.locks.iter().map(|lock| (&lock.path, lock.ecosystem));
        let missed = self.missed.iter().map(|(path, (ecosystem, _))| (path, *ecosystem));
        let named = self.named.iter().filter_map(|(path, tool)| Some((path, ecosystem_of(tool)?)));
        let known = read.chain(missed).map(|(path, ecosystem)| (path, ecosystem.as_str()));
        known.chain(named).map(|(path, ecosystem)| (ecosystem, path.folder())).collect()
    }
}

/// The OSV ecosystem of a tool's lock files; none if OSV does not cover it.
fn ecosystem_of(tool: &str) -> Option<&'static str> {
    Some(match tool {
        "Bun" | "pnpm" | "jspm" => "npm",
        "Go" => "Go",
        "Gradle" | "sbt" => "Maven",
        "Paket" | "NuGet" => "NuGet",
        "R" => "CRAN",
        _ => return None,
    })
}

/// True for checks of packages of other ecosystems, with or without a database.
pub(super) fn is_about_lock_files(check: &Check) -> bool {
    is_about_others(check) || matches!(check.run, Run::Locked { .. })
}

/// True for checks that compare them with advisories.
fn is_about_others(check: &Check) -> bool {
    matches!(check.run, Run::Advisory { applies, .. } if applies(Origin::Ecosystem("")))
        || matches!(check.run, Run::Locked { compared: true, .. })
}

/// Compares the lock files, and lists those that cannot be compared.
pub(super) fn run(evaluator: &evaluate::Evaluator<'_>, all: &super::Facts, verdict: &mut Verdict) {
    let facts = &all.others;
    let linked = all.linked.iter().filter_map(|path| match Recognised::of(path.as_bytes())? {
        Recognised::Read(format) => Some((format.ecosystem().as_str(), path.folder())),
        Recognised::NotRead(_) => None,
    });
    let locked: BTreeSet<_> = facts.folders().into_iter().chain(linked).collect();
    let has_lock = |ecosystem: &str, folder: &[u8]| locked.contains(&(ecosystem, folder));
    let unlocked = all.asked.without_lock(has_lock);
    let checks = || evaluator.lockfiles.checks.iter().filter(|check| is_about_others(check));
    if !evaluator.lockfiles.others {
        return;
    }
    let (known, required) = (&evaluator.context.answers.packages, &evaluator.lockfiles.wanted.required);
    // Workflows are common: they are only compared with a database about actions, or if requested.
    let is_judged = |lock: &&Lock| {
        lock.ecosystem != Ecosystem::GitHubActions
            || required.ecosystems.contains(&lock.ecosystem)
            || !matches!(known.get(&lock.ecosystem), Some(Coverage::Absent(_)))
    };
    let locks: &Vec<&Lock> = &facts.locks.iter().filter(is_judged).collect();
    for lock in locks.iter().copied() {
        let mistakes = lock.read.mistakes.iter().map(|mistake| Problem {
            path: Some(lock.path.clone()),
            message: format!("line {}: {}", mistake.line, mistake.message),
        });
        // Test files may be broken on purpose.
        match packages::aside(&lock.path) {
            Some(_) => verdict.notices.extend(mistakes),
            None => verdict.problems.extend(mistakes),
        }
        packages::withdrawn(evaluator, &all.asked, &has_lock, lock, verdict);
        verdict.remarks.extend(without_version(&lock.path, &lock.read));
    }
    report_databases(evaluator.lockfiles, known, verdict);
    let mut open = Open::default();
    for lock in locks.iter().copied() {
        match known.get(&lock.ecosystem) {
            Some(Coverage::Known(advisories)) => {
                packages::compare(evaluator, &all.asked, &has_lock, lock, advisories, verdict);
            }
            Some(Coverage::Absent(why)) => {
                open.absent.insert(lock.ecosystem);
                let asked = required.is(lock.ecosystem);
                not_compared(&lock.path, lock.ecosystem, why, asked, verdict);
            }
            Some(Coverage::Unusable(why)) => {
                open.reasons.insert(why);
                not_compared(&lock.path, lock.ecosystem, why, true, verdict);
            }
            None if !Ecosystem::ALL.contains(&lock.ecosystem) => {
                open.reasons.insert("OSV has no advisories about some of the ecosystems");
                verdict.not_checked.push(NotChecked {
                    why: Unchecked::NoAdvisories,
                    path: lock.path.clone(),
                    ecosystem: lock.ecosystem.as_str().to_owned(),
                    asked: false,
                });
            }
            None => {}
        }
    }
    for (path, (ecosystem, message)) in &facts.missed {
        match known.get(ecosystem) {
            // Without a database it could not be compared anyway.
            Some(Coverage::Absent(why)) if !required.is(*ecosystem) => {
                open.absent.insert(*ecosystem);
                not_compared(path, *ecosystem, why, false, verdict);
            }
            _ => {
                open.reasons.insert("a lock file could not be read");
                verdict.problems.push(Problem { path: Some(path.clone()), message: message.clone() });
            }
        }
    }
    // Go's other files add nothing to `go.mod`.
    let of_go = |path: &RepoPath| {
        let (of_go, here) = (locks.iter().filter(|lock| lock.ecosystem == Ecosystem::Go), path.folder());
        of_go.map(|lock| lock.path.folder()).any(|other| here.starts_with(other) || other.starts_with(here))
    };
    for (path, tool) in facts.named.iter().filter(|(path, tool)| **tool != "Go" || !of_go(path)) {
        open.reasons.insert("some lock files have unsupported formats");
        not_read(path, tool, required, verdict);
    }
    // A file without versions is not a lock file, whatever its name.
    for lock in locks {
        for included in lock.read.unpinned.iter().filter(|one| one.is_file) {
            open.reasons.insert("some requirements files are not read");
            not_included(lock, &included.name, required, verdict);
        }
    }
    let vague = locks
        .iter()
        .filter(|lock| lock.read.packages.is_empty() && lock.read.unpinned.iter().any(|one| !one.is_file));
    let vague: Vec<NotChecked> = vague
        .map(|lock| NotChecked {
            why: Unchecked::NoLockFile,
            path: lock.path.clone(),
            ecosystem: lock.ecosystem.as_str().to_owned(),
            asked: false,
        })
        .collect();
    let outcome = open.why().map(Outcome::NotChecked).or_else(|| {
        let none = "no lock file pins the versions";
        let none = || Outcome::NotChecked(none.to_owned());
        let unknown =
            || if unlocked.is_empty() && vague.is_empty() { Outcome::NotApplicable } else { none() };
        (locks.len() == vague.len()).then(unknown)
    });
    verdict.not_checked.extend(unlocked.into_iter().chain(vague));
    if let Some(outcome) = outcome {
        verdict.outcomes.extend(checks().map(|check| (check.meta.id, outcome.clone())));
    }
}

/// Reports a lock file of an unsupported format.
fn not_read(path: &RepoPath, tool: &str, required: &Required, verdict: &mut Verdict) {
    let ecosystem = ecosystem_of(tool);
    let known = ecosystem.and_then(Ecosystem::named);
    // A comparison without any advisories cannot be required.
    let asked = ecosystem.is_some() && (required.all || known.is_some_and(|known| required.is(known)));
    if asked {
        let message =
            format!("its packages were not checked: this lock file format of {tool} is not supported");
        verdict.problems.push(Problem { path: Some(path.clone()), message });
    }
    verdict.not_checked.push(NotChecked {
        why: Unchecked::NotRead,
        path: path.clone(),
        ecosystem: ecosystem.unwrap_or(tool).to_owned(),
        asked,
    });
}

/// Reports an included file that is not recognised by name.
fn not_included(lock: &Lock, included: &str, required: &Required, verdict: &mut Verdict) {
    let folder = lock.path.folder();
    let mut parts: Vec<&[u8]> = folder.split(|b| *b == b'/').filter(|part| !part.is_empty()).collect();
    for part in included.as_bytes().split(|b| matches!(b, b'/' | b'\\')) {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let path = RepoPath::new(parts.join(&b'/'));
    let asked = required.all || required.is(lock.ecosystem);
    if asked {
        let message = format!(
            "its packages were not checked: {} includes it, but it is not named like a requirements file",
            lock.path.lossy()
        );
        verdict.problems.push(Problem { path: Some(path.clone()), message });
    }
    verdict.not_checked.push(NotChecked {
        why: Unchecked::NotRead,
        path,
        ecosystem: lock.ecosystem.as_str().to_owned(),
        asked,
    });
}

/// Reasons for missing comparisons.
#[derive(Default)]
struct Open<'a> {
    /// The ecosystems without a database.
    absent: BTreeSet<Ecosystem>,
    /// Other reasons.
    reasons: BTreeSet<&'a str>,
}

impl Open<'_> {
    /// The reasons as a sentence; none if everything was compared.
    fn why(&self) -> Option<String> {
        let names: Vec<&str> = self.absent.iter().map(|ecosystem| ecosystem.as_str()).collect();
        let absent = (!names.is_empty()).then(|| {
            let (about, osv) = (names.join(", "), names.join(","));
            format!("the database for {about} is missing; `bartizan db update --osv {osv}` fetches it")
        });
        let all: Vec<String> =
            absent.into_iter().chain(self.reasons.iter().map(|why| (*why).to_owned())).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

/// Packages of a lock file that could not be compared, for `--verbose`.
fn without_version(path: &RepoPath, read: &Lockfile<'_>) -> Option<Problem> {
    let all = || read.unpinned.iter().filter(|one| !one.is_file);
    let names: Vec<&str> = all().take(UNPINNED).map(|one| one.name.as_str()).collect();
    let count = all().count();
    let more = if count > UNPINNED { ", …" } else { "" };
    let what = if count == 1 { "package without a version was" } else { "packages without a version were" };
    let message = format!("{count} {what} not compared: {}{more}", names.join(", "));
    (!names.is_empty()).then(|| Problem { path: Some(path.clone()), message })
}

/// Most packages without a version listed.
const UNPINNED: usize = 50;

/// Reports a lock file that was not compared; if it was required, the scan is incomplete.
fn not_compared(path: &RepoPath, ecosystem: Ecosystem, why: &str, asked: bool, verdict: &mut Verdict) {
    if asked {
        let message = format!("its packages were not checked: {why}");
        verdict.problems.push(Problem { path: Some(path.clone()), message });
    }
    verdict.not_checked.push(NotChecked {
        why: Unchecked::NoDatabase,
        path: path.clone(),
        ecosystem: ecosystem.as_str().to_owned(),
        asked,
    });
}

/// Reports the databases used, each once, and their problems.
fn report_databases(lockfiles: &Lockfiles<'_>, known: &BTreeMap<Ecosystem, Coverage>, verdict: &mut Verdict) {
    let mut reported: Vec<&Arc<Advisories>> = Vec::new();
    for (ecosystem, coverage) in known {
        let Coverage::Known(advisories) = coverage else { continue };
        if reported.iter().any(|other| Arc::ptr_eq(other, advisories)) {
            continue;
        }
        reported.push(advisories);
        let name = ecosystem.as_str();
        let help = format!("bartizan db update --osv {name}");
        let what = format!("the OSV database for {name}");
        verdict.problems.extend(crates::too_old(lockfiles, advisories, &what, &help));
        verdict.notices.extend(crates::stale_notice(advisories, &what));
        verdict.databases.push(crates::described(lockfiles, advisories, "OSV"));
        if let Some(first) = advisories.unread.first() {
            let message = format!(
                "{} documents of the OSV dump cannot be read, the first is {}: {}",
                advisories.unread.len(),
                first.file,
                first.why
            );
            verdict.notices.push(Problem { path: None, message });
        }
    }
}
