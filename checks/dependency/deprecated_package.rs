//! `deprecated-package`: a package of another ecosystem that its own authors or its registry advise against.

use crate::engine::dependency::{Standing, State};
use crate::engine::{Check, Judged, Run};
use crate::model::text::short;
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "deprecated-package",
        title: "package that was deprecated or yanked",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Dependency,
        remedy: "move to what its authors name, or to another version",
        docs: r"
## What it does
Reports the packages that a lock file calls deprecated (`package-lock.json`, `pnpm-lock.yaml`), abandoned
(`composer.lock`) or yanked (`poetry.lock`). No database is needed: the lock file says it. What is deprecated and
brought in by another package is only counted, with `--verbose`.

## Why is this bad
What is deprecated gets no fixes, and often a fault is the reason. A version that was yanked is gone for everyone who
locks anew.

## Example
A `package-lock.json` in which a package that `package.json` asks for is `deprecated`.

## Use instead
What the message names. Accept it with `[[ignore]]` where that has to wait.

## References
- <https://docs.npmjs.com/deprecating-and-undeprecating-packages-or-package-versions>
",
    },
    run: Run::Locked { compared: false, judge },
};

fn judge(found: &Standing<'_>) -> Option<Judged> {
    let (what, why) = match found.state {
        State::Deprecated(why) => ("is deprecated", why),
        State::Yanked(why) => ("was yanked", why),
        State::Unclear(_) => return None,
    };
    let colon = if why.is_empty() { "" } else { ": " };
    Some(Judged {
        message: format!("`{} {}` {what}{colon}{}", found.package, found.version, short(why)),
        severity: Severity::Low,
        confidence: Confidence::High,
    })
}
