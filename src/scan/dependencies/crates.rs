//! `Cargo.lock` files against RustSec's advisories and the index of the registry.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rayon::prelude::*;
use semver::Version;

use super::{Gather, Gathered, Seen, judge, unlocked};
use crate::engine::{Check, Run};
use crate::external::registry::Index;
use crate::model::{Database, NotChecked, Outcome, Problem, RepoPath, Unchecked};
use crate::parse::advisory::Advisories;
use crate::parse::cargo::{self, Lock, Package, Source as From};
use crate::source::Source;

/// The name that OSV has for their ecosystem.
pub(super) const ECOSYSTEM: &str = "crates.io";
/// Problems of one lock file that are told.
const PROBLEMS_MAX: usize = 50;
/// Packages of one lock file from elsewhere than crates.io that are listed.
const ELSEWHERE_MAX: usize = 50;

/// True for checks that look at packages from crates.io and their copies.
pub(super) fn is_about_crates(check: &Check) -> bool {
    use crate::engine::dependency::Origin::{CratesIo, Elsewhere};
    matches!(check.run, Run::Advisory { applies, .. } if applies(CratesIo) || applies(Elsewhere))
}

/// The same, and yanked ones.
fn concerns_crates(check: &Check) -> bool {
    is_about_crates(check) || matches!(check.run, Run::Yanked(_))
}

/// What is known for the comparison.
struct Known<'a> {
    advisories: Option<&'a Advisories>,
    index: Option<&'a Index>,
}

/// What the first look at a lock file gave.
#[derive(Default)]
struct Looked {
    counts: Counts,
    problems: Vec<Problem>,
    /// True if a package is worth a closer look.
    hit: bool,
}

/// How many packages of a lock file come from where.
#[derive(Default)]
struct Counts {
    crates_io: usize,
    registry: usize,
    git: usize,
    path: usize,
    /// Unknown to the index, so that it is not known whether they were yanked.
    unknown: usize,
    /// The first of those that do not come from crates.io.
    elsewhere: Vec<String>,
}

/// Compares the lock files that were seen, or says why that was not done.
pub(super) fn run(
    gather: &Gather<'_>,
    judge: &judge::Judge<'_>,
    seen: &Seen,
    sources: &[&dyn Source],
    gathered: &mut Gathered,
) {
    let not_checked = without_lock(seen);
    if seen.locks.is_empty() && seen.missed.is_empty() {
        let outcome = match not_checked.is_empty() {
            true => Outcome::NotApplicable,
            false => {
                Outcome::NotChecked("there is no Cargo.lock, which says which versions are used".to_owned())
            }
        };
        let checks = gather.checks.iter().filter(|check| concerns_crates(check));
        gathered.outcomes.extend(checks.map(|check| (check.meta.id, outcome.clone())));
        gathered.not_checked.extend(not_checked);
        return;
    }
    gathered.not_checked.extend(not_checked);
    let advisories = gather.crates.then(|| gather.wanted.outside.advisories());
    let index = gather.yanked.then(|| gather.wanted.outside.registry());
    match &advisories {
        Some(Ok(advisories)) => report_database(gather, advisories, gathered),
        Some(Err(why)) => without_database(gather, seen, why, gathered),
        None => {}
    }
    if let Some(Err(why)) = &index {
        for check in gather.checks.iter().filter(|check| matches!(check.run, Run::Yanked(_))) {
            gathered.outcomes.insert(check.meta.id, Outcome::NotChecked(why.clone()));
        }
        if gather.wanted.required.yanked {
            let message = format!("whether versions were yanked was not checked: {why}");
            gathered.problems.push(Problem { path: None, message });
        }
    }
    let known = Known {
        advisories: advisories.as_ref().and_then(|advisories| advisories.as_deref().ok()),
        index: index.as_ref().and_then(|index| index.as_ref().ok().copied()),
    };
    let locks: Vec<(&RepoPath, &Vec<u8>)> = seen.locks.iter().collect();
    let looked: Vec<Looked> = locks.par_iter().map(|(path, bytes)| look(&known, path, bytes)).collect();
    let mut hits = Vec::new();
    for ((path, bytes), looked) in locks.into_iter().zip(looked) {
        gathered.remarks.push(remark(path, &looked.counts));
        gathered.problems.extend(looked.problems);
        hits.extend(looked.hit.then_some((path, bytes.as_slice())));
    }
    judge.run(&hits, sources, gathered);
}

/// Manifests with dependencies that have no lock file.
fn without_lock(seen: &Seen) -> Vec<NotChecked> {
    let mut manifests = unlocked::Seen::default();
    for (path, manifest) in &seen.manifests {
        if !manifest.dependencies.is_empty() {
            manifests.add(path, ECOSYSTEM);
        }
    }
    let locks = seen.locks.keys().chain(&seen.missed).chain(&seen.linked);
    let folders: BTreeSet<&[u8]> = locks.filter_map(|path| unlocked::folders(path).next()).collect();
    manifests.without_lock(|_, folder| folders.contains(folder))
}

