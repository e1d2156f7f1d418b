//! Lock files against advisories: what is seen while the files go by, and what is made of it after.

mod judge;
mod mentions;
mod other;
mod policy;
mod usage;
mod way;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use semver::Version;

use crate::engine::{Check, Run};
use crate::external::{Nothing, Outside};
use crate::model::{Blob, Database, Family, Finding, Outcome, Problem, RepoPath, SkipReason, Suppressed};
use crate::parse::advisory::Advisories;
use crate::parse::cargo::{self, Lock, Manifest, Source as From, manifest};
use crate::parse::lockfile::Format;
use crate::source::Source;

pub use policy::{Ignore, Policy, is_foreign as is_policy};

/// What a scan knows and wants of dependencies.
#[derive(Clone)]
pub struct Dependencies {
    /// What is not in the repository.
    pub outside: Arc<dyn Outside + Send + Sync>,
    /// What the user has said about advisories.
    pub policy: Policy,
}

impl Default for Dependencies {
    fn default() -> Self {
        Self { outside: Arc::new(Nothing), policy: Policy::default() }
    }
}

/// What the lock files gave.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) findings: Vec<Finding>,
    pub(super) suppressed: Vec<Suppressed>,
    pub(super) problems: Vec<Problem>,
    pub(super) notices: Vec<Problem>,
    /// Worth a line to those who ask for more.
    pub(super) remarks: Vec<Problem>,
    pub(super) databases: Vec<Database>,
    /// How the checks of dependencies ended, where it is not for what they found.
    pub(super) outcomes: BTreeMap<&'static str, Outcome>,
}

/// Looks at lock files and what belongs to them, from many threads.
pub(super) struct Gather<'a> {
    checks: &'a [Check],
    wanted: &'a Dependencies,
    now: Option<i64>,
    /// Whether checks of crates, and of yanked ones, run.
    advisories: bool,
    yanked: bool,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// Lock files of which a package is worth a closer look.
    hits: Vec<(RepoPath, Vec<u8>)>,
    /// Every lock file, with how many of its packages come from where.
    locks: BTreeMap<RepoPath, Counts>,
    manifests: BTreeMap<RepoPath, Manifest>,
    /// Lock files of other ecosystems.
    others: other::Files,
    /// Those of them that nobody could look into.
    others_missed: Vec<Problem>,
    policies: Vec<(RepoPath, Vec<Ignore>)>,
    problems: Vec<Problem>,
    /// True if a lock file could not be looked into at all.
    missed: bool,
}

/// How many packages of a lock file come from where.
#[derive(Clone, Default)]
struct Counts {
    crates_io: usize,
    registry: usize,
    git: usize,
    path: usize,
    /// Unknown to the index, so that nobody can tell whether they were yanked.
    unknown: usize,
    /// The first of those that do not come from crates.io.
    elsewhere: Vec<String>,
}

impl<'a> Gather<'a> {
    pub(super) fn new(checks: &'a [Check], wanted: &'a Dependencies, now: Option<i64>) -> Self {
        let advisories = checks.iter().any(|check| matches!(check.run, Run::Advisory { .. }));
        let yanked = checks.iter().any(|check| matches!(check.run, Run::Yanked(_)));
        Self { checks, wanted, now, advisories, yanked, seen: Mutex::default() }
    }

    fn add(&self, add: impl FnOnce(&mut Seen)) {
        add(&mut self.seen.lock().expect("no thread panics while it holds the lock"));
    }

