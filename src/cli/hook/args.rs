//! What can be said to `bartizan hook`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::args::{EXIT_CODES, Threshold, thresholds};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum HookCommand {
    /// Scan what the next commit brings: the index against HEAD
    ///
    /// Looks for secrets and env files; what needs a database of advisories or the whole repository is left
    /// to `bartizan scan`. Uses no network. Where pre-commit names two commits, what lies between them is
    /// scanned; where it has nothing staged to show (`pre-commit run --all-files`), all of the index.
    ///
    /// Blocks from severity medium on, as a scan does: what looks like a secret in tests, examples and
    /// documentation without having the form of one is low. --fail-on low blocks that, too.
    #[command(after_help = EXIT_CODES)]
    PreCommit {
        #[command(flatten)]
        scan: HookScan,
    },
    /// Scan the message of a commit, as git would record it
    #[command(after_help = EXIT_CODES)]
    CommitMsg {
        /// The file with the message
        file: PathBuf,
        #[command(flatten)]
        scan: HookScan,
    },
    /// Scan what a push brings to a remote: files, messages and tags
    ///
    /// Git hands in the references on standard input. Scanned is what they reach and no branch of the remote
    /// does, as far as it was last fetched.
    #[command(after_help = EXIT_CODES)]
    PrePush {
        /// The remote, as git calls it
        remote: Option<OsString>,
        /// Its address, of which nothing is made
        url: Option<OsString>,
        #[command(flatten)]
        scan: HookScan,
    },
    /// Scan what arrives at a server: what the pushed references reach and no reference there does yet
    ///
    /// What is pushed does not decide how it is judged: the settings are those of --config or of
    /// `BARTIZAN_CONFIG`, not of the repository, and `BARTIZAN_SKIP` is not obeyed. Marks of `bartizan:allow` in
    /// what is pushed count; they can be seen there.
    #[command(after_help = EXIT_CODES)]
    PreReceive {
        #[command(flatten)]
        scan: HookScan,
    },
    /// Write hooks that run bartizan; a hook that is there is kept, and called first
    Install(InstallArgs),
    /// Take out the hooks that `install` wrote, and put back what was there before
    Uninstall {
        #[command(flatten)]
        which: Which,
    },
    /// Tell which hooks there are, whose they are, and whether they would run
    ///
    /// Exit code 0 if a hook of bartizan's is there and all of them would run, 1 if not.
    Status,
    /// Print how bartizan is called by git's own hooks, pre-commit, prek, lefthook and husky
    Print {
        /// For this one alone
        #[arg(value_enum)]
        manager: Option<Manager>,
    },
}

/// How a hook scans.
#[derive(Args, Debug)]
pub(in crate::cli) struct HookScan {
    /// The lowest severity that blocks [default: medium]
    #[arg(long, value_name = "SEVERITY", value_parser = thresholds())]
    pub(super) fail_on: Option<Threshold>,

    /// Take the settings from this file instead of the bartizan.toml of the repository
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(super) config: Option<PathBuf>,

    /// Take no settings from any file
    #[arg(long)]
    pub(super) no_config: bool,

    /// Print nothing unless something is wrong
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// Which hooks are meant.
#[derive(Args, Debug, Default)]
pub(in crate::cli) struct Which {
    /// These hooks [default: pre-commit; all of bartizan's when they are taken out]
    #[arg(long = "type", value_name = "HOOK,…", value_delimiter = ',', value_enum)]
    pub(super) types: Vec<Type>,

    /// Those for all repositories of this user, in the directory that core.hooksPath names
    #[arg(long)]
    pub(super) global: bool,
}

#[derive(Args, Debug, Default)]
pub(in crate::cli) struct InstallArgs {
    #[command(flatten)]
    pub(super) which: Which,

    /// What the hook does where bartizan is gone
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Missing::Fail)]
    pub(super) if_missing: Missing,

    /// Write git's own hooks although husky, lefthook or pre-commit is set up here
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Missing {
    /// Says so, and blocks
    #[default]
    Fail,
    /// Says so, and lets pass what nobody has scanned
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

    /// True if git tells it about references on standard input.
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
