//! `signature-without-artifact`: signature of something that is not in the repository.

use crate::engine::provenance::Signatures;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "signature-without-artifact",
        title: "signature of something that is not in the repository",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Provenance,
        remedy: "commit what it signs beside it, or take the signature out",
        docs: r"
## What it does
Reports signatures whose artifact is found neither by name nor by digest among the files of the repository.

## Why is this bad
It signs nothing that anybody here could check. Often it was left behind when the file was renamed, replaced
or removed.

## Example
`dist/app-1.0.tgz.sigstore.json` in a folder that holds `app-1.1.tgz` alone.

## Use instead
Keep signatures where their artifacts are: with the release.

## Known problems
Attestations of releases are sometimes kept in the repository on purpose; then ignore them with that reason.

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
