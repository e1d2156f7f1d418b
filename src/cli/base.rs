//! The commits that a scan is compared with, and judged by: nothing that a change brings says what counts in it.

use std::sync::Arc;

use crate::cli::plan::{Origin, ScanPlan, Scope};
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
    pub(super) fn open(plan: &ScanPlan, environment: &Environment, home: &GitHome) -> Result<Self, Error> {
        let git = || sources::repository(plan, home, &environment.git);
        let base = if let Scope::Base(base) = &plan.scope { Some(base.as_str()) } else { None };
        let tree = base.map(|base| Tree::of_merge_base(git()?, base)).transpose()?.map(Arc::new);
        let judge = match (&plan.config, &plan.scope) {
            (Origin::Commit(named), _) | (_, Scope::Base(named)) => {
                Judge::Commit(Arc::new(Tree::of(git()?, named)?))
            }
            (_, Scope::Range { name, .. }) => match Tree::before(git()?, name)? {
                Some(tree) => Judge::Commit(Arc::new(tree)),
                None => Judge::Nothing,
            },
            _ => Judge::Worktree,
        };
        Ok(Self { tree, judge })
    }

    /// The configuration that is wanted: what the command line names, then these commits.
    pub(super) fn wanted(&self, plan: &ScanPlan, environment: &Environment) -> Wanted {
        match (&plan.config, &environment.config) {
            (Origin::Repository, Some(file)) => Wanted::File(file.clone()),
            (origin, _) => self.wanted_from(origin, plan),
        }
    }

    /// The baseline that is wanted, in the same order.
    pub(super) fn wanted_baseline(&self, plan: &ScanPlan) -> Wanted {
        self.wanted_from(&plan.baseline, plan)
    }

    fn wanted_from(&self, origin: &Origin, plan: &ScanPlan) -> Wanted {
        match origin {
            Origin::Nowhere => return Wanted::Nothing,
            Origin::File(file) => return Wanted::File(file.clone()),
            Origin::Commit(_) | Origin::Repository => {}
        }
        match &self.judge {
            Judge::Commit(tree) => Wanted::Commit(Arc::clone(tree)),
            Judge::Nothing => Wanted::Nothing,
            // Files in the .git directory are not part of the repository.
            Judge::Worktree if plan.bare_repo.is_some() => Wanted::Nothing,
            Judge::Worktree => Wanted::Search,
        }
    }

    /// Takes from the commit the files that count although they are among those that are scanned: other tools'
    /// lists of accepted advisories, keys that may sign, and signers of commits.
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
    pub(super) fn messages(&self, settings: &Wanted, baseline: &Wanted, now: i64) -> Messages {
        let mut messages = Messages::default();
        let Judge::Commit(tree) = &self.judge else { return messages };
        let is_of_commit = |wanted: &Wanted| matches!(wanted, Wanted::Commit(_));
        messages.notices.extend(is_of_commit(settings).then(|| config::unused(tree)).flatten());
        messages.notices.extend(is_of_commit(baseline).then(|| config::unused_baseline(tree)).flatten());
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
        let list = if days > OLD { &mut messages.notices } else { &mut messages.remarks };
        list.push(Problem { path: None, message });
        messages
    }

    /// The files to compare with, as those of a repository that was cloned from `origin` are scanned.
    pub(super) fn files(&self, limits: Limits, origin: Option<&str>) -> Option<Tree> {
        let tree = self.tree.as_deref()?.clone();
        Some(tree.within(limits).from_origin(origin))
    }
}

/// The notices and remarks about the commits.
#[derive(Default)]
pub(super) struct Messages {
    pub(super) notices: Vec<Problem>,
    pub(super) remarks: Vec<Problem>,
}
