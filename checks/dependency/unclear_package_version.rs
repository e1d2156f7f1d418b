//! `unclear-package-version`: a package with advisories, in a version that cannot be compared with them.

use crate::engine::dependency::{Standing, State};
use crate::engine::{Check, Judged, Run};
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
        remedy: "use a published version, or look at the advisories and accept it",
        docs: r"
## What it does
Reports a package of a lock file that advisories of OSV are about, in a version that has no place in the order of
versions: a branch, a commit, a tag of its own. Whether the advisories are for it is not known.

## Why is this bad
Such a package is neither clean nor vulnerable: nothing compares it, now or later.

## Example
`dev-main` in a `composer.lock`, of a package with three advisories.

## Use instead
A published version. Where there is none that will do, read the advisories that the message names and accept the
finding with `[[ignore]]` and a reason.

## Known problems
What comes from git, another registry or an address of its own may be another package of the same name: it is
reported as `low`.

## References
- <https://ossf.github.io/osv-schema/#affectedranges-field>
",
    },
    run: Run::Locked { compared: true, judge },
};

fn judge(found: &Standing<'_>) -> Option<Judged> {
    let State::Unclear(ids) = found.state else { return None };
    let named = ids.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(", ");
    let more = if ids.len() > NAMED_MAX { ", …" } else { "" };
    let (count, s) = (ids.len(), if ids.len() == 1 { "y" } else { "ies" });
    let message = format!(
        "`{} {}` has a version that cannot be compared with {count} advisor{s} about it ({named}{more})",
        found.package, found.version
    );
    let elsewhere = !found.from.is_empty();
    Some(Judged {
        message,
        severity: if elsewhere { Severity::Low } else { Severity::Medium },
        confidence: if elsewhere { Confidence::Low } else { Confidence::Medium },
    })
}
