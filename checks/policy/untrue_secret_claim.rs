//! `untrue-secret-claim`: secrets in a repository whose policy denies them.

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
        title: "secrets despite the policy",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "revoke and remove the secret, or say in the policy what is committed and why it is harmless",
        docs: r"
## What it does
Compares sentences that say that no secrets are committed, hardcoded, or kept in the repository with the findings of the
secret checks in this scan: in tracked, shipped files, with high confidence, and not suppressed by a mark or the
configuration. Tests, examples and documentation do not count.

## Why is this bad
Readers trust the sentence, so the secrets are neither searched for nor rotated.

## Example
`No secrets are committed to this repository`, and an access key in `deploy/config.yaml`.

## Use instead
The key in the settings of the deployment tool, and a reference to it in the file.

## What would change the verdict
Upheld: no secret check reports a certain finding in shipped files. Unverifiable: these checks do not run.

## Known problems
If the secret checks are disabled, the claim is unverifiable. The history is not considered.
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "no-secrets";

/// Names of secrets.
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
/// Words for places in the repository.
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
/// Phrases about other things without secrets.
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
            assess(repository, &sentence, reports);
        }
    }
}

/// True if `lower` denies secrets.
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

fn assess(repository: &Repository, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let about = &sentence.lower;
    let Some(secrets) = &repository.policy.secrets else {
        let reason = "the secret checks are not part of this scan".to_owned();
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
        let reason = "the secret checks report no certain finding in shipped files".to_owned();
        reports.claim(sentence.place(), KIND, about, (Ruling::Upheld, reason));
        return;
    };
    let many = match found.len() {
        1 => String::new(),
        more => format!(", and {} more", more - 1),
    };
    let reason = format!("`{}` contains a secret{many}: {}", first.path.shown(), first.title);
    let said = reports.claim(sentence.place(), KIND, about, (Ruling::Contradicted, reason));
    for secret in found.iter().take(3) {
        said.evidence(&secret.path, secret.span, secret.title.clone());
    }
}
