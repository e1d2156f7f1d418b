//! What can be said behind `bartizan validate`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::ScanArgs;
use crate::model::Severity;

const AFTER_HELP: &str = "\
Each credential is sent to its own provider, to the endpoint that `bartizan explain CHECK` names, and nowhere else. What
would be sent to whom is shown first, and asked for, unless there is --yes. Only secrets are looked for, unless
--checks says otherwise.

Exit codes:
  0  nothing found at or above --fail-on; what is live is critical, what is not accepted is low
  1  findings
  2  nothing was asked, or not all of what was to be; or the scan was not whole";

#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct ValidateArgs {
    #[command(flatten)]
    pub(super) asked: Asked,

    #[command(flatten)]
    pub(super) scan: ScanArgs,
}

/// What is asked of whom.
#[derive(Args, Debug)]
#[command(next_help_heading = "What is asked")]
pub(super) struct Asked {
    /// Send without asking first
    #[arg(long)]
    pub(super) yes: bool,

    /// Ask only about the findings of this report, in json or jsonl; they are looked for again, and told by their
    /// fingerprints. `-` is standard input
    #[arg(long = "in", value_name = "FILE")]
    pub(super) input: Option<PathBuf>,

    /// Ask only about findings of these checks
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub(super) check: Option<Vec<String>>,

    /// Ask only about findings that are at least as severe
    #[arg(long, value_name = "SEVERITY", value_parser = severities())]
    pub(super) severity: Option<Severity>,

    /// Ask this host instead of the one that is known for a service: gitlab=git.example.org. Can be repeated;
    /// the hosts of a service are asked in this order. It may have a private address
    #[arg(long, value_name = "SERVICE=HOST")]
    pub(super) host: Vec<String>,

    /// Trust the certificates in this file, in PEM, for such hosts
    #[arg(long, value_name = "FILE", requires = "host")]
    pub(super) ca: Option<PathBuf>,

    /// Make no more requests than this
    #[arg(long, value_name = "N")]
    pub(super) max_requests: Option<u64>,

    /// Requests a second to one host; they are made one after the other in any case
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) rate: u32,

    /// Seconds that one request may take
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=300))]
    pub(super) timeout: u64,

    /// Take answers of the last day from the cache, and keep those of today there, by keyed hash
    #[arg(long)]
    pub(super) cache: bool,
}

fn severities() -> impl clap::builder::TypedValueParser<Value = Severity> {
    use clap::builder::TypedValueParser as _;
    clap::builder::PossibleValuesParser::new(Severity::ALL.map(Severity::as_str))
        .map(|name| name.parse().expect("only names of severities are possible"))
}
