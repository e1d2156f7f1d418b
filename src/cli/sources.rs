//! What a scan looks at: the sources that the arguments ask for.

use std::path::Path;

use crate::cli::args::What;
use crate::source::{Source, Worktree, WorktreeOptions};

/// What is to be scanned.
pub(super) struct Sources {
    /// In the order in which they are scanned; at least one.
    pub(super) all: Vec<Box<dyn Source>>,
    /// True if they cover everything that a configuration is about.
    pub(super) whole: bool,
    /// True if it is a mistake if there is nothing in them to look at.
    pub(super) named: bool,
}

impl Sources {
    /// Opens what `what` asks for of `target`; the current directory if that is none.
    ///
    /// # Errors
    /// If it cannot be opened, or if the arguments do not fit together.
    pub(super) fn open(
        what: &What,
        target: Option<&Path>,
        options: &WorktreeOptions,
    ) -> anyhow::Result<Self> {
        if what.unreachable && !what.history && what.bare_repo.is_none() {
            anyhow::bail!("--unreachable is a part of the history; say --history, too");
        }
        if what.staged
            || what.range.is_some()
            || what.since.is_some()
            || what.history
            || what.bare_repo.is_some()
        {
            anyhow::bail!("the history and the index are not scanned by this version yet");
        }
        let path = target.unwrap_or(Path::new("."));
        let worktree = Worktree::open(path, options)?;
        let whole = path.canonicalize().is_ok_and(|path| path == worktree.root());
        Ok(Self { all: vec![Box::new(worktree)], whole, named: target.is_some() })
    }
}
