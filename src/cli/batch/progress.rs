//! How far a run is, on standard error: one line that changes on a terminal, else a line a minute.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::batch::supervise::Seen;

const FRAME: Duration = Duration::from_millis(250);
const QUIET_FRAME: Duration = Duration::from_secs(60);

/// Shows the progress until it is dropped.
pub(super) struct Line {
    drawing: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Line {
    /// Starts to show `seen`, of which there will be `all`.
    #[expect(clippy::disallowed_methods, reason = "it only draws, while the workers work")]
    pub(super) fn start(wanted: bool, seen: Arc<Seen>, all: u64) -> Self {
        if !wanted {
            return Self { drawing: None };
        }
        let (sender, end) = channel();
        let thread = std::thread::spawn(move || {
            let started = Instant::now();
            let is_terminal = io::stderr().is_terminal();
            let frame = if is_terminal { FRAME } else { QUIET_FRAME };
            while end.recv_timeout(frame) == Err(RecvTimeoutError::Timeout) {
                let line = line_of(&seen, all, started.elapsed());
                let text = if is_terminal { format!("\r\x1b[2K{line}") } else { format!("{line}\n") };
                // Standard error may be closed.
                let _ = io::stderr().lock().write_all(text.as_bytes());
            }
            if is_terminal {
                let _ = io::stderr().lock().write_all(b"\r\x1b[2K");
            }
        });
        Self { drawing: Some((sender, thread)) }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.drawing.take() {
            drop(sender);
            // The line is an extra: its failure is not an error.
            let _ = thread.join();
        }
    }
}

fn line_of(seen: &Seen, all: u64, passed: Duration) -> String {
    let done = seen.done.load(Ordering::Relaxed);
    let (failed, findings) = (seen.failed.load(Ordering::Relaxed), seen.findings.load(Ordering::Relaxed));
    let rate = done as f64 / passed.as_secs_f64().max(0.001);
    let left = match done {
        0 => String::new(),
        _ => format!(", {} left", spelled(all.saturating_sub(done) as f64 / rate)),
    };
    let failed = if failed > 0 { format!(", {failed} incomplete") } else { String::new() };
    format!("{done} of {all} repositories{failed}, {findings} findings, {rate:.1} a second{left}")
}

/// So many seconds as people say them.
pub(super) fn spelled(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds.div_ceil(60)),
        3600..172_800 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} days", seconds / 86_400),
    }
}
