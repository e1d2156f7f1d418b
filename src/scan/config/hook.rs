//! The variables that git and pre-commit set for hooks.

use std::ffi::OsString;
use std::path::PathBuf;

/// The variables that git and pre-commit set for the hooks that they start.
#[derive(Clone, Debug, Default)]
pub struct HookEnvironment {
    /// `GIT_DIR`: the repository, wherever the hook runs.
    pub git_dir: Option<PathBuf>,
    /// True if `GIT_EDITOR` is `:`, as git sets it if the message is not edited.
    pub no_editor: bool,
    /// `BARTIZAN_SKIP`: the user wants no hook to run.
    pub skip: bool,
    /// `SKIP`: the hooks that pre-commit is to leave out, by id.
    pub skipped: Vec<String>,
    /// True if `PRE_COMMIT` is set: pre-commit has started this hook.
    pub by_pre_commit: bool,
    /// `PRE_COMMIT_FROM_REF` and `PRE_COMMIT_TO_REF`: what is to be looked at.
    pub range: Option<(String, String)>,
    /// `PRE_COMMIT_REMOTE_NAME`: where is pushed to.
    pub remote: Option<String>,
    /// `PRE_COMMIT_LOCAL_BRANCH`: what is pushed.
    pub local_branch: Option<String>,
}

impl HookEnvironment {
    /// Takes what `get` gives, all but `BARTIZAN_SKIP`.
    pub(super) fn from(get: &impl Fn(&str) -> Option<OsString>) -> Self {
        let text = |name: &str| get(name).map(|value| value.to_string_lossy().into_owned());
        let listed = text("SKIP").unwrap_or_default();
        Self {
            git_dir: get("GIT_DIR").map(PathBuf::from),
            no_editor: text("GIT_EDITOR").as_deref() == Some(":"),
            skip: false,
            skipped: listed.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect(),
            by_pre_commit: get("PRE_COMMIT").is_some(),
            range: text("PRE_COMMIT_FROM_REF").zip(text("PRE_COMMIT_TO_REF")),
            remote: text("PRE_COMMIT_REMOTE_NAME"),
            local_branch: text("PRE_COMMIT_LOCAL_BRANCH"),
        }
    }
}
