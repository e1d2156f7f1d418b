//! `unexpected-signer`: signature by an unexpected signer.

use crate::engine::provenance::Signatures;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity, Standing};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unexpected-signer",
        title: "signature by an unexpected signer",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        family: Family::Provenance,
        remedy: "have it signed by the release workflow, or list the signer in [signatures] of bartizan.toml if they may sign",
        docs: r"
## What it does
Reports valid signatures by a signer who is not listed. Signers are listed in `[[signatures.signer]]` of
`bartizan.toml`; without it, the workflows of a GitHub repository may sign for it. If neither applies, the severity is
`low`.

## Why is this bad
Anyone can create a valid Sigstore signature, for free and in seconds. A valid signature only proves the signer's
identity, not that the signer is authorised.

## Example
A release of `github.com/owner/name` signed by a workflow of `github.com/other/name`.

## Use instead
```toml
[[signatures.signer]]
path = 'dist/**'
identity = 'https://github.com/owner/name/.github/workflows/release.yml@refs/tags/v1.2.3'
issuer = 'https://token.actions.githubusercontent.com'
```

## Known problems
The repository is identified by the URL of the clone's remote `origin`.

## References
- <https://docs.sigstore.dev/cosign/verifying/verify/#keyless-verification-using-openid-connect>
",
    },
    run: Run::Signatures(run),
};

fn run(signatures: &Signatures, reports: &mut Reports<'_>) {
    for signature in signatures.all.iter().filter(|one| one.standing == Standing::UnexpectedIdentity) {
        let of = signature.artifact.as_ref().map(|path| format!(" of {}", path.shown())).unwrap_or_default();
        let message = format!("{}{of} is valid, but {}", signature.form, signature.reason);
        let severity = if signatures.signers_known { Severity::Medium } else { Severity::Low };
        reports.signature(signature, message, severity);
    }
}
