//! `unread-audit-config`: a cargo-audit configuration in the wrong place.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, Span};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unread-audit-config",
        title: "`audit.toml` that cargo-audit does not read",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "move it to `.cargo/audit.toml`",
        docs: r"
## What it does
Reports `audit.toml` at the root of a repository with `Cargo.lock` or `Cargo.toml`, without a `.cargo/audit.toml`.

## Why is this bad
cargo-audit only reads `.cargo/audit.toml` and `~/.cargo/audit.toml`. Settings in a file at the root, such as ignored
advisories, have no effect, without a warning.

## Example
`audit.toml`

## Use instead
`.cargo/audit.toml`

## References
- <https://github.com/rustsec/rustsec/blob/main/cargo-audit/audit.toml.example>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Beside, whole: true, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let has = |path: &[u8]| repository.has_path(path);
    if !has(b"audit.toml") || !has(b"Cargo.toml") && !has(b"Cargo.lock") {
        return reports.not_applicable();
    }
    if !has(b".cargo/audit.toml") {
        let message = "cargo-audit does not read this file: it looks for `.cargo/audit.toml`".to_owned();
        reports.span(&crate::model::RepoPath::from("audit.toml"), Span::new(0, 0), message);
    }
}
