//! `bartizan batch status`: how far a run is.

use super::args::{StatusArgs, StatusFormat};
use super::progress;
use super::written::read_plan;
use crate::batch::results::Results;
use crate::batch::status::Progress;
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::model::text::escaped;

pub(super) fn run(args: &StatusArgs) -> anyhow::Result<Exit> {
    let plan = read_plan(&args.out.join("plan.jsonl"))?;
    let results = Results::read(std::slice::from_ref(&args.out))?;
    let progress = Progress::of(&args.out, &plan, &results);
    if args.format == StatusFormat::Json {
        output::json(&progress)?;
        return Ok(Exit::Clean);
    }
    let mut lines =
        vec![format!("{} of {} repositories have a record", progress.recorded, progress.repositories)];
    lines.extend(progress.by_status.iter().map(|(status, count)| format!("  {status:<12} {count}")));
    lines.extend(progress.failed.iter().map(|(why, count)| format!("    {why:<10} {count}")));
    let open = progress.shards.iter().filter(|shard| shard.recorded < shard.repositories).count();
    if progress.shards.len() > 1 {
        lines.push(format!(
            "{} of {} shards have all records",
            progress.shards.len() - open,
            progress.shards.len()
        ));
    }
    lines.push(match (progress.running, progress.per_second, progress.seconds_left) {
        (0, ..) => "no process is running".to_owned(),
        (running, Some(rate), Some(left)) => {
            format!(
                "{running} at work, {rate:.1} repositories a second, {} left",
                progress::spelled(left as f64)
            )
        }
        (running, ..) => format!("{running} at work"),
    });
    output::stdout(|out| lines.iter().try_for_each(|line| writeln!(out, "{}", escaped(line))))?;
    Ok(Exit::Clean)
}
