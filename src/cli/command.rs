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
use crate::cli::policy::PolicyArgs;
use crate::cli::report::ReportArgs;
use crate::cli::sbom::SbomArgs;
use crate::cli::settings::ConfigCommand;
#[cfg(feature = "validate")]
use crate::cli::validate::ValidateArgs;

/// Looks for secrets and weak points in a repository and its supply chain
#[derive(Debug, Parser)]
#[command(name = "bartizan", version, arg_required_else_help = true, disable_help_subcommand = true, after_help = EXIT_CODES)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,

    /// Colours in what is printed
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(super) color: Color,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Scan a repository: its files as git sees them, its index, or its history
    Scan(Box<ScanArgs>),
    /// Write the report of an earlier scan again in any format, or its difference to one before
    Report(Box<ReportArgs>),
    /// Accept what is found now, and tell what is new since
    Baseline {
        #[command(subcommand)]
        command: BaselineCommand,
    },
    /// List all checks
    #[command(visible_alias = "rules", args_conflicts_with_subcommands = true)]
    Checks(ChecksArgs),
    /// Scan for credentials, and ask their providers whether they accept them: this uses what is found
    #[cfg(feature = "validate")]
    Validate(Box<ValidateArgs>),
    /// Explain a check: what it finds, why it matters, what to do
    Explain {
        /// The id of the check
        check: String,
    },
    /// Verify the signature of a file: that it holds, and that whoever signed may sign
    Verify(Box<VerifyArgs>),
    /// Fetch, import or look at the database of advisories and the trusted roots
    Db {
        #[command(subcommand)]
        command: DbCommand,
    },
    /// Write an SBOM from a lock file, or compare two
    #[command(args_conflicts_with_subcommands = true)]
    Sbom(Box<SbomArgs>),
    /// Scan in a hook of git; install such hooks, take them out, or tell about them
    Hook {
        #[command(subcommand)]
        command: HookCommand,
    },
    /// Write what a repository starts with: a bartizan.toml, a workflow, a hook
    Init(InitArgs),
    /// Diagnose the setup of a repository: what is missing or wrong, and the fix
    Doctor(DoctorArgs),
    /// Show the settings that count and where they are from, or tell what is wrong with them
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Show the edits that are certain to mend a finding, and make them with --apply
    Fix(FixArgs),
    /// Scan many repositories: all on this machine, or in shards on an engine
    Batch {
        #[command(subcommand)]
        command: BatchCommand,
    },
    /// List what the security policy claims, and whether the repository says the same
    Policy(PolicyArgs),
    /// What the GitHub Action asks between its steps
    #[command(hide = true)]
    Action {
        #[command(subcommand)]
        command: ActionCommand,
    },
    /// Print the JSON schema of a format
    Schema {
        /// What to describe
        #[arg(value_enum)]
        what: Schema,
    },
    /// Print the completions for a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page, or that of a command
    Man(ManArgs),
}
