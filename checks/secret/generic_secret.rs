//! `generic-secret`: a random value assigned to a name like token, secret or key.

use crate::engine::assigned::{self, Trust};
use crate::engine::assignment::Assignment;
use crate::engine::names::{Announced, announced, quoted};
use crate::engine::{Assessment, Check, Run, plain};
use crate::model::{Blob, Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "generic-secret",
        title: "random value assigned to a secret-like name",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        family: Family::Secret,
        remedy: "if it is a real credential, rotate it and read it from the environment or a secret manager",
        docs: r#"
## What it does
Reports a random value assigned to a name like token, secret or key, in any common syntax. Placeholders, templates,
references to variables and vaults, digests, public keys, identifiers and words are skipped.

## Why is this bad
Credentials without a recognisable format leak as often as those with a prefix.

## Example
`payment_api_key = "…"` with thirty random characters.

## Use instead
`payment_api_key = os.environ["PAYMENT_API_KEY"]`

## Known problems
The provider, and whether the credential still works, are unknown; the severity never exceeds `medium`.
"#,
    },
    run: Run::Assigned {
        keywords: &[
            "token", "secret", "key", "auth", "cred", "salt", "jwt", "bearer", "pepper", "license", "_pat",
            "access", "private", "signing",
        ],
        assess,
    },
};

fn assess(found: &Assignment<'_>, blob: &Blob<'_>) -> Option<Assessment> {
    // Cheapest tests first: this runs at every word like key or token.
    if !(8..=2048).contains(&found.value.len()) || plain::is_code(found, blob) {
        return None;
    }
    let kind = announced(found.name).filter(|kind| *kind != Announced::Password)?;
    let (severity, confidence) =
        assigned::assess(found.value, found.name, kind, Trust::Anywhere(found, blob))?;
    let message = format!("random value assigned to {}", quoted(found.name, "a secret-like name"));
    Some(Assessment { message, severity, confidence })
}
