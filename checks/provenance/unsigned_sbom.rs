//! `unsigned-sbom`: SBOM without a signature next to signed files.

use crate::engine::provenance::Sboms;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unsigned-sbom",
        title: "unsigned SBOM next to signed files",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Provenance,
        remedy: "sign it like the files next to it, or attest it: cosign attest-blob --type cyclonedx",
        docs: r"
## What it does
Reports SBOMs without a signature in a directory with signed files.

## Why is this bad
An attacker who replaces a file replaces its SBOM too.

## Example
`app.tar.gz` with a bundle, and `sbom.cdx.json` without.

## Use instead
`cosign attest-blob --predicate sbom.cdx.json --type cyclonedx --bundle … app.tar.gz` binds the two together.

## Known problems
Whether it is signed elsewhere is not known.

## References
- <https://docs.sigstore.dev/cosign/verifying/attestation/>
",
    },
    run: Run::Sboms(run),
};

fn run(sboms: &Sboms, reports: &mut Reports<'_>) {
    for sbom in &sboms.documents {
        if let Some(beside) = &sbom.unsigned_beside {
            reports.file(&sbom.path, format!("not signed, although {} next to it is", beside.shown()));
        }
    }
}