    /// Looks at a file, if it is one that matters here.
    pub(super) fn see(&self, blob: &Blob<'_>) {
        if !self.advisories && !self.yanked {
            return;
        }
        match blob.path.file_name() {
            b"Cargo.lock" => self.lock(blob),
            b"Cargo.toml" => {
                if let Some(manifest) = manifest::parse(blob.bytes) {
                    self.add(|seen| drop(seen.manifests.insert(blob.path.clone(), manifest)));
                }
            }
            b"audit.toml" | b"deny.toml" | b".deny.toml" => {
                // What is judged does not say by what.
                if self.wanted.policy.files.is_none()
                    && let Some(ignores) = policy::foreign(blob)
                {
                    self.add(|seen| seen.policies.push((blob.path.clone(), ignores)));
                }
            }
            _ => {
                if let Some(format) = Format::of(blob.path.as_bytes()).filter(|_| self.advisories) {
                    self.add(|seen| {
                        drop(seen.others.insert(blob.path.clone(), (format, blob.bytes.to_vec())))
                    });
                }
            }
        }
    }

    /// Hears of a file that was passed over: a lock file that nobody reads is not clean.
    pub(super) fn skipped(&self, path: &RepoPath, reason: SkipReason) {
        let told = match reason {
            SkipReason::TooLarge => "larger than the limit; --max-file-size raises it",
            SkipReason::Symlink => return,
            SkipReason::LfsPointer => "a pointer to a file that git LFS has not fetched",
            SkipReason::Unreadable => "it cannot be read",
            _ => return,
        };
        if self.advisories && Format::of(path.as_bytes()).is_some() {
            self.add(|seen| {
                let message = format!("its packages were not checked: {told}");
                seen.others_missed.push(Problem { path: Some(path.clone()), message });
            });
        }
        if (self.advisories || self.yanked) && path.file_name() == b"Cargo.lock" {
            self.add(|seen| {
                seen.missed = true;
                let message = format!("its packages were not checked: {told}");
                seen.problems.push(Problem { path: Some(path.clone()), message });
            });
        }
    }

    fn lock(&self, blob: &Blob<'_>) {
        let lock = cargo::lock::parse(blob.bytes);
        let advisories = self.wanted.outside.advisories();
        let mut counts = Counts::default();
        let mut problems = problems(blob.path, &lock);
        let mut hit = false;
        for package in &lock.packages {
            match package.origin() {
                From::CratesIo => counts.crates_io += 1,
                From::Registry => counts.registry += 1,
                From::Git => counts.git += 1,
                From::Path => counts.path += 1,
            }
            if package.origin() != From::CratesIo && counts.elsewhere.len() < ELSEWHERE_MAX {
                counts.elsewhere.push(format!("{} {}", package.name, package.version));
            }
            let Ok(version) = Version::parse(&package.version) else {
                let line = cargo::lock::line_of(blob.bytes, package.at.start);
                let message = format!(
                    "line {line}: `{}` has the version `{}`, which is not one of Cargo's; it was not checked",
                    package.name, package.version
                );
                problems.push(Problem { path: Some(blob.path.clone()), message });
                continue;
            };
            if let Ok(advisories) = &advisories {
                hit |= advisories.about(&package.name).iter().any(|entry| entry.affects(&version));
                problems.extend(self.unread(blob, advisories, package));
            }
            if self.yanked && package.origin() == From::CratesIo {
                match self.is_yanked(&package.name, &package.version) {
                    Some(true) => hit = true,
                    Some(false) => {}
                    None => counts.unknown += 1,
                }
            }
        }
        problems.truncate(PROBLEMS_MAX);
        let hits = hit.then(|| (blob.path.clone(), blob.bytes.to_vec()));
        self.add(|seen| {
            seen.locks.insert(blob.path.clone(), counts);
            seen.hits.extend(hits);
            seen.problems.extend(problems);
        });
    }

    /// Problems with advisories about `package` that nobody could read.
    fn unread(&self, blob: &Blob<'_>, advisories: &Advisories, package: &cargo::Package<'_>) -> Vec<Problem> {
        let about = advisories.unread.iter().filter(|unread| unread.package == package.name);
        about
            .map(|unread| {
                let line = cargo::lock::line_of(blob.bytes, package.at.start);
                let message = format!(
                    "line {line}: `{}` was not checked against {}, which cannot be read: {}",
                    package.name, unread.file, unread.why
                );
                Problem { path: Some(blob.path.clone()), message }
            })
            .collect()
    }

