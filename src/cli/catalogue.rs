//! `bartizan checks`: every check as a table, as JSON, or as the page `docs/checks/README.md`.

use std::fmt::Write as _;

use serde::Serialize;

use crate::cli::args::ListFormat;
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::engine::{Check, Run};
use crate::model::{Family, check_page};
use crate::scan::registry;

pub(super) fn run(format: ListFormat) -> anyhow::Result<Exit> {
    let checks = registry::all();
    let text = match format {
        ListFormat::Human => table(&checks),
        ListFormat::Json => json(&checks)?,
        ListFormat::Markdown => markdown(&checks, check_page),
    };
    output::stdout(|out| out.write_all(text.as_bytes()))?;
    Ok(Exit::Clean)
}

/// True if what `check` reports can be proven without a network.
fn has_proof(check: &Check) -> bool {
    matches!(check.run, Run::Rule(rule) if rule.proof.is_some())
}

fn table(checks: &[Check]) -> String {
    let rows: Vec<[&str; 5]> = checks
        .iter()
        .map(|check| &check.meta)
        .map(|meta| {
            [meta.id, meta.family.as_str(), meta.severity.as_str(), meta.confidence.as_str(), meta.title]
        })
        .collect();
    let head = ["check", "family", "severity", "confidence", "title"];
    let width = |column: usize| rows.iter().chain([&head]).map(|row| row[column].len()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3)];
    let mut out = String::new();
    for row in std::iter::once(&head).chain(&rows) {
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(out, "{cell:width$}  ");
        }
        let _ = writeln!(out, "{}", row[4]);
    }
    out
}

/// A check in JSON.
#[derive(Serialize)]
struct Entry {
    id: &'static str,
    family: &'static str,
    title: &'static str,
    severity: &'static str,
    confidence: &'static str,
    remedy: &'static str,
    proof: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<&'static str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    docs: &'static str,
}

fn json(checks: &[Check]) -> anyhow::Result<String> {
    let entries: Vec<Entry> = checks
        .iter()
        .map(|check| {
            let rule = check.rule();
            Entry {
                id: check.meta.id,
                family: check.meta.family.as_str(),
                title: check.meta.title,
                severity: check.meta.severity.as_str(),
                confidence: check.meta.confidence.as_str(),
                remedy: check.meta.remedy,
                proof: has_proof(check),
                provider: rule.map(|rule| rule.provider),
                about: rule.map(|rule| rule.about),
                docs: rule.map_or(check.meta.docs.trim(), |rule| rule.docs),
            }
        })
        .collect();
    Ok(serde_json::to_string_pretty(&entries)? + "\n")
}

/// The page `docs/checks/README.md`: a section for each family; `page` is the address of the page of an id.
#[must_use]
pub fn markdown(checks: &[Check], page: impl Fn(&str) -> String) -> String {
    let mut out = format!(
        "# Checks\n\n{} checks in {} families. `bartizan checks` lists them, `bartizan explain CHECK` prints the page of one.\n",
        checks.len(),
        Family::ALL.len()
    );
    for family in Family::ALL {
        let of_family: Vec<&Check> = checks.iter().filter(|check| check.meta.family == family).collect();
        let _ = write!(out, "\n## {}\n\n{} checks.\n\n", family.as_str(), of_family.len());
        out.push_str("| check | title | severity | proof |\n| --- | --- | --- | --- |\n");
        for check in of_family {
            let (id, address) = (check.meta.id, page(check.meta.id));
            let title = check.meta.title.replace('|', "\\|").replace('<', "&lt;");
            let proof = if has_proof(check) { "yes" } else { "no" };
            let _ = writeln!(out, "| [{id}]({address}) | {title} | {} | {proof} |", check.meta.severity);
        }
    }
    out
}

/// The chapters of the checks in `docs/SUMMARY.md`, a list below that of the index.
#[must_use]
pub fn chapters(checks: &[Check]) -> String {
    let mut out = String::new();
    for family in Family::ALL {
        let _ = writeln!(out, "  - [{}]()", family.as_str());
        for check in checks.iter().filter(|check| check.meta.family == family) {
            let _ = writeln!(out, "    - [{id}](checks/{id}.md)", id = check.meta.id);
        }
    }
    out
}
