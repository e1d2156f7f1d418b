//! What can be said to `bartizan batch`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::args::{How, Threshold, Which, ecosystem, exclusion, size, thresholds};
use crate::model::PathGlob;
use crate::parse::lockfile::Ecosystem;

const RUN_EXIT_CODES: &str = "\
Exit codes with --from:
  0  all repositories were scanned whole, and nothing was found at or above --fail-on
  1  findings
  2  not all repositories were scanned whole
  75 stopped, or no room on the disk: run it again to go on

Exit codes with a plan, for the engine that started it:
  0  each repository of the shard was scanned whole, whatever was found
  2  some failed for good, or were not scanned whole
  64 the plan, the settings or the shard are wrong: another try changes nothing
  75 another try may help";

const MERGE_EXIT_CODES: &str = "\
Exit codes:
  0  all repositories were scanned whole, and nothing was found at or above --fail-on
  1  findings
  2  not all repositories were scanned whole";

/// What is to be done with many repositories.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum BatchCommand {
    /// Freeze a list of repositories, the settings and the shards into a plan
    Plan(Box<PlanArgs>),
    /// Scan all repositories of a list, or those of one shard of a plan; go on where an earlier run stopped
    Run(Box<RunArgs>),
    /// Tell how far a run is
    Status(StatusArgs),
    /// Merge the results of all shards into one file of lines, tables and a page
    Merge(MergeArgs),
    /// Scan the repositories that the supervisor names
    #[command(hide = true)]
    Worker,
}

/// Which repositories.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Which repositories")]
pub(super) struct ListArgs {
    /// A list of paths and addresses (a line each, NUL-separated, CSV with a column `url` or `path`, or JSON of
    /// `gh repo list --json`, GitHub or GitLab), a directory with clones, or `-` for standard input
    #[arg(long, value_name = "FILE|DIR|-")]
    pub(super) from: Option<PathBuf>,

    /// How the list is written [default: what it looks like]
    #[arg(long, value_enum, value_name = "FORMAT", requires = "from")]
    pub(super) list_format: Option<ListForm>,

    /// Leave out the repositories whose path or address matches, as in .gitignore. Can be repeated
    #[arg(long, value_name = "GLOB", value_parser = exclusion)]
    pub(super) exclude_repo: Vec<PathGlob>,

    /// Leave out forks
    #[arg(long)]
    pub(super) no_forks: bool,

    /// Leave out archived repositories
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
#[command(next_help_heading = "How each is scanned")]
pub(super) struct SettingsArgs {
    /// Only the files as they are now; without it everything that any reference reaches, and the worktree
    #[arg(long)]
    pub(super) snapshot: bool,

    /// Also what only the object store still holds: amended, dropped, reset
    #[arg(long, conflicts_with = "snapshot")]
    pub(super) unreachable: bool,

    #[command(flatten)]
    pub(super) which: Which,

    #[command(flatten)]
    pub(super) how: How,

    /// Leave out these files, as in .gitignore, from the root of each repository. Can be repeated
    #[arg(long, value_name = "GLOB")]
    pub(super) exclude: Vec<String>,

    /// Take the settings from this file instead of the bartizan.toml of each repository
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(super) config: Option<PathBuf>,

    /// Take no settings from any file
    #[arg(long)]
    pub(super) no_config: bool,

    /// Silence what the baseline in this directory accepts, instead of that of the repository: KEY.baseline by the key of
    /// a repository, or OWNER/NAME.baseline by the end of its path or address
    #[arg(long, value_name = "DIR", conflicts_with = "no_baseline")]
    pub(super) baseline_dir: Option<PathBuf>,

    /// Silence nothing by baselines
    #[arg(long)]
    pub(super) no_baseline: bool,

    /// Use no network: without it the database of advisories is fetched once before a run of a list
    #[arg(long)]
    pub(super) offline: bool,

    /// Compare the lock files of these ecosystems with OSV's database, which has to be in the cache
    #[arg(long, value_name = "ECOSYSTEM", value_delimiter = ',', value_parser = ecosystem)]
    pub(super) osv: Vec<Ecosystem>,

    /// Scan repositories that belong to another user, whatever safe.directory says
    #[arg(long)]
    pub(super) allow_foreign_owner: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct PlanArgs {
    #[command(flatten)]
    pub(super) list: ListArgs,

    /// Into how many shards the repositories are split
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) shards: u32,

