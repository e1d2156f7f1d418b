//! `unsigned-commit`: commits that are not signed where all have to be.

use crate::engine::provenance::{Commits, names};
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity, TextKind};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unsigned-commit",
        title: "commits that are not signed",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "sign what is not merged yet, and have the branch protected so that only signed commits are taken",
        docs: r"
## What it does
Reports that commits of the range or of the history are not signed, if `bartizan.toml` says that all have
to be. It is one finding, with how many they are and the latest of them. Where the security policy or the guide for
contributors says that all commits are signed, those count that were made since that sentence was written.

```toml
[signatures]
require-signed-commits = true
```

## Why is this bad
Anybody who can push can write any name into a commit. Where all commits are signed, one that is not stands
out.

## Example
A branch of 40 commits, of which three were made on a machine without a key.

## Use instead
`git config commit.gpgSign true`, with `gpg.format ssh` and the key in `user.signingKey`.

## Known problems
Counted is whether there is a signature, of whatever kind; OpenPGP's are not verified. Merges that were made
on GitHub are signed by GitHub.

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
    // In tenths of a percent, and never nothing where there is something.
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

/// Judges what the project says of itself.
fn promised(commits: &Commits, reports: &mut Reports<'_>) {
    let Some(promise) = &commits.promised else { return reports.not_applicable() };
    let Some((day, unsigned)) = &promise.unsigned else {
        let place = &promise.place;
        let why = format!(
            "{place} says that commits are signed, and the history that tells since when is not here; fetch with \
             `fetch-depth: 0`"
        );
        return reports.not_checked(&why);
    };
    if *unsigned > 0 {
        let (are, names) = (if *unsigned == 1 { "is" } else { "are" }, names(&commits.unsigned, *unsigned));
        let message = format!(
            "{} says that all commits are signed, and {unsigned} made since {day} {are} not, the latest of them {names}",
            promise.place
        );
        reports.file(&TextKind::CommitMessage.path(None), message);
    }
}
