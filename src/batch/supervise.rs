//! The supervisor: hands repositories to workers, large ones first, and writes their answers. A repository that kills
//! its worker is retried once, alone, and then recorded as failed.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::clone::{Clone, Cloning};
use super::entry::Entry;
use super::part::{Parts, json_line};
use super::record::{Cost, Record, Why};
use super::results::{Results, number};
use super::worker::{Answer, Last, Limits, Setup, Task, Worker};
use super::{since, system};

/// KiB of packs from which a repository runs alone with all threads.
const LARGE_KB: u64 = 50 << 10;
/// KiB of memory after a repository above which a worker is replaced.
const MARK_KB: u64 = 160 << 10;

/// The job.
pub struct Job<'a> {
    /// The first message to workers.
    pub setup: Setup,
    /// The directory of results.
    pub out: &'a Path,
    /// Prefix of part files.
    pub name: String,
    /// Parallel workers.
    pub jobs: u16,
    /// Limits per repository.
    pub limits: Limits,
    /// True to write a SARIF report for each.
    pub sarif: bool,
    /// How URLs are cloned, if enabled.
    pub cloning: Option<&'a Cloning>,
    /// Earlier results with the same settings.
    pub last: Option<&'a Results>,
    /// Set if the run is to stop.
    pub stop: &'a AtomicBool,
    /// The progress.
    pub seen: &'a Seen,
}

/// Counters that other threads can read.
#[derive(Debug, Default)]
pub struct Seen {
    /// Repositories with a record.
    pub done: AtomicU64,
    /// Of these, failed or incomplete.
    pub failed: AtomicU64,
    /// Findings.
    pub findings: AtomicU64,
}

/// Repositories with a common history, or a single one.
type Network<'a> = Vec<&'a Entry>;

struct Run<'a> {
    job: &'a Job<'a>,
    again: Mutex<Vec<&'a Entry>>,
    /// An error that stops the run.
    broken: Mutex<Option<String>>,
}

/// Scans these repositories; false if it was stopped.
///
/// # Errors
/// If results cannot be written or workers started.
pub fn run(job: &Job<'_>, entries: &[&Entry]) -> Result<bool, String> {
    let run = Run { job, again: Mutex::default(), broken: Mutex::default() };
    let is_large = |entry: &&Entry| entry.size_kb.is_some_and(|size| size >= LARGE_KB);
    let (large, small): (Vec<Network<'_>>, Vec<Network<'_>>) =
        networks(entries).partition(|network| network.iter().any(is_large));
    run.phase("l", large, 1, job.jobs, job.limits.memory, 1);
    let side_by_side = usize::from(job.jobs).min(small.len().max(1));
    run.phase("s", small, side_by_side, 1, job.limits.memory, 1);
    let again = run.again.lock().map(|mut again| std::mem::take(&mut *again)).unwrap_or_default();
    let again = again.into_iter().map(|entry| vec![entry]).collect();
    let all = job.limits.memory.saturating_mul(u64::from(job.jobs));
    run.phase("a", again, 1, job.jobs, all, 2);
    match run.broken.into_inner() {
        Ok(None) => Ok(!job.stop.load(Ordering::SeqCst)),
        Ok(Some(why)) => Err(why),
        Err(_) => Err("a thread of the supervisor broke".to_owned()),
    }
}

/// Consecutive repositories of one group.
fn networks<'e, 'a>(entries: &'e [&'a Entry]) -> impl Iterator<Item = Network<'a>> + use<'e, 'a> {
    let together =
        |a: &&Entry, b: &&Entry| a.network.is_some() && (&a.network, a.shard) == (&b.network, b.shard);
    entries.chunk_by(together).map(<[&Entry]>::to_vec)
}

