//! The conductor of one repository: source to report.

pub mod baseline;
pub mod bill;
pub mod config;
pub mod dependencies;
mod finish;
mod hide;
mod history;
pub mod import;
mod large;
mod names;
mod newness;
pub mod registry;

pub mod provenance;
mod sieve;
mod stored;
pub mod suggest;
pub mod suppress;
pub mod verify;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::{Check, Engine, Inside, STEP, Text};
use crate::model::{
    Blob, Coverage, Error, Examined, Finding, Meta, Name, ObjectId, Origin, Outcome, Problem, RepoPath,
    Report, SkipReason,
};
use crate::source::{Item, Source};
use dependencies::{Dependencies, Gather};
use provenance::Provenance;

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
    pub ignores: Vec<suppress::Suppression>,
    /// Findings that were accepted.
    pub baseline: Option<baseline::Baseline>,
    /// True if the inline marks of other tools count.
    pub foreign_allow: bool,
    /// What is to be told in the report besides what the scan itself finds worth it.
    pub notices: Vec<Problem>,
    /// What is known and wanted of dependencies.
    pub dependencies: Dependencies,
    /// What is known and wanted of signatures and bills of materials.
    pub provenance: Provenance,
}

impl Settings {
    /// The day of the scan; without a time nothing expires.
    #[must_use]
    pub fn today(&self) -> Option<jiff::civil::Date> {
        let time = jiff::Timestamp::from_second(self.now?).ok()?;
        Some(time.to_zoned(jiff::tz::TimeZone::UTC).date())
    }
}

/// Hears of the scan's progress, from many threads.
pub trait Progress: Sync {
    /// A file of so many bytes was looked into.
    fn blob(&self, bytes: u64);

    /// All files were looked into, and what is left to be done may have to wait for `what`.
    fn waiting(&self, _what: &str) {}
}

/// Hears of nothing.
pub struct Silent;

impl Progress for Silent {
    fn blob(&self, _bytes: u64) {}
}

/// Scans everything that `sources` have, on the threads of the current rayon pool, one source after
/// the other. A secret that several of them hold is one finding.
///
/// # Errors
/// If a source as a whole cannot be read. What cannot be read within it is a problem in the report.
pub fn scan(sources: &[&dyn Source], settings: &Settings, progress: &dyn Progress) -> Result<Report, Error> {
    scan_against(sources, None, settings, progress)
}

