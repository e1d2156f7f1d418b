//! A worker process, which scans one repository after the other and may die, hang or send anything.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::record::{BYTES, LISTED, Record, Why};
use super::{start, system};

/// Poll interval for a silent worker.
const LOOK: Duration = Duration::from_millis(50);
/// Longest line of an answer.
const LINE: u64 = 64 << 10;
/// Last bytes of a worker's standard error that are kept.
const SAID: usize = 4 << 10;

/// The first message to a worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setup {
    /// The settings as arguments.
    pub arguments: Vec<String>,
    /// Threads.
    pub threads: u16,
    /// The time used as the present.
    pub now: i64,
    /// Bytes of memory.
    pub memory: u64,
}

/// A request for one repository.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Task {
    /// Its key.
    pub key: String,
    /// Its name in records.
    pub location: String,
    /// Its path.
    pub path: String,
    /// The bytes of the path, if not valid UTF-8.
    pub bytes: Option<String>,
    /// Where to write a SARIF report.
    pub sarif: Option<String>,
    /// The earlier result.
    pub last: Option<Last>,
}

/// The earlier result of a repository.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Last {
    /// The digest of its refs: if unchanged, nothing is scanned.
    pub refs: String,
    /// Their targets, if an incremental scan is enough.
    pub tips: Vec<String>,
}

/// The answer for an unchanged repository, instead of a record.
pub const UNCHANGED: &str = "{\"type\":\"unchanged\"}";
/// The answer before findings and a record of an incremental scan.
pub const SINCE: &str = "{\"type\":\"since\"}";

/// The result for one repository.
#[derive(Debug)]
pub enum Answer {
    /// Lines of findings, and the record.
    Record(Vec<u8>, Box<Record>),
    /// It is unchanged.
    Unchanged,
    /// The same for an incremental scan.
    Since(Vec<u8>, Box<Record>),
    /// The worker died or was killed; why.
    Failed(Why, String),
    /// It was killed because the run stops.
    Stopped,
}

/// Limits of a worker for one repository.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Time.
    pub time: Duration,
    /// Bytes of memory.
    pub memory: u64,
}

enum Heard {
    Line(Vec<u8>),
    Long,
}

/// A process that scans.
pub struct Worker {
    child: Child,
    stdin: Option<ChildStdin>,
    heard: Receiver<Heard>,
    said: Arc<Mutex<Vec<u8>>>,
    /// Memory in KiB after its last repository.
    rss_kb: u64,
}

