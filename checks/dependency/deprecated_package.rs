//! `deprecated-package`: a package that its authors or its registry advise against.

use crate::engine::dependency::{Standing, State};
use crate::engine::{Assessment, Check, Run};
use crate::model::text::short;
use crate::model::{Confidence, Family, Meta, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "deprecated-package",
        title: "deprecated or yanked package",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Dependency,
        remedy: "switch to the replacement named by its authors, or to another version",
        docs: r"
## What it does
Reports packages that a lock file marks as deprecated (`package-lock.json`, `pnpm-lock.yaml`), abandoned
(`composer.lock`) or yanked (`poetry.lock`). This needs no database. Deprecated transitive dependencies are only
counted, with `--verbose`.

## Why is this bad
Deprecated packages get no fixes, and often a flaw is the reason. A yanked version is unavailable when dependencies are
resolved again.

## Example
A `package-lock.json` in which a package that `package.json` asks for is `deprecated`.

## Use instead
The replacement in the message. Suppress the finding with `[[ignore]]` if the change has to wait.

## References
- <https://docs.npmjs.com/deprecating-and-undeprecating-packages-or-package-versions>
",
    },
    run: Run::Locked { compared: false, assess },
};

fn assess(found: &Standing<'_>) -> Option<Assessment> {
    let (what, why) = match found.state {
        State::Deprecated(why) => ("is deprecated", why),
        State::Yanked(why) => ("was yanked", why),
        State::Unclear(_) => return None,
    };
    let colon = if why.is_empty() { "" } else { ": " };
    Some(Assessment {
        message: format!("`{} {}` {what}{colon}{}", found.package, found.version, short(why)),
        severity: Severity::Low,
        confidence: Confidence::High,
    })
}
