//! `bartizan batch run`: all repositories of a list on this machine, or one shard of a plan on an engine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::Context as _;

use super::args::{Again, CloneBy, RunArgs};
use super::written::{About, MAX_PLAN, about, read_plan};
use super::{list, merge, progress, settings};
use crate::batch::clone::{Cloning, VARIABLES};
use crate::batch::entry::Entry;
use crate::batch::lock::{self, Asked};
use crate::batch::plan::Plan;
use crate::batch::record::Status;
use crate::batch::results::{Known, Results, number};
use crate::batch::supervise::{self, Job, Seen};
use crate::batch::worker::{Limits, Setup};
use crate::batch::{part, shard};
use crate::cli::exit::Exit;
use crate::cli::{db, interrupt};
use crate::external::file;
use crate::model::{Error, Secret};
use crate::scan::config::{self, Environment};

const MAX_TOKEN: u64 = 64 << 10;

pub(super) fn run(args: &RunArgs) -> anyhow::Result<Exit> {
    let ready = Ready::new(args);
    // An engine would try a wrong list or wrong settings again and again.
    let ready = match (ready, &args.plan) {
        (Err(error), Some(_)) => {
            crate::cli::say(&error);
            return Ok(Exit::Misused);
        }
        (ready, _) => ready?,
    };
    ready.run(args)
}

struct Ready {
    plan: Plan,
    shard: Option<u32>,
    environment: Environment,
    cloning: Option<Cloning>,
    _lock: Option<lock::Lock>,
}

impl Ready {
    /// What is needed before anything is scanned.
    fn new(args: &RunArgs) -> anyhow::Result<Self> {
        let environment = Environment::read()?;
        let about = about(&args.out)?;
        if about.is_none() && part::files(&args.out)?.is_empty() {
            // A run that was killed at its start has left its lock, and maybe a temporary file.
            let is_ours = |entry: std::fs::DirEntry| {
                let name = entry.file_name();
                name == lock::DIRECTORY || name.to_string_lossy().starts_with(".run.json.")
            };
            let is_other =
                args.out.read_dir().is_ok_and(|mut entries| entries.any(|entry| !entry.is_ok_and(is_ours)));
            let own = args.out.join("plan.jsonl");
            // An engine's recipe may have put the plan there.
            anyhow::ensure!(
                !is_other || own.is_file(),
                "{} does not hold results; name a directory that is empty or does not exist yet",
                args.out.display()
            );
        }
        let mut plan = match &args.plan {
            Some(path) => {
                let plan = read_plan(path)?;
                let said = settings::arguments(&args.settings, &Environment::default())?;
                anyhow::ensure!(
                    said.is_empty() || said == plan.head.arguments,
                    "the settings are those of the plan; remove them here, or create the plan again"
                );
                let rules = settings::rules_digest();
                let digest = settings::digest(&plan.head.arguments, &rules, &environment)?;
                anyhow::ensure!(
                    digest == plan.head.settings,
                    "the plan was made by version {} with other rules or settings, or with another fingerprint key; \
                     make it again with this program",
                    plan.head.version
                );
                plan
            }
            None => list::make(&args.list, &args.settings, &environment, 1)?,
        };
        if let Some(before) = &about {
            anyhow::ensure!(
                before.settings == plan.head.settings,
                "the results in {} are of other settings, rules or another version ({}), and are not mixed with new \
                 ones; name another --out, or remove them",
                args.out.display(),
                before.version
            );
            if args.plan.is_none() && before.now != plan.head.now {
                // All results of a directory are judged at one time.
                plan.head.now = before.now;
                plan = plan.sealed();
            }
        }
        let variable = |name: &str| variable(name).and_then(|value| value.into_string().ok());
        let shard = match args.shard.as_deref() {
            None => None,
            Some("auto") => {
                let (shard, notice) =
                    shard::auto(&variable, plan.head.shards).map_err(|why| anyhow::anyhow!(why))?;
                notice.iter().for_each(|notice| crate::cli::tell(notice));
                Some(shard)
            }
            Some(text) => {
                Some(shard::named(text, plan.head.shards).map_err(|why| anyhow::anyhow!("--shard: {why}"))?)
            }
        };
        let cloning = cloning(args)?;
        let addresses = plan.entries.iter().filter(|entry| entry.url).count();
        anyhow::ensure!(
            addresses == 0 || cloning.is_some(),
            "{addresses} of {} repositories are addresses; --clone git fetches them by the git on the PATH, or clone \
             them and name the directory",
            plan.entries.len()
        );
        let failed = |source| Error::Write { path: args.out.clone(), source };
        file::make_private(&args.out).map_err(failed)?;
        let name = shard.map_or_else(|| "all".to_owned(), |shard| format!("{shard:05}"));
        let lock = match lock::take(&args.out, &name).map_err(failed)? {
            Asked::Held(lock) => Some(lock),
            Asked::Unsupported => None,
            Asked::Taken => anyhow::bail!("another process is scanning the same into {}", args.out.display()),
        };
        if about.is_none() {
            let about = About {
                v: crate::batch::VERSION,
                version: plan.head.version.clone(),
                rules: plan.head.rules.clone(),
                settings: plan.head.settings.clone(),
                now: plan.head.now,
            };
            let text = serde_json::to_vec_pretty(&about)?;
            file::write_private(&args.out.join("run.json"), &text).map_err(failed)?;
        }
        let kept = args.out.join("plan.jsonl");
        let text = plan.text();
        if !file::read(&kept, MAX_PLAN).is_ok_and(|before| before == text) {
            file::write_private(&kept, &text).map_err(failed)?;
        }
        Ok(Self { plan, shard, environment, cloning, _lock: lock })
    }

