//! The commands, each with its arguments.

use clap::{Parser, Subcommand};

use crate::cli::args::{
    ActionCommand, ChecksArgs, Color, DbCommand, EXIT_CODES, ManArgs, ScanArgs, Schema, Shell, VerifyArgs,
};
use crate::cli::baseline::BaselineCommand;
use crate::cli::batch::BatchCommand;
use crate::cli::doctor::DoctorArgs;
use crate::cli::fix::FixArgs;
use crate::cli::hook::HookCommand;
use crate::cli::init::InitArgs;
#[cfg(feature = "lsp")]
use crate::cli::lsp::LspArgs;
use crate::cli::policy::PolicyArgs;
use crate::cli::report::ReportArgs;
use crate::cli::sbom::SbomArgs;
use crate::cli::settings::ConfigCommand;
#[cfg(feature = "validate")]
use crate::cli::validate::ValidateArgs;

/// Finds leaked secrets, vulnerable dependencies, invalid signatures and stale SBOMs in a repository and its history
#[derive(Debug, Parser)]
#[command(name = "bartizan", version, arg_required_else_help = true, disable_help_subcommand = true, after_help = EXIT_CODES)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,

    /// Colour of the output
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(super) color: Color,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Scan a repository: its worktree, its index, or its history
    Scan(Box<ScanArgs>),
    /// Convert the report of an earlier scan to another format, or compare it with an older one
    Report(Box<ReportArgs>),
    /// Accept current findings, so that only new ones are reported
    Baseline {
        #[command(subcommand)]
        command: BaselineCommand,
    },
    /// List all checks
    #[command(visible_alias = "rules", args_conflicts_with_subcommands = true)]
    Checks(ChecksArgs),
    /// Scan for credentials, and ask their providers whether they are live; this sends them
    #[cfg(feature = "validate")]
    Validate(Box<ValidateArgs>),
    /// Explain a check: what it finds, why it matters, what to do
    Explain {
        /// Id of the check
        check: String,
    },
    /// Verify the signature of a file, and that its signer is the expected one
    Verify(Box<VerifyArgs>),
    /// Fetch, import or show the advisory databases and trusted roots
    Db {
        #[command(subcommand)]
        command: DbCommand,
    },
    /// Write an SBOM of a lock file, or compare two
    #[command(args_conflicts_with_subcommands = true)]
    Sbom(Box<SbomArgs>),
    /// Scan in Git hooks; install, remove or list them
    Hook {
        #[command(subcommand)]
        command: HookCommand,
    },
    /// Set up a repository: write a bartizan.toml, a workflow, hooks
    Init(InitArgs),
    /// Diagnose the setup of a repository: what is missing or wrong, and the fix
    Doctor(DoctorArgs),
    /// Show the settings in effect, or check the configuration
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Show the edits that are certain to fix a finding; make them with --apply
    Fix(FixArgs),
    /// Scan many repositories, on this machine or in shards on a batch engine
    Batch {
        #[command(subcommand)]
        command: BatchCommand,
    },
    /// List the claims of the security policy, and whether the repository upholds them
    Policy(PolicyArgs),
    /// Start a language server for editors: findings in the open documents
    #[cfg(feature = "lsp")]
    Lsp(LspArgs),
    /// Steps of the GitHub Action
    #[command(hide = true)]
    Action {
        #[command(subcommand)]
        command: ActionCommand,
    },
    /// Print the JSON schema of a format
    Schema {
        /// Format to describe
        #[arg(value_enum)]
        what: Schema,
    },
    /// Print completions for a shell
    Completions {
        /// Shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page of the program or of a command
    Man(ManArgs),
}
