//! `bartizan scan`: a scan, and its reports.

use std::path::Path;
use std::time::Instant;

use crate::cli::args::ScanArgs;
use crate::cli::exit::Exit;
use crate::cli::job::{self, Done};
use crate::cli::output::{self, Plan};
use crate::cli::publish;
use crate::cli::sources;
use crate::render::{Format, Options};
use crate::scan::config::Environment;

#[expect(clippy::disallowed_methods, reason = "how long it took is told on a terminal only")]
pub(super) fn run(mut args: Box<ScanArgs>) -> anyhow::Result<Exit> {
    let started = Instant::now();
    sources::name_bare(&mut args);
    let plan = Plan::new(args.format, std::mem::take(&mut args.output))?;
    if args.show_secrets && !(plan.stdout == Some(Format::Human) && output::is_terminal()) {
        anyhow::bail!(
            "--show-secrets is for the human format on a terminal; take it away, or do not redirect the output"
        );
    }
    let environment = Environment::read()?;
    let began = publish::now(&environment)?;
    let Done { report, fail_on } = job::perform(&args, &environment, &|asked| asked.open())?;
    let target = args.path.as_deref().unwrap_or(Path::new("."));
    let options = Options {
        show_secrets: args.show_secrets,
        // The same scan gives the same bytes wherever they are kept.
        elapsed: output::is_terminal().then(|| started.elapsed()),
        category: args.sarif_category.take(),
        fail_on,
        scanned: plan.wants_time().then(|| publish::scanned(&environment, target, began)).flatten(),
        ..publish::options(&environment, target, args.quiet, args.verbose)
    };
    let written = publish::publish(&report, &plan, &options)?;
    Ok(if written { Exit::of(&report, fail_on) } else { Exit::Failed })
}