    fn is_yanked(&self, name: &str, version: &str) -> Option<bool> {
        self.wanted.outside.registry().ok()?.is_yanked(name, version)
    }

    /// What became of all that was seen. `sources` are asked again for the sources of crates, if an
    /// advisory names functions.
    pub(super) fn finish(&self, sources: &[&dyn Source], key: Option<&[u8]>) -> Gathered {
        // A panic is a bug of ours; it must not hide what the files hold besides.
        catch_unwind(AssertUnwindSafe(|| self.judged(sources, key))).unwrap_or_else(|_| {
            let message = "comparing dependencies with advisories broke; please report this as a bug";
            let broke = || Outcome::Failed(message.to_owned());
            let checks = self.checks.iter().filter(|check| check.meta.family == Family::Dependency);
            Gathered {
                problems: vec![Problem { path: None, message: message.to_owned() }],
                outcomes: checks.map(|check| (check.meta.id, broke())).collect(),
                ..Gathered::default()
            }
        })
    }

    fn judged(&self, sources: &[&dyn Source], key: Option<&[u8]>) -> Gathered {
        let mut seen =
            std::mem::take(&mut *self.seen.lock().expect("no thread panics while it holds the lock"));
        seen.hits.sort();
        for (path, bytes) in self.wanted.policy.files.iter().flatten() {
            let ignores = policy::foreign(&Blob { path, bytes, tracked: true });
            seen.policies.extend(ignores.map(|ignores| (path.clone(), ignores)));
        }
        let mut gathered = Gathered { problems: std::mem::take(&mut seen.problems), ..Gathered::default() };
        let judge = judge::Judge {
            checks: self.checks,
            wanted: self.wanted,
            now: self.now,
            key,
            manifests: &seen.manifests,
            policies: &seen.policies,
        };
        let mut used = BTreeSet::new();
        other::run(&judge, &seen.others, &seen.others_missed, &mut used, &mut gathered);
        if seen.locks.is_empty() && !seen.missed {
            let manifests = seen.manifests.iter().filter(|(_, manifest)| !manifest.dependencies.is_empty());
            if let Some((path, _)) = manifests.min_by_key(|(path, _)| path.as_bytes().len()) {
                let message = "no Cargo.lock is among the files that were scanned, so that its dependencies were not checked: their versions are not known";
                gathered.notices.push(Problem { path: Some(path.clone()), message: message.to_owned() });
            }
            for check in self.checks.iter().filter(|check| concerns_crates(check)) {
                gathered.outcomes.insert(check.meta.id, Outcome::NotApplicable);
            }
        } else {
            self.report_databases(&seen, &mut gathered);
            judge.run(&seen.hits, sources, &mut used, &mut gathered);
        }
        judge.notices(&used, &mut gathered);
        gathered.findings.sort_by(|a, b| (&a.place.path, a.place.span).cmp(&(&b.place.path, b.place.span)));
        gathered
    }

