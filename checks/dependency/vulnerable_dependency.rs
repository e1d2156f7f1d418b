//! `vulnerable-dependency`: a crate in a version with a known vulnerability.

use crate::engine::dependency::{Match, Origin};
use crate::engine::{Assessment, Check, Run};
use crate::model::{Confidence, Family, Meta, Severity};
use crate::parse::advisory::AdvisoryKind;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "vulnerable-dependency",
        title: "dependency with a known vulnerability",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Dependency,
        remedy: "update to a patched version, or replace the crate if none exists",
        docs: r"
## What it does
Compares every crates.io package of every tracked `Cargo.lock` with the RustSec advisory database, and reports affected
versions: on the package's own line, with the dependency path that pulls it in and the update that fixes it. The
severity is that of the advisory's CVSS vector (2, 3.x or 4.0), and `high` without one.

## Why is this bad
The flaw is public, and so is often the way to exploit it.

## Example
A `Cargo.lock` in which a crate is locked to 1.4.2 although an advisory says that 1.4.3 fixes it.

## Use instead
`cargo update -p CRATE --precise VERSION` where the requirement allows a patched version; a higher
requirement in `Cargo.toml` where it does not.

## Known problems
Whether the affected code is called is not determined. If the advisory names functions, the finding says whether the
repository's sources mention them; that is evidence, not proof. `Cargo.lock` does not say which features and targets are
built.

## References
- <https://rustsec.org>
",
    },
    run: Run::Advisory { applies: Origin::is_crates_io, assess },
};

fn assess(found: &Match<'_>) -> Option<Assessment> {
    found.assessed(AdvisoryKind::Vulnerability, found.severity(), "has a known vulnerability")
}
