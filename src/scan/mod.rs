//! One scan: from sources to a report.

mod analyses;
mod analysis;
pub mod baseline;
pub mod bill;
mod collect;
pub mod config;
pub mod dependencies;
mod finish;
mod hardening;
mod hide;
mod history;
pub mod import;
mod large;
mod named;
mod names;
mod nearby;
mod newness;
pub mod registry;

mod prefilter;
pub mod provenance;
mod stored;
pub mod suggest;
pub mod suppress;
pub mod suppression;
pub mod verify;

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::repository::actions::Actions;
use crate::engine::repository::policy::SecretAt;
use crate::engine::{Check, Engine, Run, STEP};
use crate::model::{Blob, Error, Finding, Meta, Name, Outcome, Problem, Report};
use crate::source::Source;
use analyses::Analyses;
use analysis::Verdict;
use collect::{Collected, Found, Looked};
use dependencies::Dependencies;
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
    /// Which actions workflows may use.
    pub actions: Actions,
    /// True on a machine that builds what others commit, where the modes of files are of no one's choice.
    pub ci: bool,
    /// What is known and wanted of signatures and bills of materials.
    pub provenance: Provenance,
    /// True if providers are to be asked about what is found: then findings keep what stands near them.
    pub keep_nearby: bool,
}

impl Settings {
    /// True if checks of secrets are enabled.
    fn looks_for_secrets(&self) -> bool {
        self.checks.iter().any(|check| matches!(check.run, Run::Rule(_)))
    }

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
    scan_with(&engine(settings), sources, base, settings, progress)
}

/// The engine for scans with these settings; one that is kept saves the next scan some milliseconds.
#[must_use]
pub fn engine(settings: &Settings) -> Engine {
    let foreign_marks = suppress::foreign_marks(settings.foreign_allow);
    Engine::with_marks(settings.checks.clone(), settings.now, &foreign_marks)
}

/// As [`scan_against`], with an engine that was made for the same checks, time and marks.
///
/// # Errors
/// As [`scan`].
pub fn scan_with(
    engine: &Engine,
    sources: &[&dyn Source],
    base: Option<&dyn Source>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Report, Error> {
    let scan = Scan { engine, settings, sources, base };
    let analyses = Analyses::new(settings);
    analyses.announce(sources);
    let mut collected = collect::collect(sources, base, engine, &analyses, settings, progress)?;
    let secrets = scan.secrets(&collected);
    let key = settings.fingerprint_key.as_deref();
    let mut verdict = analyses.judge(sources, secrets.as_deref(), key, progress);
    let introduced = scan.introduced(&mut collected, &mut verdict);
    Ok(scan.report(collected, verdict, introduced))
}

/// What a scan is made with.
struct Scan<'a> {
    engine: &'a Engine,
    settings: &'a Settings,
    sources: &'a [&'a dyn Source],
    base: Option<&'a dyn Source>,
}

