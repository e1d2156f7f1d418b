//! What can be said behind `bartizan baseline`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;

use crate::cli::args::{ScanArgs, What, Which, ecosystem};
use crate::model::PathGlob;
use crate::parse::foreign_report::Format;
use crate::parse::lockfile::Ecosystem;

const EXIT_CODES: &str = "\
Exit codes:
  0  the baseline is as it was asked for
  2  it is not, and was left as it was; or the scan could not see everything";

const EXIT_CODES_DIFF: &str = "\
Exit codes:
  0  what is found is what was accepted
  1  they differ
  2  the scan could not be done, or not be done whole";

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum BaselineCommand {
    /// Accept all that is found now, in a new baseline
    #[command(after_help = EXIT_CODES)]
    Create(Box<CreateArgs>),
    /// Accept what is found and not yet accepted; sorts the file, too
    #[command(after_help = EXIT_CODES)]
    Update(Box<UpdateArgs>),
    /// Take out what has expired, and what is not there any more
    #[command(after_help = EXIT_CODES)]
    Prune(Box<Selected>),
    /// Tell what is found and not accepted, and what is accepted and not found
    #[command(after_help = EXIT_CODES_DIFF)]
    Diff(Box<Selected>),
    /// Accept what the ignore file, baseline or report of another scanner names and is found here, too
    #[command(after_help = EXIT_CODES)]
    Import(Box<ImportArgs>),
}

#[derive(Args, Debug)]
pub(in crate::cli) struct CreateArgs {
    /// Why it is accepted
    #[arg(long, value_name = "TEXT", value_parser = words)]
    pub(super) reason: String,

    #[command(flatten)]
    pub(super) terms: Terms,

    #[command(flatten)]
    pub(super) scan: Selected,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct UpdateArgs {
    /// Why it is accepted; needed if there is something new
    #[arg(long, value_name = "TEXT", value_parser = words)]
    pub(super) reason: Option<String>,

    #[command(flatten)]
    pub(super) terms: Terms,

    /// Take out what `prune` would, too
    #[arg(long)]
    pub(super) prune: bool,

    #[command(flatten)]
    pub(super) scan: Selected,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ImportArgs {
    /// A .gitleaksignore, a .secrets.baseline of detect-secrets, or a report in JSON of gitleaks,
    /// trufflehog or kingfisher
    pub(super) file: PathBuf,

    /// What the file is [default: told by its name and content]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(super) format: Option<FormatArg>,

    /// Why it is accepted [default: where it was imported from]
    #[arg(long, value_name = "TEXT", value_parser = words)]
    pub(super) reason: Option<String>,

    #[command(flatten)]
    pub(super) terms: Terms,

    #[command(flatten)]
    pub(super) scan: Selected,
}

/// On what terms something is accepted.
#[derive(Args, Clone, Debug)]
pub(super) struct Terms {
    /// Who answers for it
    #[arg(long, value_name = "WHO", value_parser = words)]
    pub(super) owner: Option<String>,

    /// The last day on which it is accepted, such as 2027-01-31
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(super) expires: Option<Date>,
}

/// What is scanned, and by what.
#[derive(Args, Debug)]
pub(in crate::cli) struct Selected {
    /// A directory or file; the current directory if there is none
    pub(super) path: Option<PathBuf>,

    /// The baseline, instead of the bartizan.baseline of the repository
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,

    #[command(flatten)]
    which: Which,

    /// Leave out these files, besides those of the configuration. Can be repeated
    #[arg(long, value_name = "GLOB", value_parser = |text: &str| PathGlob::parse(text, ""))]
    exclude: Vec<PathGlob>,

    /// Take the settings from this file instead of the bartizan.toml of the repository
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,

    /// Take no settings from any file
    #[arg(long)]
    no_config: bool,

    /// Use no network
    #[arg(long)]
    offline: bool,

    /// Compare dependencies with the advisories in this directory, a checkout of RustSec's database
    #[arg(long, value_name = "DIR")]
    advisory_db: Option<PathBuf>,

    /// Compare the lock files of other ecosystems with this dump of OSV
    #[arg(long, value_name = "DIR|ZIP", conflicts_with = "osv")]
    osv_db: Option<PathBuf>,

    /// Compare the lock files of these ecosystems with OSV's database, which is fetched if there is none of
    /// today: npm, PyPI, Go, …
    #[arg(long, value_name = "ECOSYSTEM", value_delimiter = ',', value_parser = ecosystem)]
    osv: Vec<Ecosystem>,

    /// Threads [default: as many as the machine runs at once]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,

    /// Print no more than the closing line
    #[arg(long, short)]
    pub(super) quiet: bool,

    #[command(flatten)]
    pub(super) what: What,
}

impl Selected {
    /// The scan that is asked for, with no baseline.
    pub(super) fn scan(&self) -> ScanArgs {
        ScanArgs {
            path: self.path.clone(),
            what: self.what.clone(),
            which: self.which.clone(),
            exclude: self.exclude.clone(),
            config: self.config.clone(),
            no_config: self.no_config,
            offline: self.offline,
            advisory_db: self.advisory_db.clone(),
            osv_db: self.osv_db.clone(),
            osv: self.osv.clone(),
            jobs: self.jobs,
            quiet: self.quiet,
            no_baseline: true,
            ..ScanArgs::default()
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatArg {
    /// .gitleaksignore
    Gitleaksignore,
    /// A report of gitleaks
    Gitleaks,
    /// A report of trufflehog
    Trufflehog,
    /// A report of kingfisher
    Kingfisher,
    /// .secrets.baseline
    DetectSecrets,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Gitleaksignore => Self::GitleaksIgnore,
            FormatArg::Gitleaks => Self::Gitleaks,
            FormatArg::Trufflehog => Self::Trufflehog,
            FormatArg::Kingfisher => Self::Kingfisher,
            FormatArg::DetectSecrets => Self::DetectSecrets,
        }
    }
}

fn words(text: &str) -> Result<String, String> {
    let most = crate::parse::baseline::MAX_WORDS;
    let text = text.trim();
    match text.chars().count() {
        0 => Err("it is empty".to_owned()),
        count if count > most => Err(format!("at most {most} characters")),
        _ => Ok(text.to_owned()),
    }
}

fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "write a day, such as 2027-01-31".to_owned())
}
