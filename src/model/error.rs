//! Errors that prevent a scan. What could not be read *within* a scan is a [`Problem`](super::Problem) in the report.

use std::path::PathBuf;

/// A scan that could not start or continue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The path to scan is missing or unreadable.
    #[error("cannot read {}", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// The I/O error.
        #[source]
        source: std::io::Error,
    },
    /// The git repository at the path cannot be used.
    #[error("cannot open the git repository at {}: {message}", path.display())]
    Git {
        /// The repository.
        path: PathBuf,
        /// What is wrong, and what to do.
        message: String,
    },
    /// The requested commits do not exist; the text says what to do.
    #[error("{0}; nothing was scanned")]
    Range(String),
    /// A configuration or pack file is invalid; the text has line and column.
    #[error("{0}")]
    Config(String),
    /// The request selects nothing.
    #[error("{0}")]
    EmptySelection(String),
    /// A report could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The target.
        path: PathBuf,
        /// The I/O error.
        #[source]
        source: std::io::Error,
    },
}
