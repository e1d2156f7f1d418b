//! `unclear-package-version`: a package with advisories, in a version that cannot be compared.

use crate::engine::dependency::{Standing, State};
use crate::engine::{Assessment, Check, Run};
use crate::model::{Confidence, Family, Meta, Severity};

/// Advisories that are named in the message.
const NAMED_MAX: usize = 5;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unclear-package-version",
        title: "package version that cannot be compared with advisories",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        family: Family::Dependency,
        remedy: "use a published version, or review the advisories and suppress the finding",
        docs: r"
## What it does
Reports a package of a lock file that has OSV advisories, in a version that cannot be ordered: a branch, a commit, or a
custom tag. Whether the advisories affect it is unknown.

## Why is this bad
Such a package counts neither as clean nor as vulnerable: no scan can compare it.

## Example
`dev-main` in a `composer.lock`, of a package with three advisories.

## Use instead
A published version. If none is suitable, review the advisories in the message and suppress the finding with
`[[ignore]]` and a reason.

## Known problems
Packages from git, another registry or a URL may be different packages of the same name: they are reported as `low`.

## References
- <https://ossf.github.io/osv-schema/#affectedranges-field>
",
    },
    run: Run::Locked { compared: true, assess },
};

fn assess(found: &Standing<'_>) -> Option<Assessment> {
    let State::Unclear(ids) = found.state else { return None };
    let named = ids.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(", ");
    let more = if ids.len() > NAMED_MAX { ", …" } else { "" };
    let (count, s) = (ids.len(), if ids.len() == 1 { "y" } else { "ies" });
    let message = format!(
        "`{} {}` has a version that cannot be compared with {count} advisor{s} about it ({named}{more})",
        found.package, found.version
    );
    let elsewhere = !found.from.is_empty();
    Some(Assessment {
        message,
        severity: if elsewhere { Severity::Low } else { Severity::Medium },
        confidence: if elsewhere { Confidence::Low } else { Confidence::Medium },
    })
}
