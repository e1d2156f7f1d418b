//! `unsigned-artifact`: file without a signature beside files that have one.

use crate::engine::provenance::Signatures;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unsigned-artifact",
        title: "file without a signature beside files that have one",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Provenance,
        remedy: "sign it, too, or keep it apart from what is released",
        docs: r"
## What it does
Reports files that have no signature in a folder in which at least half of the files of the same kind have
one.

## Why is this bad
Whoever verifies everything but one file has verified nothing: it is the one that will be replaced.

## Example
`app-linux.tar.gz` and `app-macos.tar.gz` with a bundle each, and `app-windows.tar.gz` without.

## Use instead
Sign all of them, or a list of their digests: `sha256sum * > checksums.txt`, and sign that.

## Known problems
What is of a kind is decided by the ending of its name.

## References
- <https://docs.sigstore.dev/cosign/signing/signing_with_blobs/>
",
    },
    run: Run::Signatures(run),
};

fn run(signatures: &Signatures, reports: &mut Reports<'_>) {
    for unsigned in &signatures.unsigned {
        let message = format!("not signed, although {} beside it is", unsigned.beside.shown());
        reports.file(&unsigned.path, message);
    }
}
