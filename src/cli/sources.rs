//! The sources that the plan of a scan asks for.

use std::sync::Arc;

use crate::cli::plan::{ScanPlan, Scope};
use crate::model::{Error, Problem};
use crate::source::objects::STRUCTURE_MAX;
use crate::source::{
    CleanCache, Git, GitEnvironment, GitHome, GitOptions, History, HistoryOptions, Limits, Place, Range,
    RangeOptions, Source, Staged, Worktree, WorktreeOptions,
};

/// What is to be scanned.
pub(super) struct Sources {
    /// In the order in which they are scanned; at least one.
    pub(super) all: Vec<Box<dyn Source>>,
    /// True if they cover everything that a configuration is about.
    pub(super) whole: bool,
    /// True if it is an error that there is nothing in them to scan.
    pub(super) named: bool,
    /// Notices from before the scan.
    pub(super) notices: Vec<Problem>,
}

/// What the plan asks for.
pub(super) struct Asked<'a> {
    pub(super) plan: &'a ScanPlan,
    pub(super) options: &'a WorktreeOptions,
    pub(super) environment: &'a GitEnvironment,
    /// Where blobs of the history that are known to be clean are remembered.
    pub(super) cache: Option<Arc<dyn CleanCache>>,
}

impl Asked<'_> {
    /// Opens what is asked for.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub(super) fn open(&self) -> anyhow::Result<Sources> {
        match &self.plan.scope {
            Scope::Worktree => self.worktree(),
            Scope::Staged => Ok(part(Box::new(Staged::open(self.git()?, &self.limits())?))),
            Scope::Index => Ok(part(Box::new(Staged::whole(self.git()?, &self.limits())?))),
            Scope::Base(base) => self.against(base),
            Scope::Range { name, worktree } => self.range(name, *worktree),
            Scope::History { unreachable } => self.history(*unreachable),
        }
    }

    fn worktree(&self) -> anyhow::Result<Sources> {
        let path = self.plan.target();
        let worktree = Worktree::open(path, self.options)?;
        let whole = path.canonicalize().is_ok_and(|path| path == worktree.root());
        Ok(Sources {
            all: vec![Box::new(worktree)],
            whole,
            named: self.plan.path.is_some(),
            notices: Vec::new(),
        })
    }

    fn range(&self, name: &str, worktree: bool) -> anyhow::Result<Sources> {
        let options = RangeOptions { limits: self.limits(), include_authors: self.plan.include_authors };
        let range = Range::open(self.git()?, name, &options)?;
        if worktree {
            let mut sources = self.worktree()?;
            sources.all.push(Box::new(range));
            return Ok(sources);
        }
        let empty = range.is_empty();
        let mut sources = part(Box::new(range.with_files()));
        if empty {
            // A branch can be where its base is, so this is not an error; but it is not a clean scan either.
            let message = format!("there are no commits in the range `{name}`, so nothing was scanned");
            sources.notices.push(Problem { path: None, message });
        }
        Ok(sources)
    }

    /// The whole worktree, and the commits since `base`; what they are compared with is not a source.
    fn against(&self, base: &str) -> anyhow::Result<Sources> {
        let git = self.git()?;
        let worktree = Worktree::open(git.root(), self.options)?;
        let options = RangeOptions { limits: self.limits(), include_authors: self.plan.include_authors };
        let range = Range::open(git, &format!("{base}..HEAD"), &options)?;
        let all: Vec<Box<dyn Source>> = vec![Box::new(worktree), Box::new(range)];
        Ok(Sources { all, whole: true, named: false, notices: Vec::new() })
    }

    fn history(&self, unreachable: bool) -> anyhow::Result<Sources> {
        let options = HistoryOptions {
            limits: self.limits(),
            include_authors: self.plan.include_authors,
            unreachable,
            max_structure_size: STRUCTURE_MAX,
        };
        let mut history = History::new(self.git()?, &options);
        if let Some(cache) = &self.cache {
            history = history.with_cache(Arc::clone(cache));
        }
        let history = Box::new(history);
        if self.plan.bare_repo.is_some() {
            return Ok(part(history));
        }
        let mut sources = self.worktree()?;
        sources.all.push(history);
        Ok(sources)
    }

    fn git(&self) -> anyhow::Result<Git> {
        let git = repository(self.plan, &self.options.git_home, self.environment)?;
        if let Some(path) = &self.plan.path
            && !path.canonicalize().is_ok_and(|path| path == git.root())
        {
            let root = git.root().to_owned();
            let message = format!(
                "--staged, --index, --range, --since, --base and --history are for a whole repository; {} is a part of it",
                path.display()
            );
            return Err(Error::Git { path: root, message }.into());
        }
        Ok(git)
    }

    pub(super) fn limits(&self) -> Limits {
        Limits { max_file_size: self.options.max_file_size, exclude: self.options.exclude.clone() }
    }
}

/// The repository that is meant: all of it, wherever in it the user stands.
pub(super) fn repository(
    plan: &ScanPlan,
    git_home: &GitHome,
    environment: &GitEnvironment,
) -> Result<Git, Error> {
    let options = GitOptions {
        allow_foreign_owner: plan.allow_foreign_owner,
        git_home: git_home.clone(),
        environment: environment.clone(),
    };
    let around = plan.target();
    let folder = if around.is_file() { around.parent() } else { None };
    let place = match (&plan.bare_repo, folder) {
        (Some(path), _) => Place::Named(path.clone()),
        (None, Some(folder)) if folder.as_os_str().is_empty() => Place::Around(".".into()),
        (None, folder) => Place::Around(folder.unwrap_or(around).to_owned()),
    };
    Git::open(&place, &options)
}

/// A source that is less than what a configuration is about, and may well be empty.
pub(super) fn part(source: Box<dyn Source>) -> Sources {
    Sources { all: vec![source], whole: false, named: false, notices: Vec::new() }
}
