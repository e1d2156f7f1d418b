//! `unsound-dependency`: dependency that is unsound.

use crate::engine::dependency::{Match, Origin};
use crate::engine::{Check, Judged, Run};
use crate::model::{Confidence, Family, Meta, Severity};
use crate::parse::advisory::AdvisoryKind;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unsound-dependency",
        title: "dependency that is unsound",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Dependency,
        remedy: "update to a version with the fault mended, or replace the crate",
        docs: r"
## What it does
Reports the packages of a tracked `Cargo.lock` whose version has an advisory of the kind *unsound* in the
RustSec database.

## Why is this bad
Safe code that calls the crate can bring about undefined behaviour. Nobody has shown an attack, but the
promises that the rest of the program is built on do not hold.

## Example
A crate that hands out two mutable references to the same value.

## Use instead
A version in which it is mended; where there is none, another crate. `unsound` under `[advisories]` in
`bartizan.toml` sets the severity of all of them.

## References
- <https://rustsec.org>
",
    },
    run: Run::Advisory { applies: Origin::is_crates_io, judge },
};

fn judge(found: &Match<'_>) -> Option<Judged> {
    found.judged(AdvisoryKind::Unsound, Severity::Medium, "is unsound")
}
