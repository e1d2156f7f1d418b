//! The `sarif` format: SARIF 2.1.0 within the limits of GitHub's code scanning.
//!
//! One run of one category; relative addresses only; suppressed findings are left out, because
//! GitHub would open alerts for them; no snippets, because GitHub shows the file itself.

pub(super) mod history;
mod rule;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::by_file::{PRACTICE_RELATED, RELATED, RESULTS, by_file};
use super::safe::SafeJson;
use super::{Options, place, uri, words};
use crate::model::text::escaped;
use crate::model::{
    self, Finding, Meta, Name, Outcome, Place, Problem, RepoPath, Report, SkipReason, Unchecked,
};
use wire::{
    ArtifactLocation, AutomationDetails, Driver, File, FileLocation, Invocation, Location, Log, Notification,
    PhysicalLocation, Region, RelatedLocation, Run, RunProperties, Text, Tool, UriBase,
};

/// Notifications of one kind; they are for people.
const NOTIFICATIONS: usize = 1000;
/// The base of every address. It has no address itself, so the file names no machine.
const ROOT: &str = "%SRCROOT%";

pub(super) fn render(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let states = report.findings.iter().enumerate();
    let all: Vec<(Finding, Option<&str>)> = states
        .flat_map(|(index, one)| by_file(one).into_iter().map(move |one| (one, options.state(index))))
        .collect();
    let mut all: Vec<&(Finding, Option<&str>)> = all.iter().collect();
    all.sort_by(|(a, _), (b, _)| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| a.place.path.cmp(&b.place.path))
            .then_with(|| (a.place.region, &a.check).cmp(&(b.place.region, &b.check)))
    });
    all.truncate(RESULTS);
    let findings: Vec<&Finding> = all.iter().map(|(finding, _)| finding).collect();

    let used: BTreeSet<&str> = findings.iter().map(|finding| rule_id(finding)).collect();
    let metas: BTreeMap<&str, &Meta<Name>> =
        report.checks.iter().map(|(meta, _)| (&*meta.id, meta)).collect();
    let rules = used.iter().map(|id| match metas.get(id) {
        Some(meta) => rule::of(meta, options.has_page),
        None => {
            let finding = findings.iter().find(|finding| rule_id(finding) == *id);
            let finding = finding.expect("an id in use is that of a finding");
            match finding.advice.as_deref().filter(|advice| advice.id.is_some()) {
                Some(advice) => rule::of_advisory(advice, finding),
                None => rule::of(&rule::unlisted(finding), options.has_page),
            }
        }
    });
    let index: BTreeMap<&str, usize> = used.iter().enumerate().map(|(index, id)| (*id, index)).collect();

    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: env!("CARGO_PKG_NAME"),
                    semantic_version: &options.version,
                    information_uri: env!("CARGO_PKG_REPOSITORY"),
                    rules: rules.collect(),
                },
            },
            invocations: [Invocation {
                // False would make GitHub refuse the file, findings and all; what went wrong is
                // reported by the notifications and by the exit code.
                execution_successful: true,
                tool_execution_notifications: notifications(report),
            }],
            automation_details: AutomationDetails {
                // What stands before the last slash is the category.
                id: format!("{}/", options.category.as_deref().unwrap_or(env!("CARGO_PKG_NAME"))),
            },
            original_uri_base_ids: BTreeMap::from([(
                ROOT,
                UriBase { description: text("The root of the scan.") },
            )]),
            column_kind: "utf16CodeUnits",
            results: all.iter().map(|(f, state)| result(f, *state, index[rule_id(f)])).collect(),
            properties: RunProperties {
                scope: &report.scope,
                files: report.coverage.files,
                bytes: report.coverage.bytes,
                suppressed: report.suppressed.len(),
                databases: report.databases.iter().map(words::database).collect(),
                history: history::examined(report),
            },
        }],
    };
    serde_json::to_writer_pretty(SafeJson::new(out), &log)?;
    out.write_all(b"\n")
}

