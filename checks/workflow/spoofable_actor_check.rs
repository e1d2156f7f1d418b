//! `spoofable-actor-check`: a condition that trusts a bot by the last actor instead of the author.

use crate::engine::repository::{Repository, Site};
use crate::engine::{Check, Reads, Reported, Reports, Run};
use crate::model::{Confidence, Family, Meta, Preset, Severity};
use crate::parse::workflow::Text;
use crate::parse::workflow::expression::{Expr, Expression, call, literal, op};
use github_actions_expressions::SpannedExpr;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "spoofable-actor-check",
        title: "condition on a spoofable actor",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Workflow,
        remedy: "check the author: `github.event.pull_request.user.login == 'dependabot[bot]'`, or the author of the issue or comment",
        docs: r"
## What it does
Reports conditions of jobs and steps that can pass because `github.actor`, `github.triggering_actor` or the `sender` of
an event equals the name or number of a bot, or is in a list of bots. It is `high` where anyone can start the job and it
holds a secret or a write token, `low` where only members start it, and `medium` otherwise.

## Why is this bad
The actor is whoever acted last, not the author of the change. A stranger can make Dependabot act last in a pull request
of their own, for example with a comment `@dependabot recreate` in a fork, and the job then treats their code as the
bot's.

## Example
```yaml
on: pull_request_target
jobs:
  merge:
    if: github.actor == 'dependabot[bot]'
```

## Use instead
```yaml
on: pull_request_target
jobs:
  merge:
    if: github.event.pull_request.user.login == 'dependabot[bot]'
```

## References
- <https://docs.github.com/en/code-security/dependabot/working-with-dependabot/automating-dependabot-with-github-actions>
",
    },
    run: Run::Repository { preset: Preset::Default, reads: Reads::Workflows, whole: false, run },
};

/// Numbers of well-known bots: Dependabot (its account, its app, its former account) and Renovate.
const BOT_IDS: [&str; 4] = ["49699333", "29110", "27856297", "29139614"];

fn run(repository: &Repository, reports: &mut Reports<'_>) {
    for (site, condition) in repository.conditions() {
        assess(repository, site, condition, reports);
    }
}

fn assess(repository: &Repository, site: Site<'_>, condition: &Text, reports: &mut Reports<'_>) {
    for expression in condition.conditions() {
        let Some(parsed) = expression.parse() else { continue };
        let mut found = Vec::new();
        visit(&parsed, true, &mut found);
        let Some((first, more)) = found.split_first() else { continue };
        let (part, alone) = *first;
        let reported = report(repository, site, condition, &expression, part, alone, reports);
        for (part, _) in more {
            let span = site.locate(condition, expression.place(part));
            reported.trace(site.file, span, "and here".to_owned());
        }
    }
}

fn report<'r>(
    repository: &Repository,
    site: Site<'_>,
    condition: &Text,
    whole: &Expression<'_>,
    part: &SpannedExpr<'_>,
    alone: bool,
    reports: &'r mut Reports<'_>,
) -> &'r mut Reported {
    let trust = repository.trust(site);
    let holds = trust.may_write() || !trust.secrets.is_empty();
    let (severity, how) = match (trust.privileged.first(), trust.forks.first()) {
        (Some(start), _) if trust.is_exposed() => {
            let event = &start.event.name.text;
            (Severity::High, format!("anyone can pass it through `{event}`, with {}", trust.reach()))
        }
        (Some(start), _) => {
            let event = &start.event.name.text;
            (
                Severity::Medium,
                format!("anyone can pass it through `{event}`, though the job holds {}", trust.reach()),
            )
        }
        (None, Some(start)) => {
            let event = &start.event.name.text;
            let rights =
                if holds { "its token is read-only in a fork" } else { "the job has no rights to gain" };
            (Severity::Medium, format!("anyone can pass it through `{event}`, though {rights}"))
        }
        (None, None) if trust.is_called => {
            (Severity::Medium, "that need not be the author of the change".to_owned())
        }
        (None, None) => (Severity::Low, "that need not be the author of the change".to_owned()),
    };
    let named = part.origin.raw.trim();
    let message = format!("`{named}` checks who acted last: {how}");
    let reported = reports.at(site, site.locate(condition, whole.place(part)), message);
    reported.severity(severity).confidence(if alone { Confidence::High } else { Confidence::Medium });
    for start in trust.privileged.iter().chain(&trust.forks).take(1) {
        reported.started_by(*start, "");
    }
    reported
}

