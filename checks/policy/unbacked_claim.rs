//! `unbacked-claim`: a claim that nothing in the repository speaks for.

use crate::engine::{Check, Reports, Run};
use crate::model::{Claim, Confidence, Family, Meta, Ruling, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unbacked-claim",
        title: "claim without evidence",
        severity: Severity::Low,
        confidence: Confidence::Low,
        family: Family::Policy,
        remedy: "say in the policy where it is done, or let the repository show it",
        docs: r"
## What it does
Reports claims of the security policy that the repository neither upholds nor contradicts: a scanner that no workflow, hook
or script runs, an address that is not named. What can live in settings of the forge may be true all the same.

## Why is this bad
A reader has to take it on trust, and nothing shows when it stops being true.

## Example
`We scan all dependencies with Snyk`, and nothing in the repository mentions Snyk.

## Use instead
`Snyk scans all dependencies; its checks show on each pull request`, or a workflow that runs it.
",
    },
    run: Run::Claims(run),
};

fn run(claims: &[Claim], reports: &mut Reports<'_>) {
    for claim in claims.iter().filter(|claim| claim.ruling == Ruling::NoEvidence) {
        reports.span(&claim.place.path, claim.place.span, format!("{}: {}", claim.kind, claim.reason));
    }
}
