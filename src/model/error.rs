//! Why a scan could not be done at all. What could not be read *within* a scan is a
//! [`Problem`](super::Problem) in the report instead.

use std::path::PathBuf;

/// A scan that could not start or not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The path to scan is absent or cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The git repository at the path cannot be used.
    #[error("cannot open the git repository at {}: {message}", path.display())]
    Git {
        /// The repository.
        path: PathBuf,
        /// What git's data looked like, and what to do.
        message: String,
    },
    /// The commits that were asked for are not there; the text says what helps.
    #[error("{0}; nothing was scanned")]
    Range(String),
    /// A configuration or pack file is wrong; the text carries line and column.
    #[error("{0}")]
    Config(String),
    /// What was asked for selects nothing.
    #[error("{0}")]
    EmptySelection(String),
    /// A report could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The target.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}
