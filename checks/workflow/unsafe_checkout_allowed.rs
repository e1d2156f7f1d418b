//! `unsafe-checkout-allowed`: the input that allows checkout of fork code in a privileged job.

use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unsafe-checkout-allowed",
        title: "checkout of fork code allowed in a privileged job",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "remove `allow-unsafe-pr-checkout`; build the code of a fork in a workflow on `pull_request`, and let a privileged workflow use its results",
        docs: r"
## What it does
Reports `allow-unsafe-pr-checkout: true` of `actions/checkout`. It is `high` where anyone can start the job and it holds
a secret or a write token, and `medium` where the token is read-only, a condition keeps strangers out, or no event in
this repository starts it that way.

## Why is this bad
Since July 2026 `actions/checkout` refuses to check out the head of a fork when `pull_request_target` or `workflow_run`
starts the job, because that code would run with the rights of the repository. The input disables this protection.

## Example
```yaml
on: pull_request_target
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
        with:
          ref: ${{ github.event.pull_request.head.sha }}
          allow-unsafe-pr-checkout: true
```

## Use instead
```yaml
on: pull_request
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
```

## References
- <https://docs.github.com/en/actions/reference/security/secure-use>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for site in repository.steps() {
        assess(repository, site, reports);
    }
}

fn assess(repository: &Repository, site: Site<'_>, reports: &mut Reports<'_>) {
    const INPUT: &str = "allow-unsafe-pr-checkout";
    let Some(step) = site.step.filter(|step| step.uses.is_some()) else { return };
    let Some(entry) = step.with.iter().find(|entry| entry.name.eq_ignore_ascii_case(INPUT)) else { return };
    let value = entry.value.text.trim();
    // An expression may be true.
    if !value.eq_ignore_ascii_case("true") && !value.contains("${{") {
        return;
    }
    let trust = repository.trust(site);
    let how = match (trust.privileged.first(), &trust.guard) {
        (Some(start), None) => {
            format!("anyone can start it through `{}`, with {}", start.event.name.text, trust.reach())
        }
        (Some(start), Some(_)) => {
            format!(
                "`{}` starts it with {}, but a condition keeps strangers out",
                start.event.name.text,
                trust.reach()
            )
        }
        (None, _) => "no event in this repository needs this".to_owned(),
    };
    let severity = if trust.is_exposed() { Severity::High } else { Severity::Medium };
    let message = format!("`{INPUT}` allows this checkout of fork code: {how}");
    let reported = reports.at(site, entry.key, message);
    reported.severity(severity);
    for start in trust.privileged.iter().take(1) {
        reported.started_by(*start, "");
    }
    for name in ["repository", "ref"] {
        if let Some(value) = step.input(name) {
            reported.trace(site.file, value.span, format!("`{name}` is what is checked out"));
        }
    }
}
