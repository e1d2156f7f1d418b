//! `unexpected-commit-signer`: commit or tag that is signed by somebody who was not expected.

use crate::engine::provenance::Commits;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity, Signer, Standing};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unexpected-commit-signer",
        title: "commit or tag that is signed by somebody who was not expected",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        family: Family::Provenance,
        remedy: "ask whoever committed whether the key is his, and add it to the list of signers if he may sign",
        docs: r"
## What it does
Reports commits and annotated tags whose signature holds but was made by a key that the list of signers
does not have for the address that has committed, at the time that the commit claims. The list is the file
that `allowed-signers` under `[signatures]` of `bartizan.toml` names, or else `.gitsigners`,
`.github/allowed_signers`, `allowed_signers` or `.ssh/allowed_signers`; its format is that of
`ssh-keygen`. For a range it is the list as it was before the range. A signature by gitsign is expected
if its certificate is for the address that has committed, or if a `[[signatures.signer]]` whose `path` is
`.git/commits/**` allows it. What one signer has signed is one finding.

## Why is this bad
Everybody can make a key and sign with it under any name. What a signature is worth is told by the list of
those who may sign.

## Example
A commit in the name of `alice@example.org` whose key is on the list for `bob@example.org`.

## Use instead
```
alice@example.org namespaces='git' ssh-ed25519 AAAA…
```

## Known problems
The list is the repository's own: whoever can change it can sign. Times in it that have no zone are taken
for UTC. A line that gives a key a name without `@` is taken for any address. Without a list such
signatures are *inconclusive* and not reported.

## References
- <https://man.openbsd.org/ssh-keygen#ALLOWED_SIGNERS>
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
        if signature.standing != Standing::UnexpectedIdentity {
            continue;
        }
        let by = match &signature.signer {
            Some(Signer::Key { fingerprint, .. }) => format!(" by the key {fingerprint}"),
            Some(Signer::Identity { .. }) | None => String::new(),
        };
        let message = format!("{} of {}{by} holds, but {}", signature.form, alike.names(), signature.reason);
        reports.signature(signature, message, Severity::Medium);
    }
}
