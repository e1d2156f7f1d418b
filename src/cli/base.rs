//! The commits that a scan is compared with, and judged by: nothing that a change brings says what counts in it.

use std::path::Path;
use std::sync::Arc;

use crate::cli::args::ScanArgs;
use crate::cli::sources;
use crate::model::{Error, Problem};
use crate::scan::config::{self, Config, Environment, Wanted};
use crate::source::{GitHome, Limits, Tree};

/// Settings that are older than so many days are worth a notice.
const OLD: i64 = 30;
const DAY: i64 = 24 * 60 * 60;

/// The commits that the arguments name.
pub(super) struct Base {
    /// The one that is compared with.
    pub(super) tree: Option<Arc<Tree>>,
    judge: Judge,
}

/// Whose settings count, and whose baseline, keys and lists.
enum Judge {
    /// Those that lie in the worktree.
    Worktree,
    /// Those of this commit: the tip of what is compared with, whatever old commit a change grows out of.
    Commit(Arc<Tree>),
    /// Nothing: the scan is of a first commit, and what that brings does not count.
    Nothing,
}

impl Base {
    /// Opens them.
    ///
    /// # Errors
    /// If they are not there; the message says what helps.
    pub(super) fn open(args: &ScanArgs, environment: &Environment, home: &GitHome) -> Result<Self, Error> {
        let path: Option<&Path> = args.path.as_deref();
        let git = || sources::repository(&args.what, path, home, &environment.git);
        let base = args.what.base.as_deref();
        let tree = base.map(|base| Tree::of_merge_base(git()?, base)).transpose()?.map(Arc::new);
        let judge = match (args.config_from.as_deref().or(base), args.what.named_range()) {
            (Some(named), _) => Judge::Commit(Arc::new(Tree::of(git()?, named)?)),
            (None, Some(range)) => match Tree::before(git()?, &range)? {
                Some(tree) => Judge::Commit(Arc::new(tree)),
                None => Judge::Nothing,
            },
            (None, None) => Judge::Worktree,
        };
        Ok(Self { tree, judge })
    }

    /// The configuration that is wanted: what the command line names, then these commits.
    pub(super) fn wanted(&self, args: &ScanArgs, environment: &Environment) -> Wanted {
        if args.no_config {
            return Wanted::Nothing;
        }
        if let Some(file) = &args.config {
            return Wanted::File(file.clone());
        }
        match &environment.config {
            Some(file) if args.config_from.is_none() => Wanted::File(file.clone()),
            _ => self.judged_by(args),
        }
    }

    /// The baseline that is wanted, in the same order.
    pub(super) fn wanted_baseline(&self, args: &ScanArgs) -> Wanted {
        match &args.baseline {
            _ if args.no_baseline => Wanted::Nothing,
            Some(file) => Wanted::File(file.clone()),
            None => self.judged_by(args),
        }
    }

    fn judged_by(&self, args: &ScanArgs) -> Wanted {
        match &self.judge {
            Judge::Commit(tree) => Wanted::Commit(Arc::clone(tree)),
            Judge::Nothing => Wanted::Nothing,
            // What lies in git's directory is no part of the repository.
            Judge::Worktree if args.what.bare_repo.is_some() => Wanted::Nothing,
            Judge::Worktree => Wanted::Search,
        }
    }

    /// Lets the files of the commit say what counts that are usually among those that are scanned: what
    /// other tools were told about advisories, which keys may sign, and who signs commits.
    pub(super) fn judge(&self, config: &mut Config) {
        match &self.judge {
            Judge::Worktree => {}
            Judge::Commit(tree) => {
                config.advisories.files = Some(config::policies(tree));
                config.signatures.listed_in = Some(Arc::clone(tree));
            }
            Judge::Nothing => config.advisories.files = Some(Vec::new()),
        }
    }

    /// From which commit the settings are, and how old they are; and which files of the worktree were not used
    /// for that. The first is a notice only if it is long ago.
    pub(super) fn told(&self, settings: &Wanted, baseline: &Wanted, now: i64) -> Told {
        let mut told = Told::default();
        let Judge::Commit(tree) = &self.judge else { return told };
        let is_of_commit = |wanted: &Wanted| matches!(wanted, Wanted::Commit(_));
        told.notices.extend(is_of_commit(settings).then(|| config::unused(tree)).flatten());
        told.notices.extend(is_of_commit(baseline).then(|| config::unused_baseline(tree)).flatten());
        let (made, id) = (tree.committed(), tree.commit().short());
        let days = now.saturating_sub(made).max(0) / DAY;
        let day = jiff::Timestamp::from_second(made).map(|time| time.strftime("%Y-%m-%d").to_string());
        let message = format!(
            "what counts is said by commit {id} of {}, {}",
            day.unwrap_or_else(|_| format!("@{made}")),
            match days {
                0 => "made today".to_owned(),
                1 => "a day old".to_owned(),
                days => format!("{days} days old"),
            }
        );
        let list = if days > OLD { &mut told.notices } else { &mut told.remarks };
        list.push(Problem { path: None, message });
        told
    }

    /// The files to compare with, as those of a repository that was cloned from `origin` are scanned.
    pub(super) fn files(&self, limits: Limits, origin: Option<&str>) -> Option<Tree> {
        let tree = self.tree.as_deref()?.clone();
        Some(tree.within(limits).from_origin(origin))
    }
}

/// What is to be told of the commits.
#[derive(Default)]
pub(super) struct Told {
    pub(super) notices: Vec<Problem>,
    pub(super) remarks: Vec<Problem>,
}
