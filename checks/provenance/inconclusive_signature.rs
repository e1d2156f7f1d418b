//! `inconclusive-signature`: inconclusive signature.

use crate::engine::provenance::Signatures;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity, Signature, Standing};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "inconclusive-signature",
        title: "inconclusive signature",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "supply what the message asks for, or replace it with a Sigstore bundle, which can be verified offline",
        docs: r"
## What it does
Reports signatures that could be neither confirmed nor refuted, and what is missing: a certificate without a trusted
time, an envelope without a log entry, a trusted root that is older than the signature, a key that is not in the
repository.

## Why is this bad
A signature that cannot be verified gives no protection. It is not reported as invalid, since it may be valid.

## Example
`app.tgz.sig` and `app.tgz.pem` as older versions of cosign wrote them: the certificate was valid for ten minutes, and
nothing proves that the signature was made in that time.

## Use instead
`cosign sign-blob --bundle app.tgz.sigstore.json app.tgz` writes everything into one file.

## Known problems
Signatures of minisign, OpenPGP and Tauri are listed and not verified; this check does not report them.

## References
- <https://docs.sigstore.dev/about/bundle/>
",
    },
    run: Run::Signatures(run),
};

fn run(signatures: &Signatures, reports: &mut Reports<'_>) {
    let unknown = |one: &&Signature| one.standing == Standing::Inconclusive && !one.foreign && !one.lost;
    for signature in signatures.all.iter().filter(unknown) {
        let of = signature.artifact.as_ref().map(|path| format!(" of {}", path.shown())).unwrap_or_default();
        let message = format!("{}{of} is inconclusive: {}", signature.form, signature.reason);
        reports.signature(signature, message, Severity::Low);
    }
}
