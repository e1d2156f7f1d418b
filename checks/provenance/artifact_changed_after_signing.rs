//! `artifact-changed-after-signing`: file that is not what its signature was made for.

use crate::engine::provenance::Signatures;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity, Standing};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "artifact-changed-after-signing",
        title: "file that is not what its signature was made for",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "restore the file that was signed, or have the new one signed by whoever may",
        docs: r"
## What it does
Compares what a sound signature was made for with the file that it lies beside, and the files of a signed
list of digests with that list. Reported is the file that has another digest.

## Why is this bad
The signature promises that the file is the one that was released. It is not: somebody has changed it since,
by mistake or on purpose, or has put another file in its place.

## Example
`app.tgz` beside `app.tgz.sigstore.json`, in which the SHA-256 of another `app.tgz` is signed.

## Use instead
Restore the file from the release, or sign the new one.

## Known problems
A signature that is called like a file counts as one of that file: rename it if it is for another one. What a statement
alone names is not reported if another signature proves it: it is of an earlier version then.

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
