//! The GitHub event that started a workflow: which commits to scan.
//!
//! The file at `GITHUB_EVENT_PATH` is the payload of the webhook (see "Webhook events and payloads" in GitHub's
//! documentation). Titles, names and bodies in it are untrusted; only commit ids and branch names are used, and
//! only if well-formed.

use serde_json::Value;

use crate::model::{ObjectId, text};

/// The most commits of a pull request that are counted; the number only decides how much to fetch at first.
const COMMITS_MAX: u64 = 10_000;

/// An event, as far as it decides what is scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// `pull_request` and related events.
    PullRequest {
        /// The tip of the branch to be merged.
        head: ObjectId,
        /// The tip of the target branch at the time of the event.
        base: ObjectId,
        /// The number of commits, according to the event.
        commits: u64,
        /// True if it comes from another repository, or from a deleted one.
        is_fork: bool,
        /// True for `pull_request_target`, which runs with the secrets of the base.
        is_privileged: bool,
    },
    /// `merge_group`
    MergeGroup {
        /// The merge commit under test.
        head: ObjectId,
        /// The current tip of the branch.
        base: ObjectId,
    },
    /// `push`
    Push {
        /// The previous target of the ref; `None` if it is new.
        before: Option<ObjectId>,
        /// The new target; `None` if it was deleted.
        after: Option<ObjectId>,
        /// The kind of ref.
        to: Pushed,
        /// The default branch of the repository.
        default_branch: String,
    },
    /// Any other event, which is not about specific commits.
    Other,
}

/// The kind of a pushed ref.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The default branch.
    DefaultBranch,
    /// Another branch.
    Branch,
    /// A branch of a merge queue.
    Queue,
    /// A tag.
    Tag,
}

/// Parses the event `name` from its `payload`; `repository` is the `owner/name` that the workflow runs in.
///
/// # Errors
/// What is missing or malformed.
pub fn read(name: &str, payload: &str, repository: &str) -> Result<Event, String> {
    let payload: Value =
        serde_json::from_str(payload).map_err(|error| format!("it is not JSON (line {})", error.line()))?;
    let pull_request = payload.get("pull_request").filter(|value| value.is_object());
    match name {
        "pull_request" | "pull_request_target" | "pull_request_review" | "pull_request_review_comment" => {
            let pull_request = pull_request.ok_or("it has no `pull_request`")?;
            let from = pull_request.pointer("/head/repo/full_name").and_then(Value::as_str);
            Ok(Event::PullRequest {
                head: id(pull_request, "/head/sha")?,
                base: id(pull_request, "/base/sha")?,
                commits: pull_request
                    .get("commits")
                    .and_then(Value::as_u64)
                    .unwrap_or(1)
                    .clamp(1, COMMITS_MAX),
                is_fork: from.is_none_or(|from| !from.eq_ignore_ascii_case(repository)),
                is_privileged: name == "pull_request_target",
            })
        }
        "merge_group" => Ok(Event::MergeGroup {
            head: id(&payload, "/merge_group/head_sha")?,
            base: id(&payload, "/merge_group/base_sha")?,
        }),
        "push" => push(&payload),
        _ => Ok(Event::Other),
    }
}

fn push(payload: &Value) -> Result<Event, String> {
    let reference = payload.get("ref").and_then(Value::as_str).ok_or("it has no `ref`")?;
    let default_branch = payload.pointer("/repository/default_branch").and_then(Value::as_str);
    let default_branch = default_branch.ok_or("it has no `repository.default_branch`")?;
    if !is_branch_name(default_branch) {
        return Err(format!("`{}` is not a branch name", text::escaped(default_branch)));
    }
    let to = match reference.strip_prefix("refs/heads/") {
        Some(branch) if branch == default_branch => Pushed::DefaultBranch,
        Some(branch) if branch.starts_with("gh-readonly-queue/") => Pushed::Queue,
        Some(_) => Pushed::Branch,
        None => Pushed::Tag,
    };
    Ok(Event::Push {
        before: id_or_none(payload, "/before")?,
        after: id_or_none(payload, "/after")?,
        to,
        default_branch: default_branch.to_owned(),
    })
}

/// The id at `pointer`.
fn id(value: &Value, pointer: &str) -> Result<ObjectId, String> {
    id_or_none(value, pointer)?.ok_or_else(|| format!("its `{}` is not a commit", dotted(pointer)))
}