    fn run(&self, args: &RunArgs) -> anyhow::Result<Exit> {
        let Self { plan, environment, .. } = self;
        let results = Results::read(std::slice::from_ref(&args.out))?;
        let of_shard = |entry: &&Entry| self.shard.is_none_or(|shard| entry.shard == shard);
        let again = args.again.unwrap_or(Again::Passing);
        let is_open = |entry: &&Entry| {
            let known = number(&entry.key).and_then(|key| results.get(key));
            known.is_none_or(|known| is_wanted_again(known, again))
        };
        let mine: Vec<&Entry> = plan.entries.iter().filter(of_shard).collect();
        let todo: Vec<&Entry> = mine.iter().copied().filter(is_open).collect();
        let kept = mine.len() - todo.len();
        if kept > 0 && !args.quiet {
            crate::cli::tell(&format!("{kept} of {} repositories have a record already", mine.len()));
        }
        if args.plan.is_none() && !args.settings.offline && !environment.offline && !todo.is_empty() {
            db::update_once(environment);
        }
        let last = match &args.since_last {
            None => None,
            Some(directory) => self.last(directory)?,
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let cores = u16::try_from(cores).unwrap_or(u16::MAX);
        let jobs = args.jobs.unwrap_or(cores);
        let memory = args.repo_memory.unwrap_or_else(|| supervise::usual_memory(jobs));
        let (stop, seen) = (interrupt::wished(), Arc::new(Seen::default()));
        let scanning = Job {
            setup: Setup { arguments: plan.head.arguments.clone(), threads: 1, now: plan.head.now, memory },
            out: &args.out,
            name: self.shard.map_or_else(|| "all".to_owned(), |shard| format!("{shard:05}")),
            jobs,
            limits: Limits { time: args.repo_timeout, memory },
            sarif: args.sarif,
            cloning: self.cloning.as_ref(),
            last: last.as_ref(),
            stop: &stop,
            seen: &seen,
        };
        let line = progress::Line::start(!args.quiet, Arc::clone(&seen), todo.len() as u64);
        let ended = supervise::run(&scanning, &todo);
        drop(line);
        let done = seen.done.load(Ordering::Relaxed);
        match ended {
            Err(why) => {
                crate::cli::say(&anyhow::anyhow!(why));
                return Ok(Exit::Again);
            }
            Ok(false) => {
                let done = kept as u64 + done;
                crate::cli::tell(&format!(
                    "stopped: {done} of {} repositories are done; the same command goes on",
                    mine.len()
                ));
                return Ok(Exit::Again);
            }
            Ok(true) => {}
        }
        if args.plan.is_none() {
            let said = args.fail_on.map(|threshold| threshold.0).or(environment.fail_on);
            return merge::after_run(&args.out, plan, said.unwrap_or(config::DEFAULT_FAIL_ON), args.quiet);
        }
        self.ending(&args.out, &mine)
    }

    /// How a shard ended, for the engine.
    fn ending(&self, out: &Path, mine: &[&Entry]) -> anyhow::Result<Exit> {
        let results = Results::read(&[out.to_owned()])?;
        let mut exit = Exit::Clean;
        for entry in mine {
            let known = number(&entry.key).and_then(|key| results.get(key));
            exit = exit.or(match known {
                Some(known) if known.status >= Status::Empty => Exit::Clean,
                Some(known) if known.why.is_some_and(is_worth_a_try) => Exit::Again,
                Some(_) => Exit::Failed,
                None => Exit::Again,
            });
        }
        Ok(exit)
    }

    /// The results of the last time, if they are of the same settings.
    fn last(&self, directory: &Path) -> anyhow::Result<Option<Results>> {
        let about =
            about(directory)?.with_context(|| format!("{}: there are no results", directory.display()))?;
        if about.settings != self.plan.head.settings {
            crate::cli::tell(
                "the results of --since-last have other settings, rules or another version: everything is scanned",
            );
            return Ok(None);
        }
        Ok(Some(Results::read(&[directory.to_owned()])?))
    }
}

/// True for failures that may not happen again on another machine or at another time.
fn is_worth_a_try(why: crate::batch::record::Why) -> bool {
    use crate::batch::record::Why;
    matches!(why, Why::Killed | Why::Disk | Why::Clone)
}

fn is_wanted_again(known: &Known, again: Again) -> bool {
    match known.status {
        Status::Failed => again > Again::Passing || known.why.is_none_or(|why| why.passes()),
        Status::Missing => true,
        Status::Incomplete => again >= Again::Incomplete,
        Status::Empty | Status::Complete => again == Again::All,
    }
}

fn cloning(args: &RunArgs) -> anyhow::Result<Option<Cloning>> {
    if args.clone == CloneBy::Off {
        return Ok(None);
    }
    let token = match (&args.token_file, &args.token_host) {
        (Some(path), Some(host)) => {
            let bytes =
                file::read(path, MAX_TOKEN).map_err(|source| Error::Read { path: path.clone(), source })?;
            let token = bytes.trim_ascii();
            let is_token = !token.is_empty() && token.iter().all(u8::is_ascii_graphic);
            anyhow::ensure!(is_token, "{}: there is no token in it", path.display());
            Some((host.to_ascii_lowercase(), Secret::new(token)))
        }
        _ => None,
    };
    let work: PathBuf = args.work.clone().unwrap_or_else(|| args.out.join("work"));
    file::make_private(&work).map_err(|source| Error::Write { path: work.clone(), source })?;
    let work = work.canonicalize().map_err(|source| Error::Read { path: work.clone(), source })?;
    let set = VARIABLES.into_iter().filter_map(|name| Some((name, variable(name)?)));
    let cloning = Cloning { work, disk: args.disk, token, environment: set.collect::<BTreeMap<_, _>>() };
    cloning.tidy();
    Ok(Some(cloning))
}

/// A variable of the environment: which shard this is, and how git reaches the network.
#[expect(clippy::disallowed_methods, reason = "which shard this is, the engine that started it says there")]
fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
