//! `signature-without-artifact`: signature without its artifact.

use crate::engine::provenance::Signatures;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "signature-without-artifact",
        title: "signature without its artifact",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Provenance,
        remedy: "commit the artifact next to it, or remove the signature",
        docs: r"
## What it does
Reports signatures whose artifact is not in the repository, by name or by digest.

## Why is this bad
It cannot be checked here. Often it was left behind when the file was renamed, replaced or removed.

## Example
`dist/app-1.0.tgz.sigstore.json` in a directory with only `app-1.1.tgz`.

## Use instead
Keep signatures where their artifacts are: with the release.

## Known problems
Release attestations are sometimes kept in the repository on purpose; suppress the finding with that reason.

## References
- <https://docs.sigstore.dev/cosign/signing/signing_with_blobs/>
",
    },
    run: Run::Signatures(run),
};

fn run(signatures: &Signatures, reports: &mut Reports<'_>) {
    for signature in signatures.all.iter().filter(|one| one.lost) {
        let message = format!("{}: {}", signature.form, signature.reason);
        reports.signature(signature, message, Severity::Low);
    }
}
