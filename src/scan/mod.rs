//! The conductor of one repository: source to report.

pub mod config;
pub mod dependencies;
mod finish;
pub mod import;
pub mod registry;
pub mod suggest;
pub mod suppress;
pub mod verify;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::{Check, Engine, Inside, Text};
use crate::model::{Blob, Coverage, Error, Finding, Outcome, Problem, RepoPath, Report, SkipReason};
use crate::source::{Item, Source};
use dependencies::{Dependencies, Gather};

/// What a scan is asked to do.
pub struct Settings {
    /// The enabled checks.
    pub checks: Vec<Check>,
    /// The ids of all checks that exist, enabled or not, sorted.
    pub known: Vec<&'static str>,
    /// The time of the scan in seconds since 1970, for expiry dates; without it none is judged.
    pub now: Option<i64>,
    /// The user's own key for fingerprints.
    pub fingerprint_key: Option<Vec<u8>>,
    /// Suppressions of the configuration.
    pub ignores: Vec<suppress::Ignore>,
    /// True if the inline marks of other tools count.
    pub foreign_allow: bool,
    /// What is to be told in the report besides what the scan itself finds worth it.
    pub notices: Vec<Problem>,
    /// What is known and wanted of dependencies.
    pub dependencies: Dependencies,
}

/// Hears of the scan's progress, from many threads.
pub trait Progress: Sync {
    /// A file of so many bytes was looked into.
    fn blob(&self, bytes: u64);
}

/// Hears of nothing.
pub struct Silent;

impl Progress for Silent {
    fn blob(&self, _bytes: u64) {}
}

