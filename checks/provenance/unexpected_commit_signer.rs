//! `unexpected-commit-signer`: commit or tag with an unexpected signer.

use crate::engine::provenance::Commits;
use crate::engine::{Check, Reports, Run};
use crate::model::{Confidence, Family, Meta, Severity, Signer, Standing};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unexpected-commit-signer",
        title: "commit or tag with an unexpected signer",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        family: Family::Provenance,
        remedy: "ask the committer whether the key is theirs, and add it to the allowed signers if they may sign",
        docs: r"
## What it does
Reports commits and annotated tags with a valid signature by a key that the allowed signers file does not list for the
committer's address at the claimed time. The file is named by `allowed-signers` under `[signatures]` of `bartizan.toml`;
the default is `.gitsigners`,
`.github/allowed_signers`, `allowed_signers` or `.ssh/allowed_signers`; its format is that of `ssh-keygen`. For a range,
the file from before the range is used. A gitsign signature is expected if its certificate is for the committer's
address, or if a `[[signatures.signer]]` with the `path` `.git/commits/**` allows it. All signatures of one signer are
one finding.

## Why is this bad
Anyone can create a key and sign under any name. Only a list of allowed signers gives a signature meaning.

## Example
A commit in the name of `alice@example.org` whose key is listed for `bob@example.org`.

## Use instead
```
alice@example.org namespaces='git' ssh-ed25519 AAAA…
```

## Known problems
The file is part of the repository: anyone who can change it can sign. Times without a zone are UTC. A principal without
`@` matches any address. Without the file such signatures are *inconclusive* and not reported.

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
        let message =
            format!("{} of {}{by} is valid, but {}", signature.form, alike.names(), signature.reason);
        reports.signature(signature, message, Severity::Medium);
    }
}
