//! `broad-token-permissions`: tokens with more permissions than a job needs.

use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::{Permissions, Text};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "broad-token-permissions",
        title: "token with more permissions than needed",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "write `permissions: {}` or `permissions: {contents: read}` at the top of the workflow, and give each job that writes only the scope it needs",
        docs: r"
## What it does
Reports the following, all places as one finding:

- `permissions: write-all`, of a workflow or a job: `medium`, and `high` where anyone can start a job that has it;
- a `write` scope at the top of a workflow with several jobs, which every job without its own `permissions` gets:
  `medium`, and `low` for scopes that can do little harm, such as `statuses`;
- `permissions: read-all`: `low`. It grants access that jobs rarely need, such as security alerts.

Top-level scopes are not reported in a workflow with a single job, one whose jobs all have their own `permissions`, or
one that is only called by others.

## Why is this bad
All steps of a job share its token, and so does everything they download. If a test job gets a token that may publish
packages, a compromised dependency of the tests can publish them.

## Example
```yaml
on: push
permissions:
  contents: write
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: make test
  release:
    runs-on: ubuntu-latest
    steps:
      - run: gh release create v1
```

## Use instead
```yaml
on: push
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: make test
  release:
    runs-on: ubuntu-latest
    permissions:
      contents: write
    steps:
      - run: gh release create v1
```

## Known problems
Whether a job needs all of its own `permissions` is not checked.

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions>
- <https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

/// Scopes that can do little harm.
const WEAK: [&str; 6] =
    ["artifact-metadata", "checks", "discussions", "models", "security-events", "statuses"];

const MANY: &str = "permissions are broader than needed";

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.workflows {
        let jobs = &file.workflow.jobs;
        let is_called = file.workflow.is_only_called();
        let have_none = jobs.iter().filter(|job| job.permissions.absent).count();
        let top = &file.workflow.permissions;
        if let Some(first) = jobs.first().filter(|_| jobs.len() > 1 && have_none > 0 && !is_called) {
            let is_exposed = || jobs.iter().any(|job| is_exposed(repository, Site { file, job, step: None }));
            let site = Site { file, job: first, step: None };
            if let Some(all) = &top.all {
                judge_all(
                    site,
                    all,
                    "every job of this workflow without its own `permissions`",
                    is_exposed,
                    reports,
                );
            }
            judge_each(site, top, reports);
        }
        for job in jobs.iter().filter(|job| !is_called || job.uses.is_some()) {
            let Some(all) = &job.permissions.all else { continue };
            let site = Site { file, job, step: None };
            let who = format!("the job `{}`", job.id);
            judge_all(site, all, &who, || is_exposed(repository, site), reports);
        }
    }
}

fn is_exposed(repository: &Repository, site: Site<'_>) -> bool {
    repository.trust(site).is_exposed()
}

/// Evaluates `write-all` and `read-all`.
fn judge_all(
    site: Site<'_>,
    all: &Text,
    who: &str,
    is_exposed: impl Fn() -> bool,
    reports: &mut Reports<'_>,
) {
    let (severity, message) = match all.text.as_str() {
        "write-all" if is_exposed() => {
            (Severity::High, format!("`write-all` lets {who} write to everything, and anyone can start it"))
        }
        "write-all" => (Severity::Medium, format!("`write-all` lets {who} write to everything")),
        "read-all" => {
            (Severity::Low, format!("`read-all` lets {who} read everything, including security alerts"))
        }
        _ => return,
    };
    let item = format!("`{}`", all.text);
    reports.at(site, all.span, message).severity(severity).note(item.clone()).practice(item, MANY);
}

/// Evaluates the write scopes at the top of a workflow.
fn judge_each(site: Site<'_>, top: &Permissions, reports: &mut Reports<'_>) {
    for scope in top.each.iter().filter(|entry| entry.value.text == "write") {
        let name = &scope.name;
        let item = format!("`{name}: write`");
        let severity = if WEAK.contains(&name.as_str()) { Severity::Low } else { Severity::Medium };
        let message =
            format!("{item} at the top of the workflow applies to every job without its own `permissions`");
        reports.at(site, scope.key, message).severity(severity).note(item.clone()).practice(item, MANY);
    }
}
