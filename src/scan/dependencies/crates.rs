//! Compares `Cargo.lock` files with RustSec advisories and the registry index.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rayon::prelude::*;
use semver::Version;

use super::{Facts, Lockfiles, Verdict, evaluate, unlocked};
use crate::engine::{Check, Run};
use crate::model::{Database, NotChecked, Outcome, Problem, RepoPath, Unchecked};
use crate::parse::advisory::Advisories;
use crate::parse::cargo::{self, Lock, Package, Source as From};

/// Their ecosystem in OSV.
pub(super) const ECOSYSTEM: &str = "crates.io";
/// Most problems reported per lock file.
const PROBLEMS_MAX: usize = 50;
/// Most packages from other sources listed per lock file.
const ELSEWHERE_MAX: usize = 50;

/// True for checks of crates.io packages and their copies.
pub(super) fn is_about_crates(check: &Check) -> bool {
    use crate::engine::dependency::Origin::{CratesIo, Elsewhere};
    matches!(check.run, Run::Advisory { applies, .. } if applies(CratesIo) || applies(Elsewhere))
}

/// The same, including yanked ones.
fn concerns_crates(check: &Check) -> bool {
    is_about_crates(check) || matches!(check.run, Run::Yanked(_))
}

/// The result for a lock file.
#[derive(Default)]
struct Looked {
    counts: Counts,
    problems: Vec<Problem>,
    drafts: Vec<evaluate::Draft>,
}

/// Packages of a lock file by source.
#[derive(Default)]
struct Counts {
    crates_io: usize,
    registry: usize,
    git: usize,
    path: usize,
    /// Unknown to the index, so their yanked state is unknown.
    unknown: usize,
    /// The first ones from other sources.
    elsewhere: Vec<String>,
}

/// Compares the lock files, or says why not.
pub(super) fn run(evaluator: &evaluate::Evaluator<'_>, facts: &Facts, verdict: &mut Verdict) {
    let lockfiles = evaluator.lockfiles;
    let not_checked = without_lock(facts);
    if facts.locks.is_empty() && facts.missed.is_empty() {
        let outcome = match not_checked.is_empty() {
            true => Outcome::NotApplicable,
            false => Outcome::NotChecked("no Cargo.lock pins the versions".to_owned()),
        };
        let checks = lockfiles.checks.iter().filter(|check| concerns_crates(check));
        verdict.outcomes.extend(checks.map(|check| (check.meta.id, outcome.clone())));
        verdict.not_checked.extend(not_checked);
        return;
    }
    verdict.not_checked.extend(not_checked);
    let answers = evaluator.context.answers;
    match &answers.crates {
        Some(Ok(advisories)) => report_database(lockfiles, advisories, verdict),
        Some(Err(why)) => without_database(lockfiles, facts, why, verdict),
        None => {}
    }
    if let Some(Err(why)) = answers.index.as_ref().filter(|_| lockfiles.yanked) {
        for check in lockfiles.checks.iter().filter(|check| matches!(check.run, Run::Yanked(_))) {
            verdict.outcomes.insert(check.meta.id, Outcome::NotChecked(why.clone()));
        }
        if lockfiles.wanted.required.yanked {
            let message = format!("yanked versions were not checked: {why}");
            verdict.problems.push(Problem { path: None, message });
        }
    }
    // Lock files are read in parallel, each once.
    let locks: Vec<(&RepoPath, &Vec<u8>)> = facts.locks.iter().collect();
    let looked: Vec<Looked> = locks.par_iter().map(|(path, bytes)| look(evaluator, path, bytes)).collect();
    let mut drafts = Vec::new();
    for ((path, _), looked) in locks.into_iter().zip(looked) {
        verdict.remarks.push(remark(path, &looked.counts));
        verdict.problems.extend(looked.problems);
        drafts.extend(looked.drafts);
    }
    evaluator.finish(drafts, verdict);
}

/// Manifests with dependencies but no lock file.
fn without_lock(facts: &Facts) -> Vec<NotChecked> {
    let mut manifests = unlocked::Facts::default();
    for (path, manifest) in &facts.manifests {
        if !manifest.dependencies.is_empty() {
            manifests.add(path, ECOSYSTEM);
        }
    }
    let locks = facts.locks.keys().chain(&facts.missed).chain(&facts.linked);
    let folders: BTreeSet<&[u8]> = locks.filter_map(|path| unlocked::folders(path).next()).collect();
    manifests.without_lock(|_, folder| folders.contains(folder))
}

/// Reports that nothing was compared with advisories, and why.
fn without_database(lockfiles: &Lockfiles<'_>, facts: &Facts, why: &str, verdict: &mut Verdict) {
    for check in lockfiles.checks.iter().filter(|check| is_about_crates(check)) {
        verdict.outcomes.insert(check.meta.id, Outcome::NotChecked(why.to_owned()));
    }
    let count = facts.locks.len();
    let files = if count == 1 { "Cargo.lock was" } else { "Cargo.lock files were" };
    let number = if count == 1 { String::new() } else { format!("{count} ") };
    if count > 0 {
        let message = format!("{number}{files} not checked: {why}");
        verdict.problems.push(Problem { path: None, message });
    }
    verdict.not_checked.extend(facts.locks.keys().map(|path| NotChecked {
        why: Unchecked::NoDatabase,
        path: path.clone(),
        ecosystem: ECOSYSTEM.to_owned(),
        asked: true,
    }));
}