impl Scan<'_> {
    /// What is found in an earlier text.
    fn found_in(&self, blob: &Blob<'_>) -> Found {
        let looked = match large::Pieces::of(blob) {
            Some(mut pieces) => large::look(self.engine, &mut pieces.large(), self.settings, STEP)
                .map_or(Looked::Broke, |(looked, _)| looked),
            None => collect::look(self.engine, blob, self.settings, None),
        };
        match looked {
            Looked::Into(found) | Looked::Undecoded(found) => found,
            Looked::Passed(..) | Looked::Broke => Found::default(),
        }
    }

    /// Secrets in the files of today, but for those that are silenced; nothing if they are not looked for.
    fn secrets(&self, collected: &Collected) -> Option<Vec<SecretAt>> {
        let Self { settings, .. } = *self;
        if !settings.looks_for_secrets() {
            return None;
        }
        let policy = suppress::Policy::new(&collected.marks, &settings.ignores, settings.today());
        let today = collected.texts.iter().filter(|text| text.origin.is_none());
        let weighed = today.flat_map(|text| &text.findings).map(|finding| (finding, policy.weight(finding)));
        Some(weighed.filter_map(|(finding, weight)| newness::secret_at(finding, weight)).collect())
    }

    /// Sorts what was found by whether the sources, or what came since the base, have brought it.
    fn introduced(&self, collected: &mut Collected, verdict: &mut Verdict) -> newness::Sorted {
        let Self { settings, sources, base, .. } = *self;
        let today = settings.today();
        let look = |blob: &Blob<'_>| {
            let Found { findings, marks, .. } = self.found_in(blob);
            let marks = marks.into_iter().map(|(path, marks)| ((path, None), marks)).collect();
            let policy = suppress::Policy::new(&marks, &settings.ignores, today);
            let weighed = |finding: Finding| {
                let weight = policy.weight(&finding);
                (finding, weight)
            };
            findings.into_iter().map(weighed).collect()
        };
        let mut policy = suppress::Policy::new(&collected.marks, &settings.ignores, today);
        policy.extend(verdict.suppressions.iter().cloned());
        let weigh = |finding: &Finding| policy.weight(finding);
        let texts = std::mem::take(&mut collected.texts);
        let mut sorted = newness::sorted(texts, sources, &look, &weigh);
        sorted.add(newness::whole(std::mem::take(&mut verdict.findings), sources, settings, &weigh));
        newness::changed(&mut sorted.new, &verdict.claims, sources, None);
        if let Some(base) = base {
            collected.problems.extend(large::brought(&collected.coverage.skipped, base));
            let base = newness::Base { base, sources, settings, look: &look, weigh: &weigh };
            sorted = newness::against(sorted, &base);
            newness::changed(&mut sorted.new, &verdict.claims, sources, Some(base.base));
        }
        sorted.add(std::mem::take(&mut collected.named));
        sorted
    }

    /// Applies marks, ignores and the baseline, and reports the rest.
    fn report(&self, mut collected: Collected, mut verdict: Verdict, mut sorted: newness::Sorted) -> Report {
        let Self { engine, settings, sources, base } = *self;
        let today = settings.today();
        let (groups, mut problems) =
            history::grouped(std::mem::take(&mut sorted.new), sources, &mut |blob, object| {
                let found = self.found_in(blob);
                collected.add_marks(found.marks, Some(object));
                found.findings
            });
        collected.problems.append(&mut problems);
        collected.problems.append(&mut verdict.problems);
        collected.problems.extend(import::failures(&settings.checks));
        collected.problems.sort();
        collected.problems.dedup();
        let mut policy = suppress::Policy::new(&collected.marks, &settings.ignores, today);
        policy.extend(verdict.suppressions);
        if let Some(baseline) = &settings.baseline {
            // What was not seen whole proves of nothing that it is not there.
            let whole = collected.problems.is_empty() && !collected.broken;
            let is_done = |id: &str| whole && verdict.outcomes.get(id).is_none_or(baseline::is_done);
            let done = settings.checks.iter().map(|check| check.meta.id).filter(|id| is_done(id)).collect();
            policy
                .accept(baseline, &baseline::Extent { done, history: collected.coverage.history.is_some() });
        }
        let scope =
            suppress::Scope { enabled: &settings.checks, known: &settings.known, before: &sorted.before };
        let mut applied = policy.apply(groups, &scope);
        let before = applied.before.iter().filter_map(|number| sorted.before.get(*number));
        let reported = applied.findings.iter().chain(applied.suppressed.iter().map(|one| &one.finding));
        let known_before = newness::count(before, reported);
        applied.findings.iter_mut().for_each(history::compact);
        applied.suppressed.iter_mut().for_each(|silenced| history::compact(&mut silenced.finding));
        applied.notices.extend(settings.notices.iter().cloned().chain(import::overflows(&settings.checks)));
        applied.notices.extend(sources.iter().flat_map(|source| source.notices()));
        applied.notices.append(&mut verdict.notices);
        // What is wrong with both is told once.
        let is_known = |notice: &Problem| {
            let same = |problem: &Problem| {
                problem.path == notice.path && notice.message.ends_with(problem.message.as_str())
            };
            collected.problems.iter().any(same)
        };
        applied.notices.extend(sorted.notices.into_iter().filter(|notice| !is_known(notice)));
        applied.notices.sort();
        let scopes: Vec<String> = sources.iter().map(|source| source.scope()).collect();
        let against = base.map_or_else(String::new, |base| format!(", against {}", base.scope()));
        let mut report = Report {
            checks: outcomes(engine, &applied, &sorted.before, collected.broken, &verdict.outcomes),
            findings: applied.findings,
            suppressed: applied.suppressed,
            known_before,
            problems: collected.problems,
            notices: applied.notices,
            remarks: verdict.remarks,
            not_checked: sorted_files(verdict.not_checked),
            databases: verdict.databases,
            signatures: verdict.signatures,
            claims: verdict.claims,
            coverage: collected.coverage,
            scope: scopes.join(" and ") + &against,
        };
        hide::hide(&mut report, engine);
        report
    }
}

/// Files that were not checked, whichever analysis says so.
fn sorted_files(mut files: Vec<crate::model::NotChecked>) -> Vec<crate::model::NotChecked> {
    files.sort();
    files
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
    let silenced: BTreeSet<&str> = applied
        .suppressed
        .iter()
        .map(|one| &one.finding)
        .chain(before)
        .chain(&applied.findings)
        .flat_map(Finding::parts)
        .flat_map(|part| std::iter::once(&part.check).chain(&part.lost))
        .map(|check| &**check)
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
