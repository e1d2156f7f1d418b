//! A line about how many credentials were asked about, on standard error, for people who wait.

use std::io::{self, IsTerminal as _};

use indicatif::ProgressBar;

/// Shows the counts. Ends when it is dropped.
pub(super) struct Bar(Option<ProgressBar>);

impl Bar {
    /// A bar if standard error is a terminal that a person may be looking at.
    pub(super) fn start(asks: usize, wanted: bool) -> Self {
        let shown = wanted && asks > 0 && io::stderr().is_terminal();
        Self(shown.then(|| ProgressBar::new(asks as u64).with_message("asking")))
    }

    /// So many were answered.
    pub(super) fn set(&self, done: usize) {
        if let Some(bar) = &self.0 {
            bar.set_position(done as u64);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