/// The same, but what is found in the files of today, or in the history, is reported only as far as the
/// files of `base` do not have it.
///
/// # Errors
/// As [`scan`]. What cannot be read of `base` is a notice in the report.
pub fn scan_against(
    sources: &[&dyn Source],
    base: Option<&dyn Source>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Report, Error> {
    let foreign_marks: &[&str] = if settings.foreign_allow { &suppress::FOREIGN_MARKS } else { &[] };
    let engine = Engine::with_marks(settings.checks.clone(), settings.now, foreign_marks);
    let scan = Scan {
        engine: &engine,
        settings,
        progress,
        sources,
        gathered: Mutex::default(),
        names: Mutex::default(),
        files: Count::default(),
        objects: Count::default(),
        dependencies: Gather::new(&settings.checks, &settings.dependencies, settings.now),
        provenance: provenance::Gather::new(&settings.checks, &settings.provenance),
    };
    for (number, source) in sources.iter().enumerate() {
        source.each_sifted(&sieve::Checks(&engine, &settings.ignores), &|item| scan.item(item, number))?;
    }
    let named = scan.names(base);
    scan.dependencies.follow(sources);
    let coverage = scan.coverage(sources);
    if let Some(base) = base {
        scan.gather(|all| all.problems.extend(large::brought(&coverage.skipped, base)));
    }
    let mut signed = scan.provenance.finish(sources, settings.fingerprint_key.as_deref());
    let mut gathered = scan.gathered.into_inner().expect("no thread panics while it holds the lock");
    let today = settings.today();
    let found_in = |blob: &Blob<'_>| {
        let looked = match large::Pieces::of(blob) {
            Some(mut pieces) => large::look(&engine, &mut pieces.large(), settings, STEP)
                .map_or(Looked::Broke, |(looked, _)| looked),
            None => look(&engine, blob, settings, &|| {}),
        };
        match looked {
            Looked::Into(found) | Looked::Undecoded(found) => found,
            Looked::Passed(..) | Looked::Broke => Found::default(),
        }
    };
    let look = |blob: &Blob<'_>| {
        let Found { findings, marks, .. } = found_in(blob);
        let marks = marks.into_iter().map(|(path, marks)| ((path, None), marks)).collect();
        let policy = suppress::Policy::new(&marks, &settings.ignores, today);
        let weighed = |finding: Finding| {
            let weight = policy.weight(&finding);
            (finding, weight)
        };
        findings.into_iter().map(weighed).collect()
    };
    let texts = std::mem::take(&mut gathered.texts);
    let marks = std::mem::take(&mut gathered.marks);
    let mut policy = suppress::Policy::new(&marks, &settings.ignores, today);
    let mut sorted = newness::sorted(texts, sources, &look, &|finding| policy.weight(finding));
    // Last of all, for this may wait for a server.
    if scan.dependencies.needs_database() {
        progress.waiting("the advisory database");
    }
    let mut dependencies = scan.dependencies.finish(sources, settings.fingerprint_key.as_deref());
    dependencies.findings.append(&mut signed.findings);
    policy.extend(dependencies.suppressions.iter().cloned());
    let weigh = |finding: &Finding| policy.weight(finding);
    sorted.add(newness::whole(dependencies.findings, sources, settings, &weigh));
    if let Some(base) = base {
        sorted =
            newness::against(sorted, &newness::Base { base, sources, settings, look: &look, weigh: &weigh });
    }
    sorted.add(named);
    gathered.marks = marks;
    let (groups, mut problems) = history::grouped(sorted.new, sources, &mut |blob, object| {
        let found = found_in(blob);
        gathered.add_marks(found.marks, Some(object));
        found.findings
    });
    gathered.problems.append(&mut problems);
    gathered.problems.append(&mut dependencies.problems);
    gathered.problems.append(&mut signed.problems);
    gathered.problems.extend(import::failures(&settings.checks));
    gathered.problems.sort();
    gathered.problems.dedup();
    let mut known = dependencies.outcomes;
    known.append(&mut signed.outcomes);
    let mut policy = suppress::Policy::new(&gathered.marks, &settings.ignores, today);
    policy.extend(dependencies.suppressions);
    if let Some(baseline) = &settings.baseline {
        // What was not seen whole proves of nothing that it is not there.
        let whole = gathered.problems.is_empty() && !gathered.broken;
        let is_done = |id: &str| whole && known.get(id).is_none_or(baseline::is_done);
        let done = settings.checks.iter().map(|check| check.meta.id).filter(|id| is_done(id)).collect();
        policy.accept(baseline, &baseline::Extent { done, history: coverage.history.is_some() });
    }
    let scope = suppress::Scope { enabled: &settings.checks, known: &settings.known, before: &sorted.before };
    let mut applied = policy.apply(groups, &scope);
    let before = applied.before.iter().filter_map(|number| sorted.before.get(*number));
    let told = applied.findings.iter().chain(applied.suppressed.iter().map(|one| &one.finding));
    let known_before = newness::count(before, told);
    applied.findings.iter_mut().for_each(history::compact);
    applied.suppressed.iter_mut().for_each(|silenced| history::compact(&mut silenced.finding));
    applied.notices.extend(settings.notices.iter().cloned().chain(import::overflows(&settings.checks)));
    applied.notices.extend(sources.iter().flat_map(|source| source.notices()));
    applied.notices.append(&mut dependencies.notices);
    applied.notices.append(&mut signed.notices);
    // What is wrong with both is told once.
    let told = |notice: &Problem| {
        let same = |problem: &Problem| {
            problem.path == notice.path && notice.message.ends_with(problem.message.as_str())
        };
        gathered.problems.iter().any(same)
    };
    applied.notices.extend(std::mem::take(&mut sorted.notices).into_iter().filter(|notice| !told(notice)));
    applied.notices.sort();
    let scopes: Vec<String> = sources.iter().map(|source| source.scope()).collect();
    let against = base.map_or_else(String::new, |base| format!(", against {}", base.scope()));
    let mut report = Report {
        checks: outcomes(&engine, &applied, &sorted.before, gathered.broken, &known),
        findings: applied.findings,
        suppressed: applied.suppressed,
        known_before,
        problems: gathered.problems,
        notices: applied.notices,
        remarks: dependencies.remarks.into_iter().chain(signed.remarks).collect(),
        not_checked: dependencies.not_checked,
        databases: dependencies.databases,
        signatures: signed.signatures,
        coverage,
        scope: scopes.join(" and ") + &against,
    };
    hide::hide(&mut report, &engine);
    Ok(report)
}

