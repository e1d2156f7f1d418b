//! `bartizan scan`: a scan, and its reports.

use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;

use crate::cli::args::ScanArgs;
use crate::cli::exit::Exit;
use crate::cli::job::{self, Done};
use crate::cli::output::{self, Plan};
use crate::model::Report;
use crate::render::{Format, Home, Options, render};
use crate::scan::config::{Environment, WorkflowRun};

/// Findings shown on a terminal; nobody scrolls through more.
const SHOWN: usize = 100;

#[expect(clippy::disallowed_methods, reason = "how long it took is told on a terminal only")]
pub(super) fn run(mut args: Box<ScanArgs>) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let plan = Plan::new(args.format, std::mem::take(&mut args.output))?;
    if args.show_secrets && !(plan.stdout == Some(Format::Human) && output::is_terminal()) {
        anyhow::bail!(
            "--show-secrets is for the human format on a terminal; take it away, or do not redirect the output"
        );
    }
    let environment = Environment::read()?;
    let Done { report, fail_on } = job::perform(&args, &environment, &|asked| asked.open())?;
    let human = Options {
        color: output::is_coloured(),
        width: output::width(),
        quiet: args.quiet,
        verbose: args.verbose,
        show_secrets: args.show_secrets,
        // The same scan gives the same bytes wherever they are kept.
        elapsed: output::is_terminal().then(|| started.elapsed()),
        limit: (output::is_terminal() && args.verbose == 0).then_some(SHOWN),
        home: environment
            .workflow
            .as_ref()
            .map(|run| home(run, args.path.as_deref().unwrap_or(Path::new(".")))),
        category: args.sarif_category.take(),
        ..Options::plain(fail_on)
    };
    let written = write(&report, &plan, &human)?;
    Ok(if written { Exit::of(&report, fail_on) } else { Exit::Failed })
}

/// Writes all reports, files first: standard output may be closed. False if one failed.
fn write(report: &Report, plan: &Plan, human: &Options) -> anyhow::Result<bool> {
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
