//! `short-cooldown`: versions are proposed right after they came out.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, Span};
use crate::parse::yaml::Value;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "short-cooldown",
        title: "updates that are proposed before others have tried them",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "give each entry of `updates` a `cooldown` with `default-days: 7`; security updates do not wait for it",
        docs: r"
## What it does
Reports entries of `updates` in `.github/dependabot.yml` without `cooldown`, or whose `default-days` are fewer than
seven. All are one finding. Part of the preset `strict`.

## Why is this bad
Most malicious versions are found and taken down within days. Whoever waits does not get them. `cooldown` counts for
version updates alone: what closes a vulnerability is proposed at once.

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
How long is long enough is a matter of taste; where three days are wanted, silence it with a reason.

## References
- <https://docs.github.com/en/code-security/reference/supply-chain-security/dependabot-options-reference#cooldown->
",
    },
    run: Run::Repository { preset: Preset::Strict, reads: Reads::Workflows, whole: false, run },
};

/// Days in which most malicious versions were found.
const DAYS: u64 = 7;

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for update in repository.updates() {
        let Some((span, what)) = judge(update.value, update.ecosystem.span()) else { continue };
        let shown = update.shown();
        let message = format!("versions of {shown} are proposed before others have tried them: {what}");
        reports
            .span(&update.document.path, span, message)
            .note(format!("{shown}: {what}"))
            .practice(update.name(), "entries of `updates` have no `cooldown` of seven days");
    }
}

/// What is wrong with the cooldown of an entry, and where; `ecosystem` is where its ecosystem stands.
fn judge(entry: Value<'_>, ecosystem: Span) -> Option<(Span, String)> {
    let limit = entry.get("open-pull-requests-limit").and_then(Value::text);
    if limit == Some("0") {
        // Security updates alone, which never wait.
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
