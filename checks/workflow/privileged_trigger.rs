//! `privileged-trigger`: events that let anyone start a workflow with the rights of the repository.

use crate::engine::repository::condition::excludes;
use crate::engine::repository::{File, Repository};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "privileged-trigger",
        title: "privileged workflow that anyone can start",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        family: Family::Workflow,
        remedy: "use `pull_request` where its rights suffice; otherwise let the workflow run nothing from the pull request",
        docs: r"
## What it does
Reports `pull_request_target`, `workflow_run` and `issue_comment` among the events of a workflow, once each. Workflows
whose only step is `actions/labeler`, or whose jobs all skip the event, are not reported. Part of the preset `strict`;
other checks (`untrusted-checkout`, `untrusted-input-in-script`) report the dangerous uses without it.

## Why is this bad
These events run the workflow of the default branch with its secrets, and anyone can cause them. A single line that
trusts input from the fork is enough to leak the secrets.

## Example
```yaml
on: pull_request_target
```

## Use instead
```yaml
on: pull_request
```

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request_target>
",
    },
    run: Run::Repository { preset: Preset::Strict, reads: Reads::Workflows, whole: false, run },
};

/// Pull request events that run the workflow of the default branch.
const EVENTS: [&str; 3] = ["pull_request_target", "workflow_run", "issue_comment"];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in &repository.workflows {
        for event in &file.workflow.on {
            let name = event.name.text.as_str();
            if !EVENTS.contains(&name) || is_labeler(file) || is_left_out(file, name) {
                continue;
            }
            let message =
                format!("`{name}` lets anyone start this workflow with the rights of the repository");
            reports.span(&file.path, event.name.span, message);
        }
    }
}

/// True if no job runs on the event.
fn is_left_out(file: &File, event: &str) -> bool {
    let mut conditions = file.workflow.jobs.iter().map(|job| job.condition.as_ref());
    conditions.all(|condition| condition.is_some_and(|condition| excludes(condition, event)))
}

/// True if the workflow only adds labels by changed paths.
fn is_labeler(file: &File) -> bool {
    let mut steps = file.workflow.steps().map(|(_, step)| step).peekable();
    let calls = file.workflow.jobs.iter().any(|job| job.uses.is_some());
    !calls && steps.peek().is_some() && steps.all(|step| step.uses_any(&["actions/labeler"]))
}
