//! `missing-sbom`: repository without an SBOM although one is asked for.

use crate::engine::provenance::Sboms;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "missing-sbom",
        title: "repository without an SBOM although one is asked for",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "write one with `bartizan sbom`, and publish it with the release",
        docs: r"
## What it does
Reports that a repository with lock files has no SBOM, if `require = true` stands in `[sbom]` of `bartizan.toml`;
says whether a workflow makes one. Where the security policy says that there is one, and nothing in the repository makes
it, that is reported as `low`, for it may be made elsewhere.

## Why is this bad
The project has promised one.

## Example
A repository with a `Cargo.lock` and nothing else.

## Use instead
`bartizan sbom --output sbom.cdx.json`

## Known problems
Without `require` or such a sentence nothing is reported: most projects rightly make one in the release alone.

## References
- <https://www.cisa.gov/sbom>
",
    },
    run: Run::Sboms(run),
};

fn run(sboms: &Sboms, reports: &mut Reports<'_>) {
    let Some(none) = &sboms.none else { return };
    if !none.required {
        // It may be made where the repository does not show it.
        if let Some(place) = none.promised.as_ref().filter(|_| none.generated.is_none()) {
            let message =
                format!("{place} says that there is an SBOM; none is here, and nothing here makes one");
            reports.rated(&none.lock, message, Severity::Low, Confidence::Medium);
        }
        return;
    }
    let made = match &none.generated {
        Some((path, tool)) => format!("; {} makes one with {tool}, which is not committed", path.shown()),
        None => ", and no workflow makes one".to_owned(),
    };
    reports.file(&none.lock, format!("there is no SBOM for the packages of this lock file{made}"));
}
