//! The `junit` format: the XML that most build servers show as tests. A check that found nothing is a
//! test that passed, each finding a test that failed, a check that did not run was skipped, and what could
//! not be scanned is an error: not checked is never shown as passed.

use std::collections::BTreeMap;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesStart, BytesText, Event};

use super::{Options, place, words};
use crate::model::text::escaped;
use crate::model::{Family, Finding, Outcome, Place, Report, Unchecked};

/// A test.
struct Case<'a> {
    name: String,
    ending: Ending<'a>,
}

enum Ending<'a> {
    Passed,
    Failed(&'a Finding),
    Skipped(&'a str),
    Broke(&'a str),
}

pub(super) fn render(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut suites: BTreeMap<&str, Vec<Case<'_>>> = BTreeMap::new();
    for (meta, outcome) in &report.checks {
        let ending = match outcome {
            Outcome::Clean => Ending::Passed,
            Outcome::NotApplicable => Ending::Skipped("there is nothing for it to look at"),
            Outcome::NotChecked(reason) => Ending::Skipped(reason),
            Outcome::Failed(reason) => Ending::Broke(reason),
            // Each of its findings is a test.
            Outcome::Found(_) => continue,
        };
        suites.entry(meta.family.as_str()).or_default().push(Case { name: meta.id.to_string(), ending });
    }
    for (index, finding) in report.findings.iter().enumerate() {
        let name = format!("{} at {}", finding.check, place::position(&finding.place));
        // What does not fail the run fails no test of it.
        let ending = if options.fails(index, finding) {
            Ending::Failed(finding)
        } else if options.state(index) == Some("known") {
            Ending::Skipped("in the earlier report, too")
        } else {
            Ending::Skipped("below the threshold")
        };
        suites.entry(finding.family.as_str()).or_default().push(Case { name, ending });
    }
    // Those that were to be checked are among the problems as well.
    for file in &report.not_checked {
        let (name, family) = match file.why {
            Unchecked::Template => (file.path.shown(), Family::Container),
            _ => (format!("dependencies of {}", file.path.shown()), Family::Dependency),
        };
        let ending = Ending::Skipped(file.why.words());
        suites.entry(family.as_str()).or_default().push(Case { name, ending });
    }
    for problem in &report.problems {
        let about = problem.path.as_ref().map_or_else(|| "the scan".to_owned(), |path| path.shown());
        let ending = Ending::Broke(&problem.message);
        suites.entry("scan").or_default().push(Case { name: about, ending });
    }

    let mut writer = Writer::new_with_indent(out, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let all: Vec<&Case<'_>> = suites.values().flatten().collect();
    let mut root = counted(BytesStart::new("testsuites"), &all);
    root.push_attribute(("name", env!("CARGO_PKG_NAME")));
    writer.write_event(Event::Start(root.borrow()))?;
    for (name, cases) in &suites {
        let cases: Vec<&Case<'_>> = cases.iter().collect();
        let mut suite = counted(BytesStart::new("testsuite"), &cases);
        suite.push_attribute(("name", *name));
        writer.write_event(Event::Start(suite.borrow()))?;
        if *name == Family::Dependency.as_str() {
            compared_with(&mut writer, report)?;
        }
        for case in cases {
            write(&mut writer, name, case)?;
        }
        writer.write_event(Event::End(suite.to_end()))?;
    }
    writer.write_event(Event::End(root.to_end()))?;
    writer.into_inner().write_all(b"\n")
}

/// What dependencies were compared with, as properties of their suite.
fn compared_with(writer: &mut Writer<&mut dyn Write>, report: &Report) -> io::Result<()> {
    if report.databases.is_empty() {
        return Ok(());
    }
    let all = BytesStart::new("properties");
    writer.write_event(Event::Start(all.borrow()))?;
    for database in &report.databases {
        let mut property = BytesStart::new("property");
        property.push_attribute(("name", "compared with"));
        property.push_attribute(("value", text(&words::database(database)).as_str()));
        writer.write_event(Event::Empty(property))?;
    }
    writer.write_event(Event::End(all.to_end()))
}

fn counted<'a>(mut element: BytesStart<'a>, cases: &[&Case<'_>]) -> BytesStart<'a> {
    let count =
        |is: fn(&Ending<'_>) -> bool| cases.iter().filter(|case| is(&case.ending)).count().to_string();
    element.push_attribute(("tests", cases.len().to_string().as_str()));
    element.push_attribute(("failures", count(|ending| matches!(ending, Ending::Failed(_))).as_str()));
    element.push_attribute(("errors", count(|ending| matches!(ending, Ending::Broke(_))).as_str()));
    element.push_attribute(("skipped", count(|ending| matches!(ending, Ending::Skipped(_))).as_str()));
    element
}

fn write(writer: &mut Writer<&mut dyn Write>, suite: &str, case: &Case<'_>) -> io::Result<()> {
    let mut element = BytesStart::new("testcase");
    element.push_attribute(("classname", format!("bartizan.{suite}").as_str()));
    element.push_attribute(("name", text(&case.name).as_str()));
    let (tag, message, more) = match case.ending {
        Ending::Passed => return writer.write_event(Event::Empty(element)),
        Ending::Failed(finding) => ("failure", text(&finding.message), details(finding)),
        Ending::Skipped(reason) => ("skipped", text(reason), String::new()),
        Ending::Broke(reason) => ("error", text(reason), String::new()),
    };
    if let Ending::Failed(finding) = case.ending
        && finding.place.origin.is_none()
    {
        element.push_attribute(("file", text(&finding.place.path.shown()).as_str()));
        element.push_attribute(("line", finding.place.region.start_line.to_string().as_str()));
    }
    writer.write_event(Event::Start(element.borrow()))?;
    let mut child = BytesStart::new(tag);
    child.push_attribute(("message", message.as_str()));
    if let Ending::Failed(finding) = case.ending {
        child.push_attribute(("type", finding.severity.as_str()));
    }
    if more.is_empty() {
        writer.write_event(Event::Empty(child))?;
    } else {
        writer.write_event(Event::Start(child.borrow()))?;
        writer.write_event(Event::Text(BytesText::new(&more)))?;
        writer.write_event(Event::End(child.to_end()))?;
    }
    writer.write_event(Event::End(element.to_end()))
}

/// What is to be known of a finding, a line each.
fn details(finding: &Finding) -> String {
    let mut lines = vec![
        format!("at {}", place::position(&finding.place)),
        format!("severity {}, confidence {}", finding.severity, finding.confidence),
    ];
    lines.extend(finding.proofs.iter().map(|proof| text(proof)));
    lines.extend(
        place::further(finding)
            .into_iter()
            .take(10)
            .map(|other| format!("also at {}", place::line_of(other))),
    );
    let traced = |place: &Place| {
        format!("{}: {}", place::line_of(place), text(place.note.as_deref().unwrap_or("here")))
    };
    lines.extend(finding.trace.iter().map(traced));
    let advice = finding.advice.as_deref();
    lines.extend(advice.iter().flat_map(|advice| &advice.notes).map(|note| text(note)));
    lines.push(format!("to do: {}", text(finding.to_do())));
    lines.push(format!("fingerprint {}", text(&finding.fingerprint)));
    let lines: Vec<String> = lines.iter().map(|line| characters(line)).collect();
    lines.join("\n")
}

/// `text` in characters that XML 1.0 has.
fn text(text: &str) -> String {
    characters(&escaped(text))
}

fn characters(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
