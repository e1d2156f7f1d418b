//! `invalid-commit-signature`: invalid signature of a commit or tag.

use crate::engine::provenance::Commits;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity, Standing};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "invalid-commit-signature",
        title: "invalid signature of a commit or tag",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "find out how the commit got in and who signed it; do not release from it until then",
        docs: r"
## What it does
Verifies the signatures of commits and annotated tags of a range (`--range`, `--since`) or of the history
(`--history`) made with SSH keys or gitsign. Invalid ones are reported: made over other bytes, with a different key than
they name, for a purpose other than git, or damaged. Signatures with the same result are one finding.

## Why is this bad
Git shows an invalid signature only on request. The commit was changed after signing, or someone attached the signature
of another commit to impersonate its author.

## Example
A commit that was signed, and then rewritten by a tool that kept the header `gpgsig`.

## Use instead
Sign it again: `git commit --amend -S --no-edit`, or `git rebase --exec` with it for several.

## Known problems
Signatures with OpenPGP are counted and not verified, and those with certificates of SSH and S/MIME are *inconclusive*:
use `git verify-commit`. So are those of gitsign without an embedded log entry, which is its default.

## References
- <https://git-scm.com/docs/gitformat-signature>
",
    },
    run: Run::Commits(run),
};

fn run(commits: &Commits, reports: &mut Reports<'_>) {
    if let Some(why) = commits.unable {
        return reports.not_checked(why);
    }
    for alike in &commits.signatures {
        let signature = &alike.signature;
        if signature.standing == Standing::Invalid {
            let message = format!("{} of {} is invalid: {}", signature.form, alike.names(), signature.reason);
            reports.signature(signature, message, Severity::High);
        }
    }
}