/// Reports the database used and its problems.
fn report_database(lockfiles: &Lockfiles<'_>, advisories: &Advisories, verdict: &mut Verdict) {
    verdict.problems.extend(too_old(lockfiles, advisories, "the advisory database", "bartizan db update"));
    verdict.notices.extend(unread_notice(advisories));
    verdict.notices.extend(stale_notice(advisories, "the advisory database"));
    verdict.databases.push(described(lockfiles, advisories, "RustSec"));
}

/// The report's entry about a database.
pub(super) fn described(lockfiles: &Lockfiles<'_>, advisories: &Advisories, name: &'static str) -> Database {
    let day =
        |seconds| Some(Timestamp::from_second(seconds).ok()?.to_zoned(TimeZone::UTC).date().to_string());
    Database {
        name: name.into(),
        origin: advisories.origin.clone(),
        advisories: advisories.count,
        newest: advisories.newest.clone(),
        date: advisories.as_of().and_then(day),
        age: age(lockfiles, advisories),
    }
}

/// The age of a database in days; none if unknown.
fn age(lockfiles: &Lockfiles<'_>, advisories: &Advisories) -> Option<u64> {
    let seconds = lockfiles.now?.saturating_sub(advisories.as_of()?);
    Some(u64::try_from(seconds).unwrap_or(0) / 86_400)
}

/// The problem of a database older than allowed.
pub(super) fn too_old(
    lockfiles: &Lockfiles<'_>,
    advisories: &Advisories,
    what: &str,
    help: &str,
) -> Option<Problem> {
    let (days, age) = (lockfiles.wanted.policy.max_age?, age(lockfiles, advisories)?);
    let message = format!("{what} is {age} days old, but at most {days} are allowed; `{help}` updates it");
    (age > u64::from(days)).then_some(Problem { path: None, message })
}

/// The notice that an older database was used because the update failed.
pub(super) fn stale_notice(advisories: &Advisories, what: &str) -> Option<Problem> {
    let why = advisories.stale.as_ref()?;
    let message = format!("{what} could not be updated, an older copy was used: {why}");
    Some(Problem { path: None, message })
}

/// One notice about all unreadable advisories.
fn unread_notice(advisories: &Advisories) -> Option<Problem> {
    let first = advisories.unread.first()?;
    let message = match advisories.unread.len() {
        1 => format!("an advisory in the database cannot be read: {}: {}", first.file, first.why),
        count => format!(
            "{count} advisories in the database cannot be read, the first is {}: {}",
            first.file, first.why
        ),
    };
    Some(Problem { path: None, message })
}

/// Counts the packages of a lock file, and finds vulnerable and yanked ones.
fn look(evaluator: &evaluate::Evaluator<'_>, path: &RepoPath, bytes: &[u8]) -> Looked {
    let advisories = evaluator.advisories();
    let index = evaluator.index().filter(|_| evaluator.lockfiles.yanked);
    let lock = cargo::lock::parse(bytes);
    let mut looked = Looked { problems: problems(path, &lock), ..Looked::default() };
    let counts = &mut looked.counts;
    let mut hits = Vec::new();
    for (at, package) in lock.packages.iter().enumerate() {
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
                "line {line}: `{}` has the invalid version `{}`; it was not checked",
                package.name, package.version
            );
            looked.problems.push(Problem { path: Some(path.clone()), message });
            continue;
        };
        let mut entries = Vec::new();
        let mut yanked = false;
        if let Some(advisories) = advisories {
            let about = advisories.about(&package.name).iter();
            entries.extend(about.filter(|entry| entry.affects(&version)));
            looked.problems.extend(unread(path, advisories, package));
        }
        if let Some(index) = index.filter(|_| package.origin() == From::CratesIo) {
            match index.is_yanked(&package.name, &package.version) {
                Some(is_yanked) => yanked = is_yanked,
                None => counts.unknown += 1,
            }
        }
        if yanked || !entries.is_empty() {
            hits.push(evaluate::Hit { at, version, entries, yanked });
        }
    }
    looked.problems.truncate(PROBLEMS_MAX);
    if !hits.is_empty() {
        looked.drafts = evaluator.drafts(path, bytes, &lock.packages, &hits);
    }
    looked
}

/// Problems of unreadable advisories about `package`.
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
    let to_problem = |mistake: &cargo::Mistake| Problem {
        path: Some(path.clone()),
        message: format!("line {}: {}", mistake.line, mistake.message),
    };
    lock.mistakes.iter().map(to_problem).collect()
}

/// The comparison of a lock file, for `--verbose`.
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
            "; {} only by name and version: {}{more}",
            parts.join(", "),
            counts.elsewhere.join(", ")
        ));
    }
    if counts.unknown > 0 {
        message.push_str(&format!(
            "; for {} of them the local index does not know whether they were yanked",
            counts.unknown
        ));
    }
    Problem { path: Some(path.clone()), message }
}
