//! `broad-token-permissions`: tokens that may do more than a job needs.

use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::{Permissions, Text};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "broad-token-permissions",
        title: "token that may do more than is needed",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "write `permissions: {}` or `permissions: {contents: read}` at the top of the workflow, and give each job that writes the one scope that it writes to",
        docs: r"
## What it does
Reports three things, all places together as one finding:

- `permissions: write-all`, of a workflow or a job: `medium`, and `high` where anyone can start a job that has it;
- a scope with `write` at the top of a workflow that has several jobs, for then all of them have it that have no
  `permissions` of their own: `medium`, and `low` for scopes that can do little harm, such as `statuses`;
- `permissions: read-all`: `low`. It reads what a job has no use for, such as alerts of security.

A workflow with a single job, one whose jobs all have their own `permissions`, and one that others only call, are
not reported for what stands at their top.

## Why is this bad
The steps of a job share its token, and so does all that they download. A test that needs to read the code, and gets a
token that may publish packages, publishes them for whoever gets into one of its dependencies.

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
Whether a job that has `permissions` of its own needs all of them is not judged.

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions>
- <https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

/// Scopes with which little harm can be done.
const WEAK: [&str; 6] =
    ["artifact-metadata", "checks", "discussions", "models", "security-events", "statuses"];

const MANY: &str = "permissions are wider than a job needs";

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
                    "every job of this workflow that has no `permissions` of its own",
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

/// Judges `write-all` and `read-all`.
fn judge_all(
    site: Site<'_>,
    all: &Text,
    who: &str,
    is_exposed: impl Fn() -> bool,
    reports: &mut Reports<'_>,
) {
    let (severity, message) = match all.text.as_str() {
        "write-all" if is_exposed() => {
            (Severity::High, format!("`write-all` lets {who} write everything, and anyone can start it"))
        }
        "write-all" => (Severity::Medium, format!("`write-all` lets {who} write everything")),
        "read-all" => {
            (Severity::Low, format!("`read-all` lets {who} read everything, alerts of security too"))
        }
        _ => return,
    };
    let item = format!("`{}`", all.text);
    reports.at(site, all.span, message).severity(severity).note(item.clone()).practice(item, MANY);
}

/// Judges the scopes that may be written at the top of a workflow.
fn judge_each(site: Site<'_>, top: &Permissions, reports: &mut Reports<'_>) {
    for scope in top.each.iter().filter(|entry| entry.value.text == "write") {
        let name = &scope.name;
        let item = format!("`{name}: write`");
        let severity = if WEAK.contains(&name.as_str()) { Severity::Low } else { Severity::Medium };
        let message = format!(
            "{item} at the top of the workflow is the right of every job that has no `permissions` of its own"
        );
        reports.at(site, scope.key, message).severity(severity).note(item.clone()).practice(item, MANY);
    }
}
