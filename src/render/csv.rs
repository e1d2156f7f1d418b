//! The `csv` format: a line for each finding, for spreadsheets; RFC 4180, in UTF-8, the header first.
//!
//! A spreadsheet takes a cell that starts with one of `= + - @` for a formula, also in a file from a
//! stranger. Such a cell gets an apostrophe in front, which spreadsheets take for "this is text".

use std::io::{self, Write};

use super::{Options, not_checked, place, words};
use crate::model::text::escaped;
use crate::model::{Finding, Place, Report};

const HEADER: [&str; 16] = [
    "severity",
    "confidence",
    "family",
    "check",
    "message",
    "path",
    "line",
    "column",
    "commit",
    "further_places",
    "secret",
    "proofs",
    "advisory",
    "package",
    "help",
    "fingerprint",
];

/// Problems that are listed aside.
const PROBLEMS: usize = 20;

pub(super) fn render(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(out);
    let compared = options.compared.as_ref();
    let state: &[&str] = if compared.is_some() { &["state"] } else { &[] };
    writer.write_record(HEADER.iter().chain(state))?;
    for (index, finding) in report.findings.iter().enumerate() {
        writer.write_record(cells(finding).into_iter().chain(options.state(index).map(str::to_owned)))?;
    }
    for finding in compared.into_iter().flat_map(|compared| &compared.gone) {
        writer.write_record(cells(finding).into_iter().chain(["gone".to_owned()]))?;
    }
    writer.flush()
}

/// What the lines have no place for: what was not scanned, which dependencies were not checked, and
/// what the others were compared with.
pub(super) fn aside(report: &Report) -> Vec<String> {
    let problems = report.problems.iter().take(PROBLEMS);
    let problems = problems.map(|problem| format!("problem: {}", words::problem(problem)));
    let more = report.problems.len().saturating_sub(PROBLEMS) as u64;
    let more = (more > 0).then(|| words::counted(more, "more problem", "more problems"));
    let not_checked = not_checked::clause(report).map(|files| format!("not checked: {files}"));
    let databases = report.databases.iter().map(|one| format!("compared with {}", words::database(one)));
    problems.chain(more).chain(not_checked).chain(databases).collect()
}

fn cells(finding: &Finding) -> Vec<String> {
    let Place { path, region, origin, .. } = &finding.place;
    let has_line = !place::is_whole_file(&finding.place);
    let number = |number: u32| if has_line { number.to_string() } else { String::new() };
    let commit = origin.as_deref().and_then(|origin| origin.commit.as_ref());
    let advice = finding.advice.as_deref();
    let package = advice.map(|advice| format!("{} {}", advice.package, advice.version));
    vec![
        finding.severity.to_string(),
        finding.confidence.to_string(),
        finding.family.as_str().to_owned(),
        text(&finding.check),
        text(&finding.message),
        text(&path.shown()),
        number(region.start_line),
        number(region.start_column),
        commit.map(|commit| commit.id.to_string()).unwrap_or_default(),
        place::further(finding).len().to_string(),
        text(finding.evidence.as_ref().map_or("", |evidence| evidence.text())),
        text(&finding.proofs.join("; ")),
        text(advice.and_then(|advice| advice.id.as_deref()).unwrap_or_default()),
        text(package.as_deref().unwrap_or_default().trim()),
        text(finding.to_do()),
        text(&finding.fingerprint),
    ]
}

/// `text` as a cell that is nothing but text.
pub(crate) fn text(text: &str) -> String {
    let text = escaped(text);
    // Some trim a cell before they look at it.
    match text.trim_start().starts_with(['=', '+', '-', '@', '\'', '＝', '＋', '－', '＠']) {
        true => format!("'{text}"),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn nothing_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "'=1", "＝1"] {
            assert_eq!(text(formula), format!("'{formula}"));
        }
        assert_eq!(text("\t=1"), "\\t=1");
        assert_eq!(text("a=1"), "a=1");
    }
}
