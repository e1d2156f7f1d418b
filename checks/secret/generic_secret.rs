//! `generic-secret`: a random value given to a name that says token, secret or key.

use crate::engine::assignment::{Assignment, Link};
use crate::engine::names::{Announced, announced, quoted};
use crate::engine::proof::any_base64;
use crate::engine::{Check, Judged, Run, plain, rarity, value};
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
            "access", "private",
        ],
        judge,
    },
};

/// Bits of rarity from which a value under a telling name is reported.
const TELLING: f32 = 12.0;
/// The same under a name that says only "key" or "auth".
const VAGUE: f32 = 24.0;

fn judge(found: &Assignment<'_>, blob: &Blob<'_>) -> Option<Judged> {
    // What costs least to ask is asked first: this runs at every word that says key or token.
    if !(8..=2048).contains(&found.value.len()) || plain::is_code(found, blob) {
        return None;
    }
    let kind = announced(found.name)?;
    if kind == Announced::Password {
        return None;
    }
    let secret = bare(found.value);
    if secret.len() < 8 {
        return None;
    }
    // Some services hand out digits alone; so many of them are no number that anybody counts with.
    if secret.iter().all(u8::is_ascii_digit) {
        let token = kind == Announced::Secret && secret.len() >= 24 && !value::is_regular(secret);
        return token.then(|| judged(found, Severity::Low));
    }
    if plain::is_no_secret(secret) || value::is_stand_in(secret) {
        return None;
    }
    let announced = matches!(kind, Announced::Secret | Announced::Key) || has_provider(found.name);
    let composed = secret.len() >= 16
        && announced
        && found.link != Link::Beside
        && !plain::is_uuid(secret)
        && value::is_composed(secret);
    if composed || value::is_regular(secret) {
        return (composed && !plain::is_trial_path(blob)).then(|| judged(found, Severity::Low));
    }
    let digest = plain::is_hex(secret);
    // Bytes written in hexadecimal have two digits each.
    if digest && secret.len() % 2 == 1 {
        return None;
    }
    let uuid = plain::is_uuid(secret);
    let rarity = rarity::score(secret);
    let mut floor = match kind {
        Announced::Secret | Announced::Key | Announced::Password => TELLING,
        Announced::Vague => VAGUE,
    };
    if kind == Announced::Vague && (uuid || digest) && !has_provider(found.name) {
        return None;
    }
    if !found.quoted && found.link != Link::Element {
        floor += 4.0;
    }
    if !found.quoted && plain::is_source_code(blob) {
        floor += 8.0;
    }
    if found.link == Link::Beside {
        floor += 10.0;
    }
    if plain::is_on_long_line(blob, found.span) {
        floor += 12.0;
    }
    if found.link == Link::Beside && !(secret.len() >= 16 && secret.iter().any(u8::is_ascii_digit)) {
        return None;
    }
    let digits = secret.iter().any(u8::is_ascii_digit);
    if !digits {
        floor += 10.0;
    }
    if !uuid && rarity < floor {
        return None;
    }
    // Cut short on purpose, words in base64, a badge's token: none of them opens anything. Few values come
    // so far.
    let void = blob.bytes[found.span.end..].starts_with(b"..")
        || encodes_words(secret)
        || plain::is_of_image(found, blob);
    (!void).then(|| judged(found, Severity::Medium))
}

fn judged(found: &Assignment<'_>, severity: Severity) -> Judged {
    let confidence = if found.link == Link::Beside { Confidence::Low } else { Confidence::Medium };
    Judged {
        message: format!("random value given to {}", quoted(found.name, "a name that says secret")),
        severity,
        confidence,
    }
}

/// The value without the word that names its scheme.
fn bare(value: &[u8]) -> &[u8] {
    for scheme in [&b"Bearer "[..], b"bearer ", b"Token ", b"token ", b"Basic "] {
        if let Some(rest) = value.strip_prefix(scheme) {
            return rest.trim_ascii();
        }
    }
    value
}

/// True if the value is base64 of words, or a web token whose signature is one.
fn encodes_words(secret: &[u8]) -> bool {
    if secret.ends_with(b".signature") {
        return true;
    }
    let Some(text) = any_base64(secret) else { return false };
    text.len() >= 8
        && text.iter().all(|b| matches!(b, b' '..=b'~'))
        && text.split(|b| !b.is_ascii_alphanumeric()).all(|word| rarity::score(word) < 6.0)
}

/// True if more than "key" stands in the name: something that it is the key of.
fn has_provider(name: &[u8]) -> bool {
    crate::engine::names::words(name).len() > 1 || name.len() > 6
}
