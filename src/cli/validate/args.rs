//! The arguments of `bartizan validate`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::ScanArgs;
use crate::model::Severity;

const AFTER_HELP: &str = "\
Each credential is sent only to its own provider, to the endpoint that `bartizan explain CHECK` names. The requests are
listed first and need your consent, or --yes. Only checks of secrets run, unless --checks names others.

Exit codes:
  0  no findings at or above --fail-on; live credentials are critical, rejected ones low
  1  findings
  2  error, not all requests were made, or the scan was incomplete";

#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct ValidateArgs {
    #[command(flatten)]
    pub(super) scan: ScanArgs,

    #[command(flatten)]
    pub(super) asked: Asked,
}

/// What is asked of whom.
#[derive(Args, Debug)]
#[command(next_help_heading = "Validation")]
pub(super) struct Asked {
    /// Send without asking for consent
    #[arg(long)]
    pub(super) yes: bool,

    /// Validate only the findings of this report, in json or jsonl; the scan finds them again by their fingerprints. `-`
    /// is standard input
    #[arg(long = "in", value_name = "FILE")]
    pub(super) input: Option<PathBuf>,

    /// Validate only findings of these checks
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub(super) check: Option<Vec<String>>,

    /// Validate only findings of at least this severity
    #[arg(long, value_name = "SEVERITY", value_parser = severities())]
    pub(super) severity: Option<Severity>,

    /// Send to this host instead of the known one of a service: gitlab=git.example.org. Can be repeated; the hosts of
    /// a service are tried in this order. Private addresses are allowed
    #[arg(long, value_name = "SERVICE=HOST")]
    pub(super) host: Vec<String>,

    /// Trust the PEM certificates in this file for these hosts
    #[arg(long, value_name = "FILE", requires = "host")]
    pub(super) ca: Option<PathBuf>,

    /// Largest number of requests
    #[arg(long, value_name = "N")]
    pub(super) max_requests: Option<u64>,

    /// Requests per second to one host; they never run in parallel
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) rate: u32,

    /// Timeout of a request, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=300))]
    pub(super) timeout: u64,

    /// Use and store answers of the last 24 h in the cache, by keyed hash
    #[arg(long)]
    pub(super) cache: bool,
}

fn severities() -> impl clap::builder::TypedValueParser<Value = Severity> {
    use clap::builder::TypedValueParser as _;
    clap::builder::PossibleValuesParser::new(Severity::ALL.map(Severity::as_str))
        .map(|name| name.parse().expect("only names of severities are possible"))
}
