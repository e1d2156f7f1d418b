//! One scan: from sources to a report.

mod analyses;
mod analysis;
pub mod baseline;
mod collect;
pub mod config;
pub mod dependencies;
mod findings;
mod hardening;
mod hide;
mod history;
pub mod import;
mod introduced;
mod large;
mod named;
mod names;
mod nearby;
pub mod registry;
pub mod sbom;

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

/// The settings of a scan.
pub struct Settings {
    /// The enabled checks.
    pub checks: Vec<Check>,
    /// The ids of all checks that exist, enabled or not, sorted.
    pub known: Vec<&'static str>,
    /// The time of the scan in seconds since 1970, for expiry dates; without it nothing expires.
    pub now: Option<i64>,
    /// The user's own key for fingerprints.
    pub fingerprint_key: Option<Vec<u8>>,
    /// Suppressions of the configuration.
    pub ignores: Vec<suppress::Suppression>,
    /// Baselines.
    pub baseline: Option<baseline::Baseline>,
    /// True if inline marks of other tools are honoured.
    pub foreign_allow: bool,
    /// Further notices for the report.
    pub notices: Vec<Problem>,
    /// Inputs about dependencies.
    pub dependencies: Dependencies,
    /// Allowed actions in workflows.
    pub actions: Actions,
    /// True in CI, where file modes are not chosen by anyone.
    pub ci: bool,
    /// Inputs about signatures and SBOMs.
    pub provenance: Provenance,
    /// True if credentials are to be validated: findings then keep companion values.
    pub keep_nearby: bool,
}

impl Settings {
    /// True if secret checks are enabled.
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

/// Receives progress of a scan, from many threads.
pub trait Progress: Sync {
    /// A file of this size was scanned.
    fn blob(&self, bytes: u64);

    /// All files were scanned; the scan may now wait for `what`.
    fn waiting(&self, _what: &str) {}
}

/// Ignores progress.
pub struct Silent;

impl Progress for Silent {
    fn blob(&self, _bytes: u64) {}
}

/// Scans all `sources` on the current rayon pool, one after the other. A secret in several of them is one finding.
///
/// # Errors
/// If a whole source cannot be read. What cannot be read within it is a problem in the report.
pub fn scan(sources: &[&dyn Source], settings: &Settings, progress: &dyn Progress) -> Result<Report, Error> {
    scan_against(sources, None, settings, progress)
}

/// The same, but reports only findings that the files of `base` do not have.
///
/// # Errors
/// As [`scan`]. Unreadable parts of `base` are notices in the report.
pub fn scan_against(
    sources: &[&dyn Source],
    base: Option<&dyn Source>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Report, Error> {
    scan_with(&engine(settings), sources, base, settings, progress)
}

/// The engine for these settings; reusing it saves some milliseconds.
#[must_use]
pub fn engine(settings: &Settings) -> Engine {
    let foreign_marks = suppress::foreign_marks(settings.foreign_allow);
    Engine::with_marks(settings.checks.clone(), settings.now, &foreign_marks)
}

/// As [`scan_against`], with an engine made for the same checks, time and marks.
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
    let mut verdict = analyses.evaluate(sources, secrets.as_deref(), key, progress);
    let introduced = scan.introduced(&mut collected, &mut verdict);
    Ok(scan.report(collected, verdict, introduced))
}

/// The context of a scan.
struct Scan<'a> {
    engine: &'a Engine,
    settings: &'a Settings,
    sources: &'a [&'a dyn Source],
    base: Option<&'a dyn Source>,
}

impl Scan<'_> {
    /// Findings in an earlier text.
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

    /// Unsuppressed secrets in current files; none if secret checks do not run.
    fn secrets(&self, collected: &Collected) -> Option<Vec<SecretAt>> {
        let Self { settings, .. } = *self;
        if !settings.looks_for_secrets() {
            return None;
        }
        let policy = suppress::Policy::new(&collected.marks, &settings.ignores, settings.today());
        let today = collected.texts.iter().filter(|text| text.origin.is_none());
        let weighed = today.flat_map(|text| &text.findings).map(|finding| (finding, policy.weight(finding)));
        Some(weighed.filter_map(|(finding, weight)| introduced::secret_at(finding, weight)).collect())
    }

    /// Separates findings introduced by the sources, or since the base, from earlier ones.
    fn introduced(&self, collected: &mut Collected, verdict: &mut Verdict) -> introduced::Sorted {
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
        let mut sorted = introduced::sorted(texts, sources, &look, &weigh);
        sorted.add(introduced::whole(std::mem::take(&mut verdict.findings), sources, settings, &weigh));
        introduced::changed(&mut sorted.new, &verdict.claims, sources, None);
        if let Some(base) = base {
            collected.problems.extend(large::brought(&collected.coverage.skipped, base));
            let base = introduced::Base { base, sources, settings, look: &look, weigh: &weigh };
            sorted = introduced::against(sorted, &base);
            introduced::changed(&mut sorted.new, &verdict.claims, sources, Some(base.base));
        }
        sorted.add(std::mem::take(&mut collected.named));
        sorted
    }

    /// Applies marks, ignores and the baseline, and reports the rest.
    fn report(
        &self,
        mut collected: Collected,
        mut verdict: Verdict,
        mut sorted: introduced::Sorted,
    ) -> Report {
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
            // An incomplete scan does not prove absence.
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
        let known_before = introduced::count(before, reported);
        applied.findings.iter_mut().for_each(history::compact);
        applied.suppressed.iter_mut().for_each(|silenced| history::compact(&mut silenced.finding));
        applied.notices.extend(settings.notices.iter().cloned().chain(import::overflows(&settings.checks)));
        applied.notices.extend(sources.iter().flat_map(|source| source.notices()));
        applied.notices.append(&mut verdict.notices);
        // Problems of both are reported once.
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

/// Files not checked by any analysis.
fn sorted_files(mut files: Vec<crate::model::NotChecked>) -> Vec<crate::model::NotChecked> {
    files.sort();
    files
}

/// The outcome of each check; after a crash on a file none is clean.
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
                    Outcome::Failed("a regex of it cannot be compiled".to_owned())
                }
                None if broken => Outcome::Failed("a file could not be scanned".to_owned()),
                None if silenced.contains(check.meta.id) => Outcome::Found(0),
                None => Outcome::Clean,
            };
            (check.meta.clone().into(), outcome)
        })
        .collect();
    checks.sort_by(|(a, _), (b, _): &(Meta<Name>, _)| a.id.cmp(&b.id));
    checks
}
