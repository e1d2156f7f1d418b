//! `ignored-severity-input`: Trivy ignores `severity` when it writes SARIF.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "ignored-severity-input",
        title: "severity filter that a scanner ignores",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "add `limit-severities-for-sarif: true`, or remove `severity`",
        docs: r"
## What it does
Reports `aquasecurity/trivy-action` with `format: sarif` and a `severity`, but without
`limit-severities-for-sarif: true`.

## Why is this bad
With SARIF the action reports all severities, whatever `severity` says. A step meant to fail on critical findings only
fails on all of them, or its `exit-code` was removed for that reason.

## Example
```yaml
- uses: aquasecurity/trivy-action@v0.35.0
  with:
    format: sarif
    severity: CRITICAL
```

## Use instead
```yaml
- uses: aquasecurity/trivy-action@v0.35.0
  with:
    format: sarif
    severity: CRITICAL
    limit-severities-for-sarif: true
```

## References
- <https://github.com/aquasecurity/trivy-action#inputs>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for site in repository.steps() {
        let Some(step) = site.step.filter(|step| step.uses_any(&["aquasecurity/trivy-action"])) else {
            continue;
        };
        let is_sarif =
            step.input("format").is_some_and(|said| said.text.trim().eq_ignore_ascii_case("sarif"));
        // An expression may say so.
        let is_limited =
            step.input("limit-severities-for-sarif").is_some_and(|said| said.text.trim() != "false");
        let Some(severity) = step.with.iter().find(|entry| entry.name.eq_ignore_ascii_case("severity"))
        else {
            continue;
        };
        if !is_sarif || is_limited || severity.value.text.trim().is_empty() {
            continue;
        }
        let message = format!(
            "`severity: {}` is ignored because the format is SARIF: all severities are reported",
            severity.value.text.trim()
        );
        reports.at(site, severity.key, message);
    }
}
