//! `unsigned-artifact`: file without a signature next to signed files.

use crate::engine::provenance::Signatures;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unsigned-artifact",
        title: "unsigned file next to signed files",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Provenance,
        remedy: "sign it too, or keep it apart from the released files",
        docs: r"
## What it does
Reports files without a signature in a directory where at least half of the files of the same kind have one.

## Why is this bad
An attacker will replace the one file that cannot be verified.

## Example
`app-linux.tar.gz` and `app-macos.tar.gz` with a bundle each, and `app-windows.tar.gz` without.

## Use instead
Sign all of them, or a checksum file: `sha256sum * > checksums.txt`, and sign that.

## Known problems
The kind of a file is its extension.

## References
- <https://docs.sigstore.dev/cosign/signing/signing_with_blobs/>
",
    },
    run: Run::Signatures(run),
};

fn run(signatures: &Signatures, reports: &mut Reports<'_>) {
    for unsigned in &signatures.unsigned {
        let message = format!("not signed, although {} next to it is", unsigned.beside.shown());
        reports.file(&unsigned.path, message);
    }
}
