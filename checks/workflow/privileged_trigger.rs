//! `privileged-trigger`: events that let anyone start a workflow which has the rights of the repository.

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
        remedy: "use `pull_request` where its rights are enough; else let the workflow run nothing that a pull request brings",
        docs: r"
## What it does
Reports `pull_request_target`, `workflow_run` and `issue_comment` among the events of a workflow, once each. A workflow
of which `actions/labeler` is the only step is left out, and one whose jobs all leave the event out. The check is part of the preset `strict`; what is dangerous about such a
workflow is reported by other checks (`untrusted-checkout`, `untrusted-input-in-script`), with this one off.

## Why is this bad
These events run the workflow of the default branch with its secrets, and anyone causes them. It takes
a single line that trusts what the fork brings to hand them over.

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

/// Events that are about a pull request, and run the workflow of the default branch.
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

/// True if all that the workflow does is to put labels on by the paths that a pull request changes.
fn is_labeler(file: &File) -> bool {
    let mut steps = file.workflow.steps().map(|(_, step)| step).peekable();
    let calls = file.workflow.jobs.iter().any(|job| job.uses.is_some());
    !calls && steps.peek().is_some() && steps.all(|step| step.uses_any(&["actions/labeler"]))
}