/// Says that nothing was compared with advisories, and why.
fn without_database(gather: &Gather<'_>, seen: &Seen, why: &str, gathered: &mut Gathered) {
    for check in gather.checks.iter().filter(|check| is_about_crates(check)) {
        gathered.outcomes.insert(check.meta.id, Outcome::NotChecked(why.to_owned()));
    }
    let count = seen.locks.len();
    let files = if count == 1 { "Cargo.lock was" } else { "Cargo.lock files were" };
    let number = if count == 1 { String::new() } else { format!("{count} ") };
    if count > 0 {
        let message = format!("{number}{files} not checked: {why}");
        gathered.problems.push(Problem { path: None, message });
    }
    gathered.not_checked.extend(seen.locks.keys().map(|path| NotChecked {
        why: Unchecked::NoDatabase,
        path: path.clone(),
        ecosystem: ECOSYSTEM.to_owned(),
        asked: true,
    }));
}

/// Says which database was used, and what is wrong with it.
fn report_database(gather: &Gather<'_>, advisories: &Advisories, gathered: &mut Gathered) {
    gathered.problems.extend(too_old(gather, advisories, "the advisory database", "bartizan db update"));
    gathered.notices.extend(unread_notice(advisories));
    gathered.notices.extend(stale_notice(advisories, "the advisory database"));
    gathered.databases.push(described(gather, advisories, "RustSec"));
}

/// What the report says of a database.
pub(super) fn described(gather: &Gather<'_>, advisories: &Advisories, name: &'static str) -> Database {
    let day =
        |seconds| Some(Timestamp::from_second(seconds).ok()?.to_zoned(TimeZone::UTC).date().to_string());
    Database {
        name: name.into(),
        origin: advisories.origin.clone(),
        advisories: advisories.count,
        newest: advisories.newest.clone(),
        date: advisories.as_of().and_then(day),
        age: age(gather, advisories),
    }
}

/// How many days old a database is; none if that is not known.
fn age(gather: &Gather<'_>, advisories: &Advisories) -> Option<u64> {
    let seconds = gather.now?.saturating_sub(advisories.as_of()?);
    Some(u64::try_from(seconds).unwrap_or(0) / 86_400)
}

/// That a database is older than the user allows.
pub(super) fn too_old(
    gather: &Gather<'_>,
    advisories: &Advisories,
    what: &str,
    help: &str,
) -> Option<Problem> {
    let (days, age) = (gather.wanted.policy.max_age?, age(gather, advisories)?);
    let message =
        format!("{what} is {age} days old, and at most {days} are allowed; `{help}` fetches it anew");
    (age > u64::from(days)).then_some(Problem { path: None, message })
}

/// That an older database was used, since the newest could not be fetched.
pub(super) fn stale_notice(advisories: &Advisories, what: &str) -> Option<Problem> {
    let why = advisories.stale.as_ref()?;
    let message = format!("{what} was not made anew, an older one was used: {why}");
    Some(Problem { path: None, message })
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

/// Counts the packages of a lock file, and tells whether one of them is worth a closer look.
fn look(known: &Known<'_>, path: &RepoPath, bytes: &[u8]) -> Looked {
    let lock = cargo::lock::parse(bytes);
    let mut looked = Looked { problems: problems(path, &lock), ..Looked::default() };
    let counts = &mut looked.counts;
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
            let line = package.line;
            let message = format!(
                "line {line}: `{}` has the version `{}`, which is not one of Cargo's; it was not checked",
                package.name, package.version
            );
            looked.problems.push(Problem { path: Some(path.clone()), message });
            continue;
        };
        if let Some(advisories) = known.advisories {
            looked.hit |= advisories.about(&package.name).iter().any(|entry| entry.affects(&version));
            looked.problems.extend(unread(path, advisories, package));
        }
        if let Some(index) = known.index.filter(|_| package.origin() == From::CratesIo) {
            match index.is_yanked(&package.name, &package.version) {
                Some(true) => looked.hit = true,
                Some(false) => {}
                None => counts.unknown += 1,
            }
        }
    }
    looked.problems.truncate(PROBLEMS_MAX);
    looked
}

/// Problems with advisories about `package` that could not be read.
fn unread(path: &RepoPath, advisories: &Advisories, package: &Package<'_>) -> Vec<Problem> {
    let about = advisories.unread.iter().filter(|unread| unread.package == package.name);
    about
        .map(|unread| {
            let line = package.line;
            let message = format!(
                "line {line}: `{}` was not checked against {}, which cannot be read: {}",
                package.name, unread.file, unread.why
            );
            Problem { path: Some(path.clone()), message }
        })
        .collect()
}

fn problems(path: &RepoPath, lock: &Lock<'_>) -> Vec<Problem> {
    let told = |mistake: &cargo::Mistake| Problem {
        path: Some(path.clone()),
        message: format!("line {}: {}", mistake.line, mistake.message),
    };
    lock.mistakes.iter().map(told).collect()
}

/// What was compared of a lock file, for those who ask for more.
fn remark(path: &RepoPath, counts: &Counts) -> Problem {
    let parts =
        [(counts.git, "from git"), (counts.registry, "from other registries"), (counts.path, "from paths")];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    let mut message = format!("{} packages from crates.io were compared", counts.crates_io);
    if !parts.is_empty() {
        let all = counts.git + counts.registry + counts.path;
        let more = if all > counts.elsewhere.len() { ", …" } else { "" };
        message.push_str(&format!(
            "; {} by name and version alone: {}{more}",
            parts.join(", "),
            counts.elsewhere.join(", ")
        ));
    }
    if counts.unknown > 0 {
        message.push_str(&format!(
            "; whether {} of them were yanked is not known to the index on this machine",
            counts.unknown
        ));
    }
    Problem { path: Some(path.clone()), message }
}
