//! `bartizan action plan`: what of the repository an event is about, and what has to be fetched first.
//!
//! What cannot be resolved is refused, with the line that helps: a scan of nothing that ends green is what
//! must not happen.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::cli::args::{PlanArgs, Selected};
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::model::{Error, ObjectId, PathGlobs, text};
use crate::parse::event::{self, Event, Pushed};
use crate::scan::config::{Environment, WorkflowEvent, in_words};
use crate::source::{Git, GitHome, GitOptions, Limits, Place, Range, RangeOptions};

/// A payload is not larger: GitHub cuts webhooks off at 25 MB.
const MAX_PAYLOAD: u64 = 32 << 20;
/// How many commits more are fetched at the second and each further attempt; after that, all.
const DEEPER: [u64; 3] = [64, 512, 4096];

/// What is to be done.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    mode: Mode,
    /// What git is to be asked for before the next attempt; empty if all is there.
    fetch: Vec<String>,
    /// Why nothing is uploaded, if so.
    no_upload: Option<&'static str>,
    /// What people should know.
    notes: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Mode {
    /// The worktree.
    #[default]
    Full,
    /// The worktree and the commits of a push.
    Pushed { before: ObjectId },
    /// What there is that this commit has not.
    Base(ObjectId),
    /// The worktree and the whole history.
    History,
    /// Nothing is left to be scanned.
    Nothing,
}

/// Commits that have to be there.
struct Needed {
    base: ObjectId,
    /// Commits that lie between, as far as they were counted.
    count: u64,
}

pub(super) fn run(args: &PlanArgs) -> anyhow::Result<Exit> {
    let environment = Environment::read()?;
    let event = read_event(&environment.event).map_err(|why| anyhow::anyhow!(why))?;
    let planned = Planner { args, environment: &environment }.plan(&event);
    match planned {
        Ok(plan) => {
            output::stdout(|out| plan.write(out))?;
            Ok(Exit::Clean)
        }
        Err(why) => Err(anyhow::anyhow!("{why}; nothing was scanned")),
    }
}

impl Plan {
    fn write(&self, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        for word in &self.fetch {
            writeln!(out, "fetch={word}")?;
        }
        match &self.mode {
            Mode::Full => writeln!(out, "mode=full")?,
            Mode::Pushed { before } => writeln!(out, "mode=pushed\nrange={before}..HEAD")?,
            Mode::Base(base) => writeln!(out, "mode=base\nbase={base}")?,
            Mode::History => writeln!(out, "mode=history")?,
            Mode::Nothing => writeln!(out, "mode=nothing")?,
        }
        // What is a part of the truth must not take the place of the whole one.
        let suffix = if matches!(self.mode, Mode::Base(_)) { "-diff" } else { "" };
        writeln!(out, "suffix={suffix}")?;
        writeln!(out, "upload={}", if self.no_upload.is_some() { "no" } else { "yes" })?;
        if let Some(why) = self.no_upload {
            writeln!(out, "no-upload={why}")?;
        }
        for note in &self.notes {
            writeln!(out, "note={}", text::escaped(note))?;
        }
        Ok(())
    }
}

/// The event; any other one where there is no file, as in a run by hand.
fn read_event(given: &WorkflowEvent) -> Result<Event, String> {
    let name = given.name.as_deref().unwrap_or_default();
    let Some(path) = &given.path else {
        return match name {
            "" | "schedule" | "workflow_dispatch" => Ok(Event::Other),
            _ => Err(format!("GITHUB_EVENT_PATH is not set, but the event is `{}`", text::escaped(name))),
        };
    };
    let wrong = |why: &str| {
        format!("the event file {} of `{}` cannot be used: {why}", path.display(), text::escaped(name))
    };
    let payload = read_small(path).map_err(|why| wrong(&why))?;
    event::read(name, &payload, &given.repository).map_err(|why| wrong(&why))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the file is named by the runner and not part of the repository"
)]
fn read_small(path: &Path) -> Result<String, String> {
    let cause = |error: std::io::Error| in_words(&error);
    if !path.metadata().map_err(cause)?.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_PAYLOAD + 1).read_to_end(&mut bytes)).map_err(cause)?;
    if bytes.len() as u64 > MAX_PAYLOAD {
        return Err(format!("it is larger than {} MiB", MAX_PAYLOAD >> 20));
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}

