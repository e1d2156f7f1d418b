//! `unmaintained-dependency`: dependency that nobody maintains.

use crate::engine::dependency::{Match, Origin};
use crate::engine::{Check, Judged, Run};
use crate::model::{Confidence, Family, Meta, Severity};
use crate::parse::advisory::AdvisoryKind;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unmaintained-dependency",
        title: "dependency that nobody maintains",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Dependency,
        remedy: "replace it, by what the advisory names if it does",
        docs: r"
## What it does
Reports the packages of a tracked `Cargo.lock` that an advisory of the RustSec database calls
*unmaintained*.

## Why is this bad
The next fault that is found in it stays.

## Example
A crate whose repository was archived, and whose owner said so.

## Use instead
What the advisory recommends. `unmaintained` under `[advisories]` in `bartizan.toml` sets the severity
of all of them.

## References
- <https://rustsec.org>
",
    },
    run: Run::Advisory { applies: Origin::is_crates_io, judge },
};

fn judge(found: &Match<'_>) -> Option<Judged> {
    found.judged(AdvisoryKind::Unmaintained, Severity::Low, "is unmaintained")
}
