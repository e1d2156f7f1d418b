//! `untrue-commit-signing-claim`: commits that are unsigned despite the policy.

use crate::engine::repository::Repository;
use crate::engine::repository::policy::{Commit, Role, Sentence};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Missing, Preset, Ruling, Severity};
use crate::parse::policy::{mood, words};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "untrue-commit-signing-claim",
        title: "unsigned commits despite the policy",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "require signed commits with a branch rule, or remove the sentence",
        docs: r"
## What it does
Compares `all commits are signed`, in the security policy or the contributing guide, with the last 200 commits of this
branch: every non-merge commit made after the sentence was written must have a signature, of any kind. In a shallow
clone the claim is unverifiable: fetch with `fetch-depth: 0`.

## Why is this bad
Readers assume that every commit is signed and its author known.

## Example
`All commits must be GPG signed.`, and 198 of the last 200 are not.

## Use instead
`Commits may be signed.`, or a rule that rejects unsigned commits.

## What would change the verdict
Upheld: every commit since the sentence was written carries a signature. Unverifiable in a shallow clone: fetch with
`fetch-depth: 0`. No evidence: no commit was made since.

",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "signed-commits";

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for sentence in repository.policy.sentences(&[Role::Policy, Role::Contributing]) {
        if sentence.is_asserted() && is_claim(&sentence.lower) {
            assess(repository, &sentence, reports);
        }
    }
}

fn is_claim(lower: &str) -> bool {
    let is_signed = [
        "gpg signed",
        "gpg-signed",
        "pgp signed",
        "ssh signed",
        "are signed",
        "must be signed",
        "is signed",
        "be cryptographically signed",
    ]
    .iter()
    .any(|phrase| lower.contains(phrase));
    let is_rule = lower.contains("signed commits required")
        || lower.contains("signed commits are required")
        || lower.contains("require signed commits");
    let has_badge = lower.contains("verified") && lower.contains("badge");
    // A sign-off line is not a signature.
    let is_sign_off =
        ["sign-off", "signed-off", "sign off", "signed off", "dco"].iter().any(|word| lower.contains(word));
    let subject = words::any(lower, &["commits", "commit"]).is_some();
    subject && (is_rule || is_signed || has_badge) && !is_sign_off && !mood::is_denied(lower)
}

fn assess(repository: &Repository, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let policy = &repository.policy;
    let lower = &sentence.lower;
    let (path, span) = sentence.place();
    let since = policy.since.get(&(path.clone(), span)).copied();
    let is_known = policy.has_history && !policy.is_shallow && !policy.commits.is_empty();
    let Some(since) = since.filter(|_| is_known) else {
        let reason = "the clone does not contain all commits; fetch with `fetch-depth: 0`".to_owned();
        reports
            .claim(sentence.place(), KIND, lower, (Ruling::Unverifiable, reason))
            .missing(Missing::History);
        return;
    };
    let counted: Vec<&Commit> =
        policy.commits.iter().filter(|commit| !commit.is_merge && commit.time >= since).collect();
    let open: Vec<&&Commit> = counted.iter().filter(|commit| !commit.is_signed).collect();
    if counted.is_empty() {
        let reason = "no commit was made since this was written".to_owned();
        reports.claim(sentence.place(), KIND, lower, (Ruling::NoEvidence, reason));
        return;
    }
    if open.is_empty() {
        let reason = format!("the last {} commits are signed", counted.len());
        reports.claim(sentence.place(), KIND, lower, (Ruling::Upheld, reason));
        return;
    }
    let reason = format!("{} of the last {} commits are not signed", open.len(), counted.len());
    let said = reports.claim(sentence.place(), KIND, lower, (Ruling::Contradicted, reason));
    let names: Vec<&str> = open.iter().take(3).map(|commit| commit.short.as_str()).collect();
    said.proof(format!("not signed: {}", names.join(", ")));
}
