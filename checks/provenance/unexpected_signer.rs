//! `unexpected-signer`: signature by somebody who was not expected.

use crate::engine::provenance::Signatures;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity, Standing};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unexpected-signer",
        title: "signature by somebody who was not expected",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        family: Family::Provenance,
        remedy: "have it signed by the release workflow, or name the signer in [signatures] of bartizan.toml if he may sign",
        docs: r"
## What it does
Reports signatures that hold but were made by somebody whom nobody has named. Who may sign stands in
`[[signatures.signer]]` of `bartizan.toml`; without it, for a repository on GitHub, the workflows of that
very repository may. If neither says anything, the severity is `low`.

## Why is this bad
Anybody can make a valid Sigstore signature, for nothing and in seconds. That a signature is valid says
only that its signer is who he is; whether he may sign is what makes it worth anything.

## Example
A release of `github.com/owner/name` that a workflow of `github.com/other/name` has signed.

## Use instead
```toml
[[signatures.signer]]
path = 'dist/**'
identity = 'https://github.com/owner/name/.github/workflows/release.yml@refs/tags/v1.2.3'
issuer = 'https://token.actions.githubusercontent.com'
```

## Known problems
Which repository this is, is taken from the address of the remote `origin` of the clone.

## References
- <https://docs.sigstore.dev/cosign/verifying/verify/#keyless-verification-using-openid-connect>
",
    },
    run: Run::Signatures(run),
};

fn run(signatures: &Signatures, reports: &mut Reports<'_>) {
    for signature in signatures.all.iter().filter(|one| one.standing == Standing::UnexpectedIdentity) {
        let of = signature.artifact.as_ref().map(|path| format!(" of {}", path.shown())).unwrap_or_default();
        let message = format!("{}{of} holds, but {}", signature.form, signature.reason);
        let severity = if signatures.signers_known { Severity::Medium } else { Severity::Low };
        reports.signature(signature, message, severity);
    }
}
