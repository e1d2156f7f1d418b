//! Whether a condition can hold: when a certain event starts the job, and when a stranger causes that event.

use crate::parse::workflow::Text;
use crate::parse::workflow::expression::{Expr, call, literal, op, parse};
use github_actions_expressions::SpannedExpr;

/// True if `condition` cannot hold when `event` starts the job.
#[must_use]
pub fn excludes(condition: &Text, event: &str) -> bool {
    holds(condition, event, false) == Some(false)
}

/// True if `condition` cannot hold when a stranger causes `event`: it asks who wrote something, whether the head is in
/// a fork, or for what only members do. Comparing `github.actor` with a bot does not, see the check
/// `spoofable-actor-check`.
#[must_use]
pub fn keeps_out(condition: &Text, event: &str) -> bool {
    holds(condition, event, true) == Some(false)
}

/// What the expression `text` is when a tag starts the job, by a push or a release; nothing if that is unknown.
#[must_use]
pub fn for_tags(text: &Text) -> Option<bool> {
    Evaluator { event: "push", by_stranger: false, by_tag: true }.holds(&parse(whole(text)?)?)
}

/// The whole of the condition as an expression; nothing if text stands around its braces, for such a text is always
/// true.
fn whole(condition: &Text) -> Option<&str> {
    let mut all = condition.expressions();
    match (all.next(), all.next()) {
        (None, _) => Some(&condition.text),
        (Some(one), None) => (one.start == 0 && one.end == condition.text.len()).then_some(one.raw),
        _ => None,
    }
}

fn holds(condition: &Text, event: &str, by_stranger: bool) -> Option<bool> {
    let parsed = parse(whole(condition)?)?;
    Evaluator { event, by_stranger, by_tag: false }.holds(&parsed)
}

struct Evaluator<'a> {
    event: &'a str,
    by_stranger: bool,
    by_tag: bool,
}

