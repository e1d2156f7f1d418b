//! A line about the progress, on standard error, for people who wait.

use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar};

use crate::cli::interrupt;
use crate::scan::Progress;

/// Shorter runs show nothing.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two pictures.
const FRAME: Duration = Duration::from_millis(100);

#[derive(Default)]
struct Seen {
    files: AtomicU64,
    bytes: AtomicU64,
    /// What is waited for, once all files were seen.
    waiting: OnceLock<String>,
}

/// Counts, and shows the counts after a while. Ends when it is dropped.
pub(super) struct Line {
    seen: Arc<Seen>,
    /// Closed to end the line, and the thread that draws it.
    drawing: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Line {
    /// A line if standard error is a terminal.
    #[expect(clippy::disallowed_methods, reason = "it only draws, while the pool works")]
    pub(super) fn start(wanted: bool) -> Option<Self> {
        if !wanted || !io::stderr().is_terminal() {
            return None;
        }
        let seen = Arc::new(Seen::default());
        let (sender, receiver) = channel();
        let drawn = Arc::clone(&seen);
        interrupt::watch();
        let thread = thread::spawn(move || draw(&drawn, &receiver));
        Some(Self { seen, drawing: Some((sender, thread)) })
    }
}

fn draw(seen: &Seen, end: &Receiver<()>) {
    let is_over = |time| end.recv_timeout(time) != Err(RecvTimeoutError::Timeout);
    if is_over(PATIENCE) {
        return;
    }
    let bar = ProgressBar::new_spinner();
    loop {
        let (files, bytes) = (seen.files.load(Ordering::Relaxed), seen.bytes.load(Ordering::Relaxed));
        if interrupt::came() {
            return;
        }
        let waiting = seen.waiting.get().map(|what| format!("; waiting for {what}")).unwrap_or_default();
        bar.set_message(format!("{} files, {}{waiting}", HumanCount(files), HumanBytes(bytes)));
        bar.tick();
        if is_over(FRAME) {
            return bar.finish_and_clear();
        }
    }
}

impl Progress for Line {
    fn blob(&self, bytes: u64) {
        self.seen.files.fetch_add(1, Ordering::Relaxed);
        self.seen.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn waiting(&self, what: &str) {
        // What is waited for does not change.
        let _ = self.seen.waiting.set(what.to_owned());
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
