//! Merges the results of any number of shards and attempts into one file of lines. The same results give the same
//! bytes, however they were split, ordered or repeated.

use std::io::{self, Write};

use super::against::Against;
use super::overview::Overview;
use super::part::json_line;
use super::plan::{Head, Plan};
use super::record::{Line, Record};
use super::results::{Results, number};
use super::table::Tables;
use super::totals::Totals;

/// Optional outputs of a merge.
#[derive(Default)]
pub struct Beside<'a> {
    /// Tables for databases.
    pub tables: Option<&'a mut Tables>,
    /// The results it is compared with.
    pub against: Option<Against<'a>>,
    /// Data of the overview.
    pub overview: Option<&'a mut Overview>,
}

/// The first line of what is merged.
#[derive(serde::Serialize)]
struct First<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    v: u32,
    version: &'a str,
    rules: &'a str,
    settings: &'a str,
    repositories: u64,
}

/// Writes the repositories of the plan, or all without one, sorted by key.
///
/// # Errors
/// If results cannot be read or written.
pub fn merge(
    results: &Results,
    plan: Option<&Plan>,
    head: Option<&Head>,
    out: &mut dyn Write,
    mut beside: Beside<'_>,
) -> io::Result<Totals> {
    let mut totals = Totals::default();
    let mut wanted: Option<Vec<(u64, usize)>> = plan.map(|plan| {
        let keys = plan.entries.iter().enumerate();
        keys.filter_map(|(at, entry)| Some((number(&entry.key)?, at))).collect()
    });
    if let Some(wanted) = &mut wanted {
        wanted.sort_unstable();
    }
    let count = wanted.as_ref().map_or(results.all.len(), Vec::len) as u64;
    let mut bytes = Vec::new();
    if let Some(head) = head {
        let first = First {
            kind: "batch",
            v: super::VERSION,
            version: &head.version,
            rules: &head.rules,
            settings: &head.settings,
            repositories: count,
        };
        json_line(&first, &mut bytes)?;
        out.write_all(&bytes)?;
    }
    totals.against = beside.against.as_ref().map(|_| Default::default());
    let mut one = |record: &Record, findings: &[u8], settled: &[u8], fork: bool| -> io::Result<()> {
        totals.add(record);
        if beside.tables.is_none() && beside.overview.is_none() && beside.against.is_none() {
            out.write_all(findings)?;
            return out.write_all(settled);
        }
        let mut lines: Vec<Line> = findings
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect();
        if let (Some(against), Some((new, gone))) = (&beside.against, &mut totals.against) {
            *gone += against.mark(record, &mut lines)?;
            let mut marked = Vec::with_capacity(findings.len() + 16 * lines.len());
            for line in &lines {
                json_line(line, &mut marked)?;
                if line.new {
                    line.severity.parse().into_iter().for_each(|severity| new.add(severity));
                }
            }
            out.write_all(&marked)?;
        } else {
            out.write_all(findings)?;
        }
        out.write_all(settled)?;
        if let Some(tables) = &mut beside.tables {
            tables.add(record, &lines)?;
        }
        if let Some(overview) = &mut beside.overview {
            overview.add(record, &lines, fork);
        }
        Ok(())
    };
    let mut known = |at: usize, fork: bool| -> io::Result<()> {
        let block = results.block(&results.all[at])?;
        let record: Record = serde_json::from_slice(block.record()).map_err(io::Error::other)?;
        one(&record, block.findings(), &block.settled(), fork)
    };
    match (&wanted, plan) {
        (Some(wanted), Some(plan)) => {
            let mut missing = Vec::new();
            for (key, at) in wanted {
                let entry = &plan.entries[*at];
                match results.all.binary_search_by_key(key, |known| known.key) {
                    Ok(found) => known(found, entry.fork_of.is_some())?,
                    Err(_) => missing.push(entry),
                }
            }
            for entry in missing {
                let record = Record::missing(&entry.key, &entry.location);
                bytes.clear();
                json_line(&record, &mut bytes)?;
                one(&record, &[], &bytes, entry.fork_of.is_some())?;
            }
        }
        _ => (0..results.all.len()).try_for_each(|at| known(at, false))?,
    }
    Ok(totals)
}
