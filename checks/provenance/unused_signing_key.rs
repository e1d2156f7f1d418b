//! `unused-signing-key`: public signing key that nothing uses.

use crate::engine::provenance::Signatures;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unused-signing-key",
        title: "unused public signing key",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Provenance,
        remedy: "document how to verify with it, use it in a workflow, or remove it",
        docs: r"
## What it does
Reports public keys named like cosign's, such as `cosign.pub`, that match no signature in the repository and that no
other file mentions.

## Why is this bad
An undocumented key gives no protection, and its replacement goes unnoticed.

## Example
`cosign.pub` in the root of a repository whose README, workflows and scripts do not mention it.

## Use instead
`cosign verify --key cosign.pub IMAGE` in the documentation, or in the workflow that deploys.

## Known problems
Uses of the key from elsewhere are not known.

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
        let message = "no signature, document or workflow of this repository uses this public key".to_owned();
        reports.file(&key.path, message);
    }
}
