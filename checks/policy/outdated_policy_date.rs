//! `outdated-policy-date`: a date of the last change that the history contradicts.

use crate::engine::repository::Repository;
use crate::engine::repository::policy::Role;
use crate::engine::repository::policy::dates::{day, read};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Missing, Preset, Ruling, Severity};
use crate::parse::policy::words;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "outdated-policy-date",
        title: "security policy that was changed after the date that it names",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "set the date when the policy is changed, or leave it to the history",
        docs: r"
## What it does
Compares the date behind `last updated`, `last reviewed` or the like in the security policy with the commit that last
changed it. Reported is a policy that was changed more than sixty days after the date that it names.

## Why is this bad
Readers judge by that date whether what they read still holds.

## Example
`Last updated: January 2025` in a file that was changed in October 2025.

## Use instead
`Last updated: October 2025`, or no date: the forge shows when the file was changed.
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "review-date";
const LABELS: [&str; 8] = [
    "last updated",
    "last update",
    "last reviewed",
    "last revised",
    "last modified",
    "last review",
    "updated on",
    "effective date",
];
/// Seconds by which a date may be behind.
const GRACE: i64 = 60 * 24 * 60 * 60;

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let policy = &repository.policy;
    for sentence in policy.sentences(&[Role::Policy]) {
        let Some(label) = words::any(&sentence.lower, &LABELS) else { continue };
        if sentence.is_put_off() {
            continue;
        }
        let behind = words::find(&sentence.lower, label).map_or("", |at| &sentence.lower[at + label.len()..]);
        let Some(when) = read(behind) else { continue };
        let document = sentence.part.document;
        let Some(changed) = document.changed else {
            let reason =
                "when the policy was last changed is not known here; fetch with `fetch-depth: 0`".to_owned();
            reports
                .claim(sentence.place(), KIND, label, (Ruling::Unverifiable, reason))
                .missing(Missing::History);
            continue;
        };
        let shown = day(changed);
        let (ruling, reason) = if changed <= when.end().saturating_add(GRACE) {
            (Ruling::Upheld, format!("the policy was last changed on {shown}"))
        } else if label == "effective date" {
            continue;
        } else {
            (Ruling::Contradicted, format!("the policy names {}, and was last changed on {shown}", when.text))
        };
        reports
            .claim(sentence.place(), KIND, label, (ruling, reason))
            .proof(format!("last changed on {shown}"));
    }
}
