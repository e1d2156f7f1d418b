//! `artifact-changed-after-signing`: signed file that was changed.

use crate::engine::provenance::Signatures;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity, Standing};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "artifact-changed-after-signing",
        title: "file that differs from its signed digest",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "restore the signed file, or have the new one signed by an authorised signer",
        docs: r"
## What it does
Compares the digest in a valid signature with the file next to it, and files with a signed checksum file. Files with a
different digest are reported.

## Why is this bad
The signature promises that the file is the released one. It is not: it was changed or replaced since, by mistake or on
purpose.

## Example
`app.tgz` beside `app.tgz.sigstore.json`, in which the SHA-256 of another `app.tgz` is signed.

## Use instead
Restore the file from the release, or sign the new one.

## Known problems
A signature named after a file counts as a signature of that file: rename it if it is for another one. A subject named
only in a statement is not reported if another signature covers it: the statement then belongs to an earlier version.

## References
- <https://docs.sigstore.dev/cosign/verifying/verify/>
",
    },
    run: Run::Signatures(run),
};

fn run(signatures: &Signatures, reports: &mut Reports<'_>) {
    for signature in signatures.all.iter().filter(|one| one.standing == Standing::Invalid && one.changed) {
        reports.signature(signature, signature.reason.clone(), Severity::High);
    }
}
