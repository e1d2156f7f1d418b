//! `invalid-commit-signature`: signature of a commit or tag that does not hold.

use crate::engine::provenance::Commits;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity, Standing};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "invalid-commit-signature",
        title: "signature of a commit or tag that does not hold",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "find out how the commit came in and who says to have signed it; do not release from it until then",
        docs: r"
## What it does
Verifies the signatures of commits and annotated tags of a range (`--range`, `--since`) or of the history
(`--history`) that were made with SSH keys or by gitsign. Reported are those that do not hold: made over
other bytes, with another key than they name, for another purpose than git, or damaged. Those that come out
alike are one finding.

## Why is this bad
Git shows a signature that does not hold only to those who ask for it. A commit that carries one was changed
after it was signed, or somebody put the signature of another commit on it to be taken for its author.

## Example
A commit that was signed, and then rewritten by a tool that kept the header `gpgsig`.

## Use instead
Sign it anew: `git commit --amend -S --no-edit`, or `git rebase --exec` with it for several.

## Known problems
Signatures with OpenPGP are counted and not verified, and those with certificates of SSH and S/MIME are
*inconclusive*: `git verify-commit` tells. So are those of gitsign without an embedded log entry, which is
its default.

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
            let message =
                format!("{} of {} does not hold: {}", signature.form, alike.names(), signature.reason);
            reports.signature(signature, message, Severity::High);
        }
    }
}