impl<'a> Run<'a> {
    fn phase(
        &self,
        name: &str,
        entries: Vec<Network<'a>>,
        slots: usize,
        threads: u16,
        memory: u64,
        attempt: u32,
    ) {
        if entries.is_empty() {
            return;
        }
        let queue = Mutex::new(VecDeque::from(entries));
        let limits = Limits { memory, ..self.job.limits };
        std::thread::scope(|scope| {
            for slot in 0..slots {
                let queue = &queue;
                let name = format!("{}-{name}{slot}", self.job.name);
                scope.spawn(move || {
                    let setup = Setup { threads, memory, ..self.job.setup.clone() };
                    let parts = Parts::new(self.job.out, &name);
                    let slot = Slot { run: self, parts, worker: None, setup, limits, attempt };
                    if let Err(why) = slot.work(queue)
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

    fn sarif(&self, key: &str) -> PathBuf {
        self.job.out.join("sarif").join(&key[..2]).join(format!("{key}.sarif"))
    }

    /// The earlier result of the repository, if complete.
    fn last(&self, entry: &Entry) -> Option<Last> {
        // A report in SARIF would be missing.
        if self.job.sarif {
            return None;
        }
        let (_, record) = self.last_record(entry)?;
        let tips = if since::can_grow(&record) { record.tips } else { Vec::new() };
        Some(Last { refs: record.refs?, tips })
    }

    fn last_record(&self, entry: &Entry) -> Option<(Vec<u8>, Record)> {
        let last = self.job.last?;
        let block = last.block(last.get(number(&entry.key)?)?).ok()?;
        let record: Record = serde_json::from_slice(block.record()).ok()?;
        (record.status >= super::record::Status::Empty).then(|| (block.findings().to_vec(), record))
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

/// Workers in turn, and their answers.
struct Slot<'r, 'a> {
    run: &'r Run<'a>,
    parts: Parts,
    worker: Option<Worker>,
    setup: Setup,
    limits: Limits,
    attempt: u32,
}

impl<'a> Slot<'_, 'a> {
    /// Runs until the queue is empty.
    fn work(mut self, queue: &Mutex<VecDeque<Network<'a>>>) -> Result<(), String> {
        while !self.run.is_over() {
            let next = queue.lock().map(|mut queue| queue.pop_front()).unwrap_or_default();
            let Some(network) = next else { break };
            // The others do not fetch common objects again.
            let (mut base, keeps) = (None, network.len() > 1);
            for entry in network {
                if self.run.is_over() {
                    break;
                }
                let last = self.run.last(entry);
                self.repository(entry, last, &mut base, keeps)?;
            }
        }
        self.parts.close().map_err(|error| unwritten(&error))
    }

    fn repository(
        &mut self,
        entry: &'a Entry,
        last: Option<Last>,
        base: &mut Option<Clone>,
        keeps: bool,
    ) -> Result<(), String> {
        let (mut cost, started) = (Cost { attempt: self.attempt, ..Cost::default() }, now_ms());
        let (answer, clone) = self.one(entry, last, base.as_ref(), &mut cost)?;
        if base.is_none() && keeps {
            *base = clone;
        }
        let (lines, mut record) = match answer {
            Answer::Stopped => return Ok(()),
            Answer::Record(lines, record) => (lines, *record),
            Answer::Unchanged => match self.run.last_record(entry) {
                Some(carried) => carried,
                None => return self.repository(entry, None, base, keeps),
            },
            Answer::Since(new, record) => {
                let scanned = record.cost.clone();
                let last = self.run.last_record(entry);
                let grown =
                    last.and_then(|(lines, last)| since::joined((&lines, last), (&new, *record)).ok()?);
                match grown {
                    Some((lines, record)) => (lines, Record { cost: scanned, ..record }),
                    // Falls back to a full scan.
                    None => return self.repository(entry, None, base, keeps),
                }
            }
            Answer::Failed(why, message) => {
                self.worker = None;
                let is_sudden = matches!(why, Why::Killed | Why::Memory | Why::Crashed);
                if is_sudden && self.attempt == 1 {
                    if let Ok(mut again) = self.run.again.lock() {
                        again.push(entry);
                    }
                    return Ok(());
                }
                (Vec::new(), Record::failed(&entry.key, &entry.location, why, &message))
            }
        };
        let scanned = record.cost.take().unwrap_or_default();
        cost = Cost { cpu_ms: scanned.cpu_ms, rss_kb: scanned.rss_kb, ended: now_ms(), ..cost };
        cost.wall_ms = u64::try_from(cost.ended - started).unwrap_or(0);
        record.cost = Some(cost);
        self.run.write(&mut self.parts, lines, &record)?;
        if self.worker.as_ref().is_some_and(|worker| worker.rss_kb() > MARK_KB) {
            self.worker = None;
        }
        Ok(())
    }

    /// Clones the repository if needed, and lets a worker scan it.
    fn one(
        &mut self,
        entry: &Entry,
        last: Option<Last>,
        base: Option<&Clone>,
        cost: &mut Cost,
    ) -> Result<(Answer, Option<Clone>), String> {
        let Job { stop, sarif, cloning, .. } = *self.run.job;
        let failed = |why, message| Ok((Answer::Failed(why, message), None));
        let (path, bytes, clone) = match (entry.url, cloning) {
            (false, _) => (entry.location.clone(), entry.bytes.clone(), None),
            (true, None) => {
                return failed(Why::Clone, "it is not on this machine; --clone git clones it".to_owned());
            }
            (true, Some(cloning)) => {
                if let Some(last) = &last
                    && cloning
                        .landmarks(entry, self.limits.time, stop)
                        .is_some_and(|now| now.digest == last.refs)
                {
                    return Ok((Answer::Unchanged, None));
                }
                match cloning.fetch(entry, base.map(Clone::path), self.limits.time, stop) {
                    Ok(clone) => {
                        (cost.clone_ms, cost.clone_bytes) = (clone.ms, clone.bytes);
                        (clone.path().to_string_lossy().into_owned(), None, Some(clone))
                    }
                    Err(_) if stop.load(Ordering::SeqCst) => return Ok((Answer::Stopped, None)),
                    Err((why, message)) => return failed(why, message),
                }
            }
        };
        let task = Task {
            key: entry.key.clone(),
            location: entry.location.clone(),
            path,
            bytes,
            sarif: sarif.then(|| self.run.sarif(&entry.key).to_string_lossy().into_owned()),
            last,
        };
        let mut worker = match self.worker.take() {
            Some(worker) => worker,
            None => Worker::start(&self.setup).map_err(|error| format!("cannot start a worker: {error}"))?,
        };
        let answer = worker.ask(&task, self.limits, stop);
        self.worker = Some(worker);
        Ok((answer, clone))
    }
}

fn unwritten(error: &std::io::Error) -> String {
    format!("results cannot be written: {error}; finished results are kept")
}

/// Now, in milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "of two records of a repository the newer one counts")]
pub(super) fn now_ms() -> i64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
}

/// Default memory limit per repository, in bytes: an equal share for each of `jobs`, at most 2 GiB.
#[must_use]
pub fn usual_memory(jobs: u16) -> u64 {
    let all = system::memory().unwrap_or(4 << 30);
    (all / 4 * 3 / u64::from(jobs.max(1))).clamp(256 << 20, 2 << 30)
}
