//! The arguments of `bartizan batch`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::args::{ConfigArgs, How, Threshold, Which, ecosystem, exclusion, size, thresholds};
use crate::model::PathGlob;
use crate::parse::lockfile::Ecosystem;

const RUN_EXIT_CODES: &str = "\
Exit codes with --from:
  0  all scans were complete, with no findings at or above --fail-on
  1  findings
  2  error, or a scan was incomplete
  75 interrupted, or the disk is full: run again to continue

Exit codes with a plan, for the batch engine:
  0  all scans of the shard were complete, whatever was found
  2  permanent errors, or a scan was incomplete
  64 invalid plan, settings or shard: do not retry
  75 temporary error: retry";

const MERGE_EXIT_CODES: &str = "\
Exit codes:
  0  all scans were complete, with no findings at or above --fail-on
  1  findings
  2  error, or a scan was incomplete";

/// What is to be done with many repositories.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum BatchCommand {
    /// Write a plan: the repositories, the settings and the shards
    Plan(Box<PlanArgs>),
    /// Scan all repositories of a list, or one shard of a plan; continue an earlier run
    Run(Box<RunArgs>),
    /// Show the progress of a run
    Status(StatusArgs),
    /// Merge the results of all shards into JSON lines, CSV tables and an HTML page
    Merge(MergeArgs),
    /// Scan the repositories that the supervisor names
    #[command(hide = true)]
    Worker,
}

/// Which repositories.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Repositories")]
pub(super) struct ListArgs {
    /// List of paths and URLs (one per line, NUL-separated, CSV with a column `url` or `path`, or JSON of `gh repo list
    /// --json`, GitHub or GitLab), directory with clones, or `-` for standard input
    #[arg(long, value_name = "FILE|DIR|-")]
    pub(super) from: Option<PathBuf>,

    /// Format of the list [default: detected]
    #[arg(long, value_enum, value_name = "FORMAT", requires = "from")]
    pub(super) list_format: Option<ListForm>,

    /// Exclude repositories whose path or URL matches, as in .gitignore. Can be repeated
    #[arg(long, value_name = "GLOB", value_parser = exclusion)]
    pub(super) exclude_repo: Vec<PathGlob>,

    /// Exclude forks
    #[arg(long)]
    pub(super) no_forks: bool,

    /// Exclude archived repositories
    #[arg(long)]
    pub(super) no_archived: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ListForm {
    Lines,
    Nul,
    Csv,
    Json,
}

/// How each repository is scanned: what counts for the digest of the settings.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Scan of a repository")]
pub(super) struct SettingsArgs {
    /// Scan only the current files, not the history
    #[arg(long)]
    pub(super) snapshot: bool,

    /// Also scan objects that no ref reaches, such as amended or reset commits
    #[arg(long, conflicts_with = "snapshot")]
    pub(super) unreachable: bool,

    /// Exclude these files, as in .gitignore, from the root of each repository. Can be repeated
    #[arg(long, value_name = "GLOB")]
    pub(super) exclude: Vec<String>,

    /// Do not use the network; otherwise the advisory database is fetched once, before a run of a list
    #[arg(long)]
    pub(super) offline: bool,

    /// Check the lock files of these ecosystems against the OSV database, which has to be in the cache
    #[arg(long, value_name = "ECOSYSTEM", value_delimiter = ',', value_parser = ecosystem)]
    pub(super) osv: Vec<Ecosystem>,

    /// Scan repositories that belong to another user, whatever safe.directory says
    #[arg(long)]
    pub(super) allow_foreign_owner: bool,

    #[command(flatten)]
    pub(super) which: Which,

    #[command(flatten)]
    pub(super) how: How,

    #[command(flatten)]
    pub(super) config: ConfigArgs,

    /// Use the baselines in this directory instead of those of the repositories: KEY.baseline by the key of a repository,
    /// or OWNER/NAME.baseline by the end of its path or URL
    #[arg(long, value_name = "DIR", conflicts_with = "no_baseline")]
    pub(super) baseline_dir: Option<PathBuf>,

    /// Use no baselines
    #[arg(long)]
    pub(super) no_baseline: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct PlanArgs {
    /// Number of shards
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) shards: u32,

    /// Write the plan to this file
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,

    #[command(flatten)]
    pub(super) list: ListArgs,

