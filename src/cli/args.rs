//! The arguments of the commands: syntax only. `plan` says what those of a scan mean.

use std::path::PathBuf;
use std::str::FromStr as _;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum};

use crate::model::{PathGlob, Preset, Severity};
use crate::parse::lockfile::Ecosystem;
use crate::parse::sbom::quality::Profile;
use crate::render::Format;
use crate::scan::config;

const VERIFY_EXIT_CODES: &str = "\
Exit codes:
  0  verified
  1  not verified: the signature is invalid, or the signer is not allowed
  2  error, or the signature could not be checked";

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  no findings at or above --fail-on
  1  findings
  2  error, or the scan was incomplete";

const CHECKS: &str = "Checks";
const SCOPE: &str = "What to scan";
const SETTINGS: &str = "Configuration and baseline";
const DATABASES: &str = "Advisory databases";

#[derive(Args, Debug, Default)]
#[command(after_help = EXIT_CODES)]
pub(super) struct ScanArgs {
    /// Directory or file to scan, or `-` for standard input [default: the current directory]
    pub(super) path: Option<PathBuf>,

    /// Lowest severity that makes the exit code 1 [default: medium]
    #[arg(long, value_name = "SEVERITY", value_parser = thresholds())]
    pub(super) fail_on: Option<Threshold>,

    #[command(flatten)]
    pub(super) output: OutputArgs,

    /// Show secrets unmasked; only in the human format on a terminal
    #[arg(long)]
    pub(super) show_secrets: bool,

    #[command(flatten)]
    pub(super) what: What,

    /// Exclude these files, in addition to those of the configuration: as in .gitignore, from the root of the
    /// repository. A GLOB that starts with `!` includes files again, but none below an excluded directory. Can be
    /// repeated
    #[arg(long, value_name = "GLOB", value_parser = exclusion, help_heading = SCOPE)]
    pub(super) exclude: Vec<PathGlob>,

    /// With `-`: the file that standard input is, for checks that depend on its name
    #[arg(long, value_name = "NAME", help_heading = SCOPE)]
    pub(super) stdin_path: Option<PathBuf>,

    #[command(flatten)]
    pub(super) which: Which,

    #[command(flatten)]
    pub(super) how: How,

    #[command(flatten)]
    pub(super) config: ConfigArgs,

    /// Read the configuration, and the files that it names, from the root of this commit [default: REV of --base,
    /// or the start of --range and --since]
    #[arg(long, value_name = "REV", conflicts_with_all = ["config", "no_config"], help_heading = SETTINGS)]
    pub(super) config_from: Option<String>,

    /// Use this file instead of the bartizan.baseline of the repository
    #[arg(long, value_name = "FILE", conflicts_with = "no_baseline", help_heading = SETTINGS)]
    pub(super) baseline: Option<PathBuf>,

    /// Use no baseline
    #[arg(long, help_heading = SETTINGS)]
    pub(super) no_baseline: bool,

    #[command(flatten)]
    pub(super) databases: DatabaseArgs,

    /// Fail if the advisory database is older than this
    #[arg(long, value_name = "DAYS", help_heading = DATABASES)]
    pub(super) max_db_age: Option<u32>,

    /// The same if neither that nor the configuration sets it: for the GitHub Action
    #[arg(long, value_name = "DAYS", hide = true)]
    pub(super) default_max_db_age: Option<u32>,

    #[command(flatten)]
    pub(super) other: OtherArgs,
}

/// What of a repository is scanned; without any of these, the files of the worktree.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = SCOPE)]
pub(super) struct What {
    /// Report only findings introduced since the merge base with REV: in the worktree, and in the commits since
    #[arg(long, value_name = "REV", conflicts_with_all = ["staged", "range", "since", "history", "bare_repo"])]
    pub(super) base: Option<String>,

    /// Scan what the next commit adds: the index compared with HEAD
    #[arg(long, conflicts_with_all = ["range", "since", "history", "bare_repo"])]
    pub(super) staged: bool,

    /// Scan what each commit of A..B adds, with messages and tags. A...B starts at the merge base; a single REV is
    /// that commit
    #[arg(long, value_name = "A..B", conflicts_with_all = ["since", "history"])]
    pub(super) range: Option<String>,

    /// Scan what the commits since REV add, as --range REV..HEAD does
    #[arg(long, value_name = "REV", conflicts_with = "history")]
    pub(super) since: Option<String>,

    /// Scan everything that is reachable from any ref, and the worktree
    #[arg(long)]
    pub(super) history: bool,

