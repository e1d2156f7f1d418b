//! `invalid-signature`: signature that does not hold.

use crate::engine::provenance::Signatures;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity, Standing};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "invalid-signature",
        title: "signature that does not hold",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "find out who changed the signature or its file; until then do not use what it signs, and sign it anew",
        docs: r"
## What it does
Verifies every signature that cosign or another Sigstore client has written into the repository, offline:
bundles of all versions, the older bundles of cosign, `.sig` files with a committed public key, image
signatures in OCI layouts. Reported is one whose cryptography does not hold: the signature itself, its
certificate, the entry in the transparency log or the time stamp.

## Why is this bad
Whoever relies on the signature either refuses what it signs or, worse, does not look at all. A signature
that once held and does not hold any more has been tampered with, or damaged.

## Example
A bundle `app.tgz.sigstore.json` whose log entry belongs to another signature.

## Use instead
Sign again: `cosign sign-blob --bundle app.tgz.sigstore.json app.tgz`.

## Known problems
A `.sig` file says neither what it signs nor by which key: if no public key in the repository has made it,
that is what is reported. Below folders of tests and examples the severity is `low`.

## References
- <https://docs.sigstore.dev/about/bundle/>
",
    },
    run: Run::Signatures(run),
};

fn run(signatures: &Signatures, reports: &mut Reports<'_>) {
    for signature in signatures.all.iter().filter(|one| one.standing == Standing::Invalid && !one.changed) {
        let of = signature.artifact.as_ref().map(|path| format!(" of {}", path.shown())).unwrap_or_default();
        let message = format!("{}{of} does not hold: {}", signature.form, signature.reason);
        reports.signature(signature, message, Severity::High);
    }
}
