//! `short-cooldown`: updates proposed right after a release.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, Span};
use crate::parse::yaml::Value;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "short-cooldown",
        title: "updates without a cooldown",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "give each entry of `updates` a `cooldown` with `default-days: 7`; it does not delay security updates",
        docs: r"
## What it does
Reports entries of `updates` in `.github/dependabot.yml` without `cooldown`, or with `default-days` below seven. All are
one finding. Part of the preset `strict`.

## Why is this bad
Most malicious versions are found and removed within days, so waiting avoids them. `cooldown` applies to version updates
only: security updates are proposed at once.

## Example
```yaml
updates:
  - package-ecosystem: npm
    directory: /
    schedule: {interval: daily}
```

## Use instead
```yaml
updates:
  - package-ecosystem: npm
    directory: /
    schedule: {interval: daily}
    cooldown:
      default-days: 7
```

## Known problems
The right delay is debatable; if three days are intended, suppress the finding with a reason.

## References
- <https://docs.github.com/en/code-security/reference/supply-chain-security/dependabot-options-reference#cooldown->
",
    },
    run: Run::Repository { preset: Preset::Strict, reads: Reads::Workflows, whole: false, run },
};

/// Days within which most malicious versions were found.
const DAYS: u64 = 7;

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for update in repository.updates() {
        let Some((span, what)) = assess(update.value, update.ecosystem.span()) else { continue };
        let shown = update.shown();
        let message = format!("updates of {shown} are proposed right after a release: {what}");
        reports
            .span(&update.document.path, span, message)
            .note(format!("{shown}: {what}"))
            .practice(update.name(), "entries of `updates` have no `cooldown` of seven days");
    }
}

/// What is wrong with the cooldown of an entry, and where; `ecosystem` is the place of its ecosystem.
fn assess(entry: Value<'_>, ecosystem: Span) -> Option<(Span, String)> {
    let limit = entry.get("open-pull-requests-limit").and_then(Value::text);
    if limit == Some("0") {
        // Security updates only, which never wait.
        return None;
    }
    let Some((key, cooldown)) = entry.entries().find(|(key, _)| key.text() == Some("cooldown")) else {
        return Some((ecosystem, "`cooldown` is missing".to_owned()));
    };
    let Some(days) = cooldown.get("default-days") else {
        return Some((key.span(), "`cooldown` has no `default-days`".to_owned()));
    };
    let count: u64 = days.text()?.trim().parse().ok()?;
    (count < DAYS).then(|| (days.span(), format!("`default-days` is {count}")))
}