    /// Also scan the worktree; with --range or --since
    #[arg(long)]
    pub(super) worktree: bool,

    /// Scan the whole index: every tracked file, as the next commit would have it
    #[arg(long, conflicts_with_all = ["staged", "range", "since", "history", "bare_repo", "base"])]
    pub(super) index: bool,

    /// Also scan objects that no ref reaches, such as amended or reset commits; with --history
    #[arg(long)]
    pub(super) unreachable: bool,

    /// Scan the history of a bare or mirror repository, or of a .git directory; part of it with --range or --since
    #[arg(long, value_name = "DIR", conflicts_with = "path")]
    pub(super) bare_repo: Option<PathBuf>,

    /// Name the authors of commits in the report
    #[arg(long)]
    pub(super) include_authors: bool,
}

/// The reports that are written.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct OutputArgs {
    /// Format of the report on standard output [default: human]
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    pub(super) format: Option<Format>,

    /// Also write a report to a file; `-` is standard output. Can be repeated
    #[arg(long, short, value_name = "FORMAT=FILE", value_parser = target)]
    pub(super) output: Vec<Target>,

    /// Print only the summary
    #[arg(long, short, conflicts_with = "verbose")]
    pub(super) quiet: bool,

    /// Also list what was skipped and suppressed
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,

    /// Category of a SARIF report: an upload to GitHub replaces the previous one of the same category
    /// [default: bartizan]
    #[arg(long, value_name = "NAME", value_parser = category)]
    pub(super) sarif_category: Option<String>,
}

/// Which checks run, and with which rules in addition to the built-in ones.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = CHECKS)]
pub(super) struct Which {
    /// Run only these checks and families of checks
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(super) checks: Option<Vec<String>>,

    /// Skip these checks and families of checks, in addition to those of the configuration
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(super) skip_checks: Vec<String>,

    /// Also look for secrets with the rules in this file of gitleaks or betterleaks. Can be repeated
    #[arg(long, value_name = "FILE")]
    pub(super) rules: Vec<PathBuf>,
}

/// How strict the checks are, and what they read.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = CHECKS)]
pub(super) struct How {
    /// How strict the checks of workflows, containers and the like are [default: default]
    #[arg(long, value_name = "PRESET", value_parser = presets())]
    pub(super) preset: Option<Preset>,

    /// Do not look for secrets with the built-in rules, only with those of --rules and of the configuration
    #[arg(long)]
    pub(super) no_default_rules: bool,

    /// Minimum elements that an SBOM has to have [default: ntia-2021]
    #[arg(long, value_name = "PROFILE", value_parser = profiles())]
    pub(super) profile: Option<Profile>,

    /// Scan larger files in chunks, as text only; skip larger archives, and count them [default: 10MiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(super) max_file_size: Option<u64>,
}

/// Where the settings are from.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = SETTINGS)]
pub(super) struct ConfigArgs {
    /// Use this file instead of the bartizan.toml of the repository
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(super) config: Option<PathBuf>,

    /// Use no configuration file
    #[arg(long)]
    pub(super) no_config: bool,
}

/// What dependencies are compared with.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = DATABASES)]
pub(super) struct DatabaseArgs {
    /// Do not use the network
    #[arg(long)]
    pub(super) offline: bool,

    /// Use the RustSec advisory database in this directory
    #[arg(long, value_name = "DIR")]
    pub(super) advisory_db: Option<PathBuf>,

    /// Check the lock files of these ecosystems against the OSV database, which is fetched unless it was in the last
    /// 24 h: npm, PyPI, Go, …
    #[arg(long, value_name = "ECOSYSTEM", value_delimiter = ',', value_parser = ecosystem)]
    pub(super) osv: Vec<Ecosystem>,

    /// Check the lock files of ecosystems other than Cargo against this dump of the OSV database
    #[arg(long, value_name = "DIR|ZIP", conflicts_with = "osv")]
    pub(super) osv_db: Option<PathBuf>,
}

/// What is rarely needed.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Other options")]
pub(super) struct OtherArgs {
    /// Number of threads [default: the number of CPUs]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,

    /// Do not use the cache of blobs that are known to be clean
    #[arg(long)]
    pub(super) no_cache: bool,

    /// Scan a repository that belongs to another user, whatever safe.directory says
    #[arg(long)]
    pub(super) allow_foreign_owner: bool,
}