    /// Write the plan to this file
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,

    #[command(flatten)]
    pub(super) settings: SettingsArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Again {
    /// What failed for a reason that may lie outside of the repository, which is the default
    Passing,
    /// All that failed
    Failed,
    /// All that failed or was not scanned whole
    Incomplete,
    /// Everything
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CloneBy {
    /// Nothing is cloned
    Off,
    /// By the git on the PATH
    Git,
}

#[derive(Args, Debug)]
#[command(after_help = RUN_EXIT_CODES)]
pub(in crate::cli) struct RunArgs {
    /// A plan of `bartizan batch plan`; what is scanned and how is written in it
    #[arg(value_name = "PLAN", required_unless_present = "from", conflicts_with = "from")]
    pub(super) plan: Option<PathBuf>,

    #[command(flatten)]
    pub(super) list: ListArgs,

    /// The directory of results; what is in it is not scanned again
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,

    /// The shard to scan: I/N, counted from 0, or `auto` for what the engine says [default: all]
    #[arg(long, value_name = "I/N|auto", conflicts_with = "from")]
    pub(super) shard: Option<String>,

    /// What is scanned again although there is a record of it [default: passing]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) again: Option<Again>,

    /// Take over what these results say of bare repositories whose references have not changed since
    #[arg(long, value_name = "DIR")]
    pub(super) since_last: Option<PathBuf>,

    /// Processes that scan side by side [default: as many as the machine runs at once]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,

    /// How long one repository may take, such as 90s, 10m or 2h
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = time)]
    pub(super) repo_timeout: Duration,

    /// How much memory one repository may take [default: its part of the machine's, at most 2GiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(super) repo_memory: Option<u64>,

    /// Write a report of each repository in SARIF, too, below `sarif` in the results
    #[arg(long)]
    pub(super) sarif: bool,

    /// How repositories are fetched that are not on this machine
    #[arg(long, value_enum, value_name = "BY", default_value_t = CloneBy::Off)]
    pub(super) clone: CloneBy,

    /// Where clones are made, and removed after the scan [default: `work` in the results]
    #[arg(long, value_name = "DIR")]
    pub(super) work: Option<PathBuf>,

    /// How large one clone may become
    #[arg(long, value_name = "SIZE", default_value = "20GiB", value_parser = size)]
    pub(super) disk: u64,

    /// A file with the token for --token-host
    #[arg(long, value_name = "FILE", env = "BARTIZAN_GIT_TOKEN_FILE", requires = "token_host")]
    pub(super) token_file: Option<PathBuf>,

    /// The host that the token is for, such as github.com: no other one is given it
    #[arg(long, value_name = "HOST", env = "BARTIZAN_GIT_TOKEN_HOST")]
    pub(super) token_host: Option<String>,

    /// The lowest severity that makes the exit code 1, with --from [default: medium]
    #[arg(long, value_name = "SEVERITY", value_parser = thresholds())]
    pub(super) fail_on: Option<Threshold>,

    /// Print no progress
    #[arg(long, short)]
    pub(super) quiet: bool,

    #[command(flatten)]
    pub(super) settings: SettingsArgs,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct StatusArgs {
    /// The directory of results
    #[arg(value_name = "DIR")]
    pub(super) out: PathBuf,

    /// How it is told
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

    /// Write all records and findings to this file, a line each
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,

    /// Write a page about all repositories to this file
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,

    /// Write repositories.csv and findings.csv into this directory
    #[arg(long, value_name = "DIR")]
    pub(super) csv: Option<PathBuf>,

    /// Put the reports in SARIF of all shards, which `run --sarif` has written, into this directory
    #[arg(long, value_name = "DIR")]
    pub(super) sarif_dir: Option<PathBuf>,

    /// Mark what is new against these results of another time, count what is gone, and let --fail-on ask for what is new
    /// alone. Can be repeated
    #[arg(long, value_name = "DIR")]
    pub(super) against: Vec<PathBuf>,

    /// The plan whose repositories are expected [default: that in the results]
    #[arg(long, value_name = "PLAN")]
    pub(super) expect: Option<PathBuf>,

    /// The lowest severity that makes the exit code 1 [default: medium]
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
