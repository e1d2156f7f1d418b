//! What can be said on the command line.

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
  1  not verified: the signature is wrong, or by somebody else
  2  it could not be judged";

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  nothing found at or above --fail-on
  1  findings
  2  the scan could not be done, or not be done whole";

/// Which checks run, and by which rules besides the built-in ones.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Which {
    /// Run these families and checks alone
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(super) checks: Option<Vec<String>>,

    /// Leave out these families and checks, besides those of the configuration
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(super) skip_checks: Vec<String>,

    /// Look for secrets with the rules of this file of gitleaks or betterleaks, too. Can be repeated
    #[arg(long, value_name = "FILE")]
    pub(super) rules: Vec<PathBuf>,
}

/// How the checks judge, and what they look at.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct How {
    /// How much the checks of workflows and the like ask for [default: default]
    #[arg(long, value_name = "PRESET", value_parser = presets())]
    pub(super) preset: Option<Preset>,

    /// Leave out the built-in rules for secrets: those of --rules and of the configuration run alone
    #[arg(long)]
    pub(super) no_default_rules: bool,

    /// What SBOMs have to have [default: ntia-2021]
    #[arg(long, value_name = "PROFILE", value_parser = profiles())]
    pub(super) profile: Option<Profile>,

    /// Look at files larger than this as text only, in pieces; skip, and count, larger archives
    /// [default: 10MiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(super) max_file_size: Option<u64>,
}

#[derive(Args, Debug, Default)]
#[command(after_help = EXIT_CODES)]
pub(super) struct ScanArgs {
    /// A directory or file; the current directory if there is none
    pub(super) path: Option<PathBuf>,

    #[command(flatten)]
    pub(super) what: What,

    /// Format of the report on standard output [default: human]
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    pub(super) format: Option<Format>,

    /// Write a report to a file, too; `-` is standard output. Can be repeated
    #[arg(long, short, value_name = "FORMAT=FILE", value_parser = target)]
    pub(super) output: Vec<Target>,

    #[command(flatten)]
    pub(super) which: Which,

    #[command(flatten)]
    pub(super) how: How,

    /// Leave out these files, besides those of the configuration; as in .gitignore, from the root
    /// of the repository. With `!` in front it takes back what those before it say, but nothing
    /// below a directory that is left out. Can be repeated
    #[arg(long, value_name = "GLOB", value_parser = exclusion)]
    pub(super) exclude: Vec<PathGlob>,

    /// Take the settings from this file instead of the bartizan.toml of the repository
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(super) config: Option<PathBuf>,

    /// Take no settings from any file
    #[arg(long)]
    pub(super) no_config: bool,

    /// Silence what this baseline accepts, instead of the bartizan.baseline of the repository
    #[arg(long, value_name = "FILE", conflicts_with = "no_baseline")]
    pub(super) baseline: Option<PathBuf>,

    /// Silence nothing by a baseline
    #[arg(long)]
    pub(super) no_baseline: bool,

    /// Take the settings, and all that they name, from the root of this commit instead of the worktree [default
    /// with --base: REV; with --range and --since: where the range starts]
    #[arg(long, value_name = "REV", conflicts_with_all = ["config", "no_config"])]
    pub(super) config_from: Option<String>,

    /// Use no network
    #[arg(long)]
    pub(super) offline: bool,

    /// Compare dependencies with the advisories in this directory, a checkout of RustSec's database
    #[arg(long, value_name = "DIR")]
    pub(super) advisory_db: Option<PathBuf>,

    /// Compare the lock files of other ecosystems with this dump of OSV
    #[arg(long, value_name = "DIR|ZIP", conflicts_with = "osv")]
    pub(super) osv_db: Option<PathBuf>,

    /// Compare the lock files of these ecosystems with OSV's database, which is fetched if there is none of
    /// today: npm, PyPI, Go, …
    #[arg(long, value_name = "ECOSYSTEM", value_delimiter = ',', value_parser = ecosystem)]
    pub(super) osv: Vec<Ecosystem>,