/// Scans everything that `source` has, on the threads of the current rayon pool.
///
/// # Errors
/// If the source as a whole cannot be read. What cannot be read within it is a problem in the
/// report.
pub fn scan(source: &dyn Source, settings: &Settings, progress: &dyn Progress) -> Result<Report, Error> {
    let foreign_marks: &[&str] = if settings.foreign_allow { &suppress::FOREIGN_MARKS } else { &[] };
    let engine = Engine::with_marks(settings.checks.clone(), settings.now, foreign_marks);
    let gathered = Mutex::new(Gathered::default());
    let dependencies = Gather::new(&settings.checks, &settings.dependencies, settings.now);
    let (files, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
    let gather = |add: &dyn Fn(&mut Gathered)| {
        add(&mut gathered.lock().expect("no thread panics while it holds the lock"))
    };
    source.each(&|item| match item {
        Item::Skipped(path, reason) => {
            dependencies.skipped(&path, reason);
            gather(&|all| all.skipped.push((path.clone(), reason)));
        }
        Item::Problem(problem) => gather(&|all| all.problems.push(problem.clone())),
        Item::Blob(blob) => {
            progress.blob(blob.bytes.len() as u64);
            match look(&engine, &blob, settings, &dependencies) {
                Looked::Into(found) => {
                    files.fetch_add(1, Ordering::Relaxed);
                    bytes.fetch_add(blob.bytes.len() as u64, Ordering::Relaxed);
                    if !found.is_empty() {
                        gather(&|all| all.take(&found));
                    }
                }
                Looked::Undecoded(found) => gather(&|all| all.take(&found)),
                Looked::Binary => gather(&|all| all.skipped.push((blob.path.clone(), SkipReason::Binary))),
                Looked::Broke => gather(&|all| {
                    all.broken = true;
                    all.problems.push(Problem {
                        path: Some(blob.path.clone()),
                        message: "a check broke on this file; it was not looked into. please report this as a bug".to_owned(),
                    });
                }),
            }
        }
    })?;
    let mut gathered = gathered.into_inner().expect("no thread panics while it holds the lock");
    let mut dependencies = dependencies.finish(source, settings.fingerprint_key.as_deref());
    gathered.findings.append(&mut dependencies.findings);
    gathered.problems.append(&mut dependencies.problems);
    gathered.skipped.sort();
    gathered.skipped.dedup();
    gathered.problems.extend(import::failures(&settings.checks));
    gathered.problems.sort();
    gathered.problems.dedup();
    let findings = finish::group(gathered.findings);
    let today = settings
        .now
        .and_then(|now| jiff::Timestamp::from_second(now).ok())
        .map(|time| time.to_zoned(jiff::tz::TimeZone::UTC).date());
    let scope = suppress::Scope { enabled: &settings.checks, known: &settings.known, today };
    let mut applied = suppress::apply(findings, &gathered.marks, &settings.ignores, &scope);
    applied.notices.extend(settings.notices.iter().cloned().chain(import::overflows(&settings.checks)));
    applied.notices.append(&mut dependencies.notices);
    applied.notices.sort();
    applied.suppressed.append(&mut dependencies.suppressed);
    Ok(Report {
        checks: outcomes(&engine, &applied, gathered.broken, &dependencies.outcomes),
        findings: applied.findings,
        suppressed: applied.suppressed,
        problems: gathered.problems,
        notices: applied.notices,
        remarks: dependencies.remarks,
        databases: dependencies.databases,
        coverage: Coverage {
            files: files.into_inner(),
            bytes: bytes.into_inner(),
            skipped: gathered.skipped,
        },
        scope: source.scope(),
    })
}

#[derive(Default)]
struct Gathered {
    findings: Vec<Finding>,
    marks: BTreeMap<RepoPath, Vec<suppress::Mark>>,
    skipped: Vec<(RepoPath, SkipReason)>,
    problems: Vec<Problem>,
    broken: bool,
}

enum Looked {
    /// Text, or an archive of which some files are.
    Into(Found),
    /// An archive of which no file could be read.
    Undecoded(Found),
    Binary,
    Broke,
}

/// What looking into one file gave.
#[derive(Default)]
struct Found {
    findings: Vec<Finding>,
    marks: Vec<(RepoPath, Vec<suppress::Mark>)>,
    undecoded: Vec<RepoPath>,
    /// Files with more findings than are listed.
    overfull: Vec<RepoPath>,
}

/// Findings of one file that are listed. A file with more is made to be so.
const FINDINGS_MAX: usize = 1000;

impl Found {
    fn is_empty(&self) -> bool {
        self.findings.is_empty() && self.marks.is_empty() && self.undecoded.is_empty()
    }

    /// Takes in what was seen in `blob`: a file, or one in an archive.
    fn add(&mut self, engine: &Engine, blob: &Blob<'_>, text: &Text<'_>, settings: &Settings) {
        let key = settings.fingerprint_key.as_deref();
        match text {
            Text::Binary(hits) => {
                let seen = finish::Seen { text: b"", hits, decoded: &[], masked: &[] };
                self.findings.extend(finish::findings(engine, blob, &seen, key));
            }
            Text::Scanned { text, hits, masked, marked, decoded, undecoded } => {
                if hits.len() + decoded.len() > FINDINGS_MAX {
                    self.overfull.push(blob.path.clone());
                }
                let (hits, decoded) =
                    (&hits[..hits.len().min(FINDINGS_MAX)], &decoded[..decoded.len().min(FINDINGS_MAX)]);
                let seen = finish::Seen { text, hits, decoded, masked };
                self.findings.extend(finish::findings(engine, blob, &seen, key));
                if *marked {
                    self.marks
                        .push((blob.path.clone(), suppress::marks(text, masked, settings.foreign_allow)));
                }
                if *undecoded {
                    self.undecoded.push(blob.path.clone());
                }
            }
        }
    }
}

impl Gathered {
    fn take(&mut self, found: &Found) {
        self.findings.extend_from_slice(&found.findings);
        self.marks.extend(found.marks.iter().filter(|(_, marks)| !marks.is_empty()).cloned());
        self.problems.extend(found.overfull.iter().map(|path| Problem {
            path: Some(path.clone()),
            message: format!("more than {FINDINGS_MAX} findings in this file; the others are not listed"),
        }));
        self.skipped.extend(found.undecoded.iter().map(|path| (path.clone(), SkipReason::Undecoded)));
    }
}

fn look(engine: &Engine, blob: &Blob<'_>, settings: &Settings, dependencies: &Gather<'_>) -> Looked {
    // A panic is a bug of ours; it must not hide what the other files hold.
    let looked = catch_unwind(AssertUnwindSafe(|| {
        dependencies.see(blob);
        let mut found = Found::default();
        let text = engine.scan(blob);
        found.add(engine, blob, &text, settings);
        if let Text::Scanned { .. } = text {
            return Looked::Into(found);
        }
        match engine.inside(blob, &mut |inner, text| found.add(engine, inner, &text, settings)) {
            Inside::Looked { files, undecoded } if files > 0 || !undecoded.is_empty() => {
                found.undecoded.extend(undecoded);
                if files > 0 { Looked::Into(found) } else { Looked::Undecoded(found) }
            }
            _ if found.is_empty() => Looked::Binary,
            _ => Looked::Into(found),
        }
    }));
    looked.unwrap_or(Looked::Broke)
}

/// How each check ended; a broken file leaves none of them clean.
fn outcomes(
    engine: &Engine,
    applied: &suppress::Applied,
    broken: bool,
    known: &BTreeMap<&'static str, Outcome>,
) -> Vec<(crate::model::Meta, Outcome)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &applied.findings {
        *counts.entry(finding.check).or_default() += 1;
    }
    let silenced: std::collections::BTreeSet<&str> =
        applied.suppressed.iter().map(|one| one.finding.check).collect();
    let mut checks: Vec<_> = engine
        .checks()
        .iter()
        .map(|check| {
            let outcome = match counts.get(check.meta.id) {
                Some(count) => Outcome::Found(*count),
                None if known.contains_key(check.meta.id) => known[check.meta.id].clone(),
                None if import::is_broken(check) => {
                    Outcome::Failed("an expression of it cannot be used".to_owned())
                }
                None if broken => Outcome::Failed("a file could not be looked into".to_owned()),
                None if silenced.contains(check.meta.id) => Outcome::Found(0),
                None => Outcome::Clean,
            };
            (check.meta.clone(), outcome)
        })
        .collect();
    checks.sort_by_key(|(meta, _)| meta.id);
    checks
}
