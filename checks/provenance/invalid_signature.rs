//! `invalid-signature`: invalid signature.

use crate::engine::provenance::Signatures;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity, Standing};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "invalid-signature",
        title: "invalid signature",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "find out who changed the signature or its file; do not use the artifact until it is signed again",
        docs: r"
## What it does
Verifies every signature of cosign or another Sigstore client in the repository, offline: bundles of all versions, older
cosign bundles, `.sig` files with a committed public key, image signatures in OCI layouts. A signature is reported if
its cryptography is invalid: the signature itself, its certificate, the transparency log entry or the timestamp.

## Why is this bad
Users either reject the artifact or, worse, do not verify it. A signature that was valid and no longer is has been
tampered with or damaged.

## Example
A bundle `app.tgz.sigstore.json` whose log entry belongs to another signature.

## Use instead
Sign again: `cosign sign-blob --bundle app.tgz.sigstore.json app.tgz`.

## Known problems
A `.sig` file names neither its artifact nor its key: if no public key in the repository matches, that is reported. In
tests and examples the severity is `low`.

## References
- <https://docs.sigstore.dev/about/bundle/>
",
    },
    run: Run::Signatures(run),
};

fn run(signatures: &Signatures, reports: &mut Reports<'_>) {
    for signature in signatures.all.iter().filter(|one| one.standing == Standing::Invalid && !one.changed) {
        let of = signature.artifact.as_ref().map(|path| format!(" of {}", path.shown())).unwrap_or_default();
        let message = format!("{}{of} is invalid: {}", signature.form, signature.reason);
        reports.signature(signature, message, Severity::High);
    }
}