/// One rule a check, and one an advisory: each has a severity of its own and is dismissed by itself.
fn rule_id(finding: &Finding) -> &str {
    finding.advice.as_deref().and_then(|advice| advice.id.as_deref()).unwrap_or(&finding.check)
}

fn result<'a>(finding: &'a Finding, state: Option<&str>, rule_index: usize) -> wire::Result<'a> {
    let mut fingerprints = BTreeMap::from([("bartizan/v1", finding.fingerprint.as_str())]);
    if let (Some(hash), None) = (&finding.shown_at().line_hash, &finding.place.origin) {
        fingerprints.insert("primaryLocationLineHash", hash);
    }
    let further = place::further(finding);
    let related = further.iter().copied().take(most_related(finding)).chain(&finding.trace).enumerate();
    wire::Result {
        rule_id: rule_id(finding),
        rule_index,
        level: rule::level(finding.severity),
        message: text(&message(finding)),
        locations: [Location {
            physical_location: physical(finding.shown_at()),
            logical_locations: history::logical(&finding.place),
        }],
        related_locations: related
            .map(|(index, place)| RelatedLocation {
                id: index + 1,
                physical_location: physical(place),
                logical_locations: history::logical(place),
                message: text(&history::related(finding, place)),
            })
            .collect(),
        partial_fingerprints: fingerprints,
        // What is gone has no result: GitHub closes an alert that a file no longer has.
        baseline_state: state.map(|state| if state == "new" { "new" } else { "unchanged" }),
        properties: wire::ResultProperties {
            tags: if finding.place.origin.is_some() { vec!["history"] } else { Vec::new() },
            history: history::result(finding),
            severity: finding.severity.as_str(),
            confidence: finding.confidence.as_str(),
            validation: finding.validation.as_deref(),
        },
    }
}

/// How many further places of a finding are listed: those of a practice, which have notes, nearly all.
fn most_related(finding: &Finding) -> usize {
    if finding.also.iter().any(|place| place.note.is_some()) { PRACTICE_RELATED } else { RELATED }
}

/// What was found, what was proven, where else, and last what to do.
fn message(finding: &Finding) -> String {
    let mut sentences = vec![plain(&finding.message)];
    sentences.extend(finding.proofs.iter().map(|proof| words::capitalised(&plain(proof))));
    let further = place::further(finding).len();
    if further > 0 {
        // GitHub shows a related location only where the message links to it.
        let links: Vec<String> = (1..=further.min(RELATED)).map(|id| format!("[{id}]({id})")).collect();
        let places = if further > RELATED {
            format!("more than {RELATED} further places, the first ones")
        } else {
            words::counted(further as u64, "further place", "further places")
        };
        sentences.push(format!("Also at {places}: {}.", links.join(", ")));
    }
    if !finding.trace.is_empty() {
        let first = further.min(most_related(finding)) + 1;
        let link = |(number, place): (usize, &Place)| {
            let note = plain(place.note.as_deref().unwrap_or("here"));
            format!("[{}]({})", note.trim_end_matches('.').replace(['[', ']'], ""), first + number)
        };
        let links: Vec<String> = finding.trace.iter().enumerate().map(link).collect();
        sentences.push(format!("See {}.", links.join(", ")));
    }
    sentences.extend(history::sentence(finding).map(|sentence| words::capitalised(&plain(&sentence))));
    let advice = finding.advice.as_deref();
    sentences
        .extend(advice.iter().flat_map(|advice| &advice.notes).map(|note| words::capitalised(&plain(note))));
    sentences.push(words::capitalised(&plain(finding.to_do())));
    sentences.retain(|sentence| !sentence.is_empty());
    if sentences.is_empty() {
        // A result without a message is refused.
        sentences.push(words::sentence(&finding.check));
    }
    sentences.join(" ")
}

/// `message` as a sentence in which nothing is a link, whatever names it quotes.
fn plain(message: &str) -> String {
    words::sentence(&escaped(message)).replace("](", "] (")
}

