//! The `html` format: one page that holds everything it needs and asks for nothing else.
//!
//! Its policy lets it run the one script and use the one style that stand in it, identified by their hashes. What
//! a repository holds is in a block of JSON that no parser of HTML looks into, for every `<` in it is
//! escaped, and gets into the page as text only; the lines that are written here are escaped one by one.

use std::io::{self, Write};

use data_encoding::BASE64;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::safe::SafeJson;
use super::tally::{self, Tally};
use super::wire::{Finding, Skipped};
use super::{Home, Options, headline, not_checked, place, words};
use crate::model::text::escaped;
use crate::model::{Claim, Ending, NotChecked, Problem, Report, Signature, Suppressed};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Findings that are listed where there is no JavaScript.
const PLAIN: usize = 500;
/// Checks that are named of those that did not run for the same reason.
const NAMED: usize = 20;

/// What the script is given.
#[derive(Serialize)]
struct Data<'a> {
    complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    home: Option<Address<'a>>,
    findings: Vec<Finding<'a>>,
    suppressed: &'a [Suppressed],
    problems: &'a [Problem],
    notices: &'a [Problem],
    not_run: Vec<NotRun<'a>>,
    not_checked: &'a [NotChecked],
    signatures: &'a [Signature],
    claims: &'a [Claim],
    skipped: Vec<Skipped<'a>>,
}

#[derive(Serialize)]
struct Address<'a> {
    repository: &'a str,
    commit: &'a str,
}

#[derive(Serialize)]
struct NotRun<'a> {
    how: &'static str,
    reason: &'a str,
    checks: Vec<&'a str>,
}

pub(super) fn render(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let tally = Tally::of(report);
    let ending = match options.ending(report) {
        Ending::Incomplete => "incomplete",
        Ending::Findings => "findings",
        Ending::Clean => "clean",
    };
    let verdict = headline::verdict(report, options, &tally);
    let mut scope =
        format!("{}: {}", words::capitalised(&report.scope), headline::scope(report, &tally).join(" "));
    if let Some(files) = not_checked::clause(report) {
        scope.push_str(&format!(" Not checked: {files}."));
    }
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    );
    // The pieces come in the order in which the page asks for them; each name is a part of it once.
    let mut rest = PAGE;
    while let Some((before, behind)) = rest.split_once("{{") {
        let Some((name, after)) = behind.split_once("}}") else { break };
        out.write_all(before.as_bytes())?;
        match name {
            "policy" => write!(out, "{policy}")?,
            "title" => write!(out, "bartizan: {}", html(&verdict))?,
            "style" => write!(out, "{STYLE}")?,
            "ending" => write!(out, "{ending}")?,
            "verdict" => write!(out, "{}", html(&words::capitalised(&verdict)))?,
            "scope" => write!(out, "{}", html(&scope))?,
            "first" => write!(out, "{}", first(report, &tally))?,
            "plain" => plain(report, options, out)?,
            "footer" => write!(out, "{}", html(&footer(report, options)))?,
            "data" => data(report, options, &tally, out)?,
            "script" => write!(out, "{SCRIPT}")?,
            _ => {}
        }
        rest = after;
    }
    out.write_all(rest.as_bytes())
}

/// `text` for a policy: what an element holds has to be exactly that.
fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64.encode(&Sha256::digest(text.as_bytes())))
}

fn data(report: &Report, options: &Options, tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
    let gone = options.compared.iter().flat_map(Finding::gone);
    let data = Data {
        complete: tally.is_whole(report),
        home: options.home.as_ref().map(|Home { repository, commit, .. }| Address { repository, commit }),
        findings: Finding::all(report, options).chain(gone).collect(),
        suppressed: &report.suppressed,
        problems: &report.problems,
        notices: &report.notices,
        not_run: not_run(report),
        not_checked: &report.not_checked,
        signatures: &report.signatures,
        claims: &report.claims,
        skipped: report.coverage.skipped.iter().map(Skipped::from).collect(),
    };
    let mut out = NoMarkup { out };
    serde_json::to_writer(SafeJson::new(&mut out), &data)?;
    Ok(())
}

fn not_run(report: &Report) -> Vec<NotRun<'_>> {
    let groups = tally::not_run(report).into_iter();
    let named = groups.map(|((how, reason), mut checks)| {
        checks.truncate(NAMED);
        NotRun { how, reason, checks }
    });
    named.collect()
}

/// JSON in which nothing can end the element that it stands in, or start a comment. All that is escaped
/// here stands inside of strings.
struct NoMarkup<'a> {
    out: &'a mut dyn Write,
}

impl Write for NoMarkup<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let mut rest = buffer;
        while let Some(at) = memchr::memchr3(b'<', b'>', b'&', rest) {
            self.out.write_all(&rest[..at])?;
            write!(self.out, "\\u{:04x}", rest[at])?;
            rest = &rest[at + 1..];
        }
        self.out.write_all(rest)?;
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// `text` as text of a page, within quotes too.
pub(crate) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in escaped(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn first(report: &Report, tally: &Tally) -> String {
    match report.findings.len() {
        0 if !tally.is_whole(report) => "There are no findings in what was checked.".to_owned(),
        0 => "Nothing was found.".to_owned(),
        count if count <= PLAIN => {
            format!("These are the {}.", words::counted(count as u64, "finding", "findings"))
        }
        count => format!("These are the first {PLAIN} of {} findings.", words::number(count as u64)),
    }
}

/// The findings for readers without JavaScript.
fn plain(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    if report.findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "<ul class=\"plain-list\">")?;
    for (index, finding) in report.findings.iter().enumerate().take(PLAIN) {
        let flag = if options.state(index) == Some("new") { ", new" } else { "" };
        writeln!(
            out,
            "<li><b>{}</b> <code>{}</code>: {} ({}{flag})</li>",
            finding.severity,
            html(&place::position(&finding.place)),
            html(&finding.message),
            html(&finding.check)
        )?;
    }
    writeln!(out, "</ul>")
}

fn footer(report: &Report, options: &Options) -> String {
    let mut parts = vec![format!("bartizan {}", options.version)];
    for database in &report.databases {
        parts.push(format!("compared with {}", words::database(database)));
    }
    parts.push("secrets are masked; `bartizan explain CHECK` describes a check".to_owned());
    parts.join(" · ")
}
