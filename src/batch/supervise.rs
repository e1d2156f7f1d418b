//! The supervisor: hands repositories to workers, the large ones first, and writes what they answer. A repository that
//! ends its worker is tried once more, alone; then it is a record, and the rest goes on.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::clone::Cloning;
use super::part::{Parts, json_line};
use super::plan::Entry;
use super::record::{Cost, Record, Why};
use super::results::{Results, number};
use super::system;
use super::worker::{Answer, Limits, Setup, Task, Worker};

/// KiB of packs from which on a repository gets all threads, and comes alone.
const LARGE_KB: u64 = 50 << 10;
/// KiB of memory after a repository above which a worker is replaced.
const MARK_KB: u64 = 160 << 10;

/// What is to be done.
pub struct Job<'a> {
    /// What workers are given first.
    pub setup: Setup,
    /// The directory of results.
    pub out: &'a Path,
    /// What the names of parts start with.
    pub name: String,
    /// Workers that run side by side.
    pub jobs: u16,
    /// What one repository may take.
    pub limits: Limits,
    /// True if a report in SARIF is wanted for each.
    pub sarif: bool,
    /// How addresses are cloned, if they are.
    pub cloning: Option<&'a Cloning>,
    /// The results of the last time, under the same settings.
    pub last: Option<&'a Results>,
    /// Set if the run is to stop.
    pub stop: &'a AtomicBool,
    /// What has come of it so far.
    pub seen: &'a Seen,
}

/// Counts that others can look at meanwhile.
#[derive(Debug, Default)]
pub struct Seen {
    /// Repositories with a record.
    pub done: AtomicU64,
    /// Of these, those that failed or are not whole.
    pub failed: AtomicU64,
    /// Findings.
    pub findings: AtomicU64,
}

/// A repository that waits, and how often it was tried.
struct Waiting<'a> {
    entry: &'a Entry,
    attempt: u32,
}

struct Run<'a> {
    job: &'a Job<'a>,
    again: Mutex<Vec<&'a Entry>>,
    /// What stops the run.
    broken: Mutex<Option<String>>,
}

/// Scans these repositories; false if it was stopped.
///
/// # Errors
/// What keeps results from being written, or workers from being started.
pub fn run(job: &Job<'_>, entries: &[&Entry]) -> Result<bool, String> {
    let run = Run { job, again: Mutex::default(), broken: Mutex::default() };
    let is_large = |entry: &&Entry| entry.size_kb.is_some_and(|size| size >= LARGE_KB);
    let (large, small): (Vec<&Entry>, Vec<&Entry>) = entries.iter().copied().partition(is_large);
    run.phase("l", large, 1, job.jobs, job.limits.memory, 1);
    let side_by_side = usize::from(job.jobs).min(small.len().max(1));
    run.phase("s", small, side_by_side, 1, job.limits.memory, 1);
    let again = run.again.lock().map(|mut again| std::mem::take(&mut *again)).unwrap_or_default();
    let all = job.limits.memory.saturating_mul(u64::from(job.jobs));
    run.phase("a", again, 1, job.jobs, all, 2);
    match run.broken.into_inner() {
        Ok(None) => Ok(!job.stop.load(Ordering::SeqCst)),
        Ok(Some(why)) => Err(why),
        Err(_) => Err("a thread of the supervisor broke".to_owned()),
    }
}

impl<'a> Run<'a> {
    fn phase(
        &self,
        name: &str,
        entries: Vec<&'a Entry>,
        slots: usize,
        threads: u16,
        memory: u64,
        attempt: u32,
    ) {
        if entries.is_empty() {
            return;
        }
        let queue: VecDeque<Waiting<'_>> =
            entries.into_iter().map(|entry| Waiting { entry, attempt }).collect();
        let queue = Mutex::new(queue);
        let limits = Limits { memory, ..self.job.limits };
        std::thread::scope(|scope| {
            for slot in 0..slots {
                let queue = &queue;
                let name = format!("{}-{name}{slot}", self.job.name);
                scope.spawn(move || {
                    if let Err(why) = self.slot(&name, queue, threads, limits)
                        && let Ok(mut broken) = self.broken.lock()
                    {
                        broken.get_or_insert(why);
                    }
                });
            }
        });
    }

    fn is_over(&self) -> bool {
        self.job.stop.load(Ordering::SeqCst) || self.broken.lock().map_or(true, |broken| broken.is_some())
    }