    /// Fail if the advisory database is older than this many days
    #[arg(long, value_name = "DAYS")]
    pub(super) max_db_age: Option<u32>,

    /// The same where neither that nor the configuration says a number: for the GitHub Action
    #[arg(long, value_name = "DAYS", hide = true)]
    pub(super) default_max_db_age: Option<u32>,

    /// The lowest severity that makes the exit code 1 [default: medium]
    #[arg(long, value_name = "SEVERITY", value_parser = thresholds())]
    pub(super) fail_on: Option<Threshold>,

    /// What GitHub keeps the results of a SARIF report under: each upload replaces the one before of the
    /// same category [default: bartizan]
    #[arg(long, value_name = "NAME", value_parser = category)]
    pub(super) sarif_category: Option<String>,

    /// Threads [default: as many as the machine runs at once]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,

    /// Print no more than the closing line
    #[arg(long, short, conflicts_with = "verbose")]
    pub(super) quiet: bool,

    /// List what was skipped and suppressed, too
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,

    /// Show the secrets themselves; on a terminal and for people only
    #[arg(long)]
    pub(super) show_secrets: bool,

    /// Keep what stands near credentials; only `bartizan validate` asks for it.
    #[arg(skip)]
    pub(super) keep_nearby: bool,
}

/// What of a repository is scanned; without any of these, the files of the worktree.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "What is scanned")]
pub(super) struct What {
    /// Report only what REV does not have: the worktree against the commit at which HEAD and REV parted, and
    /// what commits since then brought and took away again
    #[arg(long, value_name = "REV", conflicts_with_all = ["staged", "range", "since", "history", "bare_repo"])]
    pub(super) base: Option<String>,

    /// What the next commit adds: the index against HEAD, not what lies on disk
    #[arg(long, conflicts_with_all = ["range", "since", "history", "bare_repo"])]
    pub(super) staged: bool,

    /// All of the index: every file that git tracks, as the next commit would have it
    #[arg(long, conflicts_with_all = ["staged", "range", "since", "history", "bare_repo", "base"])]
    pub(super) index: bool,

    /// What each commit of A..B adds to what was there before it: in files, messages and tags. A...B
    /// is the same from where both parted; a single REV is what that commit adds
    #[arg(long, value_name = "A..B", conflicts_with_all = ["since", "history"])]
    pub(super) range: Option<String>,

    /// What the commits since REV add: REV..HEAD
    #[arg(long, value_name = "REV", conflicts_with = "history")]
    pub(super) since: Option<String>,

    /// The files of the worktree, too; with --range or --since
    #[arg(long)]
    pub(super) worktree: bool,

    /// Everything that any reference reaches, and the worktree
    #[arg(long)]
    pub(super) history: bool,

    /// Also what only the object store still holds: amended, dropped, reset. With --history
    #[arg(long)]
    pub(super) unreachable: bool,

    /// A bare or mirror repository, or git's directory of a worktree; its history, unless --range or
    /// --since asks for a part of it
    #[arg(long, value_name = "DIR", conflicts_with = "path")]
    pub(super) bare_repo: Option<PathBuf>,

    /// Name the authors of commits in the report
    #[arg(long)]
    pub(super) include_authors: bool,

    /// Neither read nor write the cache of blobs that are known to be clean
    #[arg(long)]
    pub(super) no_cache: bool,

    /// Scan a repository that belongs to another user, whatever safe.directory says
    #[arg(long)]
    pub(super) allow_foreign_owner: bool,
}

impl What {
    /// The range of commits that is asked for, if one is.
    pub(super) fn named_range(&self) -> Option<String> {
        self.range.clone().or_else(|| self.since.as_ref().map(|since| format!("{since}..HEAD")))
    }
}

#[derive(Args, Debug)]
#[command(after_help = VERIFY_EXIT_CODES)]
pub(super) struct VerifyArgs {
    /// What is signed: a file, or its digest, such as sha256:…
    #[arg(value_name = "FILE|DIGEST")]
    pub(super) artifact: PathBuf,

    #[command(flatten)]
    pub(super) signed: Where,

    #[command(flatten)]
    pub(super) signer: SignerArgs,

