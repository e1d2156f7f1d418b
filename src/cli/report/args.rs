//! What can be said behind `bartizan report`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{Target, Threshold, category, formats, target, thresholds};
use crate::render::Format;

const EXIT_CODES: &str = "\
Exit codes:
  0  nothing at or above --fail-on; with --against, nothing new
  1  findings; with --against, new ones
  2  the report cannot be read or written, or the scan that made it was not whole";

#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(in crate::cli) struct ReportArgs {
    /// The report of a scan, in json or jsonl; `-` is standard input
    #[arg(long = "in", value_name = "FILE")]
    pub(super) input: PathBuf,

    /// Show what is new, gone and unchanged since this earlier report; only what is new fails the run
    #[arg(long, value_name = "FILE")]
    pub(super) against: Option<PathBuf>,

    /// Format of the report on standard output [default: human]
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    pub(super) format: Option<Format>,

    /// Write a report to a file, too; `-` is standard output. Can be repeated
    #[arg(long, short, value_name = "FORMAT=FILE", value_parser = target)]
    pub(super) output: Vec<Target>,

    /// The lowest severity that makes the exit code 1 [default: that of the scan]
    #[arg(long, value_name = "SEVERITY", value_parser = thresholds())]
    pub(super) fail_on: Option<Threshold>,

    /// What GitHub keeps the results of a SARIF report under: each upload replaces the one before of the
    /// same category [default: bartizan]
    #[arg(long, value_name = "NAME", value_parser = category)]
    pub(super) sarif_category: Option<String>,

    /// Print no more than the closing lines
    #[arg(long, short, conflicts_with = "verbose")]
    pub(super) quiet: bool,

    /// List what was skipped and suppressed, too
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
}
