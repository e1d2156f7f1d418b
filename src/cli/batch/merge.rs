//! `bartizan batch merge`: what all shards have written, as one file of lines, tables and a page.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::args::MergeArgs;
use super::written::{about, read_plan};
use crate::batch::against::Against;
use crate::batch::merge::{Beside, merge};
use crate::batch::overview::Overview;
use crate::batch::plan::Plan;
use crate::batch::record::Status;
use crate::batch::results::{Results, number};
use crate::batch::table::Tables;
use crate::batch::totals::Totals;
use crate::cli::exit::Exit;
use crate::external::file;
use crate::model::{Error, Severity};
use crate::scan::config::{self, Environment};

/// Bytes of a report.
const MAX_REPORT: u64 = 1 << 30;

/// Where what is merged goes.
#[derive(Debug, Default)]
struct To {
    lines: Option<PathBuf>,
    page: Option<PathBuf>,
    tables: Option<PathBuf>,
}

pub(super) fn run(args: &MergeArgs) -> anyhow::Result<Exit> {
    let environment = Environment::read()?;
    let mut settings: Option<String> = None;
    for directory in &args.from {
        let about = about(directory)?
            .ok_or_else(|| anyhow::anyhow!("{}: there are no results", directory.display()))?;
        let first = settings.get_or_insert_with(|| about.settings.clone());
        anyhow::ensure!(
            *first == about.settings,
            "{}: its results have other settings, rules or another version than those of {} and cannot be merged",
            directory.display(),
            args.from[0].display()
        );
    }
    let plan = match &args.expect {
        Some(path) => read_plan(path)?,
        None => read_plan(&args.from[0].join("plan.jsonl"))?,
    };
    anyhow::ensure!(
        settings.is_none_or(|settings| settings == plan.head.settings),
        "the results have other settings than the plan"
    );
    let results = Results::read(&args.from)?;
    for directory in &args.against {
        let there = about(directory)?;
        anyhow::ensure!(there.is_some(), "--against: {}: there are no results", directory.display());
    }
    let before = if args.against.is_empty() { None } else { Some(Results::read(&args.against)?) };
    let to = To { lines: args.out.clone(), page: args.html.clone(), tables: args.csv.clone() };
    let totals = write(&results, &plan, before.as_ref(), &to)?;
    say(&totals);
    if let Some(directory) = &args.sarif_dir {
        gather(&results, &plan, directory)?;
    }
    let said = args.fail_on.map(|threshold| threshold.0).or(environment.fail_on);
    Ok(ending(&totals, said.unwrap_or(config::DEFAULT_FAIL_ON)))
}

/// The merge at the end of a run on one machine, into the directory of results.
pub(super) fn after_run(
    out: &Path,
    plan: &Plan,
    fail_on: Option<Severity>,
    quiet: bool,
) -> anyhow::Result<Exit> {
    let results = Results::read(&[out.to_owned()])?;
    let to = To {
        lines: Some(out.join("all.jsonl")),
        page: Some(out.join("overview.html")),
        tables: Some(out.to_owned()),
    };
    let totals = write(&results, plan, None, &to)?;
    if !quiet {
        say(&totals);
        crate::cli::tell(&format!("see {}", out.join("overview.html").display()));
    }
    Ok(ending(&totals, fail_on))
}

/// Puts the reports in SARIF of all shards beside one another.
fn gather(results: &Results, plan: &Plan, to: &Path) -> anyhow::Result<()> {
    let (mut count, mut without) = (0u64, 0u64);
    for entry in &plan.entries {
        let known = number(&entry.key).and_then(|key| results.get(key));
        let Some(known) = known.filter(|known| known.status >= Status::Incomplete) else { continue };
        let name = Path::new(&entry.key[..2]).join(format!("{}.sarif", entry.key));
        let from = results.directory(known).map(|from| from.join("sarif").join(&name));
        let Some(from) = from.filter(|from| from.is_file()) else {
            without += 1;
            continue;
        };
        let text = file::read(&from, MAX_REPORT).map_err(|source| Error::Read { path: from, source })?;
        let path = to.join(&name);
        file::write_private(&path, &text).map_err(|source| Error::Write { path, source })?;
        count += 1;
    }
    crate::cli::tell(&format!("{count} reports in SARIF are in {}", to.display()));
    if without > 0 {
        crate::cli::tell(&format!("{without} repositories have none; `batch run --sarif` writes them"));
    }
    Ok(())
}

