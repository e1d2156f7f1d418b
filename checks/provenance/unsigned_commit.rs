//! `unsigned-commit`: unsigned commits where signatures are required.

use crate::engine::provenance::{Commits, names};
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity, TextKind};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unsigned-commit",
        title: "unsigned commits",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "sign commits that are not merged yet, and protect the branch so that only signed commits are accepted",
        docs: r"
## What it does
Reports unsigned commits of the range or the history, if `bartizan.toml` requires signatures. All are one finding with
their number and the latest of them. If the security policy or the contributing guide says that all commits are signed,
commits made since that sentence was written count.

```toml
[signatures]
require-signed-commits = true
```

## Why is this bad
Anyone who can push can put any name into a commit. Where all commits are signed, an unsigned one stands out.

## Example
A branch of 40 commits, three of them made on a machine without a key.

## Use instead
`git config commit.gpgSign true`, with `gpg.format ssh` and the key in `user.signingKey`.

## Known problems
Signatures of any kind count; OpenPGP signatures are not verified. Merges on GitHub are signed by GitHub.

## References
- <https://git-scm.com/book/en/v2/Git-Tools-Signing-Your-Work>
",
    },
    run: Run::Commits(run),
};

fn run(commits: &Commits, reports: &mut Reports<'_>) {
    if !commits.wanted {
        return promised(commits, reports);
    }
    let unsigned = commits.total.saturating_sub(commits.signed());
    if unsigned == 0 {
        return;
    }
    // In tenths of a percent, and never zero if there are any.
    let share = (unsigned.saturating_mul(1000) / commits.total.max(1)).max(1);
    let message = format!(
        "{unsigned} of {} commits ({}.{} %) are not signed, the latest of them {}",
        commits.total,
        share / 10,
        share % 10,
        names(&commits.unsigned, unsigned)
    );
    reports.file(&TextKind::CommitMessage.path(None), message);
}

/// Evaluates the project's own claim.
fn promised(commits: &Commits, reports: &mut Reports<'_>) {
    let Some(promise) = &commits.promised else { return reports.not_applicable() };
    let Some((day, unsigned)) = &promise.unsigned else {
        let place = &promise.place;
        let why = format!(
            "{place} says that commits are signed, but the clone lacks the history that shows since when; fetch with `fetch-depth: 0`"
        );
        return reports.not_checked(&why);
    };
    if *unsigned > 0 {
        let (are, names) = (if *unsigned == 1 { "is" } else { "are" }, names(&commits.unsigned, *unsigned));
        let message = format!(
            "{} says that all commits are signed, but {unsigned} made since {day} {are} not, the latest of them {names}",
            promise.place
        );
        reports.file(&TextKind::CommitMessage.path(None), message);
    }
}
