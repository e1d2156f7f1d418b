//! `sbom-drift`: SBOM that differs from the lock file.

use crate::engine::provenance::{Drift, Sboms};
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "sbom-drift",
        title: "SBOM that differs from the lock file",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "regenerate the SBOM from the lock file, in the same change that updates the lock file",
        docs: r"
## What it does
Compares every SBOM (CycloneDX, SPDX and syft's) with the lock files of its subject, by name and by version in the
ecosystem's order. Reported are versions that differ, removed packages, checksums that differ, and missing packages if
the SBOM lists less than the required share (80 percent) of a production install.

## Why is this bad
Vulnerability lookups by the SBOM use the wrong versions: fixed vulnerabilities are reported, new ones are not.

## Example
An SBOM with `serde 1.0.100` beside a `Cargo.lock` with `serde 1.0.219`.

## Use instead
`bartizan sbom --output sbom.cdx.json` in the release workflow, instead of once by hand.

## Known problems
Build-only and platform-specific packages may rightly be missing; hence the share, `coverage` in `[sbom]` of
`bartizan.toml`. If a lock file does not mark development packages, nothing counts as missing (except in `Cargo.lock`),
and if it lists only direct dependencies (`requirements.txt`), nothing counts as removed. The lock file is found by the
SBOM's subject, otherwise by its location; an SBOM with less than 30 percent of its packages in the lock file describes
something else.

## References
- <https://cyclonedx.org/specification/overview/>
- <https://spdx.dev/use/specifications/>
",
    },
    run: Run::Sboms(run),
};

fn run(sboms: &Sboms, reports: &mut Reports<'_>) {
    for sbom in &sboms.documents {
        let Some(drift) = sbom.drift.as_ref().filter(|drift| !drift.is_none()) else { continue };
        let about = said(drift, &|(_, what)| what.clone());
        let message = said(drift, &|(line, what)| format!("line {line}: {what}"));
        reports.line_about(&sbom.path, first_line(drift), about, message);
    }
}

fn first_line(drift: &Drift) -> u32 {
    drift.first.first().map_or(1, |(line, _)| *line)
}

fn said(drift: &Drift, example: &dyn Fn(&(u32, String)) -> String) -> String {
    let counts = [
        (drift.changed, "in another version"),
        (drift.gone, "gone"),
        (drift.rehashed, "with another checksum"),
        (drift.missing, "missing"),
    ];
    let parts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let mut examples: Vec<String> = drift.first.iter().map(example).collect();
    if !drift.first_missing.is_empty() {
        examples.push(format!("missing: {}", drift.first_missing.join(", ")));
    }
    format!(
        "of the {} packages in {}, {}; {}",
        drift.wanted,
        drift.lock.shown(),
        parts.join(", "),
        examples.join("; ")
    )
}