fn physical(place: &Place) -> PhysicalLocation {
    // The line is that of another version of the file: a false one is worse than the first.
    let region = if place.origin.is_some() { model::Region::TOP } else { place.region };
    // An end that is not behind the start, as that of a whole file, is left out.
    let end = ((region.end_line, region.end_column) > (region.start_line, region.start_column))
        .then_some((region.end_line, region.end_column.max(1)));
    PhysicalLocation {
        artifact_location: artifact(&place.path),
        region: Region {
            start_line: region.start_line.max(1),
            start_column: region.start_column.max(1),
            end_line: end.map(|(line, _)| line),
            end_column: end.map(|(_, column)| column),
        },
    }
}

fn artifact(path: &RepoPath) -> ArtifactLocation {
    ArtifactLocation { uri: uri::relative(path), uri_base_id: ROOT }
}

/// What the results do not say: the cut, problems, checks that did not run, skipped files.
fn notifications(report: &Report) -> Vec<Notification> {
    let mut all = Vec::new();
    if report.findings.len() > RESULTS {
        let (kept, total) = (words::number(RESULTS as u64), words::number(report.findings.len() as u64));
        let message = format!(
            "only the {kept} most severe of {total} findings are in this file; \
             the json format has all of them"
        );
        all.push(notification("warning", &message, None));
    }
    let message =
        |level| move |problem: &Problem| notification(level, &problem.message, problem.path.as_ref());
    all.extend(capped("problems", report.problems.iter().map(message("error"))));
    all.extend(capped("notices", report.notices.iter().map(message("note"))));
    let not_run = report.checks.iter().filter_map(|(meta, outcome)| match outcome {
        Outcome::NotChecked(reason) => Some((&meta.id, "warning", "was not run", reason)),
        Outcome::Failed(reason) => Some((&meta.id, "error", "failed", reason)),
        Outcome::Clean | Outcome::Found(_) | Outcome::NotApplicable => None,
    });
    all.extend(capped(
        "checks",
        not_run.map(|(id, level, how, reason)| {
            notification(level, &format!("the check {id} {how}: {reason}"), None)
        }),
    ));
    let not_checked = report.not_checked.iter().map(|file| {
        let message = match file.why {
            Unchecked::Template => "it was not checked: it is a template, and not rendered".to_owned(),
            why => format!("its {} packages were not checked: {}", file.ecosystem, why.words()),
        };
        notification(if file.asked { "error" } else { "note" }, &message, Some(&file.path))
    });
    all.extend(capped("files that were not checked", not_checked));
    all.extend(history::ledger(report).map(|message| notification("note", &message, None)));
    for reason in SkipReason::ALL {
        let count = report.coverage.count(reason) as u64;
        if count > 0 {
            let message = format!("skipped: {}", words::skipped(count, reason));
            all.push(notification("note", &message, None));
        }
    }
    all
}

/// The first of `notifications`, and one more that counts the rest.
fn capped(
    kind: &str,
    notifications: impl Iterator<Item = Notification>,
) -> impl Iterator<Item = Notification> {
    let mut kept: Vec<Notification> = Vec::new();
    let mut left_out = 0;
    for notification in notifications {
        if kept.len() < NOTIFICATIONS { kept.push(notification) } else { left_out += 1 }
    }
    if left_out > 0 {
        let message = format!("{} more {kind} are left out here", words::number(left_out));
        kept.push(notification("warning", &message, None));
    }
    kept.into_iter()
}

fn notification(level: &'static str, message: &str, path: Option<&RepoPath>) -> Notification {
    let file = |path| FileLocation { physical_location: File { artifact_location: artifact(path) } };
    Notification {
        level,
        message: text(&words::capitalised(&plain(message))),
        locations: path.map(file).into_iter().collect(),
    }
}

fn text(text: &str) -> Text {
    Text { text: text.to_owned() }
}
