//! `outdated-sbom-format`: SBOM in an outdated version of its format.

use crate::engine::provenance::Sboms;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "outdated-sbom-format",
        title: "SBOM in an outdated version of its format",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "generate it in a version that tools still support: CycloneDX 1.6 or SPDX 2.3",
        docs: r"
## What it does
Reports CycloneDX before 1.4 and SPDX before 2.2.

## Why is this bad
Tools drop support for old versions, and then skip the components in them.

## Example
A document with the `specVersion` `1.2`.

## Use instead
CycloneDX 1.6 or SPDX 2.3, or newer.

## Known problems
None.

## References
- <https://www.iso.org/standard/81870.html>
",
    },
    run: Run::Sboms(run),
};

fn run(sboms: &Sboms, reports: &mut Reports<'_>) {
    for sbom in &sboms.documents {
        if let Some(why) = sbom.outdated {
            reports.file(&sbom.path, format!("{} is outdated: {why}", sbom.form));
        }
    }
}
