//! `bartizan hook`: scans as hooks of git run them, and the hooks themselves.

mod args;
mod files;
mod install;
mod message;
mod place;
mod pre_commit;
mod push;
mod script;
mod snippets;
mod status;
mod verdict;

use std::path::Path;

pub(super) use args::HookCommand;
use args::{HookScan, InstallArgs, Type};
pub(super) use status::HookStatus;

use crate::cli::args::{DatabaseArgs, Which};
use crate::cli::exit::Exit;
use crate::cli::plan::{Origin, ScanPlan};
use crate::cli::sources::Asked;
use crate::render::hook::Way;
use crate::scan::config::Environment;
use crate::source::hooks::Hooks;
use crate::source::{Git, GitEnvironment, GitHome, GitOptions, Place};

/// Families of checks that are left out: they ask for databases, or for the repository as a whole.
const NOT_IN_HOOKS: [&str; 2] = ["dependency", "provenance"];

pub(super) fn run(command: HookCommand) -> anyhow::Result<Exit> {
    match command {
        HookCommand::PreCommit { scan } => guarded(Type::PreCommit, |env| pre_commit::run(&scan, env)),
        HookCommand::CommitMsg { file, scan } => {
            guarded(Type::CommitMsg, |env| message::run(&file, &scan, env))
        }
        HookCommand::PrePush { remote, url: _, scan } => {
            guarded(Type::PrePush, |env| push::pre_push(remote.as_deref(), &scan, env))
        }
        HookCommand::PreReceive { scan } => guarded(Type::PreReceive, |env| push::pre_receive(&scan, env)),
        HookCommand::Install(args) => install::install(&args),
        HookCommand::Uninstall { which } => install::uninstall(&which),
        HookCommand::Status => status::run(),
        HookCommand::Print { manager } => snippets::run(manager),
    }
}

/// Installs the hook that fits the repository around the current directory, as `hook install` does.
pub(super) fn install_here() -> anyhow::Result<Exit> {
    install::install(&InstallArgs::default())
}

/// What there is to say of the hooks of the repository around `folder`.
pub(super) fn look(folder: &Path) -> anyhow::Result<HookStatus> {
    let environment = Environment::read()?;
    let options = options(GitHome::from_environment(), environment.git);
    status::look(&Hooks::open(&Place::Around(folder.to_owned()), &options)?)
}

/// Why nothing of the commits of the repository around `folder` can be scanned, if that is so, and what to do.
pub(super) fn unsupported(folder: &Path) -> anyhow::Result<Option<String>> {
    let options = options(GitHome::from_environment(), Environment::read()?.git);
    Ok(Hooks::open(&Place::Around(folder.to_owned()), &options)?.unsupported)
}

/// Runs a hook, unless the user wants none.
fn guarded(hook: Type, run: impl FnOnce(&Environment) -> anyhow::Result<Exit>) -> anyhow::Result<Exit> {
    let environment = Environment::read()?;
    let from_git = &environment.hook;
    let id = format!("bartizan-{}", hook.name());
    let listed = || from_git.skipped.iter().any(|name| name == "bartizan" || *name == id);
    // On a server that would be for whoever pushes to decide.
    if hook != Type::PreReceive && (from_git.skip || listed()) {
        let by = if from_git.skip { "BARTIZAN_SKIP" } else { "SKIP" };
        super::tell(&format!("bartizan: skipped by {by}; nothing was scanned"));
        return Ok(Exit::Clean);
    }
    run(&environment)
}

/// The plan of a scan in a hook.
fn plan(scan: &HookScan) -> ScanPlan {
    ScanPlan {
        no_cache: true,
        which: Which { skip_checks: NOT_IN_HOOKS.map(str::to_owned).to_vec(), ..Which::default() },
        config: Origin::from(&scan.config),
        baseline: if scan.config.no_config { Origin::Nowhere } else { Origin::Repository },
        databases: DatabaseArgs { offline: true, ..DatabaseArgs::default() },
        fail_on: scan.fail_on.map(|threshold| threshold.0),
        quiet: scan.quiet,
        ..ScanPlan::default()
    }
}

/// The repository that the hook runs in: what git names, wherever that is.
fn place(environment: &Environment, options: &GitOptions) -> Place {
    let here = Place::Around(".".into());
    let Some(named) = &environment.hook.git_dir else { return here };
    // With the worktree around it, git's trust settings can be read.
    let same = |git: Git| {
        let real = |path: &Path| path.canonicalize().ok();
        real(git.git_dir()).is_some_and(|path| real(named) == Some(path))
    };
    if Git::open(&here, options).is_ok_and(same) { here } else { Place::Named(named.clone()) }
}

/// Opens the repository that the hook runs in.
fn git(asked: &Asked<'_>, environment: &Environment) -> anyhow::Result<Git> {
    let options = options(asked.options.git_home.clone(), asked.environment.clone());
    Ok(Git::open(&place(environment, &options), &options)?)
}

fn options(git_home: GitHome, environment: GitEnvironment) -> GitOptions {
    GitOptions { allow_foreign_owner: false, git_home, environment }
}