/// Adds the comparisons that can make `part` true; each with whether it suffices alone.
fn visit<'a, 'src>(part: &'a SpannedExpr<'src>, alone: bool, found: &mut Vec<(&'a SpannedExpr<'src>, bool)>) {
    match &part.inner {
        Expr::BinExpr(op::BinExpr { lhs, op: op::BinOp::Or, rhs }) => {
            visit(lhs, alone, found);
            visit(rhs, alone, found);
        }
        // A condition that also checks the author is safe.
        Expr::BinExpr(op::BinExpr { lhs, op: op::BinOp::And, rhs })
            if !asks_author(lhs) && !asks_author(rhs) =>
        {
            visit(lhs, false, found);
            visit(rhs, false, found);
        }
        Expr::BinExpr(op::BinExpr { lhs, op: op::BinOp::Eq, rhs }) => {
            if is_bot_compared(lhs, rhs) || is_bot_compared(rhs, lhs) {
                found.push((part, alone));
            } else if is_true(rhs) {
                visit(lhs, alone, found);
            }
        }
        Expr::Call(call) if call.func == call::Function::Contains => {
            if let [list, value] = call.args.as_slice()
                && is_actor(value)
                && list.origin.raw.contains("[bot]")
            {
                found.push((part, alone));
            }
        }
        _ => {}
    }
}

fn is_true(of: &SpannedExpr<'_>) -> bool {
    matches!(of.inner, Expr::Literal(literal::Literal::Boolean(true)))
}

fn is_bot_compared(value: &SpannedExpr<'_>, with: &SpannedExpr<'_>) -> bool {
    let Expr::Literal(with) = &with.inner else { return false };
    let with = with.as_str();
    (is_actor(value) && with.ends_with("[bot]")) || (is_actor_id(value) && BOT_IDS.contains(&with.as_ref()))
}

fn path(of: &SpannedExpr<'_>) -> Option<String> {
    match &of.inner {
        Expr::Context(context) => context.as_pattern().map(|path| path.to_ascii_lowercase()),
        _ => None,
    }
}

fn is_actor(of: &SpannedExpr<'_>) -> bool {
    const ACTORS: [&str; 4] = [
        "github.actor",
        "github.triggering_actor",
        "github.event.sender.login",
        "github.event.pull_request.sender.login",
    ];
    path(of).is_some_and(|path| ACTORS.contains(&path.as_str()))
}

fn is_actor_id(of: &SpannedExpr<'_>) -> bool {
    const IDS: [&str; 3] =
        ["github.actor_id", "github.event.sender.id", "github.event.pull_request.sender.id"];
    path(of).is_some_and(|path| IDS.contains(&path.as_str()))
}

/// True if `of` holds only for certain authors.
fn asks_author(of: &SpannedExpr<'_>) -> bool {
    match &of.inner {
        Expr::BinExpr(op::BinExpr { lhs, op: op::BinOp::And, rhs }) => asks_author(lhs) || asks_author(rhs),
        Expr::BinExpr(op::BinExpr { lhs, op: op::BinOp::Eq, rhs }) => [lhs, rhs].into_iter().any(|side| {
            path(side).is_some_and(|path| {
                path.ends_with(".user.login")
                    || path.ends_with(".user.id")
                    || path.ends_with("head.repo.full_name")
            })
        }),
        _ => false,
    }
}
