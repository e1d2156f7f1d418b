//! What a scan looks at: the sources that the arguments ask for.

use std::path::Path;
use std::sync::Arc;

use crate::cli::args::{ScanArgs, What};
use crate::model::{Error, Problem};
use crate::source::objects::STRUCTURE_MAX;
use crate::source::{
    CleanCache, Git, GitEnvironment, GitHome, GitOptions, History, HistoryOptions, Limits, Place, Range,
    RangeOptions, Source, Staged, Worktree, WorktreeOptions, is_bare,
};

/// What is to be scanned.
pub(super) struct Sources {
    /// In the order in which they are scanned; at least one.
    pub(super) all: Vec<Box<dyn Source>>,
    /// True if they cover everything that a configuration is about.
    pub(super) whole: bool,
    /// True if it is a mistake if there is nothing in them to look at.
    pub(super) named: bool,
    /// What is worth telling before anything was scanned.
    pub(super) notices: Vec<Problem>,
}

/// What the arguments ask for.
pub(super) struct Asked<'a> {
    pub(super) what: &'a What,
    /// The path that was named, if one was.
    pub(super) path: Option<&'a Path>,
    pub(super) options: &'a WorktreeOptions,
    pub(super) environment: &'a GitEnvironment,
    /// Where blobs of the history that are known to be clean are remembered.
    pub(super) cache: Option<Arc<dyn CleanCache>>,
}

impl Asked<'_> {
    /// Opens what is asked for.
    ///
    /// # Errors
    /// If it cannot be opened, or if the arguments do not fit together.
    pub(super) fn open(&self) -> anyhow::Result<Sources> {
        let What { staged, index, range, since, history, unreachable, bare_repo, .. } = self.what;
        if self.what.worktree && range.is_none() && since.is_none() {
            anyhow::bail!(
                "--worktree is for --range and --since; without them the worktree is scanned anyway"
            );
        }
        if *unreachable && !history && (bare_repo.is_none() || range.is_some() || since.is_some()) {
            anyhow::bail!("--unreachable is a part of the history; say --history, too");
        }
        let range = self.what.named_range();
        if *staged {
            return self.staged();
        }
        if let Some(base) = &self.what.base {
            return self.against(base);
        }
        if *index {
            return Ok(part(Box::new(Staged::whole(self.git()?, &self.limits())?)));
        }
        match range {
            Some(range) => self.range(&range),
            None if *history || bare_repo.is_some() => self.history(),
            None => self.worktree(),
        }
    }

    fn worktree(&self) -> anyhow::Result<Sources> {
        let path = self.path.unwrap_or(Path::new("."));
        let worktree = Worktree::open(path, self.options)?;
        let whole = path.canonicalize().is_ok_and(|path| path == worktree.root());
        Ok(Sources { all: vec![Box::new(worktree)], whole, named: self.path.is_some(), notices: Vec::new() })
    }

    fn staged(&self) -> anyhow::Result<Sources> {
        Ok(part(Box::new(Staged::open(self.git()?, &self.limits())?)))
    }

    fn range(&self, name: &str) -> anyhow::Result<Sources> {
        let options = RangeOptions { limits: self.limits(), include_authors: self.what.include_authors };
        let range = Range::open(self.git()?, name, &options)?;
        if self.what.worktree {
            let mut sources = self.worktree()?;
            sources.all.push(Box::new(range));
            return Ok(sources);
        }
        let empty = range.is_empty();
        let mut sources = part(Box::new(range.with_files()));
        if empty {
            // Not an error: a branch can be where its base is. But nobody should take it for a scan.
            let message = format!("there are no commits in the range `{name}`, so nothing was scanned");
            sources.notices.push(Problem { path: None, message });
        }
        Ok(sources)
    }

    /// The whole worktree, and the commits since `base`; what they are compared with is no source.
    fn against(&self, base: &str) -> anyhow::Result<Sources> {
        let git = self.git()?;
        let worktree = Worktree::open(git.root(), self.options)?;
        let options = RangeOptions { limits: self.limits(), include_authors: self.what.include_authors };
        let range = Range::open(git, &format!("{base}..HEAD"), &options)?;
        let all: Vec<Box<dyn Source>> = vec![Box::new(worktree), Box::new(range)];
        Ok(Sources { all, whole: true, named: false, notices: Vec::new() })
    }

    fn history(&self) -> anyhow::Result<Sources> {
        let What { unreachable, include_authors, bare_repo, .. } = self.what;
        let options = HistoryOptions {
            limits: self.limits(),
            include_authors: *include_authors,
            unreachable: *unreachable,
            max_structure_size: STRUCTURE_MAX,
        };
        let mut history = History::new(self.git()?, &options);
        if let Some(cache) = &self.cache {
            history = history.with_cache(Arc::clone(cache));
        }
        let history = Box::new(history);
        if bare_repo.is_some() {
            return Ok(part(history));
        }
        let mut sources = self.worktree()?;
        sources.all.push(history);
        Ok(sources)
    }

    fn git(&self) -> anyhow::Result<Git> {
        let git = repository(self.what, self.path, &self.options.git_home, self.environment)?;
        if let Some(path) = self.path
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
    what: &What,
    path: Option<&Path>,
    git_home: &GitHome,
    environment: &GitEnvironment,
) -> Result<Git, Error> {
    let options = GitOptions {
        allow_foreign_owner: what.allow_foreign_owner,
        git_home: git_home.clone(),
        environment: environment.clone(),
    };
    let around = path.unwrap_or(Path::new("."));
    let folder = if around.is_file() { around.parent() } else { None };
    let place = match (&what.bare_repo, folder) {
        (Some(path), _) => Place::Named(path.clone()),
        (None, Some(folder)) if folder.as_os_str().is_empty() => Place::Around(".".into()),
        (None, folder) => Place::Around(folder.unwrap_or(around).to_owned()),
    };
    Git::open(&place, &options)
}

/// Takes a bare repository of which the history is wanted, named as the path or stood in, for what it is.
pub(super) fn name_bare(args: &mut ScanArgs) {
    let What { history, range, since, bare_repo, .. } = &args.what;
    let is_asked = *history || range.is_some() || since.is_some();
    let path = args.path.as_deref().unwrap_or(Path::new("."));
    if is_asked && bare_repo.is_none() && is_bare(path) {
        args.what.bare_repo = Some(path.to_owned());
        args.path = None;
    }
}

/// A source that is less than what a configuration is about, and may well be empty.
pub(super) fn part(source: Box<dyn Source>) -> Sources {
    Sources { all: vec![source], whole: false, named: false, notices: Vec::new() }
}
