//! `noticed-dependency`: dependency with a notice.

use crate::engine::dependency::{Match, Origin};
use crate::engine::{Assessment, Check, Run};
use crate::model::{Confidence, Family, Meta, Severity};
use crate::parse::advisory::AdvisoryKind;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "noticed-dependency",
        title: "dependency with a notice",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Dependency,
        remedy: "read the advisory",
        docs: r"
## What it does
Reports packages of a tracked `Cargo.lock` with an advisory of the kind *notice*, or of an unknown kind.

## Why is this bad
The advisory database considers it important for every user of the crate.

## Example
A crate whose name was taken over by a new owner.

## Use instead
What the advisory recommends. `notice` under `[advisories]` in `bartizan.toml` sets the severity of all
of them.

## References
- <https://rustsec.org>
",
    },
    run: Run::Advisory { applies: Origin::is_crates_io, assess },
};

fn assess(found: &Match<'_>) -> Option<Assessment> {
    found.assessed(AdvisoryKind::Notice, Severity::Low, "has a notice")
}
