//! The `human` format: a block for each finding in the manner of a compiler, then what the scan
//! could not do, then one closing line.

pub(super) mod claims;
mod closing;
mod history;
pub(super) mod hook;
mod page;
mod signatures;
mod snippet;
pub(super) mod verdict;

use std::io::{self, Write};

use anstyle::Style;

use super::place::{further, line_of, position};
use super::tally::not_run;
use super::{Options, words};
use crate::model::text::escaped;
use crate::model::{Finding, Place, RepoPath, Report, Severity};
use page::{ERROR, NOTE, NOTICE, Page, WARNING};

/// Further places of a finding that are listed, and ids of checks that share a reason.
const LISTED: usize = 10;

pub(super) fn render(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(options, out);
    if !options.quiet {
        let shown = options.limit.unwrap_or(usize::MAX).min(report.findings.len());
        for (index, finding) in report.findings.iter().enumerate().take(shown) {
            finding_block(&mut page, finding, options.state(index) == Some("new"))?;
            page.blank()?;
        }
        if let Some(more @ 1..) = report.findings.len().checked_sub(shown) {
            let more = words::counted(more as u64, "more finding", "more findings");
            writeln!(page.out, "… {more} (--output json=FILE)\n")?;
        }
        gone(&mut page)?;
        problems(&mut page, report)?;
        checks_that_did_not_run(&mut page, report)?;
        if options.verbose > 0 {
            suppressed(&mut page, report)?;
            skipped(&mut page, report)?;
            not_checked(&mut page, report)?;
            remarks(&mut page, report)?;
        }
        databases(&mut page, report)?;
        signatures::write(&mut page, report)?;
        claims::write(&mut page, report)?;
    }
    if let Some(compared) = &options.compared {
        writeln!(page.out, "{}, compared with the earlier report", compared.sentence())?;
    }
    closing::line(&mut page, report)
}

/// The word that a block starts with, and how it is painted.
fn level(severity: Severity) -> (Style, &'static str) {
    match severity {
        Severity::Critical | Severity::High => (ERROR, "error"),
        Severity::Medium => (WARNING, "warning"),
        Severity::Low => (NOTE, "note"),
    }
}

/// The bars of a block stand behind its line number.
fn indent(place: &Place) -> usize {
    place.snippet.as_ref().map_or(1, |_| place.region.start_line.to_string().len())
}

fn finding_block(page: &mut Page<'_>, finding: &Finding, is_new: bool) -> io::Result<()> {
    let place = finding.shown_at();
    let (style, level) = level(finding.severity);
    let indent = indent(place);

    let flag = if is_new { "new " } else { "" };
    page.heading(style, &format!("{flag}{level}[{}]", finding.check), &escaped(&finding.message))?;
    page.arrow(indent, &position(place))?;
    if let Some(snippet) = &place.snippet {
        snippet::write(page, indent, style, snippet, place.region)?;
    }

    let rated = format!("{}, confidence {}", finding.severity, finding.confidence);
    page.detail(indent, "severity", &rated)?;
    match (finding.secret(), &finding.evidence) {
        (Some(secret), _) if page.options.show_secrets => {
            // Any bytes can be a secret; they are escaped as those of a name are.
            page.detail(indent, "secret", &RepoPath::new(secret.expose()).shown())?;
        }
        // The snippet shows the masked secret already.
        (_, Some(evidence)) if place.snippet.is_none() => {
            let length = words::counted(evidence.length() as u64, "byte", "bytes");
            page.detail(indent, "secret", &format!("{} ({length})", escaped(evidence.text())))?;
        }
        _ => {}
    }
    for proof in &finding.proofs {
        page.detail(indent, "proof", &escaped(proof))?;
    }
    let listed = if page.options.verbose > 0 { usize::MAX } else { LISTED };
    let further = further(finding);
    for other in further.iter().take(listed) {
        page.detail_unwrapped(indent, "note", &format!("also at {}{}", line_of(other), noted(other)))?;
    }
    if let Some(more @ 1..) = further.len().checked_sub(listed) {
        let more = words::counted(more as u64, "more place", "more places");
        page.detail(indent, "note", &format!("and at {more}; -v lists all"))?;
    }
    for place in &finding.trace {
        let what = place.note.as_deref().unwrap_or("here");
        page.detail_unwrapped(indent, "note", &format!("{}: {}", line_of(place), escaped(what)))?;
    }
    history::details(page, indent, finding)?;
    let advice = finding.advice.as_deref();
    for note in advice.iter().flat_map(|advice| &advice.notes) {
        page.detail(indent, "note", &escaped(note))?;
    }
    if let Some(url) = advice.and_then(|advice| advice.url.as_deref()) {
        page.detail_unwrapped(indent, "note", &escaped(url))?;
    }
    page.detail(indent, "help", &escaped(finding.to_do()))
}

