//! The commits that a scan is compared with, and judged by: what `--base` and `--config-from` name.

use std::path::Path;
use std::sync::Arc;

use crate::cli::args::ScanArgs;
use crate::cli::sources;
use crate::model::{Error, Problem};
use crate::scan::config::{self, Config, Environment, Wanted};
use crate::source::{GitHome, Limits, Tree};

/// The commits that the arguments name.
pub(super) struct Base {
    /// The one that is compared with.
    pub(super) tree: Option<Arc<Tree>>,
    /// The one whose settings count, and what other tools were told about advisories.
    settings: Option<Arc<Tree>>,
}

impl Base {
    /// Opens them.
    ///
    /// # Errors
    /// If they are not there; the message says what helps.
    pub(super) fn open(args: &ScanArgs, environment: &Environment, home: &GitHome) -> Result<Self, Error> {
        let path: Option<&Path> = args.path.as_deref();
        let git = || sources::repository(&args.what, path, home, &environment.git);
        let tree = args.what.base.as_deref().map(|base| Tree::of_merge_base(git()?, base)).transpose()?;
        let named = args.config_from.as_deref().map(|named| Tree::of(git()?, named)).transpose()?;
        let tree = tree.map(Arc::new);
        Ok(Self { settings: named.map(Arc::new).or_else(|| tree.clone()), tree })
    }

    /// The configuration that is wanted: what the command line names, then these commits.
    pub(super) fn wanted(&self, args: &ScanArgs, environment: &Environment) -> Wanted {
        let tree = || self.settings.as_ref().map(|tree| Wanted::Commit(Arc::clone(tree)));
        if args.no_config {
            return Wanted::Nothing;
        }
        if let Some(file) = &args.config {
            return Wanted::File(file.clone());
        }
        if let Some(tree) = tree().filter(|_| args.config_from.is_some()) {
            return tree;
        }
        match &environment.config {
            Some(file) => Wanted::File(file.clone()),
            // What lies in git's directory is no part of the repository.
            None if args.what.bare_repo.is_some() => Wanted::Nothing,
            None => tree().unwrap_or(Wanted::Search),
        }
    }

    /// The baseline that is wanted, in the same order.
    pub(super) fn wanted_baseline(&self, args: &ScanArgs) -> Wanted {
        match (&args.baseline, &self.settings) {
            _ if args.no_baseline => Wanted::Nothing,
            (Some(file), _) => Wanted::File(file.clone()),
            (None, Some(tree)) => Wanted::Commit(Arc::clone(tree)),
            (None, None) if args.what.bare_repo.is_some() => Wanted::Nothing,
            (None, None) => Wanted::Search,
        }
    }

    /// Lets the files of the commit say what counts that are usually among those that are scanned: what
    /// other tools were told about advisories, and who signs commits.
    pub(super) fn judge(&self, config: &mut Config) {
        config.advisories.files = self.settings.as_deref().map(config::policies);
        config.signatures.listed_in.clone_from(&self.settings);
    }

    /// That the settings of the worktree were not used, if that is worth telling.
    pub(super) fn notice(&self, wanted: &Wanted) -> Option<Problem> {
        match wanted {
            Wanted::Commit(tree) => config::unused(tree),
            Wanted::Search | Wanted::File(_) | Wanted::Nothing => None,
        }
    }

    /// The files to compare with, as those of a repository that was cloned from `origin` are scanned.
    pub(super) fn files(&self, limits: Limits, origin: Option<&str>) -> Option<Tree> {
        let tree = self.tree.as_deref()?.clone();
        Some(tree.within(limits).from_origin(origin))
    }
}
