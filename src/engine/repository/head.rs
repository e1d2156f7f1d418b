//! What names the head of a pull request, which anyone writes: contexts, and outputs of steps that look it up.

use super::trust::Trust;
use crate::parse::workflow::{Step, Text};

/// What a context says of the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// A commit.
    Commit,
    /// The name of a branch, which can move.
    Branch,
    /// The repository.
    Repository,
    /// The number of the pull request.
    Number,
}

/// Actions that look the head up, in outputs called so.
const FINDERS: [&str; 8] = [
    "xt0rted/pull-request-comment-branch",
    "alessbell/pull-request-comment-branch",
    "gotson/pull-request-comment-branch",
    "khan/pull-request-comment-trigger",
    "eficode/resolve-pr-refs",
    "potiuk/get-workflow-origin",
    "actions-ecosystem/action-get-latest-tag-of-head",
    "jackton1/pull-request-head",
];

/// What a script reads that looks the head up.
const SIGNS: [&str; 8] = [
    ".head.sha",
    ".head.ref",
    ".head.repo",
    "headRefName",
    "headRefOid",
    "headRepository",
    "merge_commit_sha",
    "head_sha",
];

/// What `path`, a context in lower case, says of the head of a pull request.
#[must_use]
pub fn of(path: &str) -> Option<Head> {
    if path == "github.head_ref" {
        return Some(Head::Branch);
    }
    if path == "github.event.number" {
        return Some(Head::Number);
    }
    if let Some(name) = path.strip_prefix("steps.").and_then(|rest| rest.split(".outputs.").nth(1)) {
        return Some(match name {
            name if name.contains("repo") || name.contains("owner") => Head::Repository,
            name if name.contains("sha") || name.contains("commit") || name.contains("oid") => Head::Commit,
            _ => Head::Branch,
        });
    }
    let part = path.strip_prefix("github.event.")?;
    let part = part
        .strip_prefix("workflow_run.pull_requests.*.")
        .map_or(part, |_| if part.contains(".head.") { "pull_request.head.ref" } else { part });
    Some(match part {
        "pull_request.number" | "issue.number" | "workflow_run.pull_requests.*.number" => Head::Number,
        "pull_request.head.sha" | "pull_request.merge_commit_sha" | "workflow_run.head_sha" => Head::Commit,
        "workflow_run.head_commit.id" | "check_run.head_sha" | "check_suite.head_sha" => Head::Commit,
        "pull_request.head.ref" | "pull_request.head.label" | "workflow_run.head_branch" => Head::Branch,
        "check_suite.head_branch" | "check_run.check_suite.head_branch" => Head::Branch,
        _ if part.starts_with("pull_request.head.repo.") || part.starts_with("pull_request.head.user.") => {
            Head::Repository
        }
        _ if part.starts_with("workflow_run.head_repository.") => Head::Repository,
        _ => return None,
    })
}

/// True if the output `name` of `step` says something of the head, as far as its action or script tells.
#[must_use]
pub fn is_looked_up(step: &Step, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_base = name.contains("base") || name.contains("number") || name.contains("title");
    let looks =
        |text: Option<&Text>| text.is_some_and(|text| SIGNS.iter().any(|sign| text.text.contains(sign)));
    !is_base && (step.uses_any(&FINDERS) || looks(step.run.as_ref()) || looks(step.input("script")))
}

/// How a label lets strangers in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// When it is put on.
    Once,
    /// As long as it is on, for whatever is pushed.
    Always,
}

/// Whether it is a label that lets strangers in: by a condition, or as the only event.
#[must_use]
pub fn label(guard: &Text, trust: &Trust<'_>) -> Option<Label> {
    let text = guard.text.to_ascii_lowercase();
    let has = |name: &str| {
        trust.privileged.iter().any(|start| start.event.types.iter().any(|kind| kind.text == name))
    };
    let is_pushed = has("synchronize")
        || trust
            .privileged
            .iter()
            .any(|start| start.event.name.text == "pull_request_target" && start.event.types.is_empty());
    if text.contains("labels") && is_pushed {
        return Some(Label::Always);
    }
    text.contains("label").then_some(Label::Once)
}