/// Texts looked into, and their bytes.
#[derive(Default)]
struct Count {
    texts: AtomicU64,
    bytes: AtomicU64,
}

impl Count {
    fn add(&self, bytes: usize) {
        self.texts.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// A scan while it goes on.
struct Scan<'a> {
    engine: &'a Engine,
    settings: &'a Settings,
    progress: &'a dyn Progress,
    sources: &'a [&'a dyn Source],
    gathered: Mutex<Gathered>,
    /// Paths of today's files, with the number of their source.
    names: Mutex<Vec<(usize, RepoPath)>>,
    files: Count,
    objects: Count,
    dependencies: Gather<'a>,
    provenance: provenance::Gather<'a>,
}

impl Scan<'_> {
    fn gather(&self, add: impl FnOnce(&mut Gathered)) {
        add(&mut self.gathered.lock().expect("no thread panics while it holds the lock"));
    }

    /// Takes what a source has come across.
    fn item(&self, item: Item<'_>, source: usize) {
        self.keep_name(&item, source);
        match item {
            Item::Skipped(path, reason) => {
                self.dependencies.skipped(&path, reason);
                self.provenance.skipped(&path, reason);
                self.passed_over(path, reason, None, source);
            }
            Item::Large(large) => self.large(large, source),
            Item::Problem(problem) => self.gather(|all| all.problems.push(problem)),
            Item::Blob(blob) => self.text(&blob, None, source),
            Item::Stored(blob) => self.stored(&blob, source),
            Item::Historic(blob, origin) => self.text(&blob, Some(origin), source),
        }
    }

    fn text(&self, blob: &Blob<'_>, origin: Option<&Origin>, source: usize) {
        self.progress.blob(blob.bytes.len() as u64);
        // What lock files and signatures said once is not what is built and released now.
        let gather = || {
            if origin.is_none() {
                self.dependencies.see(blob);
                self.provenance.see(blob);
            }
        };
        let looked = look(self.engine, blob, self.settings, &gather);
        self.looked(looked, (blob.path, blob.bytes.len()), origin, source);
    }

    /// Takes what came of looking into the text at a path, of which so many bytes were looked at.
    fn looked(
        &self,
        looked: Looked,
        (path, bytes): (&RepoPath, usize),
        origin: Option<&Origin>,
        source: usize,
    ) {
        let count = if origin.is_some() { &self.objects } else { &self.files };
        match looked {
            Looked::Into(mut found) => {
                // Headers belong to commits and tags, which are counted.
                if origin.is_none_or(|origin| !origin.kind.is_header()) {
                    count.add(bytes);
                }
                self.not_read(std::mem::take(&mut found.unread), origin, source);
                if !found.is_empty() {
                    self.gather(|all| all.take(found, path, origin, source));
                }
            }
            Looked::Undecoded(found) => self.gather(|all| all.take(found, path, origin, source)),
            Looked::Passed(reason) => self.passed_over(path.clone(), reason, origin, source),
            Looked::Broke => self.gather(|all| {
                all.broken = true;
                all.problems.push(Problem {
                    path: Some(path.clone()),
                    message:
                        "a check broke on this file; it was not looked into. please report this as a bug"
                            .to_owned(),
                });
            }),
        }
    }

    /// What was examined and what was not, once all sources have been read.
    fn coverage(&self, sources: &[&dyn Source]) -> Coverage {
        let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let mut coverage = Coverage {
            files: load(&self.files.texts),
            bytes: load(&self.files.bytes),
            ..Coverage::default()
        };
        for examined in sources.iter().filter_map(|source| source.examined()) {
            coverage.history.get_or_insert_default().merge(examined);
        }
        self.gather(|all| {
            coverage.skipped = std::mem::take(&mut all.skipped);
            if let Some(history) = &mut coverage.history {
                history.merge(std::mem::take(&mut all.passed_over));
                history.objects += load(&self.objects.texts);
                history.bytes += load(&self.objects.bytes);
            }
        });
        coverage.skipped.sort();
        coverage.skipped.dedup();
        coverage
    }
}

