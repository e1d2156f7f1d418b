//! `substring-condition`: a list of names in one string, which also contains parts of names.

use crate::engine::repository::context::{Writer, writer};
use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::Text;
use crate::parse::workflow::expression::{Expr, Expression, call, literal, op};
use github_actions_expressions::SpannedExpr;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "substring-condition",
        title: "condition that matches parts of names",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "use a list: `contains(fromJSON('[\"main\", \"release\"]'), github.ref_name)`, or compare with `==`",
        docs: r#"
## What it does
Reports `contains('…', value)` in the condition of a job or step, where the first argument is a constant string and the
second is not. It is `medium` if others choose the value (branches, tags, user names), and `low` otherwise.

## Why is this bad
On a string, `contains` matches substrings: a branch called `mai`, or a user called `o`, is in `'main,other'`.

## Example
```yaml
if: contains('refs/heads/main refs/heads/next', github.ref)
```

## Use instead
```yaml
if: contains(fromJSON('["refs/heads/main", "refs/heads/next"]'), github.ref)
```

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#contains>
"#,
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (site, condition) in repository.conditions() {
        assess(site, condition, reports);
    }
}

fn assess(site: Site<'_>, condition: &Text, reports: &mut Reports<'_>) {
    if !condition.text.to_ascii_lowercase().contains("contains") {
        return;
    }
    for expression in condition.conditions() {
        if let Some(parsed) = expression.parse() {
            visit(site, condition, &expression, &parsed, reports);
        }
    }
}

fn visit(
    site: Site<'_>,
    condition: &Text,
    whole: &Expression<'_>,
    part: &SpannedExpr<'_>,
    reports: &mut Reports<'_>,
) {
    match &part.inner {
        Expr::Call(call) => {
            if call.func == call::Function::Contains
                && let [list, value] = call.args.as_slice()
                && let Expr::Literal(literal::Literal::String(_)) = &list.inner
                && let Expr::Context(context) = &value.inner
            {
                let path = context.as_pattern().unwrap_or_default();
                let named = value.origin.raw.trim();
                let message =
                    format!("`{named}` is matched as a substring, so any part of a listed name passes");
                let severity = if is_chosen(&path) { Severity::Medium } else { Severity::Low };
                reports.at(site, site.locate(condition, whole.place(part)), message).severity(severity);
            }
            call.args.iter().for_each(|one| visit(site, condition, whole, one, reports));
        }
        Expr::BinExpr(op::BinExpr { lhs, rhs, .. }) => {
            visit(site, condition, whole, lhs, reports);
            visit(site, condition, whole, rhs, reports);
        }
        Expr::UnExpr { expr, .. } => visit(site, condition, whole, expr, reports),
        _ => {}
    }
}

/// True if others choose the value: a member, or anyone with an account with a short name.
fn is_chosen(path: &str) -> bool {
    const NAMES: [&str; 4] =
        ["github.actor", "github.triggering_actor", "env.github_ref", "env.github_actor"];
    writer(path).is_some_and(|writer| writer >= Writer::Member)
        || NAMES.iter().any(|name| path.starts_with(name))
        || ["env.github_head_ref", "env.github_base_ref"].contains(&path)
        || path.ends_with(".login")
}
