//! Classifies expression contexts by who controls the value, such as `github.event.issue.title`.
//!
//! By GitHub's reference of contexts and of the payloads of events. Names that are made of letters, digits and
//! hyphens alone (`github.actor`), numbers, commit ids and URLs of the API cannot do harm in a script, and are
//! not in the table.

/// Who writes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Writer {
    /// Whatever a job before has put together, which is not followed.
    Computed,
    /// Who calls the action or workflow.
    Caller,
    /// Who may write to the repository: names of branches and tags, inputs of a run.
    Member,
    /// Anyone.
    Stranger,
}

/// Events that anyone starts and that run with the rights of the repository.
/// By <https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows>.
pub const PRIVILEGED: [&str; 9] = [
    "pull_request_target",
    "workflow_run",
    "issue_comment",
    "issues",
    "discussion",
    "discussion_comment",
    "fork",
    "watch",
    "gollum",
];

/// Events that anyone starts from a fork, without secrets and with a token that only reads.
pub const FORK: [&str; 3] = ["pull_request", "pull_request_review", "pull_request_review_comment"];

/// What anyone writes, below `github.event` unless it starts with `github.`. `*` stands for one name.
const STRANGER: [&str; 47] = [
    "issue.title",
    "issue.body",
    "pull_request.title",
    "pull_request.body",
    "pull_request.head.ref",
    "pull_request.head.label",
    "pull_request.head.repo.full_name",
    "pull_request.head.repo.name",
    "pull_request.head.repo.default_branch",
    "pull_request.head.repo.description",
    "pull_request.head.repo.homepage",
    "comment.body",
    "review.body",
    "review_comment.body",
    "discussion.title",
    "discussion.body",
    "answer.body",
    "pages.*.page_name",
    "pages.*.title",
    "pages.*.summary",
    "commits.*.message",
    "commits.*.author.name",
    "commits.*.author.email",
    "commits.*.author.username",
    "commits.*.committer.name",
    "commits.*.committer.email",
    "head_commit.message",
    "head_commit.author.name",
    "head_commit.author.email",
    "head_commit.committer.name",
    "head_commit.committer.email",
    "workflow_run.head_branch",
    "workflow_run.display_title",
    "workflow_run.head_commit.message",
    "workflow_run.head_commit.author.name",
    "workflow_run.head_commit.author.email",
    "workflow_run.head_repository.description",
    "workflow_run.head_repository.full_name",
    "workflow_run.pull_requests.*.head.ref",
    "check_suite.head_branch",
    "check_run.check_suite.head_branch",
    "changes.title.from",
    "changes.body.from",
    "forkee.description",
    "forkee.full_name",
    "merge_group.head_commit.message",
    "github.head_ref",
];

/// What those write who may write to the repository, or start a run.
const MEMBER: [&str; 21] = [
    "github.ref",
    "github.ref_name",
    "github.base_ref",
    "ref",
    "base_ref",
    "inputs",
    "inputs.*",
    "client_payload",
    "client_payload.*",
    "pull_request.base.ref",
    "pull_request.base.label",
    "release.name",
    "release.body",
    "release.tag_name",
    "release.target_commitish",
    "label.name",
    "label.description",
    "milestone.title",
    "milestone.description",
    "deployment.ref",
    "merge_group.head_ref",
];

/// Objects that hold what anyone writes, if they are taken whole.
const WHOLE: [&str; 12] = [
    "github",
    "github.event",
    "github.event.issue",
    "github.event.pull_request",
    "github.event.pull_request.head",
    "github.event.comment",
    "github.event.review",
    "github.event.discussion",
    "github.event.commits",
    "github.event.head_commit",
    "github.event.workflow_run",
    "github.event.changes",
];

