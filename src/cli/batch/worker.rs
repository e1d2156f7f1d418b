//! `bartizan batch worker`: scans what the supervisor names on standard input, one repository after the other, and
//! answers with lines of findings and a record. It ends when there is nothing more to be read, whatever it is at.

use std::io::{self, BufRead as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;

use anyhow::Context as _;

use super::args::SettingsArgs;
use super::settings;
use crate::batch::part::json_line;
use crate::batch::record::{Cost, Line, Record, Status, TIPS, Why};
use crate::batch::worker::{SINCE, Setup, Task, UNCHANGED};
use crate::batch::{directory, limit_memory, used};
use crate::cli::exit::Exit;
use crate::cli::job::Shared;
use crate::cli::plan::{Origin, ScanPlan, Scope};
use crate::cli::sources::{self, Asked};
use crate::external::file;
use crate::model::{Error, Report};
use crate::render::{Format, Options, render};
use crate::scan::config::Environment;
use crate::scan::registry;
use crate::source::{GitEnvironment, GitHome, Landmarks, Range, RangeOptions, Tree};

/// True while a repository is scanned.
static BUSY: AtomicBool = AtomicBool::new(false);

struct Worker {
    settings: SettingsArgs,
    environment: Environment,
    home: GitHome,
    shared: Shared,
}

#[expect(
    clippy::disallowed_methods,
    reason = "a thread that waits for the supervisor, so that its end is noticed"
)]
pub(super) fn run() -> anyhow::Result<Exit> {
    let mut lines = io::BufReader::new(io::stdin()).lines();
    let setup = lines.next().context("only `bartizan batch run` starts a worker")??;
    let setup: Setup = serde_json::from_str(&setup).context("only `bartizan batch run` starts a worker")?;
    limit_memory(setup.memory);
    let mut environment = Environment::read()?;
    environment.now = Some(setup.now);
    environment.offline = true;
    // These are about one repository.
    environment.git = GitEnvironment::default();
    environment.config = None;
    let worker = Worker {
        settings: settings::read(&setup.arguments)?,
        environment,
        home: GitHome::from_environment(),
        shared: Shared::new(Some(usize::from(setup.threads))),
    };
    let (sender, tasks) = sync_channel::<Task>(1);
    std::thread::spawn(move || {
        for line in lines {
            let Some(task) = line.ok().and_then(|line| serde_json::from_str(&line).ok()) else { break };
            BUSY.store(true, Ordering::SeqCst);
            if sender.send(task).is_err() {
                return;
            }
        }
        if BUSY.load(Ordering::SeqCst) {
            leave();
        }
    });
    for task in tasks {
        let answer = worker.answer(&task);
        BUSY.store(false, Ordering::SeqCst);
        let mut out = io::stdout().lock();
        // Without a supervisor there is nothing left to do.
        if out.write_all(&answer).and_then(|()| out.flush()).is_err() {
            break;
        }
    }
    Ok(Exit::Clean)
}

/// The supervisor is gone: what is being scanned is of no use to anyone.
#[expect(clippy::exit, reason = "the worker ends, whatever is being scanned")]
fn leave() {
    std::process::exit(75);
}

/// The outcome of scanning one repository.
enum Scanned {
    /// It is as it was the last time.
    Unchanged,
    /// What is new since.
    New(Vec<Line>, Box<Record>),
    /// Everything.
    Whole(Vec<Line>, Box<Record>),
}

impl Worker {
    fn answer(&self, task: &Task) -> Vec<u8> {
        let before = used(std::process::id());
        let answered = catch_unwind(AssertUnwindSafe(|| self.scan(task)));
        let failed = |record| (false, Vec::new(), record);
        let (since, lines, mut record) = match answered {
            Ok(Ok(Scanned::Whole(lines, record))) => (false, lines, *record),
            Ok(Ok(Scanned::New(lines, record))) => (true, lines, *record),
            Ok(Ok(Scanned::Unchanged)) => return [UNCHANGED.as_bytes(), b"\n"].concat(),
            Ok(Err(error)) => failed(failure(task, &error)),
            Err(_) => {
                let message = "the scan broke; please report this as a bug";
                failed(Record::failed(&task.key, &task.location, Why::Crashed, message))
            }
        };
        let after = used(std::process::id());
        let cpu_ms = after.cpu_ms.saturating_sub(before.cpu_ms);
        record.cost = Some(Cost { cpu_ms, rss_kb: after.rss_kb, ..Cost::default() });
        let mut bytes = Vec::new();
        if since {
            bytes.extend_from_slice(SINCE.as_bytes());
            bytes.push(b'\n');
        }
        for line in &lines {
            json_line(line, &mut bytes).expect("writing to memory does not fail");
        }
        json_line(&record, &mut bytes).expect("writing to memory does not fail");
        bytes
    }

