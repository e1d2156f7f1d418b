//! `always-true-condition`: a condition with text around its expression, which is always true.

use crate::engine::repository::{Repository, Site, fix};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::Text;
use crate::parse::workflow::expression::shown;
use crate::parse::yaml::Style;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "always-true-condition",
        title: "condition that is always true",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "write the condition without braces: `if: a && b`; or use `|-` for the block, so that no line break follows the braces",
        docs: r"
## What it does
Reports each `if` of a job or step that has anything around `${{ … }}`: text, a space, or the line break at the end of a
`|` or `>` block. It is `high` where strangers can start the job and it holds a secret or a write token, and `medium`
otherwise.

## Why is this bad
GitHub inserts the value of the expression into the text, and a non-empty string is true. The step runs even if the
expression is `false`, so the condition protects nothing.

## Example
```yaml
- if: |
    ${{ github.actor == 'octocat' }}
  run: ./deploy
```

## Use instead
```yaml
- if: github.actor == 'octocat'
  run: ./deploy
```

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idif>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (site, condition) in repository.conditions() {
        assess(repository, site, condition, reports);
    }
}

fn assess(repository: &Repository, site: Site<'_>, condition: &Text, reports: &mut Reports<'_>) {
    let Some(first) = condition.expressions().next() else { return };
    if first.start == 0 && first.end == condition.text.len() {
        return;
    }
    let is_break = condition.only_expression().is_some()
        && matches!(condition.style, Style::Literal | Style::Folded)
        && condition.text.ends_with('\n');
    let why = match (is_break, condition.only_expression().is_some()) {
        (true, _) => "the line break after its braces is part of it",
        (false, true) => "the spaces around its braces are part of it",
        (false, false) => "text around the expression makes it a non-empty string",
    };
    let expression = shown(first.raw);
    let trust = repository.trust(site);
    let severity = if trust.is_exposed() { Severity::High } else { Severity::Medium };
    let message = format!("the condition `{expression}` is always true: {why}");
    let reported = reports.at(site, first.span, message);
    reported.severity(severity);
    reported.fix(fix::without_line_end(site.file, condition).filter(|_| is_break));
    if severity == Severity::High {
        for start in trust.privileged.iter().take(1) {
            reported.started_by(*start, &trust.reach());
        }
    }
}
