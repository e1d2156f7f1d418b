//! The `markdown` format: what a person wants to see in the summary of a step, or in a comment.
//!
//! A summary of more than 1 MiB is dropped by GitHub as a whole, so the list ends before that and says
//! how much is left out.

mod escape;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::tally::{self, Tally};
use super::{Home, Options, headline, not_checked, place, uri, words};
use crate::model::{Ending, Family, Place, Problem, Report, Severity};
pub(super) use escape::{code, text};

/// Bytes of the whole; GitHub takes 1 MiB for all of a step.
const MOST: usize = 900 << 10;
/// Bytes that are kept for what stands behind the table of findings.
const BEHIND: usize = 200 << 10;
/// Entries of the other lists.
const LISTED: usize = 50;

pub(super) fn render(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut page = String::new();
    let tally = Tally::of(report);
    heading(&mut page, report, options, &tally);
    scope(&mut page, report, options, &tally);
    if tally.findings() > 0 {
        counts(&mut page, report);
        findings(&mut page, report, options);
    }
    let mut behind = String::new();
    gone(&mut behind, options);
    incomplete(&mut behind, report);
    if tally.findings() > 0 {
        remedies(&mut behind, report);
        behind.push_str(ACCEPTING);
    }
    suppressed(&mut behind, report);
    notices(&mut behind, report);
    footer(&mut behind, report, &options.version);
    // Each list is bounded in entries, but an entry is as long as a path: the end is cut at a line.
    if page.len() + behind.len() > MOST {
        let mut end = MOST.saturating_sub(page.len()).min(behind.len());
        while !behind.is_char_boundary(end) {
            end -= 1;
        }
        let end = behind[..end].rfind('\n').unwrap_or(0);
        behind.truncate(end);
        behind.push_str("\n\n… cut here; the report has all of it.\n");
    }
    out.write_all(page.as_bytes())?;
    out.write_all(behind.as_bytes())
}

const ACCEPTING: &str = "\
<details><summary>How to accept a finding</summary>

Say why, on its line or the line above: `bartizan:allow CHECK the reason`. For a path, add to `bartizan.toml`:

```toml
[[ignore]]
check = \"CHECK\"
path = \"tests/**\"
reason = \"why it is safe\"
expires = 2027-06-30
```

A secret that was pushed is known to whoever fetched it: revoke it first, then remove it.

</details>

";

fn heading(page: &mut String, report: &Report, options: &Options, tally: &Tally) {
    let sign = match options.ending(report) {
        Ending::Incomplete => "⚠️",
        Ending::Findings => "❌",
        Ending::Clean => "✅",
    };
    page.push_str(&format!("## {sign} bartizan: {}\n\n", headline::verdict(report, options, tally)));
}

/// What was scanned: a scan of a pull request must not look like one of the repository.
fn scope(page: &mut String, report: &Report, options: &Options, tally: &Tally) {
    let commit = options.home.as_ref().map(|home| {
        let short: String = home.commit.chars().take(10).collect();
        format!(" at [`{short}`]({}/commit/{})", home.repository, home.commit)
    });
    let sentences = headline::scope(report, tally).join(" ");
    let not_checked = not_checked::clause(report);
    let not_checked = not_checked.map(|files| format!(" Not checked: {}.", text(&files)));
    page.push_str(&format!(
        "Scanned: {}{}: {sentences}{}\n\n",
        text(&report.scope),
        commit.unwrap_or_default(),
        not_checked.unwrap_or_default()
    ));
}

/// Findings by family and severity.
fn counts(page: &mut String, report: &Report) {
    let mut families: BTreeMap<Family, [u64; 4]> = BTreeMap::new();
    let severities = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
    for finding in &report.findings {
        let row = families.entry(finding.family).or_default();
        let column = severities.iter().position(|severity| *severity == finding.severity);
        if let Some(count) = column.and_then(|column| row.get_mut(column)) {
            *count += 1;
        }
    }
    page.push_str("| | critical | high | medium | low |\n|---|--:|--:|--:|--:|\n");
    for (family, row) in families {
        let cells = row.map(|count| if count == 0 { String::new() } else { words::number(count) });
        page.push_str(&format!("| {} | {} |\n", family.as_str(), cells.join(" | ")));
    }
    page.push('\n');
}

