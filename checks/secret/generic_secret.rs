//! `generic-secret`: a random value given to a name that says token, secret or key.

use crate::engine::assigned::{self, Trust};
use crate::engine::assignment::Assignment;
use crate::engine::names::{Announced, announced, quoted};
use crate::engine::{Check, Judged, Run, plain};
use crate::model::{Blob, Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "generic-secret",
        title: "random value given to a name that says secret",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        family: Family::Secret,
        remedy: "if it is a real credential, change it where it was issued and read it from the environment or a secret manager",
        docs: r#"
## What it does
Reports a value that is random rather than spelled, given to a name that announces a token, a
secret or a key, in any common syntax. Placeholders, templates, references to variables and
vaults, digests, public keys, identifiers and words are passed over.

## Why is this bad
Credentials without a form of their own leak as often as the ones with a prefix.

## Example
`payment_api_key = "…"` with thirty random characters.

## Use instead
`payment_api_key = os.environ["PAYMENT_API_KEY"]`

## Known problems
It cannot know whose credential it is, or whether it still works; it never exceeds `medium`.
"#,
    },
    run: Run::Assigned {
        keywords: &[
            "token", "secret", "key", "auth", "cred", "salt", "jwt", "bearer", "pepper", "license", "_pat",
            "access", "private", "signing",
        ],
        judge,
    },
};

fn judge(found: &Assignment<'_>, blob: &Blob<'_>) -> Option<Judged> {
    // What costs least to ask is asked first: this runs at every word that says key or token.
    if !(8..=2048).contains(&found.value.len()) || plain::is_code(found, blob) {
        return None;
    }
    let kind = announced(found.name).filter(|kind| *kind != Announced::Password)?;
    let (severity, confidence) =
        assigned::judge(found.value, found.name, kind, Trust::Anywhere(found, blob))?;
    let message = format!("random value given to {}", quoted(found.name, "a name that says secret"));
    Some(Judged { message, severity, confidence })
}
