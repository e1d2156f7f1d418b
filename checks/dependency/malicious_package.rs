//! `malicious-package`: a package known to be malicious.

use crate::engine::dependency::{Match, Origin};
use crate::engine::{Assessment, Check, Run};
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
        remedy: "remove the package, and revoke the credentials on the machines where it was installed",
        docs: r"
## What it does
Compares the packages of the lock files that `vulnerable-package` reads with the OSV advisories for malicious code: ids
that start with `MAL-`, and weakness CWE-506. The databases are the same: `bartizan db update --osv npm,PyPI` fetches
them.

## Why is this bad
Such a package was published or taken over to do harm. Its code often runs at install time and steals the credentials it
finds.

## Example
A `package-lock.json` with the version of a package that was published with a stolen token.

## Use instead
An unaffected version, or another package. Treat machines where the malicious one was installed as compromised: revoke
the tokens and keys that were readable there.

## Known problems
Packages from git, another registry or a URL may be different packages of the same name: they are reported as `low`.

## References
- <https://github.com/ossf/malicious-packages>
- <https://cwe.mitre.org/data/definitions/506.html>
",
    },
    run: Run::Advisory { applies, assess },
};

fn applies(origin: Origin) -> bool {
    matches!(origin, Origin::Ecosystem(_))
}

fn assess(found: &Match<'_>) -> Option<Assessment> {
    let what = "is malicious";
    if found.from.is_empty() {
        return found.assessed(AdvisoryKind::Malicious, Severity::Critical, what);
    }
    let what =
        format!("comes from {}, and the package of this name in the public registry {what}", found.from);
    let assessed = found.assessed(AdvisoryKind::Malicious, Severity::Low, &what)?;
    Some(Assessment { confidence: Confidence::Low, ..assessed })
}
