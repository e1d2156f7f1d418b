//! `declared-sensitive-file`: files with secrets that the project's own policy forbids to commit.

use crate::engine::repository::Repository;
use crate::engine::repository::class::Class;
use crate::engine::repository::policy::{Role, SecretAt, Sentence};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, RepoPath, Ruling, Severity, Span};
use crate::parse::policy::{mood, words};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "declared-sensitive-file",
        title: "committed file that the policy forbids",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "revoke the secrets in the file, remove it with `git rm --cached`, and add its name to .gitignore",
        docs: r"
## What it does
Reads the file names that the security policy says must not be committed, as in: do not commit `settings.local.yaml`
with keys. A tracked file of such a name with a secret in it, at any confidence, is reported. Tests and examples do not
count.

## Why is this bad
The project knows that the file contains secrets, and everyone with a clone has them.

## Example
A policy that says not to commit `flux.yaml` with API keys, and a tracked `flux.yaml` with `api_key: …`.

## Use instead
`flux.yaml` in `.gitignore`, and a tracked `flux.example.yaml` without values.

## Known problems
If the secret checks are disabled, the claim about a tracked file of such a name is unverifiable.
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "sensitive-file";
/// Most names in one sentence.
const NAMES_MAX: usize = 20;

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for sentence in repository.policy.sentences(&[Role::Policy]) {
        if is_ban(&sentence) {
            assess(repository, &sentence, reports);
        }
    }
}

/// True if the sentence, or its context, says what must not be committed. Advice counts too, since the project does not
/// follow it itself.
fn is_ban(sentence: &Sentence<'_>) -> bool {
    let bans = |text: &str| {
        words::any(text, &["commit", "committed", "check in", "checked in", "push"]).is_some()
            && words::any(text, &["do not", "don't", "never", "not", "must not", "should not"]).is_some()
    };
    let is_put_off = sentence.is_put_off()
        || matches!(sentence.mood, mood::Mood::Future | mood::Mood::Conditional | mood::Mood::Aside);
    let is_item = is_item(sentence);
    // What may be committed often follows.
    let allows = words::any(&sentence.lower, &["instead", "safe to commit", "example", "template"]).is_some();
    !is_put_off
        && !allows
        && (bans(&sentence.lower) || is_item && sentence.leads().take(1).any(|lead| bans(&lead)))
}

fn is_item(sentence: &Sentence<'_>) -> bool {
    matches!(sentence.part.block.kind, crate::parse::policy::Kind::Item(_))
}

fn assess(repository: &Repository, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let piece = sentence.part.piece;
    let codes = piece.code.iter().filter(|code| sentence.range.contains(&code.start)).take(NAMES_MAX);
    for code in codes {
        let Some(name) = piece.text.get(code.clone()).map(str::trim) else { continue };
        let bare = name.trim_start_matches("./");
        let is_name = bare.contains('.')
            && bare.len() > 3
            && bare.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/*".contains(&b))
            && bare.matches('*').count() <= 2;
        if is_name && bare != ".gitignore" {
            let place = (&sentence.part.document.path, piece.locate(code.clone()));
            // Of a list of examples only existing files matter.
            let is_example = is_item(sentence) && sentence.leads().next().is_some();
            file(repository, bare, (place, is_example), reports);
        }
    }
}

/// True if the file at `path` is named `name`, in which `*` matches anything.
fn is_called(path: &RepoPath, name: &str) -> bool {
    let whole = path.as_bytes();
    let text = if name.contains('/') { whole } else { path.file_name() };
    let mut parts = name.split('*');
    let Some(rest) = text.strip_prefix(parts.next().unwrap_or("").as_bytes()) else { return false };
    let mut rest = rest;
    for part in parts {
        if part.is_empty() {
            return true;
        }
        let Some(at) = memchr::memmem::rfind(rest, part.as_bytes()) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty()
}

fn file(
    repository: &Repository,
    name: &str,
    (place, is_example): ((&RepoPath, Span), bool),
    reports: &mut Reports<'_>,
) {
    let is_made_up = |path: &RepoPath| matches!(Class::of(path), Class::Test | Class::Example);
    let is_meant = |path: &&RepoPath| is_called(path, name) && !is_made_up(path);
    let tracked: Vec<&RepoPath> = repository.paths.iter().filter(is_meant).collect();
    let Some(first) = tracked.first() else {
        if is_example {
            return;
        }
        reports.claim(place, KIND, name, (Ruling::Upheld, format!("git tracks no `{name}`")));
        return;
    };
    let Some(secrets) = &repository.policy.secrets else {
        let reason =
            format!("git tracks `{}`, and the secret checks are not part of this scan", first.shown());
        reports.claim(place, KIND, name, (Ruling::Unverifiable, reason));
        return;
    };
    let found: Vec<&SecretAt> = secrets.iter().filter(|secret| tracked.contains(&&secret.path)).collect();
    let Some(secret) = found.first() else {
        let reason = format!("git tracks `{}`, which contains no known secret", first.shown());
        reports.claim(place, KIND, name, (Ruling::Upheld, reason));
        return;
    };
    let reason = format!(
        "git tracks `{}`, which contains what must not be committed: {}",
        secret.path.shown(),
        secret.title
    );
    let said = reports.claim(place, KIND, name, (Ruling::Contradicted, reason));
    said.confidence(secret.confidence.max(Confidence::Medium));
    for secret in found.iter().take(3) {
        said.evidence(&secret.path, secret.span, secret.title.clone());
    }
}