#[derive(Default)]
struct Gathered {
    texts: Vec<newness::Text>,
    marks: suppress::MarksByText,
    skipped: Vec<(RepoPath, SkipReason)>,
    /// The same of texts of the history.
    passed_over: Examined,
    problems: Vec<Problem>,
    broken: bool,
}

enum Looked {
    /// Text, or an archive of which some files are.
    Into(Found),
    /// An archive of which no file could be read.
    Undecoded(Found),
    /// Not looked into; why.
    Passed(SkipReason),
    Broke,
}

/// What looking into one file gave.
#[derive(Default)]
struct Found {
    findings: Vec<Finding>,
    marks: Vec<(RepoPath, Vec<suppress::Mark>)>,
    undecoded: Vec<RepoPath>,
    /// Too large to be read as the structured file that it may be, and looked at as a text.
    unread: Vec<RepoPath>,
    /// Files with more findings than are listed.
    overfull: Vec<RepoPath>,
    /// Places that were not judged.
    missed: u64,
}

/// Findings of one file that are listed. A file with more is made to be so.
const FINDINGS_MAX: usize = 1000;

impl Found {
    fn is_empty(&self) -> bool {
        self.findings.is_empty()
            && self.marks.is_empty()
            && self.undecoded.is_empty()
            && self.unread.is_empty()
            && self.missed == 0
    }

    /// Takes in what was seen in `blob`: a file, or one in an archive.
    fn add(&mut self, engine: &Engine, blob: &Blob<'_>, text: &Text<'_>, settings: &Settings) {
        let key = settings.fingerprint_key.as_deref();
        match text {
            Text::Binary(hits) => {
                let seen = finish::Seen { text: b"", part: None, hits, decoded: &[], masked: &[] };
                self.findings.extend(finish::findings(engine, blob, &seen, key));
            }
            Text::Scanned { text, hits, masked, marked, decoded, undecoded, missed } => {
                self.missed += missed;
                if hits.len() + decoded.len() > FINDINGS_MAX {
                    self.overfull.push(blob.path.clone());
                }
                let (hits, decoded) =
                    (&hits[..hits.len().min(FINDINGS_MAX)], &decoded[..decoded.len().min(FINDINGS_MAX)]);
                let seen = finish::Seen { text, part: None, hits, decoded, masked };
                self.findings.extend(finish::findings(engine, blob, &seen, key));
                if *marked {
                    let marks = suppress::marks(text, 0..text.len(), masked, settings.foreign_allow);
                    self.marks.push((blob.path.clone(), marks));
                }
                if *undecoded {
                    self.undecoded.push(blob.path.clone());
                }
            }
        }
    }
}