#[derive(Args, Debug)]
#[command(after_help = VERIFY_EXIT_CODES)]
pub(super) struct VerifyArgs {
    /// Signed file, or its digest, such as sha256:…
    #[arg(value_name = "FILE|DIGEST")]
    pub(super) artifact: PathBuf,

    /// Use the trusted root in this file instead of those of Sigstore and GitHub
    #[arg(long, value_name = "FILE")]
    pub(super) trusted_root: Option<PathBuf>,

    /// Require an inclusion proof of the transparency log; its signed promise is not enough
    #[arg(long)]
    pub(super) require_inclusion_proof: bool,

    /// Do not use the network; verification never does
    #[arg(long)]
    pub(super) offline: bool,

    /// Format of the result
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = VerdictFormat::Human)]
    pub(super) format: VerdictFormat,

    #[command(flatten)]
    pub(super) signed: Where,

    #[command(flatten)]
    pub(super) signer: SignerArgs,
}

/// Where the signature is; without any of these, in a file next to the signed one.
#[derive(Args, Debug)]
#[command(next_help_heading = "Signature")]
pub(super) struct Where {
    /// Sigstore bundle or DSSE envelope; may hold several, one per line
    #[arg(long, value_name = "FILE", conflicts_with_all = ["signature", "certificate"])]
    pub(super) bundle: Option<PathBuf>,

    /// Detached signature, raw or in base64
    #[arg(long, value_name = "FILE")]
    pub(super) signature: Option<PathBuf>,

    /// Certificate of the signer of the detached signature
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    pub(super) certificate: Option<PathBuf>,
}

/// Who has to have signed.
#[derive(Args, Debug)]
#[command(next_help_heading = "Signer")]
pub(super) struct SignerArgs {
    /// Public key of the signer
    #[arg(long, value_name = "FILE", conflicts_with_all = ["certificate_identity", "certificate_identity_regexp", "certificate_oidc_issuer", "certificate_oidc_issuer_regexp"])]
    pub(super) key: Option<PathBuf>,

    /// Identity in the signer's certificate: the URI of a workflow, or an email address
    #[arg(long, value_name = "ID", conflicts_with = "certificate_identity_regexp")]
    pub(super) certificate_identity: Option<String>,

    /// Regular expression that has to match the identity as a whole
    #[arg(long, value_name = "REGEX")]
    pub(super) certificate_identity_regexp: Option<String>,

    /// OIDC issuer that vouches for the identity
    #[arg(long, value_name = "URL", conflicts_with = "certificate_oidc_issuer_regexp")]
    pub(super) certificate_oidc_issuer: Option<String>,

