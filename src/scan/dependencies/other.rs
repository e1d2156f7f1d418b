//! Lock files of other ecosystems against a dump of OSV, where the user gave one.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::{Gathered, judge};
use crate::engine::dependency::{Match, Origin};
use crate::engine::place::Lines;
use crate::engine::{Check, Run};
use crate::model::{Advice, Database, Finding, Outcome, Place, Problem, RepoPath, Suppressed, linehash};
use crate::parse::advisory::{Advisory, cvss, osv};
use crate::parse::lockfile::{self, Ecosystem, Format, Locked, Lockfile};

/// Lock files of other ecosystems, with their bytes if they are to be compared.
pub(super) type Files = BTreeMap<RepoPath, (Format, Vec<u8>)>;

/// Compares them, or tells that nobody did.
pub(super) fn run(
    judge: &judge::Judge<'_>,
    files: &Files,
    missed: &[Problem],
    used: &mut BTreeSet<usize>,
    gathered: &mut Gathered,
) {
    let checks = || judge.checks.iter().filter(|check| is_about_others(check));
    if files.is_empty() && missed.is_empty() {
        gathered.outcomes.extend(checks().map(|check| (check.meta.id, Outcome::NotApplicable)));
        return;
    }
    if checks().next().is_none() {
        return;
    }
    // Where there is a `go.mod`, `go.sum` says little more, but of versions that are not used.
    let module = |path: &RepoPath| {
        let folder = &path.as_bytes()[..path.as_bytes().len() - path.file_name().len()];
        files.get(&RepoPath::new([folder, b"go.mod"].concat())).map(|(_, bytes)| bytes)
    };
    let parsed = |path: &RepoPath, format: Format, bytes| match module(path) {
        Some(module) if format == Format::GoSum => lockfile::parse_go_sum(bytes, module),
        _ => lockfile::parse(format, bytes),
    };
    let files: Vec<(&RepoPath, Format, &[u8])> =
        files.iter().map(|(path, (format, bytes))| (path, *format, bytes.as_slice())).collect();
    let not_checked = |gathered: &mut Gathered, why: &str| {
        gathered.outcomes.extend(checks().map(|check| (check.meta.id, Outcome::NotChecked(why.to_owned()))));
    };
    let mut read: Vec<Lockfile<'_>> = Vec::new();
    let mut wanted = HashSet::new();
    for (path, format, bytes) in &files {
        let lock = parsed(path, *format, bytes);
        wanted.extend(lock.packages.iter().map(|package| osv::key(format.ecosystem(), &package.name)));
        gathered.problems.extend(lock.mistakes.iter().map(|mistake| Problem {
            path: Some((*path).clone()),
            message: format!("line {}: {}", mistake.line, mistake.message),
        }));
        read.push(lock);
    }
    let advisories = match judge.wanted.outside.osv(&wanted) {
        Ok(Some(advisories)) => advisories,
        Ok(None) => return not_checked(gathered, &without(&files)),
        Err(why) => {
            gathered.problems.push(Problem { path: None, message: why.clone() });
            return not_checked(gathered, &why);
        }
    };
    gathered.problems.extend_from_slice(missed);
    gathered.databases.push(Database {
        name: "OSV",
        origin: advisories.origin.clone(),
        advisories: advisories.count,
        newest: advisories.newest.clone(),
    });
    if let Some(first) = advisories.unread.first() {
        let message = format!(
            "{} documents of the dump of OSV cannot be read, the first is {}: {}",
            advisories.unread.len(),
            first.file,
            first.why
        );
        gathered.notices.push(Problem { path: None, message });
    }
    for ((path, format, _), lock) in files.iter().zip(&read) {
        let ecosystem = format.ecosystem();
        let bytes = lock.text.as_bytes();
        let mut unclear = 0;
        let mut drafts: Vec<Finding> = Vec::new();
        // A part of the project was never published.
        for package in lock.packages.iter().filter(|package| package.origin != lockfile::Origin::Path) {
            let mut told: HashSet<&str> = HashSet::new();
            for entry in advisories.about(&osv::key(ecosystem, &package.name)) {
                let advisory = &entry.advisory;
                let affected = advisory.affected.iter().map(|one| one.holds(ecosystem, &package.version));
                let affected: Vec<Option<bool>> = affected.collect();
                unclear += usize::from(affected.contains(&None) && !affected.contains(&Some(true)));
                // The same is in several databases of OSV, under ids that name each other.
                let ids = || std::iter::once(&advisory.id).chain(&advisory.aliases).map(String::as_str);
                if !affected.contains(&Some(true)) || ids().any(|id| told.contains(id)) {
                    continue;
                }
                told.extend(ids());
                drafts.extend(findings(judge, path, bytes, ecosystem, package, advisory));
            }
        }
        if unclear > 0 {
            let message =
                format!("{unclear} packages have a version that cannot be compared with an advisory");
            gathered.problems.push(Problem { path: Some((*path).clone()), message });
        }
        placed(&mut drafts, bytes);
        for finding in drafts {
            match judge.accepted(&finding, path.as_bytes(), used) {
                Some((reason, by)) => gathered.suppressed.push(Suppressed { finding, reason, by }),
                None => gathered.findings.push(finding),
            }
        }
    }
}

