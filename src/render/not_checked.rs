//! Files that were not checked, in a clause for the closing line of each
//! format: grouped, for there may be thousands.

use std::collections::BTreeSet;

use super::words;
use crate::model::{NotChecked, Report, Unchecked};

/// Files of a group that are named.
const NAMED: usize = 3;
/// The one ecosystem whose advisories are fetched without being named.
const CRATES: &str = "crates.io";

/// `web/yarn.lock and 2 more (npm; no database: …), bun.lockb (npm; format not read)`, if there are any. The
/// names are escaped for a terminal, and for nothing else.
pub(super) fn clause(report: &Report) -> Option<String> {
    let groups: Vec<String> = Unchecked::ALL
        .into_iter()
        .filter_map(|why| {
            let files: Vec<&NotChecked> = report.not_checked.iter().filter(|file| file.why == why).collect();
            (!files.is_empty()).then(|| group(why, &files))
        })
        .collect();
    (!groups.is_empty()).then(|| groups.join(", "))
}

fn group(why: Unchecked, files: &[&NotChecked]) -> String {
    let mut names: Vec<String> = files.iter().take(NAMED).map(|file| file.path.shown()).collect();
    if let Some(more @ 1..) = files.len().checked_sub(NAMED) {
        names.push(format!("{} more", words::number(more as u64)));
    }
    let ecosystems: BTreeSet<&str> = files.iter().map(|file| file.ecosystem.as_str()).collect();
    let help = match why {
        Unchecked::NoDatabase => format!(": {}", update(&ecosystems)),
        Unchecked::NoAdvisories | Unchecked::NotRead | Unchecked::NoLockFile => String::new(),
        Unchecked::Template => ": scan what it renders to".to_owned(),
    };
    // A report that was read may say anything here.
    let ecosystems: Vec<String> = ecosystems.into_iter().map(crate::model::text::escaped).collect();
    format!("{} ({}; {}{help})", words::listed(&names), ecosystems.join(", "), why.words())
}

/// What fetches the databases of these ecosystems.
fn update(ecosystems: &BTreeSet<&str>) -> String {
    let others: Vec<String> = ecosystems
        .iter()
        .filter(|name| **name != CRATES)
        .map(|name| match name.contains(' ') {
            true => format!("\"{}\"", crate::model::text::escaped(name)),
            false => crate::model::text::escaped(name),
        })
        .collect();
    let others = (!others.is_empty()).then(|| format!("`bartizan db update --osv {}`", others.join(",")));
    let crates = ecosystems.contains(CRATES).then(|| "`bartizan db update`".to_owned());
    words::listed(&crates.into_iter().chain(others).collect::<Vec<_>>())
}
