//! The SBOM analysis: missing elements, and drift from lock files.

mod described;
mod drift;
mod evaluate;
mod facts;
mod generators;
mod lock;

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::{Provenance, dropped};
use crate::engine::provenance::{self, NoSbom, Sbom};
use crate::engine::{Check, Run};
use crate::model::{Blob, Outcome, Problem, RepoPath, SkipReason};
use crate::parse::sbom::quality::Profile;
use crate::scan::analysis::{Analysis, Context, Promised, Shared, Verdict, report};
use crate::source::Source;
use facts::{Facts, KEPT_MAX};

/// `[sbom]` of the configuration.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The required profile.
    pub profile: Profile,
    /// Whether an SBOM is required.
    pub require: bool,
    /// The percentage of a lock file's packages that its document must list.
    pub coverage: u32,
}

impl Default for Policy {
    fn default() -> Self {
        // Test and platform-specific packages are rightly missing in documents.
        Self { profile: Profile::default(), require: false, coverage: 80 }
    }
}

/// The SBOM analysis.
pub(in crate::scan) struct Sboms<'a> {
    checks: Vec<&'a Check>,
    policy: &'a Policy,
}

impl<'a> Sboms<'a> {
    pub(in crate::scan) fn new(checks: &'a [Check], wanted: &'a Provenance) -> Self {
        let is_ours = |check: &&Check| matches!(check.run, Run::Sboms(_));
        Self { checks: checks.iter().filter(is_ours).collect(), policy: &wanted.sbom }
    }
}

impl Analysis for Sboms<'_> {
    type Facts = Facts;
    const ACT: &'static str = "judging SBOMs";

    fn checks(&self) -> &[&Check] {
        &self.checks
    }

    fn see(&self, blob: &Blob<'_>, facts: &Shared<Facts>) {
        facts::see(blob, facts);
    }

    fn skipped(&self, path: &RepoPath, reason: SkipReason, facts: &Shared<Facts>) {
        facts::skipped(path, reason, facts);
    }

    fn follow(&self, files: &[&dyn Source], facts: &Shared<Facts>) {
        facts::follow(files, facts);
    }

    fn evaluate(&self, facts: Facts, context: &Context<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        verdict.problems.extend(dropped(facts.dropped, "SBOMs", KEPT_MAX));
        let locks = lock::Locks::new(&facts.locks, &facts.projects, context.files);
        let all: Vec<_> =
            facts.documents.iter().flat_map(|(path, held)| held.iter().map(move |one| (path, one))).collect();
        let evaluated: Vec<evaluate::Evaluated> = all
            .into_par_iter()
            .filter_map(|(path, kept)| evaluate::one(path, kept, &locks, context.files, self.policy))
            .collect();
        let mut documents = evaluate::distinct(evaluated);
        let unread = facts.unread.iter().map(|(path, why)| not_read(path, why));
        let recognised = documents.iter().filter(|one| one.recognised_only);
        verdict.notices.extend(unread.chain(recognised.map(|one| {
            not_read(&one.path, &format!("is {}, a recognised but unsupported format", one.form))
        })));
        beside_signed(&mut documents, context);
        let lock = facts.locks.first().filter(|_| documents.is_empty() && facts.unread.is_empty());
        let promise = context.so_far.promises.iter().find(|one| one.what == Promised::Sbom);
        let none = lock.map(|lock| NoSbom {
            lock: lock.clone(),
            generated: facts.generated.clone(),
            required: self.policy.require,
            promised: promise.map(|promise| promise.place.clone()),
        });
        verdict.remarks.extend(none.as_ref().map(no_sbom));
        let known = provenance::Sboms { documents, none };
        let is_any = !known.documents.is_empty() || known.none.is_some();
        let content = |path: &RepoPath| facts.documents.get(path).and_then(|held| held.first()?.of_file());
        for check in &self.checks {
            let Run::Sboms(run) = check.run else { continue };
            verdict.outcomes.extend((!is_any).then_some((check.meta.id, Outcome::NotApplicable)));
            report::add(&mut verdict, check, &content, context.key, |reports| run(&known, reports));
        }
        verdict
    }
}

/// Finds unsigned documents in directories with signed files.
fn beside_signed(documents: &mut [Sbom], context: &Context<'_>) {
    let signatures = context.so_far.signatures.iter();
    let signed: BTreeSet<&RepoPath> = signatures.filter_map(|one| one.artifact.as_ref()).collect();
    for sbom in documents {
        let folder = sbom.path.folder();
        if !signed.contains(&sbom.path) && !sbom.signed {
            let beside = signed.iter().find(|path| path.folder() == folder);
            sbom.unsigned_beside = beside.map(|path| (*path).clone());
        }
    }
}

/// The problem of an unchecked SBOM.
fn not_read(path: &RepoPath, why: &str) -> Problem {
    let message = format!("this SBOM {why}: it was not checked");
    Problem { path: Some(path.clone()), message }
}

/// The problem of a missing SBOM; a finding only if required.
fn no_sbom(none: &NoSbom) -> Problem {
    let made = match &none.generated {
        Some((path, tool)) => format!("; {} generates one with {tool}", path.shown()),
        None => ", and no workflow generates one; `bartizan sbom` does".to_owned(),
    };
    Problem { path: Some(none.lock.clone()), message: format!("its packages have no SBOM{made}") }
}
