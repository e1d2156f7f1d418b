//! The analyses of a scan and their order.
//!
//! A new analysis is an implementation of [`Analysis`], a variant of [`Run`](crate::engine::Run) for its checks, and a
//! line in [`Analyses::new`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use super::analysis::{Analysis, Context, Questions, Shared, Verdict};
use super::{Progress, Settings, dependencies, hardening, provenance};
use crate::engine::Check;
use crate::engine::repository::policy::SecretAt;
use crate::model::{Blob, Outcome, Problem, RepoPath, SkipReason};
use crate::source::Source;

/// The analyses of a scan.
pub(super) struct Analyses<'a> {
    settings: &'a Settings,
    all: Vec<Box<dyn Running + 'a>>,
}

impl<'a> Analyses<'a> {
    /// All that have a check to run, in evaluation order. Those that may wait for the network come last.
    pub(super) fn new(settings: &'a Settings) -> Self {
        let mut analyses = Self { settings, all: Vec::new() };
        let (checks, provenance) = (&settings.checks, &settings.provenance);
        // Promises of the policy enable checks of later analyses.
        analyses.add(hardening::Hardening::new(checks, &settings.actions, settings.ci));
        analyses.add(provenance::Signatures::new(checks, provenance));
        analyses.add(provenance::Commits::new(checks, provenance));
        analyses.add(provenance::Sboms::new(checks, provenance));
        analyses.add(dependencies::Lockfiles::new(checks, &settings.dependencies, settings.now));
        analyses
    }

    fn add<A: Analysis + 'a>(&mut self, analysis: A) {
        if analysis.is_needed() {
            self.all.push(Box::new(Slot { analysis, facts: Shared(Mutex::default()), is_broken: false }));
        }
    }

    /// Prefetches external data that the names of tracked files call for. Returns at once.
    pub(super) fn announce(&self, sources: &[&dyn Source]) {
        let mut questions = Questions::default();
        for source in sources {
            source.tracked(&mut |path| self.all.iter().for_each(|one| one.expects(path, &mut questions)));
        }
        questions.announce(&*self.settings.dependencies.databases);
    }

    /// Passes a file to all of them.
    pub(super) fn see(&self, blob: &Blob<'_>) {
        self.all.iter().for_each(|one| one.see(blob));
    }

    /// True if the check evaluates the tip of a range.
    pub(super) fn evaluates_ranges(&self, check: &str) -> bool {
        self.all.iter().filter(|one| one.evaluates_ranges()).any(|one| one.runs(check))
    }

    /// Passes a file at the tip of a range to the analyses that evaluate ranges.
    pub(super) fn see_tip(&self, blob: &Blob<'_>) {
        self.all.iter().filter(|one| one.evaluates_ranges()).for_each(|one| one.see(blob));
    }

    /// Passes a skipped file to all of them.
    pub(super) fn skipped(&self, path: &RepoPath, reason: SkipReason) {
        self.all.iter().for_each(|one| one.skipped(path, reason));
    }

    /// Evaluates what was collected from `files`.
    /// `secrets` are those found in them, if secret checks run.
    pub(super) fn evaluate(
        self,
        files: &[&dyn Source],
        secrets: Option<&[SecretAt]>,
        key: Option<&[u8]>,
        progress: &dyn Progress,
    ) -> Verdict {
        let mut verdict = Verdict::default();
        for mut one in self.all {
            let questions = one.questions(files);
            if questions.is_any() {
                progress.waiting("the advisory database");
            }
            let answers = questions.ask(&*self.settings.dependencies.databases);
            let now = self.settings.now;
            let context = Context { files, answers: &answers, key, now, secrets, so_far: &verdict };
            let evaluated = one.evaluate(&context);
            verdict.add(evaluated);
        }
        verdict
    }
}

/// An analysis with its collected facts.
struct Slot<A: Analysis> {
    analysis: A,
    facts: Shared<A::Facts>,
    /// True once it has panicked: its facts are incomplete.
    is_broken: bool,
}

