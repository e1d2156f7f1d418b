//! The arguments of `bartizan hook`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::args::{ConfigArgs, EXIT_CODES, Threshold, thresholds};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum HookCommand {
    /// Scan what the next commit adds: the index compared with HEAD
    ///
    /// Looks for secrets and env files; checks that need an advisory database or the whole repository are left to
    /// `bartizan scan`. Does not use the network. If pre-commit names two commits, the range between them is
    /// scanned; if nothing is staged (`pre-commit run --all-files`), the whole index.
    ///
    /// Blocks at severity medium and above. Text in tests, examples and documentation that only resembles a secret
    /// is low; --fail-on low blocks it, too.
    #[command(after_help = EXIT_CODES)]
    PreCommit {
        #[command(flatten)]
        scan: HookScan,
    },
    /// Scan a commit message, as git would record it
    #[command(after_help = EXIT_CODES)]
    CommitMsg {
        /// File with the message
        file: PathBuf,
        #[command(flatten)]
        scan: HookScan,
    },
    /// Scan what a push adds to a remote: files, messages and tags
    ///
    /// Git writes the refs to standard input. Scanned is what they reach and no branch of the remote does, as of
    /// the last fetch.
    #[command(after_help = EXIT_CODES)]
    PrePush {
        /// Name of the remote
        remote: Option<OsString>,
        /// URL of the remote; not used
        url: Option<OsString>,
        #[command(flatten)]
        scan: HookScan,
    },
    /// Scan what a push adds on the server: what the pushed refs reach and no existing ref does
    ///
    /// A push does not decide how it is judged: the settings are those of --config or `BARTIZAN_CONFIG`, not of the
    /// repository, and `BARTIZAN_SKIP` is ignored. `bartizan:allow` comments in what is pushed count, since they
    /// can be reviewed.
    #[command(after_help = EXIT_CODES)]
    PreReceive {
        #[command(flatten)]
        scan: HookScan,
    },
    /// Install hooks that run bartizan; an existing hook is kept, and called first
    Install(InstallArgs),
    /// Remove the hooks that `install` wrote, and restore the previous ones
    Uninstall {
        #[command(flatten)]
        which: Which,
    },
    /// List the hooks, what installed them, and whether they would run
    ///
    /// Exit code 0 if there is a hook of bartizan and all of them would run, 1 if not.
    Status,
    /// Print the configuration for Git hooks, pre-commit, prek, lefthook and husky
    Print {
        /// Only for this one
        #[arg(value_enum)]
        manager: Option<Manager>,
    },
}

/// How a hook scans.
#[derive(Args, Debug)]
pub(in crate::cli) struct HookScan {
    /// Lowest severity that blocks [default: medium]
    #[arg(long, value_name = "SEVERITY", value_parser = thresholds())]
    pub(super) fail_on: Option<Threshold>,

    /// Print nothing unless there is a finding or an error
    #[arg(long, short)]
    pub(super) quiet: bool,

    #[command(flatten)]
    pub(super) config: ConfigArgs,
}

/// Which hooks are meant.
#[derive(Args, Debug, Default)]
pub(in crate::cli) struct Which {
    /// Which hooks [default: pre-commit; with uninstall, all of bartizan]
    #[arg(long = "type", value_name = "HOOK,…", value_delimiter = ',', value_enum)]
    pub(super) types: Vec<Type>,

    /// Use the hooks of all repositories of this user, in the directory of core.hooksPath
    #[arg(long)]
    pub(super) global: bool,
}

#[derive(Args, Debug, Default)]
pub(in crate::cli) struct InstallArgs {
    #[command(flatten)]
    pub(super) which: Which,

    /// What the hook does if bartizan is not installed any more
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Missing::Fail)]
    pub(super) if_missing: Missing,

    /// Install Git hooks even if husky, lefthook or pre-commit is set up here
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Missing {
    /// Print an error, and block
    #[default]
    Fail,
    /// Print a warning, and let unscanned commits pass
    Pass,
}

/// The hooks of git that bartizan can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Type {
    PreCommit,
    CommitMsg,
    PrePush,
    PreReceive,
}

impl Type {
    pub(super) const ALL: [Self; 4] = [Self::PreCommit, Self::CommitMsg, Self::PrePush, Self::PreReceive];

    /// As git calls it, and its file.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::CommitMsg => "commit-msg",
            Self::PrePush => "pre-push",
            Self::PreReceive => "pre-receive",
        }
    }

    /// True if git writes the refs to its standard input.
    pub(super) const fn has_input(self) -> bool {
        matches!(self, Self::PrePush | Self::PreReceive)
    }
}

/// Who calls hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Manager {
    Git,
    PreCommit,
    Prek,
    Lefthook,
    Husky,
}
