//! `credential-file-secret`: a password, token or key in a credential file.

use crate::engine::assigned::{self, Trust};
use crate::engine::file_kind::{self, is_aside};
use crate::engine::names::{Announced, announced};
use crate::engine::{Check, Reporter, Run};
use crate::model::{Blob, Confidence, Family, Meta, RepoPath, Severity, Span};
use crate::parse::credfile::{self, Kind, Pair};

/// Most secrets reported per file.
const SECRETS_MAX: usize = 1000;

/// Remedy for a file that must stay in the repository.
const IN_CONFIGURATION: &str =
    "rotate this value, and let the file reference a variable or a secret store instead";

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "credential-file-secret",
        title: "secret in a credential or configuration file",
        severity: Severity::High,
        confidence: Confidence::Medium,
        family: Family::Secret,
        remedy: "rotate this value, then remove the file from the repository and add its name to .gitignore",
        docs: r"
## What it does
Parses the files in which programs keep credentials (`.netrc`, `.pgpass`, `.npmrc`, `.docker/config.json`,
kubeconfig, FileZilla, `wp-config.php`, `settings.py`, `web.config`, Kubernetes Secrets, Terraform
state, shell histories and about a hundred more), each by its own grammar, and reports every value in the place of a
password, token or key. In credential files short and human passwords count too. Placeholders, templates, references to
variables and vaults, and encrypted or hashed values are skipped; example files, tests and documentation are reported
only if a value is clearly random.

## Why is this bad
Anyone with a copy of the repository can log in, and passwords are reused elsewhere. Deleting the file is not enough:
the history keeps it.

## Example
`machine git.acme.test login deploy password …` in a `.netrc`.

## Use instead
A keychain, a secret manager or variables that the platform injects; in the repository an example
file without values.

## Known problems
Values that a program only obscures (rclone, WinSCP, FileZilla) are reported, since no key is needed to reveal them.
",
    },
    run: Run::Named { named, contents: credfile::CONTENTS, applies, run },
};

fn applies(blob: &Blob<'_>) -> bool {
    credfile::kind_of(blob.path.as_bytes(), blob.bytes).is_some()
}

fn named(path: &RepoPath) -> bool {
    credfile::kind_of(path.as_bytes(), b"").is_some()
}

fn run(blob: &Blob<'_>, to: &mut Reporter<'_>) {
    let path = blob.path.as_bytes();
    let Some(kind) = credfile::kind_of(path, blob.bytes) else { return };
    // `settings.json` of a language: what people read under a word such as password.
    if !kind.dedicated && file_kind::is_translation(blob) {
        return;
    }
    let trust = match kind.dedicated {
        _ if credfile::is_example(path) || is_aside(blob) => Trust::Example,
        true => Trust::Dedicated,
        false => Trust::Mixed,
    };
    let mut seen = std::collections::HashSet::new();
    let mut report = |pair: &Pair<'_>, value: Span, announces: Announced, assessed: &[u8]| {
        let Some((mut severity, confidence)) = assigned::assess(assessed, pair.key, announces, trust) else {
            return;
        };
        // One value may have several names.
        if seen.len() >= SECRETS_MAX || !seen.insert(value.start) {
            return;
        }
        let name = String::from_utf8_lossy(&pair.key[..pair.key.len().min(80)]);
        let mut message = match pair.key {
            [] => format!("this is {}", kind.noun),
            _ => format!("`{name}` has a literal value in {}", kind.noun),
        };
        if !blob.tracked {
            severity = severity.lowered();
            message.push_str(" that is not tracked");
        }
        to.secret(value, message, severity, confidence);
        if !kind.dedicated {
            to.remedy(IN_CONFIGURATION);
        }
    };
    for pair in (kind.read)(blob.bytes) {
        for (value, announces) in secrets(kind, blob.bytes, &pair) {
            match decoded(kind, blob.bytes, &pair, value) {
                Decoded::Plain => report(&pair, value, announces, &blob.bytes[value.range()]),
                Decoded::From(secret) => report(&pair, value, announces, &secret),
                Decoded::NoSecret => {}
            }
        }
    }
}

/// The secrets in the value of `pair`: the whole value, or parts of a connection string or document.
fn secrets(kind: &Kind, text: &[u8], pair: &Pair<'_>) -> Vec<(Span, Announced)> {
    let bytes = assigned::bare(&text[pair.value.range()]);
    let value = Span::new(pair.value.end - bytes.len(), pair.value.end);
    // A token stored as JSON, as rclone does.
    if bytes.starts_with(b"{\"") {
        let tokens = credfile::json(bytes).into_iter().filter_map(|inner| {
            let announces = announced(inner.key)?;
            Some((Span::new(value.start + inner.value.start, value.start + inner.value.end), announces))
        });
        return tokens.collect();
    }
    let parts = credfile::connection_secrets(text, value);
    if !parts.is_empty() {
        return parts.into_iter().map(|part| (part, Announced::Password)).collect();
    }
    let own = plain_name(pair.key);
    let listed = |names: &[&str]| names.iter().any(|name| *name == own || *name == plain_name(pair.under));
    if listed(kind.always) || kind.dedicated && kind.base64.contains(&own.as_str()) {
        return vec![(value, Announced::Password)];
    }
    // A data source's address is looked at as a URL.
    if own == "dsn" {
        return Vec::new();
    }
    announced(pair.key).map(|announces| (value, announces)).into_iter().collect()
}

enum Decoded {
    /// The value itself.
    Plain,
    /// What it decodes to.
    From(Vec<u8>),
    /// Base64 of something that is not a secret.
    NoSecret,
}

fn decoded(kind: &Kind, text: &[u8], pair: &Pair<'_>, value: Span) -> Decoded {
    let (own, under) = (plain_name(pair.key), plain_name(pair.under));
    if !kind.base64.iter().any(|name| *name == own || *name == under) {
        return Decoded::Plain;
    }
    let before = &text[value.start.saturating_sub(40)..value.start];
    if memchr::memmem::find(before, b"\"crypt\"").is_some() {
        return Decoded::NoSecret;
    }
    let compact: Vec<u8> = text[value.range()].iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    let Ok(bytes) =
        data_encoding::BASE64.decode(&compact).or_else(|_| data_encoding::BASE64_NOPAD.decode(&compact))
    else {
        return Decoded::Plain;
    };
    if bytes.iter().any(|b| *b < b' ' && !b.is_ascii_whitespace()) || std::str::from_utf8(&bytes).is_err() {
        // A password that happens to be spelled like base64.
        return Decoded::Plain;
    }
    if own != "auth" {
        return Decoded::From(bytes.trim_ascii().to_vec());
    }
    match memchr::memchr(b':', &bytes) {
        Some(colon) => Decoded::From(bytes[colon + 1..].to_vec()),
        None => Decoded::NoSecret,
    }
}

/// Letters and digits of the last part of a name, lower case: `//host/:_authToken` is `authtoken`.
fn plain_name(name: &[u8]) -> String {
    let part = name.rsplit(|b| matches!(b, b':' | b'/' | b'.')).next().unwrap_or(name);
    part.iter().filter(|b| b.is_ascii_alphanumeric()).map(|b| char::from(b.to_ascii_lowercase())).collect()
}
