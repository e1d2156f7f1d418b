//! `malicious-package`: a package of another ecosystem that was made to do harm.

use crate::engine::dependency::{Match, Origin};
use crate::engine::{Check, Judged, Run};
use crate::model::{Confidence, Family, Meta, Severity};
use crate::parse::advisory::AdvisoryKind;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "malicious-package",
        title: "malicious package",
        severity: Severity::Critical,
        confidence: Confidence::High,
        family: Family::Dependency,
        remedy: "remove the package, and revoke the credentials that its code could read where it was installed",
        docs: r"
## What it does
Compares the packages of the lock files that `vulnerable-package` reads with those advisories of OSV that
name malicious code: the ids that start with `MAL-`, and what has the weakness CWE-506. The databases are
the same: `bartizan db update --osv npm,PyPI` fetches them.

## Why is this bad
Such a package was published, or taken over, in order to do harm. Its code often runs when it is installed,
before anything of it is called, and takes along whatever credentials it finds.

## Example
A `package-lock.json` with the version of a package that was published with a stolen token.

## Use instead
A version that the advisory does not name, or another package. Where the malicious one was installed, take
its machine for compromised: revoke the tokens and keys that were readable there.

## Known problems
What comes from git, another registry or an address of its own may be another package of the same name: it
is reported as `low`.

## References
- <https://github.com/ossf/malicious-packages>
- <https://cwe.mitre.org/data/definitions/506.html>
",
    },
    run: Run::Advisory { applies, judge },
};

fn applies(origin: Origin) -> bool {
    matches!(origin, Origin::Ecosystem(_))
}

fn judge(found: &Match<'_>) -> Option<Judged> {
    let what = "is malicious";
    if found.from.is_empty() {
        return found.judged(AdvisoryKind::Malicious, Severity::Critical, what);
    }
    let what = format!("comes from {}, and what the public registry has under this name {what}", found.from);
    let judged = found.judged(AdvisoryKind::Malicious, Severity::Low, &what)?;
    Some(Judged { confidence: Confidence::Low, ..judged })
}
