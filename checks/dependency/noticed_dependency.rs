//! `noticed-dependency`: dependency with a notice.

use crate::engine::dependency::{Match, Origin};
use crate::engine::{Check, Judged, Run};
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
Reports the packages of a tracked `Cargo.lock` with an advisory that is neither a vulnerability nor
unsound or unmaintained: a notice, or a kind that is not known here.

## Why is this bad
The database holds it worth telling everybody who uses the crate.

## Example
A crate whose name was taken over by somebody else.

## Use instead
What the advisory recommends. `notice` under `[advisories]` in `bartizan.toml` sets the severity of all
of them.

## References
- <https://rustsec.org>
",
    },
    run: Run::Advisory { applies: Origin::is_crates_io, judge },
};

fn judge(found: &Match<'_>) -> Option<Judged> {
    found.judged(AdvisoryKind::Notice, Severity::Low, "has a notice")
}
