//! `exposed-credential-file`: credential files that other users of the machine can read.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, Span, text};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "exposed-credential-file",
        title: "credential file readable by other users",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Policy,
        remedy: "restrict access: `chmod 600` on the file",
        docs: r"
## What it does
Checks untracked files of the worktree, including ignored ones, with names of credential files (`.env`, `.npmrc`,
`.netrc`, `.mcp.json`, `.claude/settings.local.json`, `id_ed25519` and others), and reports those that contain a
credential and are readable by other users. All are one finding. In CI (`CI` is set) and on Windows the check does
nothing.

## Why is this bad
Every user and service on the machine can read the credentials.

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
        let message =
            format!("`{file}` contains credentials, and its mode {:o} lets others read it", one.mode);
        reports
            .span(&one.path, Span::new(0, 0), message)
            .note(format!("`{file}`"))
            .practice(file, "credential files are readable by others");
    }
}
