//! `vulnerable-dependency-copy`: a crate from git, a path or another registry whose name and version
//! have an advisory.

use crate::engine::dependency::{Match, Origin};
use crate::engine::{Check, Judged, Run};
use crate::model::{Confidence, Family, Meta, Severity};
use crate::parse::advisory::AdvisoryKind;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "vulnerable-dependency-copy",
        title: "crate from elsewhere whose name and version have an advisory",
        severity: Severity::Low,
        confidence: Confidence::Low,
        family: Family::Dependency,
        remedy: "see whether the copy has the fault; if it is mended, say so in an ignore with the reason",
        docs: r"
## What it does
Reports a package of a tracked `Cargo.lock` that does not come from crates.io, but from git, a path or
another registry, if a crate of the same name on crates.io has a vulnerability in the same version.

## Why is this bad
Most such packages are copies of the crate on crates.io, at a version that has the fault. The advisories
are about crates.io alone, so nobody else tells.

## Example
`[patch.crates-io]` with a fork of a crate at 0.4.1, where 0.4.2 mends a vulnerability.

## Use instead
A commit with the fault mended, with a version that says so.

## Known problems
A fork that took over the patch alone, and another crate that has only the name in common, are reported,
too: therefore `low`. The members of the workspace are among what is compared, since a crate is a member
of its own repository.

## References
- <https://rustsec.org>
",
    },
    run: Run::Advisory { applies, judge },
};

fn applies(origin: Origin) -> bool {
    origin == Origin::Elsewhere
}

fn judge(found: &Match<'_>) -> Option<Judged> {
    let what = format!(
        "comes from {} and has the name and version of a crate with a known vulnerability",
        found.from
    );
    let judged = found.judged(AdvisoryKind::Vulnerability, Severity::Low, &what)?;
    Some(Judged { confidence: Confidence::Low, ..judged })
}
