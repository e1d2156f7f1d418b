//! The workflow that `bartizan init --action` writes.

use std::path::Path;

use crate::source::{Git, GitEnvironment, GitHome, GitOptions, Place};

/// Where it belongs, from the root of the repository.
pub(in crate::cli) const PLACE: [&str; 3] = [".github", "workflows", "bartizan.yml"];
/// The commit that no repository has: GitHub refuses a workflow that asks for it, before anything runs.
pub(in crate::cli) const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

/// The workflow as it is without a commit and for the usual branch.
const TEMPLATE: &str = include_str!("workflow.yml");
/// The line of it that says what to do about the zeros.
const NOTE: &str = "does not know which commit";
/// Taken for the default branch where nothing says which it is.
const USUAL_BRANCH: &str = "main";

/// The commit that the program was built from, if the build knew.
pub(in crate::cli) fn built_from() -> Option<&'static str> {
    option_env!("BARTIZAN_BUILD_COMMIT").filter(|commit| is_commit(commit))
}

/// True for a whole id of a commit, which is what an action has to be pinned to.
pub(in crate::cli) fn is_commit(text: &str) -> bool {
    text.len() == 40
        && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && text != NO_COMMIT
}

/// The workflow for a repository with this default branch.
pub(super) fn text(commit: Option<&str>, branch: &str) -> String {
    let branch = if is_plain(branch) { branch } else { USUAL_BRANCH };
    let text = TEMPLATE.replace("[\"main\"]", &format!("[\"{branch}\"]"));
    let Some(commit) = commit else { return text };
    let lines = text.lines().filter(|line| !line.contains(NOTE));
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    text.replace(NO_COMMIT, commit)
}

/// The default branch of the repository around `folder`, as far as it says.
pub(super) fn branch(folder: &Path) -> String {
    let git_home = GitHome::from_environment();
    let options = GitOptions { allow_foreign_owner: false, git_home, environment: GitEnvironment::default() };
    let git = Git::open(&Place::Around(folder.to_owned()), &options).ok();
    git.and_then(|git| git.default_branch()).unwrap_or_else(|| USUAL_BRANCH.to_owned())
}

/// True for a name that means itself as a pattern of GitHub and between quotes in YAML.
fn is_plain(branch: &str) -> bool {
    !branch.is_empty() && branch.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
}

#[cfg(test)]
mod tests {
    use super::{NO_COMMIT, is_commit, text};
    use crate::parse::workflow;

    #[test]
    fn the_workflow_is_one_with_and_without_a_commit() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        for (given, wanted) in [(Some(commit), commit), (None, NO_COMMIT)] {
            let text = text(given, "trunk");
            let workflow = workflow::github(text.as_bytes()).unwrap();
            let uses: Vec<&str> = workflow.uses().map(|uses| uses.text.as_str()).collect();
            let action = format!("bartizan-scan/bartizan@{wanted}");
            assert_eq!(uses, ["actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", &action]);
            let on: Vec<&str> = workflow.on.iter().map(|on| on.name.text.as_str()).collect();
            assert_eq!(on, ["pull_request", "merge_group", "push", "schedule"]);
            assert!(text.contains("branches: [\"trunk\"]"), "{text}");
            assert_eq!(text.contains("does not know which commit"), given.is_none());
        }
    }

    #[test]
    fn names_of_branches_cannot_say_anything_else() {
        for branch in ["a\"]\n  evil:", "**", "!x", "", "a b"] {
            assert!(text(None, branch).contains("branches: [\"main\"]"), "{branch}");
        }
        assert!(text(None, "release/1.x").contains("branches: [\"release/1.x\"]"));
    }

    #[test]
    fn commits_are_whole() {
        assert!(is_commit("0123456789abcdef0123456789abcdef01234567"));
        assert!(!is_commit(NO_COMMIT) && !is_commit("main") && !is_commit("0123456789abcdef"));
    }
}
