//! `missing-token-permissions`: jobs for which nothing says what their token may do.

use crate::engine::repository::{Repository, fix};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "missing-token-permissions",
        title: "job whose token has no permissions said",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "write `permissions: {}` or `permissions: {contents: read}` at the top of the workflow, and what a job needs beyond that at the job",
        docs: r"
## What it does
Reports each job for which neither it nor its workflow has `permissions`. All jobs are one finding, counted by
workflow. Jobs of a workflow that others only call are not reported, for their token is that of the caller; a job
that calls a further workflow is.

## Why is this bad
The settings of the repository or its organisation decide then what `GITHUB_TOKEN` may do. In all that were made
before February 2023, and where the setting was not changed since, it may write: code, releases, packages, issues.
Whatever runs in the job, an action or a package whose owner was robbed, can do so too. In a fork, or after the
repository has moved to another organisation, the setting is another one.

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

`bartizan fix` writes `permissions: contents: read` where all that the workflow uses is known to need no more.

## Known problems
What the settings of the repository say is not in its files. Workflows of Gitea and Forgejo are not judged.

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions>
- <https://github.blog/changelog/2023-02-02-github-actions-updating-the-default-github_token-permissions-to-read-only/>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

const MANY: &str =
    "jobs have no `permissions`, so that the settings of the repository decide what their tokens may do";

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
            "nothing says what the token of the job `{id}` may do, so that the settings of the repository decide"
        );
        reports
            .at(site, job.key, message)
            .note(format!("`{id}`"))
            .practice(String::from_utf8_lossy(file.path.file_name()), MANY)
            // One edit is for all jobs of the file.
            .fix(
                file.workflow
                    .jobs
                    .first()
                    .filter(|first| std::ptr::eq(*first, job))
                    .and_then(|_| fix::reading_only(file)),
            );
    }
}
