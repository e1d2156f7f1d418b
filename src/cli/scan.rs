//! `bartizan scan`: a scan, and its reports.

use std::time::Instant;

use anyhow::Context as _;

use crate::cli::args::ScanArgs;
use crate::cli::exit::Exit;
use crate::cli::job::{self, Done};
use crate::cli::output::{self, Plan};
use crate::model::Report;
use crate::render::{Format, Options, render};
use crate::scan::config::Environment;

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
        ..Options::plain(fail_on)
    };
    let written = write(&report, &plan, &human)?;
    Ok(if written { Exit::of(&report, fail_on) } else { Exit::Failed })
}

/// Writes all reports, files first: standard output may be closed. False if one failed.
fn write(report: &Report, plan: &Plan, human: &Options) -> anyhow::Result<bool> {
    let mut whole = true;
    for (format, file) in &plan.files {
        let options = Options { quiet: human.quiet, verbose: human.verbose, ..Options::plain(human.fail_on) };
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