/// An [`Analysis`] with its fact type erased.
trait Running: Sync {
    fn evaluates_ranges(&self) -> bool;
    fn runs(&self, check: &str) -> bool;
    fn see(&self, blob: &Blob<'_>);
    fn skipped(&self, path: &RepoPath, reason: SkipReason);
    fn expects(&self, path: &[u8], questions: &mut Questions);
    fn questions(&mut self, files: &[&dyn Source]) -> Questions;
    fn evaluate(&mut self, context: &Context<'_>) -> Verdict;
}

impl<A: Analysis> Running for Slot<A> {
    fn evaluates_ranges(&self) -> bool {
        A::EVALUATES_RANGES
    }

    fn runs(&self, check: &str) -> bool {
        self.analysis.checks().iter().any(|one| one.meta.id == check)
    }

    fn see(&self, blob: &Blob<'_>) {
        self.analysis.see(blob, &self.facts);
    }

    fn skipped(&self, path: &RepoPath, reason: SkipReason) {
        self.analysis.skipped(path, reason, &self.facts);
    }

    fn expects(&self, path: &[u8], questions: &mut Questions) {
        self.analysis.expects(path, questions);
    }

    fn questions(&mut self, files: &[&dyn Source]) -> Questions {
        let asked = AssertUnwindSafe(|| {
            self.analysis.follow(files, &self.facts);
            self.facts.with(|facts| self.analysis.questions(facts))
        });
        catch_unwind(asked).unwrap_or_else(|_| {
            self.is_broken = true;
            Questions::default()
        })
    }

    fn evaluate(&mut self, context: &Context<'_>) -> Verdict {
        // A panic is our bug; it must not hide other results. A lock poisoned by a panic leaves incomplete facts.
        let facts = self.facts.0.get_mut().ok().filter(|_| !self.is_broken).map(std::mem::take);
        let evaluated = facts
            .and_then(|facts| catch_unwind(AssertUnwindSafe(|| self.analysis.evaluate(facts, context))).ok());
        evaluated.unwrap_or_else(|| {
            let message = format!("{} crashed; please report this as a bug", A::ACT);
            let broke = |check: &&Check| (check.meta.id, Outcome::Failed(message.clone()));
            Verdict {
                outcomes: self.analysis.checks().iter().map(broke).collect(),
                problems: vec![Problem { path: None, message: message.clone() }],
                ..Verdict::default()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Run, dependency};
    use crate::model::{Confidence, Family, Meta, Severity};

    static CHECK: Check = Check {
        meta: Meta {
            id: "made-up",
            title: "made up",
            severity: Severity::Low,
            confidence: Confidence::Low,
            family: Family::Dependency,
            remedy: "",
            docs: "",
        },
        run: Run::Advisory { applies: |_: dependency::Origin| true, assess: |_| None },
    };

    /// Panics on request.
    struct Broken {
        checks: [&'static Check; 1],
        asking: bool,
    }

    impl Analysis for Broken {
        type Facts = usize;
        const ACT: &'static str = "trying";

        fn checks(&self) -> &[&Check] {
            &self.checks
        }

        fn see(&self, _: &Blob<'_>, _: &Shared<usize>) {}

        fn questions(&self, _: &mut usize) -> Questions {
            assert!(!self.asking, "as it is meant to");
            Questions::default()
        }

        fn evaluate(&self, _: usize, _: &Context<'_>) -> Verdict {
            assert!(self.asking, "as it is meant to");
            Verdict::default()
        }
    }

    #[test]
    fn an_analysis_that_breaks_leaves_none_of_its_checks_clean() {
        for asking in [true, false] {
            let analysis = Broken { checks: [&CHECK], asking };
            let mut slot = Slot { analysis, facts: Shared(Mutex::default()), is_broken: false };
            let answers = slot.questions(&[]).ask(&crate::external::NoDatabases);
            let so_far = &Verdict::default();
            let context =
                Context { files: &[], answers: &answers, key: None, now: None, secrets: None, so_far };
            let verdict = slot.evaluate(&context);
            assert!(matches!(verdict.outcomes["made-up"], Outcome::Failed(_)), "{asking}");
            assert_eq!(verdict.problems.len(), 1);
        }
    }
}