/// Who writes the value of `path`, in lower case; nothing if it cannot do harm in a script, or is not known.
#[must_use]
pub fn writer(path: &str) -> Option<Writer> {
    let fits = |known: &&str| match known.strip_prefix("github.") {
        Some(_) => matches(known, path),
        None => path.strip_prefix("github.event.").is_some_and(|rest| matches(known, rest)),
    };
    if STRANGER.iter().any(fits) || WHOLE.contains(&path) {
        return Some(Writer::Stranger);
    }
    if path.starts_with("github.event.client_payload.") || is_free_text(path) {
        return Some(Writer::Member);
    }
    MEMBER.iter().any(fits).then_some(Writer::Member)
}

/// True if the last name of a path below `github.event` is that of a text, as `label.name`, and nothing before it is a
/// thing of which names are letters, digits and hyphens.
fn is_free_text(path: &str) -> bool {
    const TEXTS: [&str; 9] =
        ["name", "title", "body", "message", "description", "label", "email", "summary", "text"];
    const NAMED: [&str; 12] = [
        "repository",
        "repo",
        "organization",
        "enterprise",
        "sender",
        "user",
        "owner",
        "app",
        "workflow",
        "installation",
        "team",
        "head_repository",
    ];
    let Some(rest) = path.strip_prefix("github.event.") else { return false };
    let mut names = rest.rsplit('.');
    names.next().is_some_and(|last| TEXTS.contains(&last)) && !names.any(|name| NAMED.contains(&name))
}

/// The events in whose payload the value of `path` is; none if it is in that of any.
#[must_use]
pub fn events(path: &str) -> &'static [&'static str] {
    let Some(part) = path.strip_prefix("github.event.") else {
        return match path {
            "github.head_ref" | "github.base_ref" => {
                &["pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"]
            }
            _ => &[],
        };
    };
    match part.split('.').next().unwrap_or("") {
        "issue" => &["issues", "issue_comment"],
        "comment" => {
            &["issue_comment", "discussion_comment", "pull_request_review_comment", "commit_comment"]
        }
        "pull_request" => {
            &["pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"]
        }
        "review" => &["pull_request_review"],
        "discussion" | "answer" => &["discussion", "discussion_comment"],
        "pages" => &["gollum"],
        "commits" | "head_commit" => &["push"],
        "workflow_run" => &["workflow_run"],
        "check_suite" => &["check_suite"],
        "check_run" => &["check_run"],
        "forkee" => &["fork"],
        "release" => &["release"],
        "inputs" => &["workflow_dispatch"],
        "client_payload" => &["repository_dispatch"],
        "changes" => &["issues", "pull_request", "pull_request_target", "issue_comment", "discussion"],
        _ => &[],
    }
}

/// True if the names of `known` and `path` are the same, `*` standing for any one in either.
fn matches(known: &str, path: &str) -> bool {
    let (mut known, mut path) = (known.split('.'), path.split('.'));
    loop {
        match (known.next(), path.next()) {
            (None, None) => return true,
            (Some(known), Some(path)) if known == path || known == "*" || path == "*" => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_writers() {
        for (path, who) in [
            ("github.event.issue.title", Some(Writer::Stranger)),
            ("github.event.commits.*.message", Some(Writer::Stranger)),
            ("github.event.commits.0.message", Some(Writer::Stranger)),
            ("github.head_ref", Some(Writer::Stranger)),
            ("github.event", Some(Writer::Stranger)),
            ("github.ref_name", Some(Writer::Member)),
            ("github.event.inputs.tag", Some(Writer::Member)),
            ("github.event.client_payload.a.b", Some(Writer::Member)),
            ("github.event.label.name", Some(Writer::Member)),
            ("github.event.changes.new_discussion.labels.0.name", Some(Writer::Member)),
            ("github.event.repository.name", None),
            ("github.event.pull_request.number", None),
            ("github.event.pull_request.head.sha", None),
            ("github.actor", None),
            ("github.sha", None),
            ("secrets.x", None),
        ] {
            assert_eq!(writer(path), who, "{path}");
        }
        assert!(events("github.event.comment.body").contains(&"issue_comment"));
    }
}
