//! `yanked-dependency`: a crate in a version that its owners took back.

use crate::engine::{Check, Judged, Run};
use crate::model::{Confidence, Family, Meta, Severity};
use crate::parse::cargo::Package;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "yanked-dependency",
        title: "dependency that was yanked",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Dependency,
        remedy: "run `cargo update -p` for it, to a version that was not taken back",
        docs: r"
## What it does
Reports the packages of a tracked `Cargo.lock` whose version is yanked, as far as the registry's index is
on this machine, where Cargo keeps what it has seen of it.

## Why is this bad
Owners take a version back because something is wrong with it, often before there is an advisory.

## Example
A `Cargo.lock` with a version of a crate that was yanked a day after it came out.

## Use instead
`cargo update -p CRATE`.

## Known problems
Cargo's copy of the index tells of the day on which Cargo last asked; crates that it never asked about on
this machine are not judged, and counted.
",
    },
    run: Run::Yanked(judge),
};

#[expect(clippy::unnecessary_wraps, reason = "the form of all checks of this scope")]
fn judge(package: &Package<'_>) -> Option<Judged> {
    Some(Judged {
        message: format!("`{} {}` was yanked", package.name, package.version),
        severity: Severity::Low,
        confidence: Confidence::High,
    })
}
