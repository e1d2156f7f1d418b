//! `mutable-hook-revision`: pre-commit hooks pinned to a branch.

use crate::engine::repository::{Kind, Repository};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::text::without_login;
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::yaml::Value;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "mutable-hook-revision",
        title: "pre-commit hook that follows a branch",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Workflow,
        remedy: "use a tag, or a commit with the tag as a comment, as `pre-commit autoupdate --freeze` writes it",
        docs: r"
## What it does
Reports a `rev` in `.pre-commit-config.yaml` that is a branch, such as `main`, or `HEAD`.

## Why is this bad
Anyone who can push to that branch runs code on the machine of everyone who installs the hooks, and two people who
installed them at different times have different hooks. pre-commit never updates an installed revision by itself, so you
do not get the newest version either.

## Example
```yaml
repos:
  - repo: https://github.com/example/hooks
    rev: main
```

## Use instead
```yaml
repos:
  - repo: https://github.com/example/hooks
    rev: 3e8a8703264a2f4a69428a0aa4dcb512790b2c8c  # frozen: v6.0.0
```

## Known problems
Branches are recognised offline by name alone: a name without a digit, or a common branch name.

## References
- <https://pre-commit.com/#using-the-latest-version-for-a-repository>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

/// Common branch names and prefixes.
const BRANCHES: [&str; 10] =
    ["main", "master", "develop", "dev", "trunk", "next", "release/", "releases/", "feature/", "refs/heads/"];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for document in repository.documents(Kind::HookConfig) {
        let entries = document.yaml.root().get("repos").into_iter().flat_map(Value::items);
        for entry in entries {
            let (Some(repo), Some(rev)) = (entry.get("repo"), entry.get("rev")) else { continue };
            let (Some(repo), Some(name)) = (repo.text(), rev.text().map(str::trim)) else { continue };
            if matches!(repo, "local" | "meta" | "builtin") || !is_branch(name) {
                continue;
            }
            let message =
                format!("the hooks of `{}` follow the branch `{name}`, which moves", without_login(repo));
            reports.span(&document.path, rev.span(), message);
        }
    }
}

fn is_branch(rev: &str) -> bool {
    let is_named = BRANCHES.iter().any(|branch| match branch.ends_with('/') {
        true => rev.starts_with(branch),
        false => rev == *branch,
    });
    // A tag has a digit.
    is_named
        || !rev.is_empty()
            && !rev.bytes().any(|byte| byte.is_ascii_digit())
            && !rev.bytes().all(|byte| byte.is_ascii_hexdigit())
}
