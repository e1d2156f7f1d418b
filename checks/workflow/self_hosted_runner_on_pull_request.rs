//! `self-hosted-runner-on-pull-request`: self-hosted machines on which anyone can run code through a pull request.

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
        remedy: "run pull requests on GitHub-hosted runners, or on ephemeral ones; `if: github.event.pull_request.head.repo.full_name == github.repository` keeps forks out",
        docs: r"
## What it does
Reports a job that runs on a machine with the label `self-hosted`, directly or through its matrix, if a pull request
from a fork starts it and no condition excludes forks.

## Why is this bad
A pull request brings its own workflow and its own build, so anyone who opens one runs code on the machine. What it
leaves there affects the next job, which may be the release, and the machine is often inside a private network. In a
private repository only people with read access can open pull requests.

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
Runner groups and other labels are not evaluated, as GitHub's larger runners have them too. Whether the repository is
public, and whether runs of first-time contributors need approval, is not in its files.

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
            "`{}` runs on a self-hosted machine, and anyone can run their own code there through `{event}`",
            site.job.id
        );
        let reported = reports.at(site, label.span, message);
        reported.started_by(*start, "");
    }
}

/// The `self-hosted` label, among those of the job or of its matrix.
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
