//! `bartizan scan`: a scan, and its reports.

use std::time::Instant;

use crate::cli::args::ScanArgs;
use crate::cli::exit::Exit;
use crate::cli::job::{self, Done};
use crate::cli::output;
use crate::cli::plan::ScanPlan;
use crate::cli::publish;
use crate::cli::stdin::Stdin;
use crate::render::Options;
use crate::scan::config::Environment;

#[expect(clippy::disallowed_methods, reason = "the duration is printed on a terminal only")]
pub(super) fn run(args: &ScanArgs) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let stdin = Stdin::of(args)?;
    let mut plan = ScanPlan::new(args)?;
    if stdin.is_some() {
        Stdin::tailor(&mut plan);
    }
    let outputs = publish::outputs(&args.output, args.show_secrets)?;
    let environment = Environment::read()?;
    let began = publish::now(&environment)?;
    let Done { report, fail_on } = job::perform(&plan, &environment, &|asked| match &stdin {
        Some(stdin) => stdin.open(asked),
        None => asked.open(),
    })?;
    let options = Options {
        show_secrets: args.show_secrets,
        // The same scan gives the same bytes wherever they are kept.
        elapsed: output::is_terminal().then(|| started.elapsed()),
        fail_on,
        scanned: outputs.wants_time().then(|| publish::scanned(&environment, plan.target(), began)).flatten(),
        ..publish::options(&environment, plan.target(), &args.output)
    };
    let written = publish::publish(&report, &outputs, &options)?;
    Ok(if written { Exit::of(&report, fail_on) } else { Exit::Failed })
}
