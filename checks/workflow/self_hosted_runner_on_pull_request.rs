//! `self-hosted-runner-on-pull-request`: machines of one's own on which anyone runs code by a pull request.

use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::Text;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "self-hosted-runner-on-pull-request",
        title: "self-hosted runner that runs pull requests",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "run pull requests on machines of GitHub, or on ones that are made anew for each job; `if: github.event.pull_request.head.repo.full_name == github.repository` keeps forks out",
        docs: r"
## What it does
Reports a job that runs on a machine with the label `self-hosted`, by itself or by a value of its matrix, if a pull
request from a fork starts it and no condition keeps forks out.

## Why is this bad
A pull request brings its own workflow and its own build: whoever opens one runs code on the machine. What
stays there waits for the next job, which may be the release, and the machine often stands within one's own network.
In a private repository only those open pull requests who may read it.

## Example
```yaml
on: pull_request
jobs:
  test:
    runs-on: self-hosted
```

## Use instead
```yaml
on: pull_request
jobs:
  test:
    runs-on: ubuntu-latest
```

## Known problems
Names of groups and other labels are not looked at, as GitHub's larger machines have such, too. Whether the
repository is public, and whether runs of first-time contributors wait for approval, does not stand in any file.

## References
- <https://docs.github.com/en/actions/reference/security/secure-use#hardening-for-self-hosted-runners>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for site in repository.jobs() {
        let Some(label) = label(site) else { continue };
        let trust = repository.trust(site);
        let Some(start) = trust.forks.first() else { continue };
        let event = &start.event.name.text;
        let message = format!(
            "`{}` runs on a machine of your own, and anyone starts it with code of his own through `{event}`",
            site.job.id
        );
        let reported = reports.at(site, label.span, message);
        reported.started_by(*start, "");
    }
}

/// The label that says that the machine is not one of GitHub, among those of the job or of its matrix.
fn label<'a>(site: Site<'a>) -> Option<&'a Text> {
    let is_own = |label: &&Text| label.text.trim().eq_ignore_ascii_case("self-hosted");
    let labels = &site.job.runs_on;
    if let Some(label) = labels.iter().find(is_own) {
        return Some(label);
    }
    let by_expression = labels.iter().find(|label| label.text.contains("${{"))?;
    if by_expression.text.contains("self-hosted") {
        return Some(by_expression);
    }
    let values = site.job.matrix.values.iter();
    let mut used = values.filter(|(name, _)| {
        by_expression.text.to_ascii_lowercase().contains(&format!("matrix.{}", name.to_ascii_lowercase()))
    });
    used.any(|(_, texts)| texts.iter().any(|text| is_own(&text))).then_some(by_expression)
}