impl Evaluator<'_> {
    /// Whether `of` holds; nothing if that is unknown.
    fn holds(&self, of: &SpannedExpr<'_>) -> Option<bool> {
        match &of.inner {
            Expr::Literal(literal::Literal::Boolean(value)) => Some(*value),
            Expr::BinExpr(op::BinExpr { lhs, op, rhs }) => match op {
                op::BinOp::And => match (self.holds(lhs), self.holds(rhs)) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                },
                op::BinOp::Or => match (self.holds(lhs), self.holds(rhs)) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                },
                op::BinOp::Eq => self.equals(lhs, rhs),
                op::BinOp::Neq => self.equals(lhs, rhs).map(|equal| !equal),
                _ => None,
            },
            Expr::UnExpr { op: op::UnOp::Not, expr } => self.holds(expr).map(|value| !value),
            Expr::Call(call) if call.func == call::Function::StartsWith && self.by_tag => {
                let [one, start] = call.args.as_slice() else { return None };
                let Expr::Literal(start) = &start.inner else { return None };
                let start = start.as_str().to_ascii_lowercase();
                let is_ref = path(one).as_deref() == Some("github.ref");
                let is_known = "refs/tags/".starts_with(&start) || start.starts_with("refs/heads");
                (is_ref && is_known).then(|| "refs/tags/".starts_with(&start))
            }
            Expr::Call(call) if call.func == call::Function::Contains => match call.args.as_slice() {
                [all, one] => self.contains(all, one),
                _ => None,
            },
            Expr::Context(context) if self.by_stranger => {
                let path = context.as_pattern()?;
                match path.strip_prefix("github.event.")? {
                    "pull_request.head.repo.fork" => Some(true),
                    "pull_request.merged" => Some(false),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn equals(&self, one: &SpannedExpr<'_>, other: &SpannedExpr<'_>) -> Option<bool> {
        let (path, other) = match (path(one), path(other)) {
            (Some(path), None) => (path, other),
            (None, Some(path)) => (path, one),
            (Some(first), Some(second)) => return self.same(&first, &second),
            (None, None) => return None,
        };
        let Expr::Literal(value) = &other.inner else { return None };
        let value = value.as_str().to_ascii_lowercase();
        if path == "github.event_name" {
            return Some(value == self.event);
        }
        if path == "github.ref_type" && self.by_tag {
            return Some(value == "tag");
        }
        if !self.by_stranger {
            return None;
        }
        if path.ends_with(".author_association") {
            return matches!(value.as_str(), "owner" | "member" | "collaborator").then_some(false);
        }
        if is_head_repository(&path) {
            return Some(false);
        }
        if is_person(&path) {
            // The last who did something may be a bot; who opened a pull request is not made one by that.
            let is_author = !is_actor(&path);
            return (is_author || !value.ends_with("[bot]")).then_some(false);
        }
        match path.strip_prefix("github.event.")? {
            "pull_request.head.repo.fork" => Some(value == "true"),
            "pull_request.merged" => Some(value == "false"),
            "label.name" => Some(false),
            "workflow_run.event" => (!value.starts_with("pull_request")
                && !super::context::PRIVILEGED.contains(&value.as_str()))
            .then_some(false),
            _ => None,
        }
    }

    fn same(&self, one: &str, other: &str) -> Option<bool> {
        let is_own = |path: &str| {
            path.starts_with("github.repository")
                || path.starts_with("github.event.repository.")
                || path.starts_with("github.event.pull_request.base.")
        };
        let pair = |head: &str, own: &str| (is_head_repository(head) || is_person(head)) && is_own(own);
        (self.by_stranger && (pair(one, other) || pair(other, one))).then_some(false)
    }

    fn contains(&self, all: &SpannedExpr<'_>, one: &SpannedExpr<'_>) -> Option<bool> {
        if !self.by_stranger {
            return None;
        }
        let list = all.origin.raw.to_ascii_lowercase();
        if list.contains(".labels.*.name") || list.contains(".labels)") && list.contains("event") {
            return Some(false);
        }
        let path = path_in(one)?;
        if path.ends_with(".author_association") {
            let is_open =
                ["contributor", "none", "first_time", "mannequin"].iter().any(|kind| list.contains(kind));
            return (!is_open).then_some(false);
        }
        if path.ends_with(".head.repo.full_name") {
            return Some(false);
        }
        (is_person(&path) && !(is_actor(&path) && list.contains("[bot]"))).then_some(false)
    }
}

fn path(of: &SpannedExpr<'_>) -> Option<String> {
    match &of.inner {
        Expr::Context(context) => context.as_pattern(),
        _ => None,
    }
}

/// The context that `of` is, or the first of alternatives: `a.b || c.b`.
fn path_in(of: &SpannedExpr<'_>) -> Option<String> {
    match &of.inner {
        Expr::BinExpr(op::BinExpr { lhs, op: op::BinOp::Or, .. }) => path_in(lhs),
        _ => path(of),
    }
}

/// True for who did what started the job, or re-ran it.
fn is_actor(path: &str) -> bool {
    path.starts_with("github.actor")
        || path.starts_with("github.triggering_actor")
        || path.ends_with(".sender.login")
        || path.ends_with(".sender.id")
}

fn is_person(path: &str) -> bool {
    is_actor(path) || path.ends_with(".user.login") || path.ends_with(".user.id")
}

fn is_head_repository(path: &str) -> bool {
    let repository = path
        .strip_prefix("github.event.pull_request.head.")
        .and_then(|rest| rest.strip_prefix("repo."))
        .or_else(|| path.strip_prefix("github.event.workflow_run.head_repository."));
    repository.is_some_and(|part| {
        matches!(part, "full_name" | "name" | "id" | "node_id" | "owner.login" | "owner.id" | "html_url")
    }) || path == "github.event.pull_request.head.user.login"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_keep_strangers_out() {
        for (condition, event, out) in [
            (
                "github.event.pull_request.head.repo.full_name == github.repository",
                "pull_request_target",
                true,
            ),
            (
                "github.event.pull_request.head.repo.full_name != github.repository",
                "pull_request_target",
                false,
            ),
            ("${{ !github.event.pull_request.head.repo.fork }}", "pull_request_target", true),
            ("github.event.pull_request.merged == true && x", "pull_request_target", true),
            ("github.event.pull_request.merged", "pull_request_target", true),
            ("github.actor == 'someone'", "issues", true),
            ("github.actor == 'dependabot[bot]'", "issues", false),
            ("github.event.pull_request.user.login == 'dependabot[bot]'", "pull_request_target", true),
            ("github.actor == 'a' || contains(github.event.comment.body, '/run')", "issue_comment", false),
            (
                "contains(fromJSON('[\"OWNER\",\"MEMBER\"]'), github.event.comment.author_association)",
                "issue_comment",
                true,
            ),
            (
                "contains(fromJSON('[\"OWNER\",\"CONTRIBUTOR\"]'), github.event.comment.author_association)",
                "issue_comment",
                false,
            ),
            ("contains(github.event.pull_request.labels.*.name, 'safe')", "pull_request_target", true),
            ("github.event.workflow_run.event == 'push'", "workflow_run", true),
            ("github.event.workflow_run.event == 'pull_request'", "workflow_run", false),
            ("github.event.workflow_run.event != 'pull_request'", "workflow_run", false),
            ("${{ github.actor == 'someone' }}\n", "issues", false),
            (
                "(github.event_name == 'issues' && github.actor == 'a') || github.event_name == 'watch'",
                "issues",
                true,
            ),
            (
                "(github.event_name == 'issues' && github.actor == 'a') || github.event_name == 'watch'",
                "watch",
                false,
            ),
            ("", "issues", false),
        ] {
            assert_eq!(keeps_out(&Text::new(condition), event), out, "{condition} {event}");
        }
    }

    #[test]
    fn conditions_exclude_events() {
        let push = Text::new("github.event_name == 'push' && x");
        assert!(excludes(&push, "issues") && !excludes(&push, "push"));
        assert!(!excludes(&Text::new("github.actor == 'a'"), "issues"));
    }
}
