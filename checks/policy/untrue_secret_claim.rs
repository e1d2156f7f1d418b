//! `untrue-secret-claim`: secrets in files of a repository that is said to hold none.

use crate::engine::repository::Repository;
use crate::engine::repository::class::Class;
use crate::engine::repository::policy::{Role, SecretAt, Sentence};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Ruling, Severity};
use crate::parse::policy::words;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "untrue-secret-claim",
        title: "secrets where the policy says that there are none",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "revoke the secret and take it out, or say in the policy what is committed, and why it is harmless",
        docs: r"
## What it does
Compares sentences that say that no secrets are committed, hardcoded, or kept in the repository with what the checks of
secrets have found in this scan: in files that git tracks and that are shipped, with high confidence, and not silenced by a
mark or the configuration. Files of tests, examples and documentation do not count.

## Why is this bad
A reader trusts that there are none, so the secrets are neither looked for nor rotated.

## Example
`No secrets are committed to this repository`, and an access key in `deploy/config.yaml`.

## Use instead
The key in the settings of whatever deploys it, and a reference to it in the file.

## What would change the verdict
Upheld: no check of secrets finds one for certain in what is shipped. Unverifiable: these checks do not run.

## Known problems
Where the checks of secrets are switched off, the claim is unverifiable. The history is not looked at for it.
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "no-secrets";

/// Names of what is to be kept out.
const SECRETS: [&str; 14] = [
    "secret",
    "secrets",
    "credential",
    "credentials",
    "api key",
    "api keys",
    "access key",
    "access keys",
    "password",
    "passwords",
    "token",
    "tokens",
    "private key",
    "private keys",
];
/// Words for where they would be.
const PLACES: [&str; 24] = [
    "committed",
    "commit",
    "checked in",
    "checked into",
    "hardcoded",
    "hard-coded",
    "hardcode",
    "in the repository",
    "in this repository",
    "in the repo",
    "in this repo",
    "in the code",
    "in code",
    "in our code",
    "in the codebase",
    "in this codebase",
    "in source",
    "in source code",
    "in the source",
    "in the source code",
    "in version control",
    "in git",
    "to the repository",
    "to version control",
];
/// Phrases that say that something else has none of them.
const ELSEWHERE: [&str; 16] = [
    "image",
    "images",
    "log",
    "logs",
    "logged",
    "release",
    "releases",
    "binary",
    "binaries",
    "client",
    "history",
    "generated",
    "workflow logs",
    "output",
    "report",
    "scanner",
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for sentence in repository.policy.sentences(&[Role::Policy]) {
        if sentence.is_asserted() && is_claim(&sentence.lower) {
            judge(repository, &sentence, reports);
        }
    }
}

/// True if `lower` says that there are no secrets.
fn is_claim(lower: &str) -> bool {
    let Some(name) = words::any(lower, &SECRETS) else { return false };
    let is_denied = ["no ", "zero ", "free of ", "without "].iter().any(|word| {
        // "No hardcoded secrets", "no API keys or passwords".
        words::places(lower, word.trim_end()).any(|at| {
            let behind = lower[at + word.len()..].split_whitespace().take(6).collect::<Vec<_>>().join(" ");
            words::has(&behind, name) || words::any(&behind, &SECRETS).is_some()
        })
    });
    let verbs = [
        "never committed",
        "not committed",
        "never hardcoded",
        "not hardcoded",
        "never hard-coded",
        "not hard-coded",
        "never stored in",
        "not stored in",
        "never checked in",
        "not checked in",
        "never commit",
        "do not commit",
        "does not contain",
        "contains no",
        "never contains",
    ];
    (is_denied || words::any(lower, &verbs).is_some())
        && words::any(lower, &PLACES).is_some()
        && words::any(lower, &ELSEWHERE).is_none()
}

fn judge(repository: &Repository, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let about = &sentence.lower;
    let Some(secrets) = &repository.policy.secrets else {
        let reason = "the checks of secrets are not part of this scan".to_owned();
        reports.claim(sentence.place(), KIND, about, (Ruling::Unverifiable, reason));
        return;
    };
    let counts = |secret: &&SecretAt| {
        secret.confidence == Confidence::High
            && secret.severity >= Severity::Medium
            && Class::of(&secret.path) == Class::Shipped
            && repository.has_path(secret.path.as_bytes())
    };
    let found: Vec<&SecretAt> = secrets.iter().filter(counts).collect();
    let Some(first) = found.first() else {
        let reason = "the checks of secrets find none for certain in what is shipped".to_owned();
        reports.claim(sentence.place(), KIND, about, (Ruling::Upheld, reason));
        return;
    };
    let many = match found.len() {
        1 => String::new(),
        more => format!(", and {} more", more - 1),
    };
    let reason = format!("`{}` holds a secret{many}: {}", first.path.shown(), first.title);
    let said = reports.claim(sentence.place(), KIND, about, (Ruling::Contradicted, reason));
    for secret in found.iter().take(3) {
        said.evidence(&secret.path, secret.span, secret.title.clone());
    }
}
