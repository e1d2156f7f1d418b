//! `committed-sensitive-file`: tracked settings of one machine or person.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::agent;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "committed-sensitive-file",
        title: "tracked local settings",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "remove the file with `git rm --cached`, and add its name to .gitignore",
        docs: r"
## What it does
Reports tracked personal settings and instructions of coding agents (`.claude/settings.local.json`, `CLAUDE.local.md`
and others with `.local.` in the name). All are one finding.

## Why is this bad
A user's permissions for an agent, and its tokens, are in every clone, and apply to everyone who opens it.

## Example
A tracked `.claude/settings.local.json`.

## Use instead
`settings.local.json` in `.gitignore`, and shared settings in `.claude/settings.json`.

## References
- <https://code.claude.com/docs/en/settings>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Settings, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let is_local = |name: &[u8]| memchr::memmem::find(&name.to_ascii_lowercase(), b".local.").is_some();
    for path in
        repository.paths.iter().filter(|path| is_local(path.file_name()) && agent::is_read(path.as_bytes()))
    {
        let name = String::from_utf8_lossy(path.file_name()).into_owned();
        let name = crate::model::text::escaped(&name);
        let message = format!("`{name}` is for one machine, but git tracks it");
        reports
            .span(path, crate::model::Span::new(0, 0), message)
            .note(format!("`{name}`"))
            .practice(name, "local settings are tracked");
    }
}
