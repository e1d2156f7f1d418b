//! `unpinned-tool`: actions that install the latest version of a tool.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::Text;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unpinned-tool",
        title: "action that installs the latest version of a tool",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "set the version of the tool in the input that the message names",
        docs: r"
## What it does
Reports steps whose action downloads a tool without a version, or with `latest`. An expression is reported with low
confidence, as it may yield `latest`.

## Why is this bad
A pinned action that downloads the newest release of a tool runs whatever is released next, which defeats the pin.

## Example
```yaml
- uses: aquasecurity/setup-trivy@3fb12ec12f41e471780db15c232d5dd185dcb514 # v0.2.6
```

## Use instead
```yaml
- uses: aquasecurity/setup-trivy@3fb12ec12f41e471780db15c232d5dd185dcb514 # v0.2.6
  with:
    version: v0.69.3
```

## Known problems
Only listed actions are known to do so. Some of them read a version from a file of the repository.

## References
- <https://docs.github.com/en/actions/reference/security/secure-use>
",
    },
    run: Run::Repository { preset: Preset::Strict, reads: Reads::Workflows, whole: false, run },
};

/// Actions that install the newest release unless this input sets another.
const TOOLS: [(&str, &str); 8] = [
    ("1password/load-secrets-action", "version"),
    ("aquasecurity/setup-trivy", "version"),
    ("extractions/setup-just", "just-version"),
    ("hashicorp/setup-terraform", "terraform_version"),
    ("opentofu/setup-opentofu", "tofu_version"),
    ("oven-sh/setup-bun", "bun-version"),
    ("reviewdog/action-setup", "reviewdog_version"),
    ("terraform-linters/setup-tflint", "tflint_version"),
];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for site in repository.steps() {
        let Some(step) = site.step.filter(|step| step.computed_with.is_none()) else { continue };
        let Some(uses) = &step.uses else { continue };
        let Some((_, input)) = TOOLS.iter().find(|(action, _)| step.uses_any(&[action])) else { continue };
        // A step that never runs lists allowed actions.
        let never = |condition: &Text| condition.conditions().all(|one| one.raw.trim() == "false");
        if step.condition.as_ref().is_some_and(never) {
            continue;
        }
        // A file of the repository may set it.
        if step.with.iter().any(|entry| entry.name.ends_with("version-file")) {
            continue;
        }
        let name = uses.text.trim();
        match step.input(input) {
            None => {
                let message =
                    format!("`{name}` installs the newest release of its tool, as `{input}` is not set");
                reports.at(site, uses.span, message);
            }
            Some(said) if said.text.trim() == "latest" => {
                let message = format!("`{name}` installs the newest release of its tool: `{input}: latest`");
                reports.at(site, said.span, message);
            }
            Some(said) if said.only_expression().is_some() => {
                let message = format!("an expression sets which release of its tool `{name}` installs");
                reports.at(site, said.span, message).confidence(Confidence::Low);
            }
            Some(_) => {}
        }
    }
}
