//! What a hook says: what was scanned, what blocks, and the ways on.

use std::io::{self, Write};

use super::{Options, human};
use crate::model::{Report, Severity};

/// What to do about a blocking finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// It is staged; `first` if there is no commit yet.
    Staged {
        /// True for what is to be the first commit.
        first: bool,
    },
    /// It is in the index, and maybe in commits.
    Tracked,
    /// It is in the message.
    Message {
        /// The file with the message.
        file: String,
    },
    /// It is in commits that only this repository has.
    Pushed,
    /// It is in commits that arrive; whoever pushes reads this.
    Received,
}

/// The result of a hook.
pub struct Verdict<'a> {
    /// What was scanned; text of the repository is escaped.
    pub what: &'a str,
    /// What to do next.
    pub way: &'a Way,
    /// True for severities that block.
    pub blocks: &'a dyn Fn(Severity) -> bool,
    /// False if the scan was incomplete, which blocks, too.
    pub whole: bool,
}

/// Writes what a hook says of `report` to `out`. With [`Options::quiet`] nothing, unless something blocks.
///
/// # Errors
/// What `out` says.
pub fn render(
    report: &Report,
    verdict: &Verdict<'_>,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    human::hook::render(report, verdict, options, out)
}
