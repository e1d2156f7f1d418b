//! `no-update-tool`: dependencies without an update tool.

use std::collections::BTreeSet;

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::Action;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "no-update-tool",
        title: "no dependency update tool",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Workflow,
        remedy: "add `.github/dependabot.yml` with an entry for each ecosystem, or enable Renovate",
        docs: r#"
## What it does
Reports a repository that has manifests, or workflows that use actions, but no configuration of Dependabot, Renovate or
a similar tool in any of the usual places.

## Why is this bad
Dependencies without updates stay vulnerable when a flaw is found, and each later update is a larger step. Actions
pinned to commits never update by themselves.

## Example
A repository with `package-lock.json` and workflows, and no update tool.

## Use instead
```yaml
# .github/dependabot.yml
version: 2
updates:
  - package-ecosystem: github-actions
    directory: /
    schedule: {interval: weekly}
  - package-ecosystem: npm
    directory: /
    schedule: {interval: weekly}
```

## Known problems
Security updates can be enabled in GitHub's settings, and tools for a whole organisation; neither is visible in the
files. A repository with one workflow and nothing else to update is not reported.

## References
- <https://docs.github.com/en/code-security/concepts/supply-chain-security/about-dependabot-version-updates>
- <https://docs.renovatebot.com/configuration-options/>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: true, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    if repository.paths.is_empty() {
        return reports.not_applicable();
    }
    if repository.has_dependabot() || repository.has_other_updater() {
        return;
    }
    let manifests: Vec<_> = repository.manifests().collect();
    let mut ecosystems: BTreeSet<&str> = manifests.iter().map(|(_, ecosystem)| *ecosystem).collect();
    let uses_actions = |file: &&crate::engine::repository::File| {
        file.workflow.uses().any(|uses| Action::parse(&uses.text).is_some())
    };
    let workflow = repository.workflows.iter().find(uses_actions);
    // A single workflow, such as a scanner's, is maintained by hand.
    let workflow = workflow.filter(|_| !manifests.is_empty() || repository.workflows.len() > 1);
    ecosystems.extend(workflow.map(|_| "github-actions"));
    let first = manifests.iter().map(|(path, _)| *path).min_by_key(|path| (path.depth(), *path));
    let Some(path) = first.or(workflow.map(|file| &file.path)) else { return reports.not_applicable() };
    let names: Vec<String> = ecosystems.iter().map(|name| format!("`{name}`")).collect();
    let message = format!(
        "dependencies ({}) are not updated by a tool: neither Dependabot nor Renovate is configured",
        names.join(", ")
    );
    reports.file(path, message);
}
