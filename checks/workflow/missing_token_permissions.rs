//! `missing-token-permissions`: jobs without `permissions` for their token.

use crate::engine::repository::{Repository, fix};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "missing-token-permissions",
        title: "job without token permissions",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "write `permissions: {}` or `permissions: {contents: read}` at the top of the workflow, and anything more at the job that needs it",
        docs: r"
## What it does
Reports each job that has no `permissions`, neither itself nor in its workflow. All jobs are one finding, grouped by
workflow. Jobs of a workflow that is only called by others are not reported, since the token is the caller's; a job that
calls another workflow is.

## Why is this bad
The settings of the repository or its organisation then decide what `GITHUB_TOKEN` may do. In those created before
February 2023 and not changed since, it may write code, releases, packages and issues. So may everything that runs in
the job, such as a compromised action or package. In a fork, or after a transfer to another organisation, the setting
may differ.

## Example
```yaml
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: make test
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
```

`bartizan fix` writes `permissions: contents: read` where everything the workflow uses is known to need no more.

## Known problems
The settings of the repository are not in its files. Workflows of Gitea and Forgejo are not checked.

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions>
- <https://github.blog/changelog/2023-02-02-github-actions-updating-the-default-github_token-permissions-to-read-only/>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

const MANY: &str = "jobs have no `permissions`, so the repository settings decide what their tokens may do";

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for site in repository.jobs() {
        let (file, job) = (site.file, site.job);
        let is_silent = file.workflow.permissions.absent && job.permissions.absent;
        if !is_silent || !file.path.as_bytes().starts_with(b".github/") {
            continue;
        }
        if file.workflow.is_only_called() && job.uses.is_none() {
            continue;
        }
        let id = &job.id;
        let message = format!(
            "the job `{id}` has no `permissions`, so the repository settings decide what its token may do"
        );
        reports
            .at(site, job.key, message)
            .note(format!("`{id}`"))
            .practice(String::from_utf8_lossy(file.path.file_name()), MANY)
            // One edit covers all jobs of the file.
            .fix(
                file.workflow
                    .jobs
                    .first()
                    .filter(|first| std::ptr::eq(*first, job))
                    .and_then(|_| fix::reading_only(file)),
            );
    }
}