impl Gathered {
    /// Takes what was found in the text at `path`; `origin` is where in the history it stands.
    fn take(&mut self, found: Found, path: &RepoPath, origin: Option<&Origin>, source: usize) {
        let object = origin.and_then(|origin| origin.object);
        let mut findings = found.findings;
        if !findings.is_empty() {
            for finding in &mut findings {
                finding.place.origin = origin.cloned().map(Box::new);
            }
            let (path, origin) = (path.clone(), origin.cloned());
            self.texts.push(newness::Text { source, path, origin, findings });
        }
        self.add_marks(found.marks, object);
        self.problems.extend(found.overfull.into_iter().map(|path| Problem {
            path: Some(path),
            message: format!("more than {FINDINGS_MAX} findings in this file; the others are not listed"),
        }));
        if found.missed > 0 {
            self.problems.push(Problem { path: Some(path.clone()), message: missed(found.missed) });
        }
        for path in found.undecoded {
            self.pass_over(path, SkipReason::Undecoded, origin);
        }
    }

    fn add_marks(&mut self, marks: Vec<(RepoPath, Vec<suppress::Mark>)>, object: Option<ObjectId>) {
        let marks = marks.into_iter().filter(|(_, marks)| !marks.is_empty());
        self.marks.extend(marks.map(|(path, marks)| ((path, object), marks)));
    }

    /// Notes that something was not looked into. The history has too many for a list.
    fn pass_over(&mut self, path: RepoPath, reason: SkipReason, origin: Option<&Origin>) {
        match origin {
            None => self.skipped.push((path, reason)),
            Some(_) => self.passed_over.pass_over(reason, || path.shown()),
        }
    }
}

/// What is to be told of places that were not judged.
fn missed(count: u64) -> String {
    format!(
        "so much in this file looks like the start of a secret that {count} places were not judged; \
         look at it yourself, or exclude it"
    )
}

/// Looks into one file; `gather` keeps what is judged when all have been seen.
fn look(engine: &Engine, blob: &Blob<'_>, settings: &Settings, gather: &dyn Fn()) -> Looked {
    // A panic is a bug of ours; it must not hide what the other files hold.
    let looked = catch_unwind(AssertUnwindSafe(|| {
        gather();
        let mut found = Found::default();
        let text = engine.scan(blob);
        found.add(engine, blob, &text, settings);
        if let Text::Scanned { .. } = text {
            return Looked::Into(found);
        }
        let inside = engine.inside(blob, &mut |inner, text| found.add(engine, inner, &text, settings));
        if let Inside::Looked { missed, .. } = inside {
            found.missed += missed;
        }
        match inside {
            Inside::Looked { files, undecoded, .. } if files > 0 || !undecoded.is_empty() => {
                found.undecoded.extend(undecoded);
                if files > 0 { Looked::Into(found) } else { Looked::Undecoded(found) }
            }
            _ if found.is_empty() => Looked::Passed(SkipReason::Binary),
            _ => Looked::Into(found),
        }
    }));
    looked.unwrap_or(Looked::Broke)
}

/// How each check ended; a broken file leaves none of them clean.
fn outcomes(
    engine: &Engine,
    applied: &suppress::Applied,
    before: &[Finding],
    broken: bool,
    known: &BTreeMap<&'static str, Outcome>,
) -> Vec<(Meta<Name>, Outcome)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &applied.findings {
        *counts.entry(&*finding.check).or_default() += 1;
    }
    let silenced: std::collections::BTreeSet<&str> = applied
        .suppressed
        .iter()
        .map(|one| &one.finding)
        .chain(before)
        .chain(&applied.findings)
        .flat_map(Finding::parts)
        .map(|part| &*part.check)
        .collect();
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
            (check.meta.clone().into(), outcome)
        })
        .collect();
    checks.sort_by(|(a, _), (b, _): &(Meta<Name>, _)| a.id.cmp(&b.id));
    checks
}