fn findings(page: &mut String, report: &Report, options: &Options) {
    // What is known from an earlier report comes last, however severe it is.
    let head = if options.compared.is_some() { ("| |", "|---|") } else { ("|", "|") };
    page.push_str(&format!("{} severity | check | where | what |\n{}---|---|---|---|\n", head.0, head.1));
    let findings = options.ranked(report);
    for (index, (state, finding)) in findings.iter().enumerate() {
        let mut what = text(&finding.message);
        for proof in &finding.proofs {
            what.push_str(&format!("; {}", text(proof)));
        }
        if let Some(evidence) = &finding.evidence {
            what.push_str(&format!(": {}", code(evidence.text())));
        }
        match place::further(finding).len() {
            0 => {}
            also => what.push_str(&format!(
                ", also at {}",
                words::counted(also as u64, "further place", "further places")
            )),
        }
        let state = match state {
            Some("new") => "| **new** ",
            Some(_) => "| ",
            None => "",
        };
        let row = format!(
            "{state}| {} | {} | {} | {what} |\n",
            finding.severity,
            code(&finding.check),
            where_(finding.shown_at(), options.home.as_ref()),
        );
        if page.len() + row.len() > MOST - BEHIND {
            let more = (findings.len() - index) as u64;
            page.push_str(&format!(
                "\n… and {}; the report has all of them.\n",
                words::counted(more, "more finding", "more findings")
            ));
            break;
        }
        page.push_str(&row);
    }
    page.push('\n');
}

/// The place, with a link to it where there is something to link to.
fn where_(place: &Place, home: Option<&Home>) -> String {
    let shown = code(&place::position(place));
    let Some(home) = home else { return shown };
    let target = match &place.origin {
        None => {
            let line = place.region.start_line.max(1);
            format!("{}/blob/{}/{}#L{line}", home.repository, home.commit, uri::relative(&place.path))
        }
        Some(origin) => match &origin.commit {
            Some(commit) => format!("{}/commit/{}", home.repository, commit.id),
            None => return shown,
        },
    };
    // A file in an archive has no page of its own.
    if memchr::memmem::find(place.path.as_bytes(), b"!/").is_some() {
        shown
    } else {
        format!("[{shown}]({target})")
    }
}

/// What to do, once for each check.
fn remedies(page: &mut String, report: &Report) {
    let mut by_check: BTreeSet<(&str, &str)> = BTreeSet::new();
    for finding in &report.findings {
        by_check.insert((&*finding.check, finding.to_do()));
    }
    page.push_str("<details><summary>How to fix it</summary>\n\n");
    listed(page, by_check.into_iter().map(|(check, help)| format!("{}: {}", code(check), text(help))));
    page.push_str("</details>\n\n");
}

/// What an earlier report has and this one has not.
fn gone(page: &mut String, options: &Options) {
    let Some(compared) = options.compared.as_ref().filter(|compared| !compared.gone.is_empty()) else {
        return;
    };
    page.push_str("### Gone\n\n");
    listed(
        page,
        compared.gone.iter().map(|finding| {
            let at = code(&place::position(&finding.place));
            format!("{} {} at {at}: {}", finding.severity, code(&finding.check), text(&finding.message))
        }),
    );
}

/// What makes the scan incomplete.
fn incomplete(page: &mut String, report: &Report) {
    let reasons = tally::not_run(report);
    if report.problems.is_empty() && reasons.is_empty() {
        return;
    }
    page.push_str("### What was not scanned\n\n");
    let groups = reasons.into_iter().map(|((how, reason), ids)| {
        let ids = match ids.as_slice() {
            [one] => code(one),
            [first, rest @ ..] => {
                format!(
                    "{} and {}",
                    code(first),
                    words::counted(rest.len() as u64, "more check", "more checks")
                )
            }
            [] => String::new(),
        };
        format!("{how}: {ids}: {}", text(reason))
    });
    listed(page, report.problems.iter().map(problem_line).chain(groups));
}

fn suppressed(page: &mut String, report: &Report) {
    if report.suppressed.is_empty() {
        return;
    }
    page.push_str("<details><summary>What was suppressed</summary>\n\n");
    listed(
        page,
        report.suppressed.iter().map(|one| {
            format!(
                "{} {} ({}: {})",
                code(&place::position(&one.finding.place)),
                code(&one.finding.check),
                code(&one.by),
                text(&one.reason)
            )
        }),
    );
    page.push_str("</details>\n\n");
}

fn notices(page: &mut String, report: &Report) {
    if report.notices.is_empty() {
        return;
    }
    page.push_str("<details><summary>Notices</summary>\n\n");
    listed(page, report.notices.iter().map(problem_line));
    page.push_str("</details>\n\n");
}

fn footer(page: &mut String, report: &Report, version: &str) {
    for database in &report.databases {
        page.push_str(&format!("Compared with {}. ", text(&words::database(database))));
    }
    page.push_str(&format!("bartizan {version}; `bartizan explain CHECK` describes a check.\n"));
}

fn problem_line(problem: &Problem) -> String {
    match &problem.path {
        Some(path) => format!("{}: {}", code(&path.shown()), text(&problem.message)),
        None => text(&problem.message),
    }
}

/// A list of at most [`LISTED`] entries.
fn listed(page: &mut String, entries: impl Iterator<Item = String>) {
    let mut more = 0;
    for (index, entry) in entries.enumerate() {
        if index < LISTED {
            page.push_str(&format!("- {entry}\n"));
        } else {
            more += 1;
        }
    }
    if more > 0 {
        page.push_str(&format!("- and {} more\n", words::number(more)));
    }
    page.push('\n');
}