    /// Regular expression that has to match the issuer as a whole
    #[arg(long, value_name = "REGEX")]
    pub(super) certificate_oidc_issuer_regexp: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum VerdictFormat {
    Human,
    Json,
}

#[derive(Debug, Subcommand)]
pub(super) enum DbCommand {
    /// Fetch the RustSec advisory database and the trusted roots for signatures into the cache
    Update {
        /// Fetch the RustSec advisory database from this URL, a .tar.gz archive
        #[arg(long)]
        url: Option<String>,

        /// Fetch only the OSV database for these ecosystems: npm, PyPI, Go, …
        #[arg(long, value_name = "ECOSYSTEM", value_delimiter = ',', value_parser = ecosystem, conflicts_with = "url")]
        osv: Vec<Ecosystem>,
    },
    /// Show the databases and trusted roots in use, and their age
    Status,
    /// Import an advisory database from a directory or an archive into the cache
    Import {
        /// Import these ecosystems of an OSV dump: npm, PyPI, Go, …
        #[arg(long, value_name = "ECOSYSTEM", value_delimiter = ',', value_parser = ecosystem)]
        osv: Vec<Ecosystem>,

        /// Checkout of the RustSec database, or a tar archive of one; for OSV a directory of documents, or a zip archive
        from: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ActionCommand {
    /// Print what the event asks to scan, and what has to be fetched first
    Plan(PlanArgs),
    /// Print the outputs of the action, from the JSON report
    Outputs {
        /// The report
        report: PathBuf,
    },
}

#[derive(Args, Debug)]
pub(super) struct PlanArgs {
    /// The repository
    #[arg(long, default_value = ".")]
    pub(super) path: PathBuf,

    /// What the workflow wants to be scanned
    #[arg(long, value_enum, default_value_t = Selected::Auto)]
    pub(super) scan: Selected,

    /// How often it was asked and fetched, this time counted in
    #[arg(long, default_value_t = 1)]
    pub(super) attempt: u32,

    /// Whether to go on with `pull_request_target`
    #[arg(long)]
    pub(super) allow_pull_request_target: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Selected {
    Auto,
    Full,
    Diff,
    History,
}

#[derive(Args, Debug)]
pub(super) struct ChecksArgs {
    #[command(subcommand)]
    pub(super) command: Option<ChecksCommand>,

    /// Format of the list
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ListFormat::Human)]
    pub(super) format: ListFormat,
}

#[derive(Debug, Subcommand)]
pub(super) enum ChecksCommand {
    /// Test your own packs by the examples in them
    Verify {
        /// Directory with the packs, .toml files
        dir: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ListFormat {
    Human,
    Json,
    Markdown,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Schema {
    /// The report that `--format json` writes
    Report,
    /// The result that `verify --format json` writes
    Verify,
    /// The settings in bartizan.toml, converted to JSON
    Config,
    /// A line of a plan, of shard results, or of the output of `batch merge`
    Batch,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

/// `--fail-on`; a type of its own, since clap reads an `Option` as an optional argument.
#[derive(Clone, Copy, Debug)]
pub(super) struct Threshold(pub(super) Option<Severity>);

/// A report that is asked for, and where it goes; no file is standard output.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) format: Format,
    pub(super) file: Option<PathBuf>,
}

/// The shells that completions are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Shell {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell")]
    Pwsh,
    Elvish,
    Nushell,
}

/// Which manual pages, and where to.
#[derive(Args, Debug)]
pub(super) struct ManArgs {
    /// Command, such as `scan` or `baseline create` [default: bartizan itself]
    #[arg(value_name = "COMMAND")]
    pub(super) command: Vec<String>,

    /// Write the pages of all commands to this directory, a file each
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub(super) all: Option<PathBuf>,
}

pub(super) fn presets() -> impl TypedValueParser<Value = Preset> {
    PossibleValuesParser::new(Preset::ALL.map(Preset::as_str))
        .map(|name| Preset::parse(&name).expect("only names of presets are possible"))
}

pub(super) fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::as_str))
        .map(|name| Format::from_str(&name).expect("only names of formats are possible"))
}

/// The ecosystem that a user means, whose spelling is OSV's.
pub(super) fn ecosystem(text: &str) -> Result<Ecosystem, String> {
    let text = text.trim();
    let is = |ecosystem: &Ecosystem| ecosystem.as_str().eq_ignore_ascii_case(text);
    let known = || Ecosystem::ALL.map(Ecosystem::as_str).join(", ");
    Ecosystem::ALL.into_iter().find(is).ok_or_else(|| format!("it is one of {}", known()))
}

pub(super) fn profiles() -> impl TypedValueParser<Value = Profile> {
    PossibleValuesParser::new(Profile::ALL.map(Profile::as_str))
        .map(|name| Profile::named(&name).expect("only names of profiles are possible"))
}

pub(super) fn thresholds() -> impl TypedValueParser<Value = Threshold> {
    PossibleValuesParser::new(std::iter::once("none").chain(Severity::ALL.map(Severity::as_str)))
        .map(|name| Threshold(config::parse_fail_on(&name).expect("only names of severities are possible")))
}

pub(super) fn target(text: &str) -> Result<Target, String> {
    let all = Format::ALL.map(Format::as_str);
    let Some((format, file)) = text.split_once('=').filter(|(_, file)| !file.is_empty()) else {
        return Err("write FORMAT=FILE, such as sarif=report.sarif".to_owned());
    };
    let format = Format::from_str(format).map_err(|()| {
        let meant = crate::scan::suggest::did_you_mean(format, all);
        if meant.is_empty() {
            format!("the formats are {}", all.join(", "))
        } else {
            format!("unknown format{meant}")
        }
    })?;
    Ok(Target { format, file: (file != "-").then(|| PathBuf::from(file)) })
}

pub(super) fn category(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/ ".contains(c);
    match !text.is_empty() && text.len() <= 200 && text.chars().all(is_plain) {
        true => Ok(text.to_owned()),
        false => Err("write letters, digits, spaces and `-_.:/`".to_owned()),
    }
}

pub(super) fn exclusion(text: &str) -> Result<PathGlob, String> {
    PathGlob::parse(text, "")
}

pub(super) fn size(text: &str) -> Result<u64, String> {
    config::parse_size(text).map_err(|wanted| format!("write {wanted}"))
}