fn is_about_others(check: &Check) -> bool {
    matches!(check.run, Run::Advisory { applies, .. } if applies(Origin::Ecosystem("")))
}

/// What is there and was not compared with anything.
fn without(files: &[(&RepoPath, Format, &[u8])]) -> String {
    let ecosystems: BTreeSet<&str> = files.iter().map(|(_, format, _)| format.ecosystem().as_str()).collect();
    let ecosystems: Vec<&str> = ecosystems.into_iter().collect();
    let shown: Vec<String> = files.iter().take(3).map(|(path, ..)| path.shown()).collect();
    let more = if files.len() > 3 { format!(" and {} more", files.len() - 3) } else { String::new() };
    format!(
        "lock files of {} are there ({}{more}) and no database; `--osv-db DIR|ZIP` names a dump of OSV",
        ecosystems.join(", "),
        shown.join(", ")
    )
}

fn findings(
    judge: &judge::Judge<'_>,
    path: &RepoPath,
    bytes: &[u8],
    ecosystem: Ecosystem,
    package: &Locked,
    advisory: &Advisory,
) -> Vec<Finding> {
    let origin = Origin::Ecosystem(ecosystem.as_str());
    let from = package.origin.words();
    let found = Match { package: &package.name, version: &package.version, origin, from, advisory };
    let of = |check: &Check| match check.run {
        Run::Advisory { applies, judge } if applies(origin) => judge(&found),
        _ => None,
    };
    let judged = judge.checks.iter().filter_map(|check| Some((check, of(check)?)));
    judged
        .map(|(check, judged)| {
            let named = judge::Named { name: &package.name, version: &package.version, at: package.at };
            let mut finding = judge.finding(check, judged, path, bytes, &named, &advisory.id);
            finding.advice = Some(Arc::new(advice(package, advisory)));
            finding
        })
        .collect()
}

fn advice(package: &Locked, advisory: &Advisory) -> Advice {
    let score = cvss::of(advisory);
    let mut notes = Vec::new();
    if let (Some(score), Some(vector)) = (score, &advisory.cvss) {
        notes.push(format!("CVSS {score:.1} ({vector})"));
    }
    let help = match advisory.patched.as_slice() {
        [] => format!("no version of `{}` is known to mend it; replace it", package.name),
        fixed => format!("move `{}` to {} or later", package.name, fixed.join(", or ")),
    };
    Advice {
        id: Some(advisory.id.clone()),
        aliases: advisory.aliases.clone(),
        title: advisory.title.clone(),
        url: advisory.url.clone(),
        kind: advisory.kind().as_str(),
        cvss: advisory.cvss.clone(),
        score,
        package: package.name.clone(),
        version: package.version.clone(),
        patched: advisory.patched.clone(),
        notes,
        help,
        ..Advice::default()
    }
}

/// Lines, columns and snippets of all findings in one text.
pub(super) fn placed(findings: &mut [Finding], bytes: &[u8]) {
    if findings.is_empty() {
        return;
    }
    let lines = Lines::new(bytes);
    for finding in findings.iter_mut() {
        let place: &mut Place = &mut finding.place;
        if !place.span.is_empty() {
            place.region = lines.region(place.span);
            place.snippet = Some(lines.snippet(place.span, &[]));
        }
    }
    let numbers: Vec<u32> = findings.iter().map(|finding| finding.place.region.start_line).collect();
    for (finding, hash) in findings.iter_mut().zip(linehash::line_hashes(bytes, &numbers)) {
        finding.place.line_hash = Some(hash);
    }
}
