//! `bartizan policy`: what the security policy claims, and whether the repository says the same.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{DatabaseArgs, OutputArgs, Which};
use crate::cli::exit::Exit;
use crate::cli::plan::ScanPlan;
use crate::cli::{job, output, publish};
use crate::engine::{Reads, Run};
use crate::model::Family;
use crate::render::claims::list;
use crate::render::{Format, Options};
use crate::scan::config::Environment;
use crate::scan::registry;

const AFTER_HELP: &str = "\
A claim is upheld, contradicted, without evidence, or unverifiable; the last says what would verify it. Nothing in
the repository is run, and nothing is fetched.

Exit codes:
  0  no claim is contradicted
  1  a claim is contradicted
  2  error, or the scan was incomplete";

#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct PolicyArgs {
    /// Repository to check [default: the current directory]
    path: Option<PathBuf>,

    /// Format of the output
    #[arg(long, value_name = "FORMAT", value_parser = formats(), default_value = "human")]
    format: Format,
}

fn formats() -> impl clap::builder::TypedValueParser<Value = Format> {
    use clap::builder::TypedValueParser as _;
    clap::builder::PossibleValuesParser::new(["human", "json", "markdown", "html"])
        .map(|name| name.parse().expect("each of them is a format"))
}

pub(super) fn run(args: PolicyArgs) -> anyhow::Result<Exit> {
    let environment = Environment::read()?;
    let is_ours = |run: &Run| matches!(run, Run::Repository { reads: Reads::Policy, .. });
    let ours: Vec<&str> =
        registry::all().iter().filter(|check| is_ours(&check.run)).map(|check| check.meta.id).collect();
    // A claim that there are no secrets is compared with the findings of the secret checks.
    let ids = ours.iter().copied().chain([Family::Secret.as_str()]).map(str::to_owned).collect();
    let which = Which { checks: Some(ids), ..Which::default() };
    let databases = DatabaseArgs { offline: true, ..DatabaseArgs::default() };
    let scan = ScanPlan { which, path: args.path, databases, ..ScanPlan::default() };
    let mut done = job::perform(&scan, &environment, &|asked| asked.open())?;
    done.report.findings.retain(|finding| ours.contains(&&*finding.check));
    done.report.checks.retain(|(meta, _)| ours.contains(&&*meta.id));
    let options = Options {
        fail_on: done.fail_on,
        ..publish::options(&environment, scan.target(), &OutputArgs::default())
    };
    output::stdout(|out| list(&done.report, args.format, &options, out))?;
    Ok(options.ending(&done.report).into())
}
