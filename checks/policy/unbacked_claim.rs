//! `unbacked-claim`: a claim without evidence in the repository.

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
        remedy: "say in the policy where it is done, or add evidence to the repository",
        docs: r"
## What it does
Reports claims of the security policy that the repository neither upholds nor contradicts: a scanner that no workflow,
hook or script runs, an address that is missing. Such claims may still be true, through settings of the forge.

## Why is this bad
Readers have to trust it, and nothing shows when it stops being true.

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
