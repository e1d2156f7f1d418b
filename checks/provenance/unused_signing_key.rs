//! `unused-signing-key`: public key for signatures that nothing uses.

use crate::engine::provenance::Signatures;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unused-signing-key",
        title: "public key for signatures that nothing uses",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Provenance,
        remedy: "say in the documentation or a workflow how to verify with it, or take it out",
        docs: r"
## What it does
Reports public keys named as cosign names them, such as `cosign.pub`, that have made no signature in the
repository and that no other file of it mentions.

## Why is this bad
A key that nobody is told to use protects nobody, and nobody will notice when it is replaced.

## Example
`cosign.pub` in the root of a repository whose README, workflows and scripts do not mention it.

## Use instead
`cosign verify --key cosign.pub IMAGE` in the documentation, or in the workflow that deploys.

## Known problems
Who uses the key from elsewhere is not known here.

## References
- <https://docs.sigstore.dev/cosign/key_management/overview/>
",
    },
    run: Run::Signatures(run),
};

fn run(signatures: &Signatures, reports: &mut Reports<'_>) {
    let named = |name: &[u8]| {
        ["cosign", "sigstore"].iter().any(|word| memchr::memmem::find(name, word.as_bytes()).is_some())
    };
    for key in signatures.keys.iter().filter(|key| key.used_by.is_none() && named(key.path.file_name())) {
        let message = "public key that no signature, document or workflow of this repository uses".to_owned();
        reports.file(&key.path, message);
    }
}
