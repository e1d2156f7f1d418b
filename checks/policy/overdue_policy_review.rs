//! `overdue-policy-review`: a review or plan whose date has passed.

use crate::engine::repository::Repository;
use crate::engine::repository::policy::dates::{day, read};
use crate::engine::repository::policy::{Policy, Role, Sentence};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Missing, Preset, Ruling, Severity};
use crate::parse::policy::words;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "overdue-policy-review",
        title: "overdue review of the security policy",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "review the policy and set the next date, or remove the date",
        docs: r"
## What it does
Reports a date after `next review`, `valid until` or `expires` in the security policy that has passed, and a plan whose
date has passed: `status: planned for Q2 2026`. A month or quarter has passed after its last day. Words such as
`quarterly` and `after 1.0` are not dates.

## Why is this bad
The policy may be outdated, and readers cannot tell whether the review took place.

## Example
`Next review: April 2026`, in May 2026.

## Use instead
A date in the future.
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Policy, whole: true, run },
};

const KIND: &str = "review-date";
const LABELS: [&str; 7] = [
    "next review",
    "next scheduled review",
    "review due",
    "review by",
    "valid until",
    "expires on",
    "next update",
];
const PLANS: [&str; 6] =
    ["planned for", "scheduled for", "expected in", "planned by", "due by", "expected by"];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let policy = &repository.policy;
    declared(policy, reports);
    for sentence in policy.sentences(&[Role::Policy]) {
        if let Some(label) = words::any(&sentence.lower, &LABELS) {
            if !sentence.is_put_off() {
                assess(&sentence, label, policy.now, reports);
            }
        } else if let Some(label) = words::any(&sentence.lower, &PLANS) {
            plan(&sentence, label, policy.now, reports);
        }
    }
}

/// Checks the expiry date of a `security.txt` or a Security Insights file.
fn declared(policy: &Policy, reports: &mut Reports<'_>) {
    for declared in &policy.declared {
        let entries = ["expires", "expiration-date"].into_iter().flat_map(|key| declared.ending(key));
        for (entry, place) in entries {
            let Some((when, now)) = read(&entry.value.to_ascii_lowercase()).zip(policy.now) else { continue };
            let end = when.last;
            let (ruling, reason) = match when.end() <= now {
                true => (Ruling::Contradicted, format!("it was valid until {end}; today is {}", day(now))),
                false => (Ruling::Upheld, format!("it is valid until {end}")),
            };
            reports.claim(place, KIND, &entry.key, (ruling, reason));
        }
    }
}

fn assess(sentence: &Sentence<'_>, label: &'static str, now: Option<i64>, reports: &mut Reports<'_>) {
    let behind = words::find(&sentence.lower, label).map_or("", |at| &sentence.lower[at + label.len()..]);
    let Some(when) = read(behind) else {
        let reason = "no date is given".to_owned();
        reports.claim(sentence.place(), KIND, label, (Ruling::Unverifiable, reason)).missing(Missing::Person);
        return;
    };
    let Some(now) = now else { return };
    let (ruling, reason) = match when.end() <= now {
        true => (Ruling::Contradicted, format!("{} has passed: today is {}", when.text, day(now))),
        false => (Ruling::Upheld, format!("{} is in the future", when.text)),
    };
    reports.claim(sentence.place(), KIND, label, (ruling, reason));
}

/// A plan by itself, such as the status of an audit; one within a sentence may long be done.
fn plan(sentence: &Sentence<'_>, label: &'static str, now: Option<i64>, reports: &mut Reports<'_>) {
    let lower = sentence.lower.trim_start_matches(|c: char| !c.is_alphanumeric());
    let is_state = ["status", "state", "external audit", "next audit", "audit"]
        .iter()
        .any(|start| words::find(lower, start) == Some(0));
    let rest = words::find(lower, label).map_or("", |at| &lower[at + label.len()..]);
    let is_doubted = words::any(lower, &["not yet", "if configured", "users should"]).is_some();
    // Text before it is another plan.
    let is_alone = words::places(lower, "planned").count() <= 1 && is_state && !is_doubted;
    let Some((when, now)) = read(rest).zip(now).filter(|_| is_alone) else { return };
    if when.end() <= now {
        let reason = format!("this was planned for {}, which has passed: today is {}", when.text, day(now));
        reports.claim(sentence.place(), "promise", label, (Ruling::Contradicted, reason));
    }
}
