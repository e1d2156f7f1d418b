//! `yanked-dependency`: a crate in a yanked version.

use crate::engine::{Assessment, Check, Run};
use crate::model::{Confidence, Family, Meta, Severity};
use crate::parse::cargo::Package;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "yanked-dependency",
        title: "yanked dependency",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Dependency,
        remedy: "update to a version that is not yanked, with `cargo update -p`",
        docs: r"
## What it does
Reports packages of a tracked `Cargo.lock` whose version is yanked, according to Cargo's local copy of the registry
index.

## Why is this bad
Owners yank a version because something is wrong with it, often before an advisory is published.

## Example
A `Cargo.lock` with a version of a crate that was yanked a day after its release.

## Use instead
`cargo update -p CRATE`.

## Known problems
Cargo's copy of the index is as old as Cargo's last request; crates it never requested on this machine are counted as
not checked.
",
    },
    run: Run::Yanked(assess),
};

#[expect(clippy::unnecessary_wraps, reason = "the signature shared by all checks of this scope")]
fn assess(package: &Package<'_>) -> Option<Assessment> {
    Some(Assessment {
        message: format!("`{} {}` was yanked", package.name, package.version),
        severity: Severity::Low,
        confidence: Confidence::High,
    })
}