fn write(results: &Results, plan: &Plan, before: Option<&Results>, to: &To) -> anyhow::Result<Totals> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Write { path, source }
    };
    let begin = |path: &Path| file::Beside::create_private(path).map_err(failed(path));
    let mut tables = None;
    if let Some(directory) = &to.tables {
        let paths = ["repositories.csv", "findings.csv"].map(|name| directory.join(name));
        let [repositories, findings] = [begin(&paths[0])?, begin(&paths[1])?];
        let boxed = |beside: &file::Beside| -> anyhow::Result<Box<dyn std::io::Write>> {
            Ok(Box::new(BufWriter::with_capacity(1 << 16, beside.file().try_clone()?)))
        };
        let table = Tables::new(boxed(&repositories)?, boxed(&findings)?).map_err(failed(directory))?;
        tables = Some((table, [repositories, findings]));
    }
    let mut overview = to.page.as_ref().map(|_| Overview::default());
    let lines = to.lines.as_deref().map(begin).transpose()?;
    let mut out: Box<dyn std::io::Write> = match &lines {
        Some(lines) => Box::new(BufWriter::with_capacity(1 << 20, lines.file().try_clone()?)),
        None => Box::new(std::io::sink()),
    };
    let beside = Beside {
        tables: tables.as_mut().map(|(table, _)| table),
        against: before.map(Against::new),
        overview: overview.as_mut(),
    };
    let target = to.lines.as_deref().unwrap_or(Path::new("what is merged"));
    let totals = merge(results, Some(plan), Some(&plan.head), &mut out, beside).map_err(failed(target))?;
    out.flush().map_err(failed(target))?;
    drop(out);
    // Either all of them are new, or the first that fails and those after it are old.
    if let Some(lines) = lines {
        lines.keep().map_err(failed(target))?;
    }
    if let Some((table, files)) = tables {
        table.finish().map_err(failed(target))?;
        for file in files {
            file.keep().map_err(failed(target))?;
        }
    }
    if let (Some(overview), Some(path)) = (overview, &to.page) {
        let page = overview.page(&totals, &plan.head.version);
        file::write_private(path, page.as_bytes()).map_err(failed(path))?;
    }
    Ok(totals)
}

fn say(totals: &Totals) {
    let counts = totals.findings;
    let mut rest = Vec::new();
    for status in [Status::Failed, Status::Incomplete, Status::Missing, Status::Empty] {
        match totals.of(status) {
            0 => {}
            count => rest.push(format!("{count} {}", status.as_str())),
        }
    }
    let rest = if rest.is_empty() { String::new() } else { format!(" ({})", rest.join(", ")) };
    crate::cli::tell(&format!(
        "{} of {} repositories scanned completely{rest}; {} critical, {} high, {} medium, {} low findings",
        totals.whole(),
        totals.all(),
        counts.critical,
        counts.high,
        counts.medium,
        counts.low
    ));
    if let Some((new, gone)) = totals.against {
        crate::cli::tell(&format!(
            "new since the other results: {} critical, {} high, {} medium, {} low; gone: {gone}",
            new.critical, new.high, new.medium, new.low
        ));
    }
}

fn ending(totals: &Totals, fail_on: Option<Severity>) -> Exit {
    if totals.whole() < totals.all() {
        return Exit::Failed;
    }
    let counts = totals.against.map_or(totals.findings, |(new, _)| new);
    let fails = fail_on.is_some_and(|threshold| counts.from(threshold) > 0);
    if fails { Exit::Findings } else { Exit::Clean }
}