    /// Tells which database was used, how old it is, and which checks could not run without one.
    fn report_databases(&self, seen: &Seen, gathered: &mut Gathered) {
        if self.advisories {
            match self.wanted.outside.advisories() {
                Ok(advisories) => {
                    self.too_old(&advisories, gathered);
                    gathered.notices.extend(unread_notice(&advisories));
                    gathered.notices.extend(advisories.stale.iter().map(|why| Problem {
                        path: None,
                        message: format!(
                            "the advisory database was not made anew, an older one was used: {why}"
                        ),
                    }));
                    gathered.databases.push(Database {
                        name: "RustSec",
                        origin: advisories.origin.clone(),
                        advisories: advisories.count,
                        newest: advisories.newest.clone(),
                    });
                }
                Err(why) => {
                    for check in self.checks.iter().filter(|check| is_about_crates(check)) {
                        gathered.outcomes.insert(check.meta.id, Outcome::NotChecked(why.clone()));
                    }
                    let count = seen.locks.len();
                    let files = if count == 1 { "Cargo.lock was" } else { "Cargo.lock files were" };
                    let number = if count == 1 { String::new() } else { format!("{count} ") };
                    gathered
                        .problems
                        .push(Problem { path: None, message: format!("{number}{files} not checked: {why}") });
                }
            }
        }
        if self.yanked
            && let Err(why) = self.wanted.outside.registry()
        {
            for check in self.checks.iter().filter(|check| matches!(check.run, Run::Yanked(_))) {
                gathered.outcomes.insert(check.meta.id, Outcome::NotChecked(why.clone()));
            }
        }
        for (path, counts) in &seen.locks {
            let parts = [
                (counts.git, "from git"),
                (counts.registry, "from other registries"),
                (counts.path, "from paths"),
            ];
            let parts: Vec<String> = parts
                .iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, words)| format!("{count} {words}"))
                .collect();
            let mut message = format!("{} packages from crates.io were compared", counts.crates_io);
            if !parts.is_empty() {
                let more = if counts.git + counts.registry + counts.path > counts.elsewhere.len() {
                    ", …"
                } else {
                    ""
                };
                message.push_str(&format!(
                    "; {} by name and version alone: {}{more}",
                    parts.join(", "),
                    counts.elsewhere.join(", ")
                ));
            }
            if counts.unknown > 0 && self.wanted.outside.registry().is_ok() {
                message.push_str(&format!(
                    "; whether {} of them were yanked is not known to the index on this machine",
                    counts.unknown
                ));
            }
            gathered.remarks.push(Problem { path: Some(path.clone()), message });
        }
    }

    fn too_old(&self, advisories: &Advisories, gathered: &mut Gathered) {
        let (Some(days), Some(now)) = (self.wanted.policy.max_age, self.now) else { return };
        let newest = policy::seconds(&advisories.newest);
        let Some(known) = advisories.fetched.max(newest) else { return };
        let age = (now - known).max(0) / 86_400;
        if age > i64::from(days) {
            let message = format!(
                "the advisory database is {age} days old, and at most {days} are allowed; `bartizan db update` fetches it anew"
            );
            gathered.problems.push(Problem { path: None, message });
        }
    }
}

/// Problems of one lock file that are told.
const PROBLEMS_MAX: usize = 50;
/// Packages of one lock file from elsewhere than crates.io that are listed.
const ELSEWHERE_MAX: usize = 50;

fn problems(path: &RepoPath, lock: &Lock<'_>) -> Vec<Problem> {
    let told = |mistake: &cargo::Mistake| Problem {
        path: Some(path.clone()),
        message: format!("line {}: {}", mistake.line, mistake.message),
    };
    lock.mistakes.iter().map(told).collect()
}

/// One notice about all advisories that cannot be read.
fn unread_notice(advisories: &Advisories) -> Option<Problem> {
    let first = advisories.unread.first()?;
    let message = match advisories.unread.len() {
        1 => format!("an advisory of the database cannot be read: {}: {}", first.file, first.why),
        count => format!(
            "{count} advisories of the database cannot be read, the first is {}: {}",
            first.file, first.why
        ),
    };
    Some(Problem { path: None, message })
}

/// True for checks that look at packages from crates.io and their copies.
fn is_about_crates(check: &Check) -> bool {
    use crate::engine::dependency::Origin::{CratesIo, Elsewhere};
    matches!(check.run, Run::Advisory { applies, .. } if applies(CratesIo) || applies(Elsewhere))
}

/// The same, and yanked ones.
fn concerns_crates(check: &Check) -> bool {
    is_about_crates(check) || matches!(check.run, Run::Yanked(_))
}
