//! `codeowners-malformed`: lines of `CODEOWNERS` that GitHub ignores or misreads.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::codeowners::{self, Rule};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "codeowners-malformed",
        title: "malformed line in `CODEOWNERS`",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Policy,
        remedy: "write the pattern first, then its owners: `@name`, `@organisation/team` or an email address",
        docs: r"
## What it does
Reports lines of `CODEOWNERS` that start with an owner, with a word that is not an owner, and patterns with `!` or `[`,
which GitHub does not support. An unsupported pattern is `low`, and so is a line without an owner whose files had none
before; a line without an owner that removes one is valid.

## Why is this bad
GitHub skips lines it cannot parse, so the intended owners are not asked for review.

## Example
```text
@example/core /src/
/docs/ writers
```

## Use instead
```text
/src/ @example/core
/docs/ @example/writers
```

## Known problems
Whether the owners exist and have write access cannot be checked offline.

## References
- <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners#codeowners-syntax>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Beside, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let Some(owners) = repository.beside.owners() else { return reports.not_applicable() };
    let rules = codeowners::read(&owners.bytes);
    for (at, rule) in rules.iter().enumerate() {
        if let Some((span, message, severity)) = assess(repository, &rules[..at], rule) {
            reports.span(&owners.path, span, message).severity(severity);
        }
    }
}

fn assess(
    repository: &Repository,
    before: &[Rule],
    rule: &Rule,
) -> Option<(crate::model::Span, String, Severity)> {
    let Rule { pattern, span, owners } = rule;
    if codeowners::is_owner(pattern) && !is_path(repository, pattern) {
        let message = format!("the line starts with the owner `{pattern}`, not with a pattern");
        return Some((*span, message, Severity::Medium));
    }
    if pattern.starts_with('!') || pattern.contains('[') && pattern.contains(']') {
        let message = format!("GitHub does not support the pattern `{pattern}`: it contains `!` or `[`");
        return Some((*span, message, Severity::Low));
    }
    if let Some((word, span)) = owners.iter().find(|(word, _)| !codeowners::is_owner(word)) {
        let message = format!("`{word}`, after `{pattern}`, is not an owner");
        return Some((*span, message, Severity::Medium));
    }
    let takes_back = before.iter().any(|other| !other.owners.is_empty() && is_above(&other.pattern, pattern));
    (owners.is_empty() && !takes_back).then(|| {
        let message = format!("`{pattern}` has no owner, and had none before");
        (*span, message, Severity::Low)
    })
}

/// True if a tracked file is at `word` or below it: `@types/x` may be a folder.
fn is_path(repository: &Repository, word: &str) -> bool {
    let word = word.trim_matches('/').as_bytes();
    let first = repository.paths.partition_point(|path| path.as_bytes() < word);
    repository.paths.get(first).is_some_and(|path| path.as_bytes().starts_with(word))
}

/// True if the pattern `above` may also match files of the pattern `below`.
fn is_above(above: &str, below: &str) -> bool {
    let is_wild =
        |pattern: &str| pattern.contains(['*', '?']) || !pattern.trim_end_matches('/').contains('/');
    is_wild(above) || is_wild(below) || below.trim_start_matches('/').starts_with(above.trim_matches('/'))
}
