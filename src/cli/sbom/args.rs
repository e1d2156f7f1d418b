//! What can be said behind `bartizan sbom`.

use std::path::PathBuf;
use std::str::FromStr as _;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum};

use crate::render::sbom::BillFormat;

const EXIT_CODES: &str = "\
Exit codes:
  0  the SBOM was written
  2  it was not; no file was touched";

const EXIT_CODES_DIFF: &str = "\
Exit codes:
  0  the same packages
  1  they differ
  2  one of the files could not be read";

#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(in crate::cli) struct SbomArgs {
    #[command(subcommand)]
    pub(super) command: Option<SbomCommand>,

    /// Lock file, or the directory with it [default: the current directory]
    #[arg(conflicts_with_all = ["lock", "manifest_path"])]
    pub(super) path: Option<PathBuf>,

    /// Format of the SBOM
    #[arg(long, value_name = "FORMAT", default_value = "cyclonedx", value_parser = formats())]
    pub(super) format: BillFormat,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    /// Use this lock file: Cargo.lock, or one of npm, pnpm, Yarn, Poetry, uv, pip, Go, Bundler, Composer
    #[arg(long, value_name = "FILE", conflicts_with = "manifest_path")]
    pub(super) lock: Option<PathBuf>,

    /// Use the Cargo.lock next to this Cargo.toml
    #[arg(long, value_name = "FILE")]
    pub(super) manifest_path: Option<PathBuf>,

    /// Name of the project, if it has several packages
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(super) name: Option<String>,

    /// Read a repository that belongs to another user, whatever safe.directory says
    #[arg(long)]
    pub(super) allow_foreign_owner: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum SbomCommand {
    /// Compare two SBOMs, or an SBOM with a lock file
    #[command(after_help = EXIT_CODES_DIFF)]
    Diff {
        /// Older SBOM or lock file
        a: PathBuf,
        /// Newer one
        b: PathBuf,
        /// Format of the output
        #[arg(long, value_enum, value_name = "FORMAT", default_value_t = DiffFormat::Human)]
        format: DiffFormat,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DiffFormat {
    Human,
    Json,
}

fn formats() -> impl TypedValueParser<Value = BillFormat> {
    PossibleValuesParser::new(BillFormat::ALL.map(BillFormat::as_str))
        .map(|name| BillFormat::from_str(&name).expect("only names of formats are possible"))
}
