//! `unsound-dependency`: unsound dependency.

use crate::engine::dependency::{Match, Origin};
use crate::engine::{Assessment, Check, Run};
use crate::model::{Confidence, Family, Meta, Severity};
use crate::parse::advisory::AdvisoryKind;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unsound-dependency",
        title: "unsound dependency",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Dependency,
        remedy: "update to a fixed version, or replace the crate",
        docs: r"
## What it does
Reports packages of a tracked `Cargo.lock` whose version has a RustSec advisory of the kind *unsound*.

## Why is this bad
Safe code that calls the crate can cause undefined behaviour. No attack is known, but the guarantees that the rest of
the program relies on do not hold.

## Example
A crate that hands out two mutable references to the same value.

## Use instead
A fixed version; if none exists, another crate. `unsound` under `[advisories]` in
`bartizan.toml` sets the severity of all of them.

## References
- <https://rustsec.org>
",
    },
    run: Run::Advisory { applies: Origin::is_crates_io, assess },
};

fn assess(found: &Match<'_>) -> Option<Assessment> {
    found.assessed(AdvisoryKind::Unsound, Severity::Medium, "is unsound")
}
