//! `forbidden-action`: actions that the configuration does not allow.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::Action;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "forbidden-action",
        title: "action that the configuration does not allow",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "use an action that is allowed, or change `[workflows]` in bartizan.toml",
        docs: r#"
## What it does
Reports each `uses:` of a step, and of a job that calls a reusable workflow, that `forbidden-actions` names, or that
`allowed-actions` does not name. Without these settings nothing is reported. Actions of the repository itself and
images are always allowed.

## Why is this bad
Every action runs with the token and the secrets of its job. An allowlist keeps out actions that were not reviewed.

## Example
```toml
[workflows]
allowed-actions = ["actions/*", "docker/login-action"]
```
```yaml
- uses: someone/deploy@v1
```

## Use instead
```yaml
- uses: docker/login-action@74a5d142397b4f367a81961eba4e8cd7edddf772 # v3.4.0
```

## Known problems
What an allowed action uses itself is not looked at.

## References
- <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/enabling-features-for-your-repository/managing-github-actions-settings-for-a-repository>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    let wanted = &repository.wanted;
    if wanted.allowed.is_empty() && wanted.forbidden.is_empty() {
        return reports.not_applicable();
    }
    for (site, uses) in repository.uses() {
        let Some(action) = Action::parse(&uses.text) else { continue };
        let name = uses.text.trim();
        let forbidden = wanted.forbidden.iter().find(|pattern| pattern.names(&action));
        let is_allowed =
            wanted.allowed.is_empty() || wanted.allowed.iter().any(|pattern| pattern.names(&action));
        let message = match forbidden {
            Some(pattern) => format!("`{name}` is forbidden by `{}` in the configuration", pattern.as_str()),
            None if !is_allowed => format!("`{name}` is not among the actions that the configuration allows"),
            None => continue,
        };
        reports.at(site, uses.span, message);
    }
}
