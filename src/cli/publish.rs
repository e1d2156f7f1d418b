//! The reports of a run, written: what `bartizan scan` and `bartizan report` share.

use std::path::Path;

use anyhow::Context as _;

use crate::cli::args::OutputArgs;
use crate::cli::output::{self, Plan};
use crate::model::Report;
use crate::render::{Format, Home, Options, Scanned, aside, render};
use crate::scan::config::{Environment, WorkflowRun};
use crate::scan::registry;
use crate::source::{Git, GitHome, GitOptions, Place};

/// Findings shown on a terminal without --verbose.
const SHOWN: usize = 100;

/// Which reports are to be written. Secrets are shown on a terminal only, never in a file.
pub(super) fn outputs(args: &OutputArgs, show_secrets: bool) -> anyhow::Result<Plan> {
    let plan = Plan::new(args.format, args.output.clone())?;
    if show_secrets && !(plan.stdout == Some(Format::Human) && output::is_terminal()) {
        anyhow::bail!(
            "--show-secrets is for the human format on a terminal; remove it, or do not redirect the output"
        );
    }
    Ok(plan)
}

/// What standard output gets, which may be a terminal, for what is at `target`.
pub(super) fn options(environment: &Environment, target: &Path, args: &OutputArgs) -> Options {
    Options {
        color: output::is_coloured(),
        width: output::width(),
        quiet: args.quiet,
        verbose: args.verbose,
        category: args.sarif_category.clone(),
        limit: (output::is_terminal() && args.verbose == 0).then_some(SHOWN),
        home: environment.workflow.as_ref().map(|run| home(run, target)),
        has_page: registry::is_built_in,
        ..Options::plain(None)
    }
}

/// When a scan of what is at `target` was made that has `started` then: it ends now.
pub(super) fn scanned(environment: &Environment, target: &Path, started: i64) -> Option<Scanned> {
    let git_home = GitHome::from_environment();
    let options = GitOptions { allow_foreign_owner: false, git_home, environment: environment.git.clone() };
    let git = Git::open(&Place::Around(target.to_owned()), &options).ok();
    let commit = git.and_then(|git| git.head()).map(|head| head.to_string());
    Some(Scanned { started, ended: now(environment).ok()?, commit })
}

/// The time, in seconds since 1970, unless the environment says another.
pub(super) fn now(environment: &Environment) -> anyhow::Result<i64> {
    environment.now.map_or_else(super::job::now, Ok)
}

/// Writes all reports, files first: standard output may be closed. False if one failed.
pub(super) fn publish(report: &Report, plan: &Plan, human: &Options) -> anyhow::Result<bool> {
    let mut whole = true;
    for (format, file) in &plan.files {
        let plain = Options::plain(human.fail_on);
        let options = Options {
            color: plain.color,
            width: plain.width,
            limit: plain.limit,
            show_secrets: false,
            elapsed: None,
            ..human.clone()
        };
        let mut text = Vec::new();
        render(report, *format, &options, &mut text).context("cannot make the report")?;
        if let Err(error) = output::write_file(file, &text) {
            super::say(&error.into());
            whole = false;
        }
    }
    if let Some(format) = plan.stdout {
        output::stdout(|out| render(report, format, human, out))?;
        aside(report, format).iter().for_each(|line| super::tell(line));
    }
    Ok(whole)
}

/// Where the repository that `target` is in is shown by GitHub.
fn home(run: &WorkflowRun, target: &Path) -> Home {
    let root = target.canonicalize().ok().and_then(|target| {
        let root = target.ancestors().find(|above| above.join(".git").symlink_metadata().is_ok());
        root.or(Some(&target)).map(Path::to_owned)
    });
    let workspace = run.workspace.canonicalize().ok();
    let below =
        root.zip(workspace).and_then(|(root, space)| root.strip_prefix(space).ok().map(Path::to_owned));
    let folder: String = below
        .iter()
        .flat_map(|below| below.components())
        .map(|part| format!("{}/", part.as_os_str().to_string_lossy()))
        .collect();
    Home { repository: run.repository.clone(), commit: run.commit.clone(), folder }
}