/// The id at `pointer`; `None` if it is all zeros.
fn id_or_none(value: &Value, pointer: &str) -> Result<Option<ObjectId>, String> {
    let digits = value.pointer(pointer).and_then(Value::as_str);
    let digits = digits.ok_or_else(|| format!("it has no `{}`", dotted(pointer)))?;
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes());
    let bytes = bytes.ok().filter(|bytes| matches!(bytes.len(), 20 | 32));
    let bytes = bytes.ok_or_else(|| {
        let shown: String = digits.chars().take(80).collect();
        format!("its `{}` is not a commit id: `{}`", dotted(pointer), text::escaped(&shown))
    })?;
    Ok(if bytes.iter().all(|byte| *byte == 0) { None } else { ObjectId::new(&bytes) })
}

fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

/// True for branch names that are safe to pass to git in a ref.
fn is_branch_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./+#@".contains(c) || !c.is_ascii();
    !name.is_empty()
        && name.len() <= 255
        && name.chars().all(|c| is_plain(c) && !text::needs_escape(c))
        && !name.starts_with(['-', '/', '.'])
        && !name.ends_with(['/', '.'])
        && !name.contains("..")
        && !name.contains("//")
        && !name.contains("@{")
}

#[cfg(test)]
mod tests {
    use super::{Event, Pushed, read};
    use crate::model::ObjectId;

    const ONE: &str = "0101010101010101010101010101010101010101";
    const TWO: &str = "0202020202020202020202020202020202020202";
    const NONE: &str = "0000000000000000000000000000000000000000";

    fn id(byte: u8) -> ObjectId {
        ObjectId::new(&[byte; 20]).unwrap()
    }

    fn pull_request(head: &str, repo: &str) -> String {
        format!(
            r#"{{"pull_request":{{"head":{{"sha":"{head}","repo":{repo}}},"base":{{"sha":"{ONE}"}},"commits":31}}}}"#
        )
    }

    #[test]
    fn pull_requests_and_where_they_come_from() {
        let read = |name: &str, repo: &str| read(name, &pull_request(TWO, repo), "o/r").unwrap();
        let event = |is_fork, is_privileged| Event::PullRequest {
            head: id(2),
            base: id(1),
            commits: 31,
            is_fork,
            is_privileged,
        };
        assert_eq!(read("pull_request", r#"{"full_name":"O/R"}"#), event(false, false));
        assert_eq!(read("pull_request", r#"{"full_name":"other/r"}"#), event(true, false));
        assert_eq!(read("pull_request", "null"), event(true, false));
        assert_eq!(read("pull_request_target", r#"{"full_name":"o/r"}"#), event(false, true));
    }

    #[test]
    fn pushes_and_what_to() {
        let push = |reference: &str, before: &str, after: &str| {
            let payload = format!(
                r#"{{"ref":"{reference}","before":"{before}","after":"{after}","repository":{{"default_branch":"main"}}}}"#
            );
            read("push", &payload, "o/r").unwrap()
        };
        let event = |before, after, to| Event::Push { before, after, to, default_branch: "main".to_owned() };
        assert_eq!(push("refs/heads/main", ONE, TWO), event(Some(id(1)), Some(id(2)), Pushed::DefaultBranch));
        assert_eq!(push("refs/heads/x/main", NONE, TWO), event(None, Some(id(2)), Pushed::Branch));
        assert_eq!(push("refs/heads/x", ONE, NONE), event(Some(id(1)), None, Pushed::Branch));
        assert_eq!(push("refs/tags/main", NONE, TWO), event(None, Some(id(2)), Pushed::Tag));
        let queue = push("refs/heads/gh-readonly-queue/main/pr-1", NONE, TWO);
        assert_eq!(queue, event(None, Some(id(2)), Pushed::Queue));
    }

    #[test]
    fn lies_are_told_apart_from_events() {
        for (name, payload, why) in [
            ("push", "[", "it is not JSON"),
            ("push", "{}", "no `ref`"),
            ("pull_request", "{}", "no `pull_request`"),
            ("pull_request", r#"{"pull_request":{"head":{}}}"#, "no `head.sha`"),
            ("merge_group", r#"{"merge_group":{"head_sha":7}}"#, "no `merge_group.head_sha`"),
            (
                "push",
                r#"{"ref":"refs/heads/x","repository":{"default_branch":"--upload-pack=x"}}"#,
                "is not a branch name",
            ),
        ] {
            let error = read(name, payload, "o/r").unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        for sha in ["main", "--upload-pack=x", "$(id)", "0101", "010101010101010101010101010101010101010g"] {
            let error = read("pull_request", &pull_request(sha, "null"), "o/r").unwrap_err();
            assert!(error.contains("is not a commit id"), "{error}");
        }
        let none = read("pull_request", &pull_request(NONE, "null"), "o/r").unwrap_err();
        assert!(none.contains("is not a commit"), "{none}");
        assert_eq!(read("schedule", "{}", "o/r"), Ok(Event::Other));
    }
}
