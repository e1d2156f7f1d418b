//! What the commands on baselines print: a line each finding or entry, without any secret.

use std::fmt::Write as _;

use crate::cli::output;
use crate::model::{Finding, text};
use crate::parse::baseline::Entry;

/// Lines for standard output.
pub(super) struct List {
    text: String,
    quiet: bool,
}

impl List {
    pub(super) const fn new(quiet: bool) -> Self {
        Self { text: String::new(), quiet }
    }

    /// Findings with their first places, and what may be shown of them.
    pub(super) fn findings<'f>(&mut self, sign: char, findings: impl IntoIterator<Item = &'f Finding>) {
        for finding in findings.into_iter().filter(|_| !self.quiet) {
            let place = &finding.place;
            let (path, region) = (place.path.shown(), place.region);
            let _ = write!(
                self.text,
                "{sign} {}: {path}:{}:{}: {}",
                finding.check,
                region.start_line,
                region.start_column,
                text::escaped(&finding.message)
            );
            if let Some(evidence) = &finding.evidence {
                let _ =
                    write!(self.text, ", {} ({} bytes)", text::escaped(evidence.text()), evidence.length());
            }
            if let Some(commit) = place.origin.as_ref().and_then(|origin| origin.commit.as_ref()) {
                let id: String = commit.id.to_string().chars().take(12).collect();
                let _ = write!(self.text, ", in commit {id}");
            }
            self.text.push('\n');
        }
    }

    /// Entries with their lines and reasons.
    pub(super) fn entries<'e>(&mut self, sign: char, entries: impl IntoIterator<Item = &'e (usize, Entry)>) {
        for (line, entry) in entries.into_iter().filter(|_| !self.quiet) {
            let expired = entry.expires.map(|day| format!(", until {day}")).unwrap_or_default();
            let _ = writeln!(
                self.text,
                "{sign} {}: line {line}, {}: {}{expired}",
                text::escaped(&entry.check),
                entry.fingerprint,
                text::escaped(&entry.reason)
            );
        }
    }

    /// A line that `--quiet` leaves.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(&text::escaped(line));
        self.text.push('\n');
    }

    pub(super) fn print(&self) -> anyhow::Result<()> {
        output::stdout(|out| out.write_all(self.text.as_bytes()))
    }
}

/// `3 added`
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}")
}