    /// What is found in a repository.
    fn scan(&self, task: &Task) -> anyhow::Result<Scanned> {
        let path = path_of(task);
        let metadata = path.metadata().map_err(|source| Error::Read { path: path.clone(), source })?;
        anyhow::ensure!(metadata.is_dir(), Error::Git { path, message: "it is not a directory".to_owned() });
        let is_bare = path.join(".git").symlink_metadata().is_err();
        let mut plan = settings::scan(&self.settings, &path, is_bare)?;
        let baselines = self.settings.baseline_dir.as_deref();
        let baseline = baselines.and_then(|root| directory::baseline(root, &task.key, &task.location));
        plan.baseline = baseline.map_or(plan.baseline, Origin::File);
        let mut landmarks = None;
        if is_bare {
            landmarks = sources::repository(&plan, &self.home, &self.environment.git)?.landmarks();
        }
        if let (Some(landmarks), Some(last)) = (&landmarks, &task.last) {
            if landmarks.digest == last.refs {
                return Ok(Scanned::Unchanged);
            }
            let is_asked = !last.tips.is_empty()
                && plan.scope != Scope::History { unreachable: true }
                && !self.settings.snapshot;
            // Without a complete answer everything is scanned.
            if is_asked
                && let Ok(Some(report)) = self.since(&plan, &last.tips)
                && let Ok((lines, record)) = self.recorded(task, &report, Some(landmarks))
                && record.status >= Status::Empty
            {
                return Ok(Scanned::New(lines, Box::new(record)));
            }
        }
        let report = self.report(&plan, is_bare)?;
        let (lines, record) = self.recorded(task, &report, landmarks.as_ref())?;
        Ok(Scanned::Whole(lines, Box::new(record)))
    }

    /// What is new since references named these; none if that is unknown.
    fn since(&self, plan: &ScanPlan, tips: &[String]) -> anyhow::Result<Option<Report>> {
        let git = || sources::repository(plan, &self.home, &self.environment.git);
        let limits = |asked: &Asked<'_>| RangeOptions { limits: asked.limits(), include_authors: false };
        let done = self.shared.perform(plan, &self.environment, &|asked| {
            let range = Range::since(git()?, tips, &limits(asked))?;
            Ok(sources::part(Box::new(
                range.ok_or_else(|| Error::Range("nothing to go on from".to_owned()))?,
            )))
        });
        match done {
            Ok(done) => Ok(Some(done.report)),
            Err(error) if matches!(error.downcast_ref(), Some(Error::Range(_))) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A report as lines and a record, and in SARIF if that is wanted.
    fn recorded(
        &self,
        task: &Task,
        report: &Report,
        landmarks: Option<&Landmarks>,
    ) -> anyhow::Result<(Vec<Line>, Record)> {
        let key = self.environment.fingerprint_key.as_ref().map(|key| key.expose());
        let lines = Line::all(&task.key, report, key);
        let mut record = Record::of(&task.key, &task.location, report);
        if let Some(Landmarks { digest, tips }) = landmarks {
            record.refs = Some(digest.clone());
            record.tips = if tips.len() > TIPS { Vec::new() } else { tips.clone() };
        }
        record.lines = lines.len() as u64;
        record.left_out = report.findings.len() as u64 - record.lines;
        if let Some(sarif) = &task.sarif {
            write_sarif(report, Path::new(sarif))?;
        }
        Ok((lines, record))
    }

    fn report(&self, plan: &ScanPlan, is_bare: bool) -> anyhow::Result<Report> {
        let done = self.shared.perform(plan, &self.environment, &|asked| {
            if !(is_bare && self.settings.snapshot) {
                return asked.open();
            }
            let git = sources::repository(plan, &self.home, &self.environment.git)?;
            Ok(sources::part(Box::new(Tree::of(git, "HEAD")?.within(asked.limits()))))
        });
        match done {
            Ok(done) => Ok(done.report),
            // An empty one is not an error.
            Err(error) if matches!(error.downcast_ref(), Some(Error::EmptySelection(_))) => {
                Ok(Report { scope: "nothing".to_owned(), ..Report::default() })
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(unix)]
fn path_of(task: &Task) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;
    let bytes = task.bytes.as_ref().and_then(|bytes| data_encoding::HEXLOWER.decode(bytes.as_bytes()).ok());
    bytes
        .map_or_else(|| PathBuf::from(&task.path), |bytes| PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}

#[cfg(not(unix))]
fn path_of(task: &Task) -> PathBuf {
    PathBuf::from(&task.path)
}

fn write_sarif(report: &Report, path: &Path) -> anyhow::Result<()> {
    let mut text = Vec::new();
    render(
        report,
        Format::Sarif,
        &Options { has_page: registry::is_built_in, ..Options::plain(None) },
        &mut text,
    )?;
    let written = file::write_private(path, &text);
    Ok(written.map_err(|source| Error::Write { path: path.to_owned(), source })?)
}

fn failure(task: &Task, error: &anyhow::Error) -> Record {
    let why = match error.downcast_ref::<Error>() {
        Some(Error::Read { .. }) => Why::Unreadable,
        Some(Error::Git { .. } | Error::Range(_)) => Why::Repository,
        Some(Error::Config(_)) => Why::Settings,
        Some(Error::Write { .. }) => Why::Disk,
        _ => Why::Other,
    };
    let causes: Vec<String> = error.chain().map(crate::cli::in_our_words).collect();
    let mut message = causes.join(": ");
    let path = Path::new(&task.location);
    let parts = path.file_name().zip(path.parent().and_then(Path::file_name));
    if why == Why::Unreadable && parts.is_some() && path.symlink_metadata().is_err() {
        message.push_str("; of a repository on a host write the address, https://…");
    }
    Record::failed(&task.key, &task.location, why, &message)
}
