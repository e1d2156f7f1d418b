//! `broken-ternary`: `a && b || c` with a falsy `b`, which is always `c`.

use crate::engine::repository::Repository;
use crate::engine::{Check, Reads, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity, Span};
use crate::parse::workflow::expression::{Expr, in_source, op, parse, shown};
use github_actions_expressions::SpannedExpr;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "broken-ternary",
        title: "ternary that always yields its second value",
        severity: Severity::Low,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "negate the condition, so that the value that may be empty comes last: `!a && c || b`",
        docs: r"
## What it does
Reports `a && b || c` in an expression where `b` is a falsy constant: an empty string, `0`, `false`, `null`.

## Why is this bad
Before `case`, GitHub expressions had no ternary operator; `a && b || c` works as one only if `b` is truthy. Otherwise
the result is `c` whatever `a` is. If `c` is the value with more rights, the condition protects nothing.

## Example
```yaml
args: ${{ github.event_name == 'pull_request' && '' || '--publish' }}
```

## Use instead
```yaml
args: ${{ github.event_name != 'pull_request' && '--publish' || '' }}
```

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#operators>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for file in repository.files() {
        let Ok(text) = std::str::from_utf8(&file.bytes) else { continue };
        for (raw, range) in in_source(text) {
            if !raw.contains("&&") || !raw.contains("||") {
                continue;
            }
            // A quote is doubled in a single-quoted string.
            let undoubled = raw.replace("''", "'");
            let Some(parsed) = parse(raw).or_else(|| parse(&undoubled)) else { continue };
            let mut found = Vec::new();
            visit(&parsed, &mut found);
            for (value, other) in found {
                let message = format!("this ternary is always `{other}`, because `{value}` is falsy");
                reports.span(&file.path, Span::new(range.start, range.end), message);
            }
        }
    }
}

/// Adds the values that are never chosen, each with its replacement.
fn visit(part: &SpannedExpr<'_>, found: &mut Vec<(String, String)>) {
    match &part.inner {
        Expr::BinExpr(op::BinExpr { lhs, op: op::BinOp::Or, rhs }) => {
            if part.consteval().is_none()
                && let Expr::BinExpr(op::BinExpr { op: op::BinOp::And, rhs: value, .. }) = &last(lhs).inner
                && is_false(value)
                && !is_false(rhs)
            {
                found.push((shown(value.origin.raw), shown(rhs.origin.raw)));
            }
            visit(lhs, found);
            visit(rhs, found);
        }
        Expr::BinExpr(op::BinExpr { lhs, rhs, .. }) => {
            visit(lhs, found);
            visit(rhs, found);
        }
        Expr::UnExpr { expr, .. } => visit(expr, found),
        Expr::Call(call) => call.args.iter().for_each(|one| visit(one, found)),
        _ => {}
    }
}

/// The last of several alternatives.
fn last<'a, 'src>(of: &'a SpannedExpr<'src>) -> &'a SpannedExpr<'src> {
    match &of.inner {
        Expr::BinExpr(op::BinExpr { op: op::BinOp::Or, rhs, .. }) => last(rhs),
        _ => of,
    }
}

fn is_false(of: &SpannedExpr<'_>) -> bool {
    of.consteval().is_some_and(|value| !value.as_boolean())
}