    #[command(flatten)]
    pub(super) settings: SettingsArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Again {
    /// What failed for a reason that may be temporary; the default
    Passing,
    /// All that failed
    Failed,
    /// All that failed, and incomplete scans
    Incomplete,
    /// Everything
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CloneBy {
    /// Nothing is cloned
    Off,
    /// With the git on the PATH
    Git,
}

#[derive(Args, Debug)]
#[command(after_help = RUN_EXIT_CODES)]
pub(in crate::cli) struct RunArgs {
    /// Plan of `bartizan batch plan`, with the repositories and the settings
    #[arg(value_name = "PLAN", required_unless_present = "from", conflicts_with = "from")]
    pub(super) plan: Option<PathBuf>,

    /// Directory of results; what is in it is not scanned again
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,

    /// Shard to scan: I/N, counted from 0, or `auto` for that of the batch engine [default: all]
    #[arg(long, value_name = "I/N|auto", conflicts_with = "from")]
    pub(super) shard: Option<String>,

    /// What to scan again although it has a result [default: passing]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) again: Option<Again>,

    /// Reuse these results for bare repositories whose refs have not changed since
    #[arg(long, value_name = "DIR")]
    pub(super) since_last: Option<PathBuf>,

    /// Number of parallel processes [default: the number of CPUs]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,

    /// Timeout of the scan of a repository, such as 90s, 10m or 2h
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = time)]
    pub(super) repo_timeout: Duration,

    /// Memory limit of the scan of a repository [default: its share of the machine's, at most 2GiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(super) repo_memory: Option<u64>,

    /// Also write a SARIF report of each repository, below `sarif` in the results
    #[arg(long)]
    pub(super) sarif: bool,

    /// How to fetch repositories that are not on this machine
    #[arg(long, value_enum, value_name = "BY", default_value_t = CloneBy::Off)]
    pub(super) clone: CloneBy,

    /// Directory for clones, which are removed after the scan [default: `work` in the results]
    #[arg(long, value_name = "DIR")]
    pub(super) work: Option<PathBuf>,

    /// Size limit of a clone
    #[arg(long, value_name = "SIZE", default_value = "20GiB", value_parser = size)]
    pub(super) disk: u64,

    /// File with the token for --token-host
    #[arg(long, value_name = "FILE", env = "BARTIZAN_GIT_TOKEN_FILE", requires = "token_host")]
    pub(super) token_file: Option<PathBuf>,

    /// Host that the token is sent to, and no other, such as github.com
    #[arg(long, value_name = "HOST", env = "BARTIZAN_GIT_TOKEN_HOST")]
    pub(super) token_host: Option<String>,

    /// Lowest severity that makes the exit code 1, with --from [default: medium]
    #[arg(long, value_name = "SEVERITY", value_parser = thresholds())]
    pub(super) fail_on: Option<Threshold>,

    /// Print no progress
    #[arg(long, short)]
    pub(super) quiet: bool,

    #[command(flatten)]
    pub(super) list: ListArgs,

    #[command(flatten)]
    pub(super) settings: SettingsArgs,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct StatusArgs {
    /// Directory of results
    #[arg(value_name = "DIR")]
    pub(super) out: PathBuf,

    /// Format of the output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = StatusFormat::Human)]
    pub(super) format: StatusFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum StatusFormat {
    Human,
    Json,
}

#[derive(Args, Debug)]
#[command(after_help = MERGE_EXIT_CODES)]
pub(in crate::cli) struct MergeArgs {
    /// Directories of results
    #[arg(value_name = "DIR", required = true)]
    pub(super) from: Vec<PathBuf>,

    /// Write all records and findings to this file, one per line
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,

    /// Write an HTML page about all repositories to this file
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,

    /// Write repositories.csv and findings.csv into this directory
    #[arg(long, value_name = "DIR")]
    pub(super) csv: Option<PathBuf>,

    /// Copy the SARIF reports of all shards, written by `run --sarif`, to this directory
    #[arg(long, value_name = "DIR")]
    pub(super) sarif_dir: Option<PathBuf>,

    /// Compare with these earlier results: mark new findings, count those that are gone, and apply --fail-on to new ones
    /// only. Can be repeated
    #[arg(long, value_name = "DIR")]
    pub(super) against: Vec<PathBuf>,

    /// Plan whose repositories are expected [default: that in the results]
    #[arg(long, value_name = "PLAN")]
    pub(super) expect: Option<PathBuf>,

    /// Lowest severity that makes the exit code 1 [default: medium]
    #[arg(long, value_name = "SEVERITY", value_parser = thresholds())]
    pub(super) fail_on: Option<Threshold>,
}

fn time(text: &str) -> Result<Duration, String> {
    let wrong = || "write a time such as 90s, 10m or 2h".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let seconds = match &text[digits.len()..] {
        "s" => number,
        "m" | "min" => number.saturating_mul(60),
        "h" => number.saturating_mul(3600),
        _ => return Err(wrong()),
    };
    if seconds == 0 { Err(wrong()) } else { Ok(Duration::from_secs(seconds)) }
}
