//! `committed-env-file` and `env-file-secret`: committed environment files.

use crate::engine::assigned::{self, Trust};
use crate::engine::names::{announced_by_variable, is_public_variable};
use crate::engine::{Check, Reporter, Run, plain, rarity, url, value};
use crate::model::{Blob, Confidence, Family, Meta, RepoPath, Severity, Span};
use crate::parse::dotenv;

/// The file itself.
pub(crate) static CHECK_FILE: Check = Check {
    meta: Meta {
        id: "committed-env-file",
        title: "tracked environment file with values",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Secret,
        remedy: "run `git rm --cached` on it, add it to .gitignore, commit an example file without values; rotate every secret in it",
        docs: r"
## What it does
Reports each `.env`, `.env.*` and `*.env` file that git tracks and that gives values to its
variables. Files named as examples (`example`, `sample`, `template`, `dist`, `defaults`, `schema`)
and files with only public build variables (`VITE_`, `NEXT_PUBLIC_`, `REACT_APP_` and the like), flags and numbers are
skipped, as are encrypted values (SOPS, dotenvx, Ansible Vault and the like) and references to a secret store. A file
without a value that looks like a secret is `low`.

## Why is this bad
Anyone who can read the repository, now or later, can read the application's passwords, keys and URLs. The next value
added to the file leaks too.

## Example
A tracked `.env` with `DATABASE_PASSWORD=…`.

## Use instead
A tracked `.env.example` with names and no values, and `.env` in `.gitignore`.
",
    },
    run: Run::Named { named: is_env_path, contents: &[], applies: is_tracked_env_file, run: report_file },
};

/// The values in it.
pub(crate) static CHECK_VALUE: Check = Check {
    meta: Meta {
        id: "env-file-secret",
        title: "secret value in an environment file",
        severity: Severity::High,
        confidence: Confidence::Medium,
        family: Family::Secret,
        remedy: "rotate this value, then remove the file from the repository",
        docs: r"
## What it does
Reports each value of an environment file that is named like a secret (password, token, key, secret, credential …) and
is not a placeholder, reference or template. Short and human passwords count too.

## Why is this bad
Everyone with a copy of the repository has the value, even after the file is deleted.

## Example
`MAIL_PASSWORD=…` in `.env`.

## Use instead
A secret manager, or variables that the platform injects.
",
    },
    run: Run::Named { named: is_env_path, contents: &[], applies: is_env_file, run: report_values },
};

fn is_env_file(blob: &Blob<'_>) -> bool {
    is_env_path(blob.path)
}

fn is_env_path(path: &RepoPath) -> bool {
    const EXAMPLES: &[&str] = &[
        "example", "sample", "template", "tmpl", "tpl", "dist", "defaults", "default", "schema", "vault",
        "spec",
    ];
    let name = String::from_utf8_lossy(path.file_name()).to_lowercase();
    let named = matches!(name.as_str(), ".env" | ".envrc" | ".flaskenv" | ".dev.vars" | ".environment")
        || name.starts_with(".env_")
        || name.starts_with(".env.")
        || name.starts_with(".env-")
        || name.ends_with(".env");
    named && !name.split(['.', '-', '_']).any(|part| EXAMPLES.contains(&part))
}

fn is_tracked_env_file(blob: &Blob<'_>) -> bool {
    blob.tracked && is_env_file(blob)
}

fn report_file(blob: &Blob<'_>, to: &mut Reporter<'_>) {
    let (entries, _) = dotenv::entries(blob.bytes);
    // Metadata that SOPS adds to an encrypted file.
    let noted = entries.iter().any(|entry| entry.key == b"sops_mac" || entry.key == b"sops_version");
    let telling: Vec<&dotenv::Entry<'_>> = entries
        .iter()
        .filter(|entry| {
            let value = &blob.bytes[entry.value.range()];
            let is_note = noted && entry.key.starts_with(b"sops_");
            let says_nothing = is_plain(value) || assigned::is_nothing(value) || value::is_regular(value);
            !is_note && !is_public_variable(entry.key) && !says_nothing
        })
        .collect();
    let message = match telling.len() {
        0 => return,
        1 => "environment file is tracked; it sets 1 variable".to_owned(),
        count => format!("environment file is tracked; it sets {count} variables"),
    };
    if telling.iter().any(|entry| is_secret_like(entry.key, &blob.bytes[entry.value.range()])) {
        to.file(message);
    } else {
        to.weighed(Span::new(0, 0), message, Severity::Low);
    }
}

fn report_values(blob: &Blob<'_>, to: &mut Reporter<'_>) {
    for entry in dotenv::entries(blob.bytes).0 {
        let Some((severity, confidence)) = worth(entry.key, &blob.bytes[entry.value.range()]) else {
            continue;
        };
        let name = String::from_utf8_lossy(entry.key);
        let message = format!("`{name}` has a literal value in an environment file");
        let (message, severity) = match blob.tracked {
            true => (message, severity),
            false => (format!("{message} that is not tracked"), severity.lowered()),
        };
        to.secret(entry.value, message, severity, confidence);
        to.by_name();
    }
}

/// How to report `value`, which an environment file assigns to `name`, if the name announces a secret.
fn worth(name: &[u8], value: &[u8]) -> Option<(Severity, Confidence)> {
    assigned::assess(value, name, announced_by_variable(name)?, Trust::Environment)
}

/// True if `value` may be a secret whatever its name: it is random, or a URL with credentials.
fn is_secret_like(name: &[u8], value: &[u8]) -> bool {
    let login = memchr::memmem::find(value, b"://")
        .and_then(|at| url::login(value, at))
        .is_some_and(|login| !url::is_stand_in(&login));
    let random = value.len() >= RANDOM_MIN && !plain::is_no_secret(value) && rarity::score(value) >= RANDOM;
    worth(name, value).is_some() || login || random
}

/// Bits of rarity, and bytes, from which a value is random whatever its name is.
const RANDOM: f32 = 18.0;
const RANDOM_MIN: usize = 16;

/// Flags, numbers, URLs and plain words, which grant no access.
fn is_plain(value: &[u8]) -> bool {
    let text = String::from_utf8_lossy(value).to_lowercase();
    let word = text.chars().all(|c| c.is_ascii_alphabetic() || c == '_' || c == '-') && text.len() < 24;
    let number = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ':' | ','));
    let address = (text.starts_with("http://") || text.starts_with("https://")) && !text.contains('@');
    let path = text.starts_with('/') || text.starts_with("./") || text.starts_with("~/");
    let version = text.split('.').all(|part| part.chars().all(|c| c.is_ascii_digit()) && !part.is_empty());
    word || number || address || path || version || text == "localhost"
}