    /// Trust the authorities and logs in this file, instead of those of Sigstore and GitHub
    #[arg(long, value_name = "FILE")]
    pub(super) trusted_root: Option<PathBuf>,

    /// Take no promise of the log for a proof that it holds the signature
    #[arg(long)]
    pub(super) require_inclusion_proof: bool,

    /// Use no network; nothing that verifies does
    #[arg(long)]
    pub(super) offline: bool,

    /// Format of the verdict
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = VerdictFormat::Human)]
    pub(super) format: VerdictFormat,
}

/// Where the signature is; without any of these, beside the file.
#[derive(Args, Debug)]
#[command(next_help_heading = "The signature")]
pub(super) struct Where {
    /// A Sigstore bundle, or an envelope; several, one a line
    #[arg(long, value_name = "FILE", conflicts_with_all = ["signature", "certificate"])]
    pub(super) bundle: Option<PathBuf>,

    /// The signature alone, as it is or in base64
    #[arg(long, value_name = "FILE")]
    pub(super) signature: Option<PathBuf>,

    /// The certificate of whoever made the signature alone
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    pub(super) certificate: Option<PathBuf>,
}

/// Who may have signed.
#[derive(Args, Debug)]
#[command(next_help_heading = "Who may have signed")]
pub(super) struct SignerArgs {
    /// The holder of this public key
    #[arg(long, value_name = "FILE", conflicts_with_all = ["certificate_identity", "certificate_identity_regexp", "certificate_oidc_issuer", "certificate_oidc_issuer_regexp"])]
    pub(super) key: Option<PathBuf>,

    /// The holder of a certificate for exactly this address: of a workflow, or a mail address
    #[arg(long, value_name = "ID", conflicts_with = "certificate_identity_regexp")]
    pub(super) certificate_identity: Option<String>,

    /// The same for all addresses that match as a whole
    #[arg(long, value_name = "REGEX")]
    pub(super) certificate_identity_regexp: Option<String>,

    /// Who has to have vouched for the address
    #[arg(long, value_name = "URL", conflicts_with = "certificate_oidc_issuer_regexp")]
    pub(super) certificate_oidc_issuer: Option<String>,

    /// The same for all issuers that match as a whole
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
    /// Fetch RustSec's advisories and the trusted roots of signatures into the cache, if there are newer
    /// ones
    Update {
        /// Fetch RustSec's advisories from here instead: a tar archive, packed by gzip
        #[arg(long)]
        url: Option<String>,

        /// Fetch the database of OSV about these ecosystems, and nothing else: npm, PyPI, Go, …
        #[arg(long, value_name = "ECOSYSTEM", value_delimiter = ',', value_parser = ecosystem, conflicts_with = "url")]
        osv: Vec<Ecosystem>,
    },
    /// Tell which database and which trusted roots there are, and how old they are
    Status,
    /// Take the advisories in a directory or an archive into the cache
    Import {
        /// Take a dump of OSV, and of it what is about these ecosystems: npm, PyPI, Go, …
        #[arg(long, value_name = "ECOSYSTEM", value_delimiter = ',', value_parser = ecosystem)]
        osv: Vec<Ecosystem>,

        /// A checkout of RustSec's database, or a tar archive of one; of OSV a directory of documents, or a zip
        /// archive
        from: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ActionCommand {
    /// What of the repository the event is about, and what has to be fetched first
    Plan(PlanArgs),
    /// The outputs of the action, from the report in JSON
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
    /// Prove packs of your own by the examples in them
    Verify {
        /// The directory with the packs, files whose names end in .toml
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
    /// The verdict that `verify --format json` writes
    Verify,
    /// The settings in bartizan.toml, converted to JSON
    Config,
    /// A line of a plan, of parts, or of what `batch merge` writes
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

/// `--fail-on`; a type of its own, for clap takes an `Option` to mean that nothing was said.
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
    /// The command, such as `scan` or `baseline create`; the program itself if there is none
    #[arg(value_name = "COMMAND")]
    pub(super) command: Vec<String>,

    /// Write the pages of all commands into this directory instead, a file each
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
