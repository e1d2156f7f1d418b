//! The results as two tables: repositories and findings.

use std::io::{self, Write};

use super::record::{Line, Record};

/// Writers of both tables.
pub struct Tables {
    repositories: csv::Writer<Box<dyn Write>>,
    findings: csv::Writer<Box<dyn Write>>,
}

const REPOSITORIES: [&str; 15] = [
    "key",
    "location",
    "status",
    "why",
    "message",
    "scope",
    "commits",
    "texts",
    "bytes",
    "problems",
    "critical",
    "high",
    "medium",
    "low",
    "suppressed",
];
const FINDINGS: [&str; 13] = [
    "key",
    "location",
    "fingerprint",
    "shared",
    "check",
    "family",
    "severity",
    "confidence",
    "message",
    "path",
    "line",
    "commit",
    "new",
];

impl Tables {
    /// Tables that are written to these.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(repositories: Box<dyn Write>, findings: Box<dyn Write>) -> io::Result<Self> {
        let mut tables = Self {
            repositories: csv::Writer::from_writer(repositories),
            findings: csv::Writer::from_writer(findings),
        };
        tables.repositories.write_record(REPOSITORIES)?;
        tables.findings.write_record(FINDINGS)?;
        Ok(tables)
    }

    /// Adds a repository.
    ///
    /// # Errors
    /// What the system says.
    pub fn add(&mut self, record: &Record, lines: &[Line]) -> io::Result<()> {
        let number = |number: u64| number.to_string();
        let location = text(&record.location);
        self.repositories.write_record([
            record.key.clone(),
            location.clone(),
            record.status.as_str().to_owned(),
            record.why.map(|why| why.as_str().to_owned()).unwrap_or_default(),
            text(record.message.as_deref().unwrap_or_default()),
            record.scope.clone(),
            number(record.commits),
            number(record.texts),
            number(record.bytes),
            number(record.problems),
            number(record.findings.critical),
            number(record.findings.high),
            number(record.findings.medium),
            number(record.findings.low),
            number(record.suppressed),
        ])?;
        for line in lines {
            self.findings.write_record([
                line.key.clone(),
                location.clone(),
                line.fingerprint.clone(),
                line.shared.to_string(),
                text(&line.check),
                line.family.clone(),
                line.severity.clone(),
                line.confidence.clone(),
                text(&line.message),
                text(&line.path),
                if line.line == 0 { String::new() } else { line.line.to_string() },
                line.commit.clone().unwrap_or_default(),
                if line.new { "true".to_owned() } else { String::new() },
            ])?;
        }
        Ok(())
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// What the system says.
    pub fn finish(mut self) -> io::Result<()> {
        self.repositories.flush()?;
        self.findings.flush()
    }
}

/// A cell that is safe for spreadsheets (no formula) and terminals.
fn text(text: &str) -> String {
    crate::render::cell(text)
}
