//! What a scan is to do: commands make a plan of their arguments, and the scan sees nothing else of them.

use std::path::{Path, PathBuf};

use crate::cli::args::{ConfigArgs, DatabaseArgs, How, OtherArgs, ScanArgs, What, Which};
use crate::model::{PathGlob, Severity};
use crate::source::is_bare;

/// What of a repository is scanned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Scope {
    /// The files of the worktree.
    #[default]
    Worktree,
    /// What the index adds to HEAD.
    Staged,
    /// All of the index.
    Index,
    /// What was introduced since the merge base with this revision.
    Base(String),
    /// What the commits of a range add.
    Range {
        /// The range as git writes it.
        name: String,
        /// Whether the worktree is scanned, too.
        worktree: bool,
    },
    /// The whole history, and the worktree if there is one.
    History {
        /// Whether what no ref reaches is scanned, too.
        unreachable: bool,
    },
}

/// Where the settings or the baseline are from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Origin {
    /// The repository, or the commit that a change is compared with.
    #[default]
    Repository,
    /// This file.
    File(PathBuf),
    /// The root of this commit.
    Commit(String),
    /// Nowhere: there are none.
    Nowhere,
}

/// What a scan is to do.
#[derive(Clone, Debug, Default)]
pub(super) struct ScanPlan {
    /// The directory or file that was named.
    pub(super) path: Option<PathBuf>,
    pub(super) scope: Scope,
    /// The bare repository that was named.
    pub(super) bare_repo: Option<PathBuf>,
    pub(super) include_authors: bool,
    pub(super) no_cache: bool,
    pub(super) allow_foreign_owner: bool,
    pub(super) exclude: Vec<PathGlob>,
    pub(super) which: Which,
    pub(super) how: How,
    pub(super) config: Origin,
    pub(super) baseline: Origin,
    pub(super) databases: DatabaseArgs,
    /// Days after which an advisory database is too old, whatever the configuration says.
    pub(super) max_db_age: Option<u32>,
    /// The same if the configuration says nothing.
    pub(super) default_max_db_age: Option<u32>,
    /// The threshold, where it is not left to the environment and the configuration.
    pub(super) fail_on: Option<Option<Severity>>,
    pub(super) jobs: Option<usize>,
    /// Whether no progress is shown.
    pub(super) quiet: bool,
    /// Whether what stands near credentials is kept, for `bartizan validate`.
    pub(super) keep_nearby: bool,
}

impl ScanPlan {
    /// The plan of `bartizan scan`.
    ///
    /// # Errors
    /// If the arguments do not fit together.
    pub(super) fn new(args: &ScanArgs) -> anyhow::Result<Self> {
        let baseline = match &args.baseline {
            _ if args.no_baseline => Origin::Nowhere,
            Some(file) => Origin::File(file.clone()),
            None => Origin::Repository,
        };
        let config = match &args.config_from {
            Some(commit) => Origin::Commit(commit.clone()),
            None => Origin::from(&args.config),
        };
        let mut plan = Self {
            path: args.path.clone(),
            exclude: args.exclude.clone(),
            which: args.which.clone(),
            how: args.how.clone(),
            config,
            baseline,
            databases: args.databases.clone(),
            max_db_age: args.max_db_age,
            default_max_db_age: args.default_max_db_age,
            fail_on: args.fail_on.map(|threshold| threshold.0),
            quiet: args.output.quiet,
            ..Self::of(&args.what, args.other)?
        };
        // A bare repository whose history is asked for may be named as the path, or be the current directory.
        if matches!(plan.scope, Scope::Range { .. } | Scope::History { .. })
            && plan.bare_repo.is_none()
            && is_bare(plan.target())
        {
            plan.bare_repo = Some(plan.target().to_owned());
            plan.path = None;
        }
        Ok(plan)
    }

    /// A plan for these sources, without anything else.
    ///
    /// # Errors
    /// If the arguments do not fit together.
    pub(super) fn of(what: &What, other: OtherArgs) -> anyhow::Result<Self> {
        let since = || what.since.as_ref().map(|since| format!("{since}..HEAD"));
        let range = what.range.clone().or_else(since);
        if what.worktree && range.is_none() {
            anyhow::bail!(
                "--worktree is for --range and --since; without them the worktree is scanned anyway"
            );
        }
        if what.unreachable && !what.history && (what.bare_repo.is_none() || range.is_some()) {
            anyhow::bail!("--unreachable is a part of the history; add --history");
        }
        let scope = match (&what.base, range) {
            _ if what.staged => Scope::Staged,
            (Some(base), _) => Scope::Base(base.clone()),
            _ if what.index => Scope::Index,
            (None, Some(name)) => Scope::Range { name, worktree: what.worktree },
            _ if what.history || what.bare_repo.is_some() => Scope::History { unreachable: what.unreachable },
            _ => Scope::Worktree,
        };
        Ok(Self {
            scope,
            bare_repo: what.bare_repo.clone(),
            include_authors: what.include_authors,
            no_cache: other.no_cache,
            allow_foreign_owner: other.allow_foreign_owner,
            jobs: other.jobs.map(usize::from),
            ..Self::default()
        })
    }

    /// The directory or file that is scanned.
    pub(super) fn target(&self) -> &Path {
        self.path.as_deref().unwrap_or(Path::new("."))
    }
}

impl From<&ConfigArgs> for Origin {
    fn from(args: &ConfigArgs) -> Self {
        match &args.config {
            _ if args.no_config => Self::Nowhere,
            Some(file) => Self::File(file.clone()),
            None => Self::Repository,
        }
    }
}
