//! `untrue-pinning-claim`: actions that are not pinned despite the policy.

use crate::engine::repository::policy::{Role, Sentence};
use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Ruling, Severity};
use crate::parse::policy::{mood, words};
use crate::parse::workflow::{Action, Text};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "untrue-pinning-claim",
        title: "unpinned actions despite the policy",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "pin the named actions to a commit, or say in the policy which ones are not pinned",
        docs: r"
## What it does
Compares sentences such as `all GitHub Actions are pinned to a full commit SHA` with the actions used by workflows and
their local actions. A sentence about third-party actions does not cover those of GitHub and of the repository's owner.
Exceptions named in the sentence, and SLSA's generators, which require a tag, are skipped.

## Why is this bad
One new workflow makes such a sentence untrue, and no review catches it. A tag can be moved to code that steals the
secrets of the workflow.

## Example
`All actions are pinned to a full SHA.`, and a workflow with `uses: actions/checkout@v4`.

## Use instead
`uses: actions/checkout@<commit> # v4.2.2`

## What would change the verdict
Upheld: each use that the sentence covers names a commit. One use of a tag, in any workflow, contradicts it.

",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "workflow-pinning";
/// Workflows that cannot be called by commit.
const BY_TAG: [&str; 1] = ["slsa-framework/slsa-github-generator"];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let sentences = repository.policy.sentences(&[Role::Policy, Role::Readme, Role::Contributing]);
    for sentence in sentences.iter().filter(|sentence| sentence.is_asserted()) {
        if is_claim(&sentence.lower) {
            assess(repository, sentence, reports);
        }
    }
}

/// True for a sentence that says that actions are pinned.
fn is_claim(lower: &str) -> bool {
    let actions =
        ["github actions", "actions", "third-party actions", "action references", "action versions"];
    let pinned = ["pinned", "are pinned", "sha-pinned", "pins", "pinned to", "pinning"];
    let subject = words::any(lower, &actions);
    let verb = words::any(lower, &pinned);
    // "Pinned dependencies: all actions" names both, "github actions" alone may be the place.
    let is_of = subject.is_some_and(|subject| {
        let at = words::find(lower, subject).unwrap_or(0);
        let before = lower[..at].trim_end();
        !before.ends_with(" in")
            && !before.ends_with(" by")
            && !before.ends_with(" via")
            && !before.ends_with(" using")
    });
    is_of && verb.is_some() && !mood::is_denied(lower) && !words::has(lower, "most")
}

fn assess(repository: &Repository, sentence: &Sentence<'_>, reports: &mut Reports<'_>) {
    let lower = &sentence.lower;
    let is_of_others = words::any(lower, &["third-party", "third party", "external"]).is_some();
    let called =
        |site: &Site<'_>| !repository.is_action(site.file) || repository.callers(site.file).next().is_some();
    let mut count = 0;
    let mut open: Vec<(Site<'_>, &Text)> = Vec::new();
    for (site, uses) in repository.uses().filter(|(site, _)| called(site)) {
        let Some(action) = Action::parse(&uses.text) else { continue };
        let is_own = repository.owner.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(action.owner));
        let is_forge = ["actions", "github"].iter().any(|owner| owner.eq_ignore_ascii_case(action.owner));
        let name = format!("{}/{}", action.owner, action.name).to_ascii_lowercase();
        let is_left_out =
            is_own || is_of_others && is_forge || lower.contains(&name) || BY_TAG.contains(&name.as_str());
        if is_left_out {
            continue;
        }
        count += 1;
        if !action.is_commit() {
            open.push((site, uses));
        }
    }
    let Some((site, uses)) = open.first() else {
        if count > 0 {
            let reason = format!("all {count} uses of actions name a commit");
            reports.claim(sentence.place(), KIND, lower, (Ruling::Upheld, reason));
        } else {
            let reason = "no workflow uses an action that the sentence covers".to_owned();
            reports.claim(sentence.place(), KIND, lower, (Ruling::NoEvidence, reason));
        }
        return;
    };
    let reason = match open.len() {
        1 => format!(
            "one of {count} uses of actions names no commit: `{}` in `{}`",
            uses.text.trim(),
            site.file.path.shown()
        ),
        many => format!("{many} of {count} uses of actions name no commit, such as `{}`", uses.text.trim()),
    };
    let said = reports.claim(sentence.place(), KIND, lower, (Ruling::Contradicted, reason));
    for (site, uses) in open.iter().take(5) {
        said.evidence(&site.file.path, uses.span, format!("`{}`", uses.text.trim()));
    }
}
