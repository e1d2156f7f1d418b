//! `exposed-credential-file`: files with credentials that other users of the machine may read.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, Span, text};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "exposed-credential-file",
        title: "credential file that others may read",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Policy,
        remedy: "take the rights of others away: `chmod 600` on the file",
        docs: r"
## What it does
Looks at files of the worktree that git does not track, ignored ones among them, under the names that credentials are
kept by (`.env`, `.npmrc`, `.netrc`, `.mcp.json`, `.claude/settings.local.json`, `id_ed25519` and others), and reports those
that hold a credential and that others than their owner may read. All are one finding. On machines that build what others
commit (`CI` is set), and on Windows, nothing is looked at.

## Why is this bad
Every user and service of the machine can read the tokens in it.

## Example
A `.env` with a token and the mode `644`.

## Use instead
```sh
chmod 600 .env
```
",
    },
    run: Run::Repository { preset: Preset::Strict, reads: Reads::EnvFiles, whole: true, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let Some(exposed) = &repository.env_files.exposed else { return reports.not_applicable() };
    for one in exposed {
        let file = text::escaped(&String::from_utf8_lossy(one.path.as_bytes()));
        let message = format!("`{file}` holds credentials, and its mode {:o} lets others read it", one.mode);
        reports
            .span(&one.path, Span::new(0, 0), message)
            .note(format!("`{file}`"))
            .practice(file, "files with credentials can be read by others");
    }
}