impl Worker {
    /// Starts one.
    ///
    /// # Errors
    /// If it cannot be started.
    #[expect(clippy::disallowed_methods, reason = "threads that wait for the output of a process")]
    pub fn start(setup: &Setup) -> io::Result<Self> {
        let mut child = start::worker()?.spawn()?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let stderr = child.stderr.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let (sender, heard) = sync_channel(256);
        let said = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&said);
        std::thread::spawn(move || listen(BufReader::with_capacity(64 << 10, stdout), &sender));
        std::thread::spawn(move || keep(stderr, &kept));
        let mut worker = Self { child, stdin, heard, said, rss_kb: 0 };
        // If that fails, the first request shows it.
        let _ = worker.say(setup);
        Ok(worker)
    }

    fn say(&mut self, what: &impl Serialize) -> io::Result<()> {
        let stdin = self.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut line = serde_json::to_vec(what)?;
        line.push(b'\n');
        stdin.write_all(&line)
    }

    /// Requests a repository, and waits for the answer.
    #[expect(clippy::disallowed_methods, reason = "how long a repository takes is bounded")]
    pub fn ask(&mut self, task: &Task, limits: Limits, stop: &AtomicBool) -> Answer {
        let started = Instant::now();
        if self.say(task).is_err() {
            return self.gone();
        }
        let start = format!("{{\"type\":\"finding\",\"key\":\"{}\",", task.key);
        let (mut lines, mut count, mut since) = (Vec::new(), 0u64, false);
        let mut looked = started;
        loop {
            let heard = self.heard.recv_timeout(LOOK);
            if stop.load(Ordering::SeqCst) {
                self.end();
                return Answer::Stopped;
            }
            match heard {
                Ok(Heard::Line(line)) if line.starts_with(start.as_bytes()) => {
                    lines.extend_from_slice(&line);
                    lines.push(b'\n');
                    count += 1;
                    if lines.len() > 4 * BYTES || count > LISTED as u64 {
                        return self.lied("its answer exceeds the limit per repository");
                    }
                }
                Ok(Heard::Line(line))
                    if line == UNCHANGED.as_bytes() && task.last.is_some() && count == 0 && !since =>
                {
                    return Answer::Unchanged;
                }
                Ok(Heard::Line(line))
                    if line == SINCE.as_bytes() && task.last.is_some() && count == 0 && !since =>
                {
                    since = true;
                }
                Ok(Heard::Line(line)) => {
                    let record = serde_json::from_slice::<Record>(&line).ok();
                    return match record {
                        Some(record)
                            if record.key == task.key
                                && record.location == task.location
                                && record.lines == count =>
                        {
                            self.rss_kb = record.cost.as_ref().map_or(0, |cost| cost.rss_kb);
                            match since {
                                true => Answer::Since(lines, Box::new(record)),
                                false => Answer::Record(lines, Box::new(record)),
                            }
                        }
                        _ => self.lied("its answer is not a record of this repository"),
                    };
                }
                Ok(Heard::Long) => return self.lied("its answer contains a line without an end"),
                Err(RecvTimeoutError::Disconnected) => return self.gone(),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if started.elapsed() > limits.time {
                self.end();
                return Answer::Failed(Why::Timeout, format!("it took longer than {}", spelled(limits.time)));
            }
            if looked.elapsed() >= 2 * LOOK {
                looked = Instant::now();
                if system::used(self.child.id()).rss_kb > limits.memory / 1024 {
                    self.end();
                    return too_much(limits.memory);
                }
            }
        }
    }

    fn lied(&mut self, message: &str) -> Answer {
        self.end();
        Answer::Failed(Why::Answer, message.to_owned())
    }

    /// Why it died, by exit status and last output.
    fn gone(&mut self) -> Answer {
        let status = self.child.wait();
        // Its last output may still arrive.
        for _ in 0..20 {
            if Arc::strong_count(&self.said) == 1 {
                break;
            }
            let _ = self.heard.recv_timeout(Duration::from_millis(10));
            nap(Duration::from_millis(5));
        }
        let said = self.said.lock().map(|said| said.clone()).unwrap_or_default();
        let has = |text: &str| memchr::memmem::find(&said, text.as_bytes()).is_some();
        if has("memory allocation of") || has("Cannot allocate memory") {
            return Answer::Failed(Why::Memory, "it ran out of memory".to_owned());
        }
        if has("has overflowed its stack") {
            return Answer::Failed(Why::Crashed, "the worker overflowed its stack".to_owned());
        }
        #[cfg(unix)]
        if let Ok(status) = &status
            && let Some(signal) = std::os::unix::process::ExitStatusExt::signal(status)
        {
            return match signal {
                9 => Answer::Failed(Why::Killed, "the worker was killed during the scan".to_owned()),
                signal => Answer::Failed(Why::Crashed, format!("the worker ended by signal {signal}")),
            };
        }
        let code = status.ok().and_then(|status| status.code());
        let code = code.map_or_else(|| "without a code".to_owned(), |code| format!("with code {code}"));
        Answer::Failed(Why::Crashed, format!("the worker ended {code}"))
    }

    /// Memory in KiB after its last repository.
    #[must_use]
    pub const fn rss_kb(&self) -> u64 {
        self.rss_kb
    }

    /// Kills it.
    pub fn end(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It exits when its input closes; otherwise it is killed.
        drop(self.stdin.take());
        for _ in 0..40 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            nap(Duration::from_millis(5));
        }
        self.end();
    }
}

/// The failure of a repository above the memory limit.
fn too_much(bytes: u64) -> Answer {
    Answer::Failed(Why::Memory, format!("it took more than {} MiB of memory", bytes >> 20))
}

#[expect(clippy::disallowed_methods, reason = "a process needs a moment to exit")]
pub(super) fn nap(time: Duration) {
    std::thread::sleep(time);
}

/// A duration for people.
pub(super) fn spelled(time: Duration) -> String {
    match (time.as_secs() / 60, time.as_secs() % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

fn listen(mut out: BufReader<std::process::ChildStdout>, sender: &SyncSender<Heard>) {
    loop {
        let mut line = Vec::new();
        match (&mut out).take(LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let heard = match line.pop() {
            Some(b'\n') => Heard::Line(line),
            _ if line.len() as u64 + 1 >= LINE => Heard::Long,
            // Truncated: it has died.
            _ => return,
        };
        if sender.send(heard).is_err() {
            return;
        }
    }
}

fn keep(mut err: std::process::ChildStderr, kept: &Mutex<Vec<u8>>) {
    let mut bytes = [0; 1024];
    while let Ok(read @ 1..) = err.read(&mut bytes) {
        let Ok(mut kept) = kept.lock() else { return };
        kept.extend_from_slice(&bytes[..read]);
        let over = kept.len().saturating_sub(SAID);
        kept.drain(..over);
    }
}
