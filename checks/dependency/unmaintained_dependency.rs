//! `unmaintained-dependency`: unmaintained dependency.

use crate::engine::dependency::{Match, Origin};
use crate::engine::{Assessment, Check, Run};
use crate::model::{Confidence, Family, Meta, Severity};
use crate::parse::advisory::AdvisoryKind;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unmaintained-dependency",
        title: "unmaintained dependency",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Dependency,
        remedy: "replace it, with the alternative in the advisory if it names one",
        docs: r"
## What it does
Reports packages of a tracked `Cargo.lock` that a RustSec advisory calls *unmaintained*.

## Why is this bad
The next flaw found in it will not be fixed.

## Example
A crate whose repository was archived by its owner.

## Use instead
What the advisory recommends. `unmaintained` under `[advisories]` in `bartizan.toml` sets the severity
of all of them.

## References
- <https://rustsec.org>
",
    },
    run: Run::Advisory { applies: Origin::is_crates_io, assess },
};

fn assess(found: &Match<'_>) -> Option<Assessment> {
    found.assessed(AdvisoryKind::Unmaintained, Severity::Low, "is unmaintained")
}
