//! New and removed findings, compared with earlier results.

use std::collections::HashSet;
use std::io;

use super::record::{Line, Record, Status};
use super::results::{Results, number};

/// Marks new findings and counts removed ones.
pub struct Against<'a> {
    /// The earlier results; their settings may differ.
    results: &'a Results,
}

impl<'a> Against<'a> {
    /// Compares with these results.
    #[must_use]
    pub const fn new(results: &'a Results) -> Self {
        Self { results }
    }

    /// Marks the new findings of a repository; returns how many were removed, 0 if it was not scanned completely.
    ///
    /// # Errors
    /// If the results cannot be read.
    pub fn mark(&self, record: &Record, lines: &mut [Line]) -> io::Result<u64> {
        let known = number(&record.key).and_then(|key| self.results.get(key));
        let mut before: HashSet<(String, String)> = HashSet::new();
        if let Some(known) = known {
            let block = self.results.block(known)?;
            let lines = block.findings().split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            for line in lines {
                let line: Line = serde_json::from_slice(line)?;
                before.insert((line.check, line.fingerprint));
            }
        }
        let mut here = HashSet::new();
        for line in lines {
            let print = (line.check.clone(), line.fingerprint.clone());
            line.new = !before.contains(&print);
            here.insert(print);
        }
        let gone = before.difference(&here).count() as u64;
        Ok(if record.status >= Status::Empty && record.left_out == 0 { gone } else { 0 })
    }
}
