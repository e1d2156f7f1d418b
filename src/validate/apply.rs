//! Applies the results to the report: severity, order, and incomplete coverage.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::plan::Plan;
use super::run::Outcome;
use crate::model::{Confidence, Finding, Problem, Report, Secret, Severity, Validation, Validity};

/// Applies the `outcomes`, one per request of the plan, to `report`. Live credentials become critical and come
/// first; rejected ones become `low`, unless another host may accept them. A failed request is a problem.
pub fn apply(report: &mut Report, plan: &Plan, outcomes: Vec<Outcome>) {
    let mut failures: BTreeMap<String, usize> = BTreeMap::new();
    let mut beside: HashMap<Secret, Arc<Validation>> = HashMap::new();
    for (number, validation) in &plan.unasked {
        if let Some(finding) = report.findings.get_mut(*number) {
            mark(finding, &Arc::new(validation.clone()), None);
        }
    }
    for (ask, outcome) in plan.asks.iter().zip(outcomes) {
        let Outcome { validation, failed, used } = outcome;
        if failed {
            *failures.entry(validation.reason.clone()).or_default() += ask.findings.len();
        }
        let validation = Arc::new(validation);
        if validation.validity == Validity::Live {
            let with = format!("together with `{}` beside it", ask.check);
            for value in used.into_iter().flat_map(|number| ask.companions[number].values()) {
                let shared = Validation { reason: with.clone(), ..Validation::clone(&validation) };
                beside.insert(value.clone(), Arc::new(shared));
            }
        }
        // A self-hosted service that was not queried may accept it.
        let is_elsewhere = !ask.request.own_path.is_empty() && ask.hosts == [ask.request.host];
        // Of a rejected pair either half may be wrong.
        let is_pair = !ask.request.companions.is_empty();
        let lowered = (!is_elsewhere && !is_pair).then_some(ask.check.as_str());
        for number in &ask.findings {
            if let Some(finding) = report.findings.get_mut(*number) {
                mark(finding, &validation, lowered);
            }
        }
    }
    for finding in &mut report.findings {
        let is_asked = |validation: &Arc<Validation>| validation.validity.is_answered();
        let shared = finding.secret().and_then(|secret| beside.get(secret)).cloned();
        if let (Some(shared), false) = (shared, finding.validation.as_ref().is_some_and(is_asked)) {
            mark(finding, &shared, None);
        }
    }
    let is_live = |finding: &Finding| {
        finding.validation.as_deref().is_some_and(|validation| validation.validity == Validity::Live)
    };
    report.findings.sort_by_key(|finding| !is_live(finding));
    for (why, count) in failures {
        let what = if count == 1 { "credential was" } else { "credentials were" };
        let message = format!("{count} {what} to be asked about and could not be: {why}");
        report.problems.push(Problem { path: None, message });
    }
    report.problems.sort();
    report.problems.dedup();
}

/// Records the result on a finding and its parts. A rejection lowers only the check whose provider was queried.
fn mark(finding: &mut Finding, validation: &Arc<Validation>, lowered: Option<&str>) {
    for part in &mut finding.parts {
        mark(part, validation, lowered);
    }
    let sentence = validation.sentence();
    if let Some(before) = finding.validation.replace(Arc::clone(validation)) {
        let before = before.sentence();
        finding.proofs.retain(|proof| *proof != before);
    }
    finding.proofs.insert(0, sentence);
    match validation.validity {
        Validity::Live => {
            finding.severity = Severity::Critical;
            finding.confidence = Confidence::High;
        }
        Validity::NotAccepted | Validity::Revoked if lowered == Some(&*finding.check) => {
            finding.severity = Severity::Low;
        }
        Validity::NotAccepted | Validity::Revoked | Validity::NotAsked | Validity::NoWay => {}
    }
}