/// What stands at a further place, behind a colon.
fn noted(place: &Place) -> String {
    place.note.as_deref().map(|note| format!(": {}", escaped(note))).unwrap_or_default()
}

/// What an earlier report has and this one has not, a line each.
fn gone(page: &mut Page<'_>) -> io::Result<()> {
    let Some(compared) = &page.options.compared else { return Ok(()) };
    let listed = if page.options.verbose > 0 { usize::MAX } else { LISTED };
    for finding in compared.gone.iter().take(listed) {
        let text = format!("{}: {}", position(&finding.place), escaped(&finding.message));
        page.heading(NOTICE, &format!("gone[{}]", finding.check), &text)?;
    }
    if let Some(more @ 1..) = compared.gone.len().checked_sub(listed) {
        let more = words::counted(more as u64, "more finding is", "more findings are");
        page.heading(NOTICE, "gone", &format!("{more} gone; -v lists all"))?;
    }
    page.blank_after(!compared.gone.is_empty())
}

fn problems(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    for problem in &report.problems {
        page.heading(ERROR, "problem", &words::problem(problem))?;
    }
    page.blank_after(!report.problems.is_empty())?;
    for notice in &report.notices {
        page.heading(NOTICE, "notice", &words::problem(notice))?;
    }
    page.blank_after(!report.notices.is_empty())
}

/// Checks that say nothing about the repository, those with the same reason in one line.
fn checks_that_did_not_run(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let listed = if page.options.verbose > 0 { usize::MAX } else { LISTED };
    let groups = not_run(report);
    for ((how, reason), ids) in &groups {
        let mut names = ids[..ids.len().min(listed)].join(", ");
        if let Some(more @ 1..) = ids.len().checked_sub(listed) {
            names.push_str(&format!(" and {} more", words::number(more as u64)));
        }
        let style = if *how == "failed" { ERROR } else { WARNING };
        page.heading(style, &format!("{how}[{names}]"), &escaped(reason))?;
    }
    page.blank_after(!groups.is_empty())
}

fn suppressed(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    for silenced in &report.suppressed {
        let finding = &silenced.finding;
        let text = format!(
            "{}: {} ({}: {})",
            position(&finding.place),
            escaped(&finding.message),
            silenced.by,
            escaped(&silenced.reason)
        );
        page.heading(NOTICE, &format!("suppressed[{}]", finding.check), &text)?;
    }
    page.blank_after(!report.suppressed.is_empty())
}

/// Every file whose dependencies were not compared with advisories.
fn not_checked(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    for file in &report.not_checked {
        let text = format!("{} ({}; {})", file.path.shown(), escaped(&file.ecosystem), file.why.words());
        page.heading(NOTICE, "not checked", &text)?;
    }
    page.blank_after(!report.not_checked.is_empty())
}

fn remarks(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    for remark in &report.remarks {
        page.heading(NOTICE, "note", &words::problem(remark))?;
    }
    page.blank_after(!report.remarks.is_empty())
}

/// What packages were compared with: an answer is as good as the day of its database.
fn databases(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    for database in &report.databases {
        writeln!(page.out, "{}", escaped(&words::database(database)))?;
    }
    page.blank_after(!report.databases.is_empty())
}

fn skipped(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    for (path, reason) in &report.coverage.skipped {
        page.heading(NOTICE, &format!("skipped[{}]", reason.key()), &path.shown())?;
    }
    let gaps = history::gaps(report);
    for (reason, what) in &gaps {
        page.heading(NOTICE, &format!("skipped[{reason}]"), what)?;
    }
    page.blank_after(!report.coverage.skipped.is_empty() || !gaps.is_empty())
}
