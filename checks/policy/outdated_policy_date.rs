//! `outdated-policy-date`: a "last updated" date that the history contradicts.

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
        title: "outdated date in the security policy",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "update the date with each change, or remove it",
        docs: r"
## What it does
Compares the date after `last updated`, `last reviewed` or the like in the security policy with the commit that last
changed it. A policy changed more than sixty days after its date is reported.

## Why is this bad
Readers rely on that date to tell whether the policy is current.

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
/// Seconds that a date may lag behind.
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
                "the date of the last change is not known in this clone; fetch with `fetch-depth: 0`"
                    .to_owned();
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
            (Ruling::Contradicted, format!("the policy says {}, but was last changed on {shown}", when.text))
        };
        reports
            .claim(sentence.place(), KIND, label, (ruling, reason))
            .proof(format!("last changed on {shown}"));
    }
}
