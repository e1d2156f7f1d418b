//! The arguments of `bartizan baseline`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;

use crate::cli::args::{ConfigArgs, DatabaseArgs, OtherArgs, What, Which, exclusion};
use crate::model::PathGlob;
use crate::parse::foreign_report::Format;

const EXIT_CODES: &str = "\
Exit codes:
  0  the baseline was written
  2  error, and the baseline was not changed; or the scan was incomplete";

const EXIT_CODES_DIFF: &str = "\
Exit codes:
  0  the findings are those of the baseline
  1  they differ
  2  error, or the scan was incomplete";

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum BaselineCommand {
    /// Write a new baseline that accepts all current findings
    #[command(after_help = EXIT_CODES)]
    Create(Box<CreateArgs>),
    /// Add new findings to the baseline, and sort it
    #[command(after_help = EXIT_CODES)]
    Update(Box<UpdateArgs>),
    /// Remove entries that have expired or whose findings are gone
    #[command(after_help = EXIT_CODES)]
    Prune(Box<Selected>),
    /// List findings that are not in the baseline, and entries that are not found
    #[command(after_help = EXIT_CODES_DIFF)]
    Diff(Box<Selected>),
    /// Accept findings that an ignore file, baseline or report of another scanner names
    #[command(after_help = EXIT_CODES)]
    Import(Box<ImportArgs>),
}

#[derive(Args, Debug)]
pub(in crate::cli) struct CreateArgs {
    /// Why the findings are accepted
    #[arg(long, value_name = "TEXT", value_parser = words)]
    pub(super) reason: String,

    #[command(flatten)]
    pub(super) terms: Terms,

    #[command(flatten)]
    pub(super) scan: Selected,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct UpdateArgs {
    /// Why the new findings are accepted; required if there are any
    #[arg(long, value_name = "TEXT", value_parser = words)]
    pub(super) reason: Option<String>,

    #[command(flatten)]
    pub(super) terms: Terms,

    /// Also remove what `prune` would
    #[arg(long)]
    pub(super) prune: bool,

    #[command(flatten)]
    pub(super) scan: Selected,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ImportArgs {
    /// .gitleaksignore, .secrets.baseline of detect-secrets, or JSON report of gitleaks, trufflehog or
    /// kingfisher
    pub(super) file: PathBuf,

    /// Format of the file [default: detected by name and content]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(super) format: Option<FormatArg>,

    /// Why the findings are accepted [default: where they were imported from]
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
    /// Who is responsible for the entries
    #[arg(long, value_name = "WHO", value_parser = words)]
    pub(super) owner: Option<String>,

    /// Last day on which the entries count, such as 2027-01-31
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(super) expires: Option<Date>,
}

/// What is scanned, and by what.
#[derive(Args, Debug)]
pub(in crate::cli) struct Selected {
    /// Directory or file to scan [default: the current directory]
    pub(super) path: Option<PathBuf>,

    /// Use this file instead of the bartizan.baseline of the repository
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,

    /// Exclude these files, in addition to those of the configuration. Can be repeated
    #[arg(long, value_name = "GLOB", value_parser = exclusion)]
    pub(super) exclude: Vec<PathGlob>,

    /// Print only the summary
    #[arg(long, short)]
    pub(super) quiet: bool,

    #[command(flatten)]
    pub(super) what: What,

    #[command(flatten)]
    pub(super) which: Which,

    #[command(flatten)]
    pub(super) config: ConfigArgs,

    #[command(flatten)]
    pub(super) databases: DatabaseArgs,

    #[command(flatten)]
    pub(super) other: OtherArgs,
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
