//! `untrue-unsafe-claim`: unsafe code that the policy says is forbidden or absent.

use crate::engine::repository::Repository;
use crate::engine::repository::policy::{Part, Role, Sentence};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, RepoPath, Ruling, Severity, Span};
use crate::parse::policy::words;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "untrue-unsafe-claim",
        title: "unsafe code that is not forbidden despite the policy",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "set `unsafe_code` to `forbid` in the workspace lints, or correct the policy",
        docs: r#"
## What it does
Compares claims about unsafe Rust code in the security policy, the README and the contributing guide with the attributes
of crate roots, the lints in `Cargo.toml`, and the code outside tests. Reported are `#![deny(unsafe_code)]` that no
crate or lint sets, `every crate` if one does not, and code that contains `unsafe` despite the claim.

## Why is this bad
Users choose a library for this property, and a later change may break it unnoticed.

## Example
`No unsafe code (#![deny(unsafe_code)])`, and `unsafe_code = "warn"` in `Cargo.toml`.

## Use instead
`unsafe_code = "forbid"` under `[workspace.lints.rust]`.

## What would change the verdict
Upheld: the crate roots or the workspace lints forbid or deny unsafe code, or there is none. One `unsafe` block outside
tests contradicts its absence.

"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "unsafe-code";

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let policy = &repository.policy;
    if !policy.rust.is_known || policy.rust.roots.is_empty() {
        return;
    }
    for sentence in policy.sentences(&[Role::Policy, Role::Readme, Role::Contributing]) {
        if !sentence.is_asserted() {
            continue;
        }
        badges(repository, &sentence, reports);
        let lower = &sentence.lower;
        let names_lint =
            lower.contains("unsafe_code") && (lower.contains("forbid") || lower.contains("deny"));
        let is_free = [
            "no unsafe code",
            "no `unsafe` code",
            "free of unsafe code",
            "100% safe rust",
            "without unsafe code",
            "no unsafe blocks",
        ]
        .iter()
        .any(|phrase| lower.contains(phrase));
        if names_lint {
            lint(repository, sentence.place(), lower, reports);
        } else if is_free {
            free(repository, &sentence, reports);
        }
    }
}

/// What forbids or denies it: crate roots, or the lints of a manifest.
fn set(repository: &Repository) -> Vec<(&RepoPath, Span)> {
    let rust = &repository.policy.rust;
    let roots = rust.roots.iter().filter_map(|(path, span)| Some((path, (*span)?)));
    let lints = rust.lints.iter().filter(|(_, level, _)| matches!(level.as_str(), "forbid" | "deny"));
    roots.chain(lints.map(|(path, _, span)| (path, *span))).collect()
}

fn lint(repository: &Repository, place: (&RepoPath, Span), about: &str, reports: &mut Reports<'_>) {
    let rust = &repository.policy.rust;
    let set = set(repository);
    let is_all = words::any(about, &["every crate", "all crates", "each crate"]).is_some();
    let open: Vec<&RepoPath> =
        rust.roots.iter().filter(|(_, set)| set.is_none()).map(|(path, _)| path).collect();
    let by_lints = rust.lints.iter().any(|(_, level, _)| matches!(level.as_str(), "forbid" | "deny"));
    if let Some((path, span)) = set.first() {
        if is_all
            && !by_lints
            && let Some(open) = open.first()
        {
            let reason = format!("`{}` does not set it", open.shown());
            reports.claim(place, KIND, about, (Ruling::Contradicted, reason)).evidence(
                path,
                *span,
                "set here".to_owned(),
            );
            return;
        }
        let said = reports.claim(place, KIND, about, (Ruling::Upheld, format!("`{}` sets it", path.shown())));
        said.evidence(path, *span, "set here".to_owned());
        return;
    }
    let reason = match rust.lints.first() {
        Some((path, level, _)) => {
            format!("no crate sets it, but `{}` sets `unsafe_code` to `{level}`", path.shown())
        }
        None => "no crate and no lint sets it".to_owned(),
    };
    let said = reports.claim(place, KIND, about, (Ruling::Contradicted, reason));
    for (path, level, span) in &rust.lints {
        said.evidence(path, *span, format!("`{level}`"));
    }
}

fn free(repository: &Repository, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let used = &repository.policy.rust.uses;
    let (ruling, reason) = match used.first() {
        Some((path, _)) => {
            (Ruling::Contradicted, format!("`{}` contains unsafe code outside tests", path.shown()))
        }
        None => (Ruling::Upheld, "no unsafe code was found outside tests".to_owned()),
    };
    let said = reports.claim(sentence.place(), KIND, &sentence.lower, (ruling, reason));
    for (path, span) in used.iter().take(3) {
        said.evidence(path, *span, "unsafe".to_owned());
    }
}

/// Badges that say it is forbidden.
fn badges(repository: &Repository, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let Part { piece, document, .. } = sentence.part;
    for link in piece.links.iter().filter(|link| link.is_image && sentence.range.contains(&link.text.start)) {
        if link.target.contains("unsafe-forbidden") {
            lint(repository, (&document.path, link.span), "badge: unsafe forbidden", reports);
        }
    }
}