struct Planner<'a> {
    args: &'a PlanArgs,
    environment: &'a Environment,
}

impl Planner<'_> {
    fn plan(&self, event: &Event) -> Result<Plan, String> {
        // A deleted branch leaves nothing to scan.
        if matches!(event, Event::Push { after: None, .. }) {
            let notes = vec!["the push deletes a reference: there is nothing to scan".to_owned()];
            return Ok(Plan {
                mode: Mode::Nothing,
                no_upload: Some("nothing was scanned"),
                notes,
                ..Plan::default()
            });
        }
        if matches!(event, Event::PullRequest { is_privileged: true, .. })
            && !self.args.allow_pull_request_target
        {
            return Err(
                "`pull_request_target` runs with the secrets of the base and a token that may write; \
                        use `pull_request`, or set `allow-pull-request-target: true` if you know that \
                        nothing in this job runs code of the pull request"
                    .to_owned(),
            );
        }
        let mut plan = match self.args.scan {
            Selected::Full => Plan::default(),
            Selected::History => self.history()?,
            Selected::Auto | Selected::Diff => self.by_event(event)?,
        };
        plan.no_upload = match event {
            Event::PullRequest { is_fork: true, .. } => {
                Some("a pull request of a fork has no token that may upload")
            }
            Event::MergeGroup { .. } | Event::Push { to: Pushed::Queue, .. } => {
                Some("code scanning keeps no results of a merge queue")
            }
            Event::PullRequest { .. } | Event::Push { .. } | Event::Other => None,
        };
        Ok(plan)
    }

    fn by_event(&self, event: &Event) -> Result<Plan, String> {
        match event {
            Event::PullRequest { head, base, commits, .. } => self.pull_request(*head, *base, *commits),
            Event::MergeGroup { head, base } => {
                self.head_is(*head, "merge group")?;
                self.since(&Needed { base: *base, count: 1 })
            }
            Event::Push { before, after: Some(after), to, default_branch } => {
                self.push(*before, *after, *to, default_branch)
            }
            Event::Push { after: None, .. } | Event::Other if self.args.scan == Selected::Diff => {
                Err("`scan: diff` is for events that are about commits: pull_request, merge_group and push"
                    .to_owned())
            }
            Event::Push { after: None, .. } | Event::Other => Ok(Plan::default()),
        }
    }

    /// GitHub checks the merge of both sides out: its first parent is the base as it is now, and all that
    /// the pull request brings lies behind the second. A workflow may check the head itself out.
    fn pull_request(&self, head: ObjectId, base: ObjectId, commits: u64) -> Result<Plan, String> {
        let git = self.git()?;
        let (here, parents) = git.commit("HEAD")?;
        match parents.as_slice() {
            _ if here == head => self.since(&Needed { base, count: commits }),
            [first, second] if *second == head => self.since(&Needed { base: *first, count: commits + 1 }),
            _ => Err(format!(
                "HEAD is commit {}, but the event is about commit {}; check out the merge commit, as \
                 actions/checkout does without `ref`, or the head of the pull request",
                here.short(),
                head.short()
            )),
        }
    }

    fn push(
        &self,
        before: Option<ObjectId>,
        after: ObjectId,
        to: Pushed,
        default_branch: &str,
    ) -> Result<Plan, String> {
        if to == Pushed::Tag && self.args.scan == Selected::Auto {
            return Ok(Plan::default());
        }
        self.head_is(after, "push")?;
        match before {
            Some(before) if to == Pushed::DefaultBranch && self.args.scan == Selected::Auto => {
                let mut plan = self.since(&Needed { base: before, count: 1 })?;
                plan.mode = Mode::Pushed { before };
                Ok(plan)
            }
            None if to == Pushed::DefaultBranch => Ok(Plan::default()),
            Some(before) => self.since(&Needed { base: before, count: 1 }),
            // A new branch: what the default branch has not.
            None => match self.git()?.commit(&format!("refs/remotes/origin/{default_branch}")) {
                Ok((tip, _)) => self.since(&Needed { base: tip, count: 1 }),
                Err(_) if self.args.attempt == 1 => Ok(Plan {
                    fetch: ["--no-tags", "origin"]
                        .map(str::to_owned)
                        .into_iter()
                        .chain([format!("+refs/heads/{default_branch}:refs/remotes/origin/{default_branch}")])
                        .collect(),
                    ..Plan::default()
                }),
                Err(why) => {
                    Err(format!("the branch is new, and the default branch cannot be fetched: {why}"))
                }
            },
        }
    }

    fn head_is(&self, wanted: ObjectId, what: &str) -> Result<(), String> {
        let (here, _) = self.git()?.commit("HEAD")?;
        match here == wanted {
            true => Ok(()),
            false => Err(format!(
                "HEAD is commit {}, but the {what} is about commit {}; check that one out, as \
                 actions/checkout does without `ref`, or set `scan: full`",
                here.short(),
                wanted.short()
            )),
        }
    }

    /// A scan of what `needed.base` has not, once the commits for it are there.
    fn since(&self, needed: &Needed) -> Result<Plan, String> {
        let &Needed { base, count } = needed;
        let git = self.git()?;
        let shallow = git.is_shallow();
        let (head, _) = git.commit("HEAD")?;
        let options = RangeOptions {
            limits: Limits { max_file_size: u64::MAX, exclude: PathGlobs::default() },
            include_authors: false,
        };
        let mode = Mode::Base(base);
        let why = match Range::open(git, &format!("{base}..HEAD"), &options) {
            Ok(_) => return Ok(Plan { mode, ..Plan::default() }),
            Err(Error::Range(why)) => why,
            Err(other) => return Err(other.to_string()),
        };
        let attempt = usize::try_from(self.args.attempt).unwrap_or(usize::MAX);
        let deeper = match (shallow, attempt) {
            // Never a depth: of a clone that has more it would take commits away.
            (true, 1) => Some(format!("--deepen={}", count.saturating_add(2))),
            (true, attempt) if attempt <= DEEPER.len() + 1 => {
                Some(format!("--deepen={}", DEEPER[attempt - 2]))
            }
            (true, attempt) if attempt == DEEPER.len() + 2 => Some("--unshallow".to_owned()),
            (false, 1) => None,
            _ => {
                let help = if shallow {
                    "set `fetch-depth: 0` in actions/checkout"
                } else {
                    "run it again with `scan: full`"
                };
                return Err(format!("{why}; it could not be fetched: {help}"));
            }
        };
        let words = deeper.into_iter().chain(["--no-tags", "origin"].map(str::to_owned));
        let fetch = words.chain([head.to_string(), base.to_string()]).collect();
        Ok(Plan { mode, fetch, ..Plan::default() })
    }

    fn history(&self) -> Result<Plan, String> {
        let mode = Mode::History;
        match (self.git()?.is_shallow(), self.args.attempt) {
            (false, _) => Ok(Plan { mode, ..Plan::default() }),
            (true, 1) => {
                let fetch = ["--unshallow", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*"];
                Ok(Plan { mode, fetch: fetch.map(str::to_owned).to_vec(), ..Plan::default() })
            }
            (true, _) => Err("this clone is shallow, and the rest of the history could not be fetched; set \
                              `fetch-depth: 0` in actions/checkout"
                .to_owned()),
        }
    }

    fn git(&self) -> Result<Git, String> {
        let options = GitOptions {
            // The runner checks out as one user and may run containers as another; nothing is run here.
            allow_foreign_owner: true,
            git_home: GitHome::from_environment(),
            environment: self.environment.git.clone(),
        };
        Git::open(&Place::Around(self.args.path.clone()), &options).map_err(|error| error.to_string())
    }
}
