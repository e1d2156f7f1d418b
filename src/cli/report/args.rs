//! The arguments of `bartizan report`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{OutputArgs, Threshold, thresholds};

const EXIT_CODES: &str = "\
Exit codes:
  0  no findings at or above --fail-on; with --against, no new ones
  1  findings; with --against, new ones
  2  error, or the scan was incomplete";

#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(in crate::cli) struct ReportArgs {
    /// Report of a scan, in json or jsonl; `-` is standard input
    #[arg(long = "in", value_name = "FILE")]
    pub(super) input: PathBuf,

    /// Show what is new, gone and unchanged since this earlier report; only new findings make the exit code 1
    #[arg(long, value_name = "FILE")]
    pub(super) against: Option<PathBuf>,

    /// Lowest severity that makes the exit code 1 [default: that of the scan]
    #[arg(long, value_name = "SEVERITY", value_parser = thresholds())]
    pub(super) fail_on: Option<Threshold>,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}
