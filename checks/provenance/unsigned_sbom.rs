//! `unsigned-sbom`: SBOM without a signature beside signed files.

use crate::engine::provenance::Sboms;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unsigned-sbom",
        title: "SBOM without a signature beside signed files",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Provenance,
        remedy: "sign it as the files beside it are, or attest it: cosign attest-blob --type cyclonedx",
        docs: r"
## What it does
Reports SBOMs that have no signature in a folder in which other files have one.

## Why is this bad
Whoever exchanges a file exchanges the list of what is in it, too.

## Example
`app.tar.gz` with a bundle, and `sbom.cdx.json` without.

## Use instead
`cosign attest-blob --predicate sbom.cdx.json --type cyclonedx --bundle … app.tar.gz` binds both to each other.

## Known problems
Whether one is signed elsewhere is not known.

## References
- <https://docs.sigstore.dev/cosign/verifying/attestation/>
",
    },
    run: Run::Sboms(run),
};

fn run(sboms: &Sboms, reports: &mut Reports<'_>) {
    for sbom in &sboms.documents {
        if let Some(beside) = &sbom.unsigned_beside {
            reports.file(&sbom.path, format!("not signed, although {} beside it is", beside.shown()));
        }
    }
}
