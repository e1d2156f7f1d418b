//! Where a hook of this repository belongs: git's own directory, or the file of a manager of hooks.

use std::path::{Path, PathBuf};

use crate::cli::hook::args::Manager;
use crate::cli::hook::files::{self, shown};
use crate::scan::config::Environment;
use crate::source::GitHome;
use crate::source::hooks::{self, Hooks, Level};

/// Files by which a manager of hooks is known, the first that is there counts.
const MANAGERS: [(Manager, &[&str]); 4] = [
    (Manager::Husky, &[".husky"]),
    (
        Manager::Lefthook,
        &[
            "lefthook.yml",
            ".lefthook.yml",
            "lefthook.yaml",
            ".lefthook.yaml",
            "lefthook.toml",
            "lefthook.json",
        ],
    ),
    (Manager::Prek, &["prek.toml"]),
    (Manager::PreCommit, &[".pre-commit-config.yaml", ".pre-commit-config.yml"]),
];

/// The repository that this is run in.
pub(super) fn here() -> anyhow::Result<Hooks> {
    let environment = Environment::read()?;
    let options = super::options(GitHome::from_environment(), environment.git.clone());
    Ok(Hooks::open(&super::place(&environment, &options), &options)?)
}

/// The managers of hooks that are set up in the worktree, each with the file that says so.
pub(super) fn managers(hooks: &Hooks) -> Vec<(Manager, PathBuf)> {
    if hooks.is_bare {
        return Vec::new();
    }
    let found = MANAGERS.iter().filter_map(|(manager, names)| {
        let there = names.iter().map(|name| hooks.root.join(name)).find(|path| files::exists(path));
        Some((*manager, there?))
    });
    found.collect()
}

/// The directory in which hooks of this repository may be written.
///
/// # Errors
/// Why there is none, and what to do.
pub(super) fn directory(hooks: &Hooks) -> Result<PathBuf, String> {
    if let Some((path, Level::User)) = &hooks.configured {
        return Err(format!(
            "core.hooksPath in your own settings names {}, so git does not look for hooks in this repository; \
             `bartizan hook install --global` writes them there",
            shown(path)
        ));
    }
    let directory = hooks.directory();
    // Where there is none yet, its parent says where it would be.
    let real = directory
        .canonicalize()
        .or_else(|_| directory.parent().unwrap_or(directory).canonicalize())
        .map_err(|error| format!("{} cannot be looked at: {error}", shown(directory)))?;
    if real.starts_with(&hooks.common_dir) {
        return Ok(directory.to_owned());
    }
    let why = if hooks.configured.is_some() { "core.hooksPath names it" } else { "a link leads there" };
    let whose = match real.starts_with(&hooks.root) {
        true => "is a part of the worktree, which others share",
        false => "is outside of the repository",
    };
    Err(format!("hooks of this repository are in {} ({why}), which {whose}", shown(&real)))
}

/// The directory of hooks for all repositories of this user.
///
/// # Errors
/// If there is none, and what to do.
pub(super) fn global() -> anyhow::Result<PathBuf> {
    let home = GitHome::from_environment();
    let Some(path) = hooks::of_user(&home)? else {
        anyhow::bail!(
            "core.hooksPath is not set in your own settings; `git config --global core.hooksPath \
             ~/.config/git/hooks` does that. Git then runs no hooks out of the repositories themselves"
        );
    };
    if !path.is_absolute() {
        anyhow::bail!(
            "core.hooksPath in your own settings is `{}`, a directory in each repository: install hooks there",
            shown(&path)
        );
    }
    Ok(path)
}

/// True if `path` and `other` are the same place.
pub(super) fn same(path: &Path, other: &Path) -> bool {
    path == other
        || path.canonicalize().is_ok_and(|path| other.canonicalize().is_ok_and(|other| path == other))
}
