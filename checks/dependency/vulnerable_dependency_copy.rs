//! `vulnerable-dependency-copy`: a crate from git, a path or another registry whose name and version
//! have an advisory.

use crate::engine::dependency::{Match, Origin};
use crate::engine::{Assessment, Check, Run};
use crate::model::{Confidence, Family, Meta, Severity};
use crate::parse::advisory::AdvisoryKind;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "vulnerable-dependency-copy",
        title: "crate from another source whose name and version have an advisory",
        severity: Severity::Low,
        confidence: Confidence::Low,
        family: Family::Dependency,
        remedy: "check whether the copy is affected; if it is fixed, suppress the finding with the reason",
        docs: r"
## What it does
Reports a package of a tracked `Cargo.lock` that comes from git, a path or another registry, if the crates.io crate of
the same name has a vulnerability in the same version.

## Why is this bad
Most such packages are copies of the crates.io crate, at an affected version. Advisories cover crates.io only, so other
tools do not report them.

## Example
`[patch.crates-io]` with a fork of a crate at 0.4.1, where 0.4.2 fixes a vulnerability.

## Use instead
A fixed commit, with a version that says so.

## Known problems
A fork that backported only the patch, and an unrelated crate of the same name, are reported too, hence `low`. Workspace
members are compared as well, since a crate is a member of its own repository.

## References
- <https://rustsec.org>
",
    },
    run: Run::Advisory { applies, assess },
};

fn applies(origin: Origin) -> bool {
    origin == Origin::Elsewhere
}

fn assess(found: &Match<'_>) -> Option<Assessment> {
    let what = format!(
        "comes from {} and has the name and version of a crate with a known vulnerability",
        found.from
    );
    let assessed = found.assessed(AdvisoryKind::Vulnerability, Severity::Low, &what)?;
    Some(Assessment { confidence: Confidence::Low, ..assessed })
}
