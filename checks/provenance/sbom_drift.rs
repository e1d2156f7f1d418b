//! `sbom-drift`: SBOM that does not agree with the lock file.

use crate::engine::provenance::{Drift, Sboms};
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "sbom-drift",
        title: "SBOM that does not agree with the lock file",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "make the SBOM anew from the lock file, in the same change that updates the lock file",
        docs: r"
## What it does
Holds every SBOM (CycloneDX, SPDX and syft's) against the lock files of what it describes, by names and by versions as
the ecosystem compares them. Reported are versions that differ, packages that are gone, checksums that differ, and
packages that are missing if the SBOM lists less than the share that is asked for (80 percent) of what a production
install has.

## Why is this bad
Whoever looks up vulnerabilities by the SBOM looks up the wrong versions: one that was mended is reported, and
one that came in is not.

## Example
An SBOM with `serde 1.0.100` beside a `Cargo.lock` with `serde 1.0.219`.

## Use instead
`bartizan sbom --output sbom.cdx.json` in the release, and not by hand once.

## Known problems
Packages for the build and for other systems are in the lock file and may rightly be missing; hence the share,
`coverage` in `[sbom]` of `bartizan.toml`. Where a lock file does not say what is for development, nothing is missing
(but in `Cargo.lock`), and where it lists only what is asked for (`requirements.txt`), nothing is gone. Which lock file is meant follows from what the SBOM says it
is about, else by where it lies; one with less than 30 percent of its packages in the lock file describes
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
        examples.push(format!("missing are {}", drift.first_missing.join(", ")));
    }
    format!(
        "of the {} packages in {}, {}; {}",
        drift.wanted,
        drift.lock.shown(),
        parts.join(", "),
        examples.join("; ")
    )
}
