//! `missing-sbom`: repository without a required SBOM.

use crate::engine::provenance::Sboms;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "missing-sbom",
        title: "missing SBOM",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "generate one with `bartizan sbom`, and publish it with the release",
        docs: r"
## What it does
Reports a repository with lock files but no SBOM, if `[sbom]` of `bartizan.toml` sets `require = true`, and says whether
a workflow generates one. If the security policy claims an SBOM that nothing in the repository generates, that is `low`,
since it may be generated elsewhere.

## Why is this bad
The project promises one.

## Example
A repository with a `Cargo.lock` and nothing else.

## Use instead
`bartizan sbom --output sbom.cdx.json`

## Known problems
Without `require` or such a claim nothing is reported: most projects rightly generate one only for a release.

## References
- <https://www.cisa.gov/sbom>
",
    },
    run: Run::Sboms(run),
};

fn run(sboms: &Sboms, reports: &mut Reports<'_>) {
    let Some(none) = &sboms.none else { return };
    if !none.required {
        // It may be generated outside the repository.
        if let Some(place) = none.promised.as_ref().filter(|_| none.generated.is_none()) {
            let message =
                format!("{place} claims an SBOM, but the repository neither contains nor generates one");
            reports.rated(&none.lock, message, Severity::Low, Confidence::Medium);
        }
        return;
    }
    let made = match &none.generated {
        Some((path, tool)) => format!("; {} generates one with {tool}, which is not committed", path.shown()),
        None => ", and no workflow generates one".to_owned(),
    };
    reports.file(&none.lock, format!("the packages of this lock file have no SBOM{made}"));
}
