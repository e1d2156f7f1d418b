//! `codeowners-misses-workflows`: workflows without an owner in `CODEOWNERS`.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::codeowners::{self, Pattern};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "codeowners-misses-workflows",
        title: "workflows without an owner",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "add a last line `/.github/ @organisation/team` with the maintainers of the releases",
        docs: r"
## What it does
Reports a `CODEOWNERS` with owners whose last matching line gives workflows in `.github/workflows` no owner, or that has
no matching line.

## Why is this bad
Workflows control releases. Where reviews by code owners are required, every change needs one except those to the
publishing workflow.

## Example
```text
/src/ @example/core
```

## Use instead
```text
/src/ @example/core
/.github/ @example/release
```

## References
- <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners#codeowners-and-branch-protection>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Beside, whole: true, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let Some(owners) = repository.beside.owners() else { return reports.not_applicable() };
    let rules = codeowners::read(&owners.bytes);
    let Some(last) = rules.iter().rfind(|rule| !rule.owners.is_empty()) else {
        return reports.not_applicable();
    };
    let patterns: Vec<_> = rules.iter().map(|rule| (Pattern::new(&rule.pattern), rule)).collect();
    let is_ownerless = |file: &&crate::engine::repository::File| {
        let rule = patterns.iter().rfind(|(pattern, _)| pattern.names(&file.path));
        file.path.as_bytes().starts_with(b".github/") && rule.is_none_or(|(_, rule)| rule.owners.is_empty())
    };
    let missed: Vec<_> = repository.workflows.iter().filter(is_ownerless).collect();
    if let [first, more @ ..] = missed.as_slice() {
        let others = if more.is_empty() { "" } else { " and other workflows" };
        let message = format!("`{}`{others} have no owner", first.path.shown());
        let message = if more.is_empty() { message.replace(" are given", " is given") } else { message };
        reports.span(&owners.path, last.span, message);
    }
}
