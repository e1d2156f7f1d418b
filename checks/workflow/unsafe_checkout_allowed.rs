//! `unsafe-checkout-allowed`: the input that lets a checkout take the code of a fork where the rights of the repository are.

use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "unsafe-checkout-allowed",
        title: "checkout of code from forks is allowed",
        severity: Severity::High,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "take `allow-unsafe-pr-checkout` out; build the code of a fork in a workflow on `pull_request`, and let another one with rights use what it made",
        docs: r"
## What it does
Reports `allow-unsafe-pr-checkout: true` of `actions/checkout`. It is `high` where anyone starts the job and it holds a
secret or a token that may write, and `medium` where the token only reads, a condition keeps strangers out, or nothing
in this repository starts it that way.

## Why is this bad
Since July 2026 `actions/checkout` refuses to take the head of a fork when `pull_request_target` or `workflow_run`
starts the job, as whatever of that code runs has the rights of the repository. The input turns that off.

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
        judge(repository, site, reports);
    }
}

fn judge(repository: &Repository, site: Site<'_>, reports: &mut Reports<'_>) {
    const INPUT: &str = "allow-unsafe-pr-checkout";
    let Some(step) = site.step.filter(|step| step.uses.is_some()) else { return };
    let Some(entry) = step.with.iter().find(|entry| entry.name.eq_ignore_ascii_case(INPUT)) else { return };
    let value = entry.value.text.trim();
    // Whatever an expression gives may be true.
    if !value.eq_ignore_ascii_case("true") && !value.contains("${{") {
        return;
    }
    let trust = repository.trust(site);
    let how = match (trust.privileged.first(), &trust.guard) {
        (Some(start), None) => {
            format!("anyone starts it through `{}`, and gets {}", start.event.name.text, trust.reach())
        }
        (Some(start), Some(_)) => {
            format!(
                "`{}` starts it with {}, and a condition keeps strangers out",
                start.event.name.text,
                trust.reach()
            )
        }
        (None, _) => "no event in this repository starts it that needs this".to_owned(),
    };
    let severity = if trust.is_exposed() { Severity::High } else { Severity::Medium };
    let message = format!("`{INPUT}` lets this checkout take the code of a fork: {how}");
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