    /// One worker after the other, until nothing waits.
    fn slot(
        &self,
        name: &str,
        queue: &Mutex<VecDeque<Waiting<'a>>>,
        threads: u16,
        limits: Limits,
    ) -> Result<(), String> {
        let mut parts = Parts::new(self.job.out, name);
        let mut worker: Option<Worker> = None;
        let setup = Setup { threads, memory: limits.memory, ..self.job.setup.clone() };
        while !self.is_over() {
            let next = queue.lock().map(|mut queue| queue.pop_front()).unwrap_or_default();
            let Some(Waiting { entry, attempt }) = next else { break };
            let (mut cost, started) = (Cost { attempt, ..Cost::default() }, now_ms());
            let (lines, mut record) = match self.one(entry, &mut worker, &setup, limits, &mut cost)? {
                None => break,
                Some(Answer::Record(lines, record)) => (lines, *record),
                Some(Answer::Unchanged) => match self.carried(entry) {
                    Some(carried) => carried,
                    None => continue,
                },
                Some(Answer::Failed(why, message)) => {
                    worker = None;
                    let is_sudden = matches!(why, Why::Killed | Why::Memory | Why::Crashed);
                    if is_sudden && attempt == 1 {
                        if let Ok(mut again) = self.again.lock() {
                            again.push(entry);
                        }
                        continue;
                    }
                    (Vec::new(), Record::failed(&entry.key, &entry.location, why, &message))
                }
                Some(Answer::Stopped) => break,
            };
            let scanned = record.cost.take().unwrap_or_default();
            cost = Cost { cpu_ms: scanned.cpu_ms, rss_kb: scanned.rss_kb, ended: now_ms(), ..cost };
            cost.wall_ms = u64::try_from(cost.ended - started).unwrap_or(0);
            record.cost = Some(cost);
            self.write(&mut parts, lines, &record)?;
            if worker.as_ref().is_some_and(|worker| worker.rss_kb() > MARK_KB) {
                worker = None;
            }
        }
        parts.close().map_err(|error| unwritten(&error))
    }

    /// Fetches the repository, if it has to be, and asks a worker for it; none if the run is over.
    fn one(
        &self,
        entry: &Entry,
        worker: &mut Option<Worker>,
        setup: &Setup,
        limits: Limits,
        cost: &mut Cost,
    ) -> Result<Option<Answer>, String> {
        let (path, bytes, _clone) = match (entry.url, &self.job.cloning) {
            (false, _) => (entry.location.clone(), entry.bytes.clone(), None),
            (true, None) => {
                let message = "it is not on this machine; --clone git fetches it";
                return Ok(Some(Answer::Failed(Why::Clone, message.to_owned())));
            }
            (true, Some(cloning)) => match cloning.fetch(entry, limits.time, self.job.stop) {
                Ok(clone) => {
                    (cost.clone_ms, cost.clone_bytes) = (clone.ms, clone.bytes);
                    (clone.path().to_string_lossy().into_owned(), None, Some(clone))
                }
                Err(_) if self.job.stop.load(Ordering::SeqCst) => return Ok(None),
                Err((why, message)) => return Ok(Some(Answer::Failed(why, message))),
            },
        };
        let task = Task {
            key: entry.key.clone(),
            location: entry.location.clone(),
            path,
            bytes,
            sarif: self.job.sarif.then(|| self.sarif(&entry.key).to_string_lossy().into_owned()),
            last: self.last_refs(entry),
        };
        if worker.is_none() {
            let started = Worker::start(setup).map_err(|error| format!("cannot start a worker: {error}"))?;
            *worker = Some(started);
        }
        let Some(worker) = worker else { return Ok(None) };
        Ok(Some(worker.ask(&task, limits, self.job.stop)))
    }

    fn sarif(&self, key: &str) -> PathBuf {
        self.job.out.join("sarif").join(&key[..2]).join(format!("{key}.sarif"))
    }

    /// The references that the repository had the last time, if it was scanned whole.
    fn last_refs(&self, entry: &Entry) -> Option<String> {
        // A report in SARIF would be missing.
        if self.job.sarif {
            return None;
        }
        self.last_record(entry)?.1.refs
    }

    fn last_record(&self, entry: &Entry) -> Option<(Vec<u8>, Record)> {
        let last = self.job.last?;
        let block = last.block(last.get(number(&entry.key)?)?).ok()?;
        let record: Record = serde_json::from_slice(block.record()).ok()?;
        (record.status >= super::record::Status::Empty).then(|| (block.findings().to_vec(), record))
    }

    /// What was written the last time.
    fn carried(&self, entry: &Entry) -> Option<(Vec<u8>, Record)> {
        self.last_record(entry)
    }

    fn write(&self, parts: &mut Parts, mut lines: Vec<u8>, record: &Record) -> Result<(), String> {
        json_line(record, &mut lines).map_err(|error| unwritten(&error))?;
        parts.add(&lines).map_err(|error| unwritten(&error))?;
        let seen = self.job.seen;
        seen.done.fetch_add(1, Ordering::Relaxed);
        seen.findings.fetch_add(record.findings.total(), Ordering::Relaxed);
        if record.status < super::record::Status::Empty {
            seen.failed.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

fn unwritten(error: &std::io::Error) -> String {
    format!("results cannot be written: {error}; what was finished before is kept")
}

/// Now, in milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "of two records of a repository the newer one counts")]
pub(super) fn now_ms() -> i64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
}

/// Memory for one repository, in bytes, if the user says nothing: what there is for each of `jobs`, at most 2 GiB.
#[must_use]
pub fn usual_memory(jobs: u16) -> u64 {
    let all = system::memory().unwrap_or(4 << 30);
    (all / 4 * 3 / u64::from(jobs.max(1))).clamp(256 << 20, 2 << 30)
}
