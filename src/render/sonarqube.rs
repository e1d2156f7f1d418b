//! The `sonarqube` format: SonarQube's generic import of issues, with rules and issues apart (10.3 and later).
//!
//! SonarQube ends its whole analysis at a range that a file does not have or that is empty, so none is given that
//! might be such. It shows files of today only. The severity belongs to a rule: findings that differ from what their
//! check usually reports have a rule of their own, `CHECK.SEVERITY`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::by_file::{RELATED, by_file, path, sentences, title};
use super::safe::SafeJson;
use super::{place, words};
use crate::model::text::escaped;
use crate::model::{Finding, Place, Report, Severity};

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let results: Vec<Finding> = report.findings.iter().flat_map(by_file).collect();
    let mut rules = BTreeMap::new();
    let mut issues = Vec::new();
    for finding in &results {
        let id = rule_id(report, finding);
        rules.entry(id.clone()).or_insert_with_key(|id| rule(report, finding, id));
        issues.push(issue(finding, &id));
    }
    for problem in &report.problems {
        // There is no place for what is of no file.
        let Some(file) = &problem.path else { continue };
        rules.entry(INCOMPLETE.to_owned()).or_insert_with(|| {
            let what = "A file that could not be scanned completely";
            rule_of(INCOMPLETE, what, what, Severity::Medium)
        });
        let message = words::sentence(&words::capitalised(&escaped(&problem.message)));
        issues.push(json!({ "ruleId": INCOMPLETE, "primaryLocation": { "message": message, "filePath": path(file) } }));
    }
    let rules: Vec<Value> = rules.into_values().collect();
    serde_json::to_writer_pretty(SafeJson::new(out), &json!({ "rules": rules, "issues": issues }))?;
    out.write_all(b"\n")
}

/// What SonarQube does not show, if there is any.
pub(super) fn elsewhere(report: &Report) -> Option<String> {
    let is_past = |finding: &&Finding| finding.places().all(|place| place.origin.is_some());
    let past = report.findings.iter().filter(is_past).count() as u64;
    let past = (past > 0).then(|| words::counted(past, "finding is", "findings are"))?;
    Some(format!("{past} in the history only; SonarQube shows what is in files of today"))
}

/// The rule of problems.
const INCOMPLETE: &str = "incomplete-scan";

fn rule_id(report: &Report, finding: &Finding) -> String {
    let usual =
        report.checks.iter().find(|(meta, _)| meta.id == finding.check).map(|(meta, _)| meta.severity);
    let check = match escaped(&finding.check) {
        check if check.is_empty() => "unknown".to_owned(),
        check => check,
    };
    if usual == Some(finding.severity) { check } else { format!("{check}.{}", finding.severity) }
}

fn rule(report: &Report, finding: &Finding, id: &str) -> Value {
    let name = escaped(title(report, &finding.check));
    let remedy = words::sentence(&words::capitalised(&escaped(&finding.remedy)));
    rule_of(id, if name.is_empty() { id } else { &name }, &remedy, finding.severity)
}

fn rule_of(id: &str, name: &str, description: &str, severity: Severity) -> Value {
    // Of the one kind and of the other: SonarQube has two modes.
    let (impact, severity) = match severity {
        Severity::Critical => ("HIGH", "BLOCKER"),
        Severity::High => ("HIGH", "CRITICAL"),
        Severity::Medium => ("MEDIUM", "MAJOR"),
        Severity::Low => ("LOW", "MINOR"),
    };
    json!({
        "id": id,
        "name": name,
        "description": description,
        "engineId": env!("CARGO_PKG_NAME"),
        "cleanCodeAttribute": "TRUSTWORTHY",
        "type": "VULNERABILITY",
        "severity": severity,
        "impacts": [{ "softwareQuality": "SECURITY", "severity": impact }],
    })
}

fn issue(finding: &Finding, rule: &str) -> Value {
    let mut message = sentences(finding);
    message.push(words::sentence(&words::capitalised(&escaped(finding.to_do()))));
    let mut all =
        json!({ "ruleId": rule, "primaryLocation": location(finding.shown_at(), &message.join(" ")) });
    let others = place::further(finding).into_iter().chain(&finding.trace);
    // Those without a range are refused.
    let others = others.filter(|other| range(other).is_some()).take(RELATED);
    let note = |other: &Place| escaped(other.note.as_deref().unwrap_or("the same"));
    let others: Vec<Value> = others.map(|other| location(other, &note(other))).collect();
    if !others.is_empty() {
        all["secondaryLocations"] = json!(others);
    }
    all
}

fn location(at: &Place, message: &str) -> Value {
    let mut all = json!({ "message": message, "filePath": path(&at.path) });
    if let Some(range) = range(at) {
        all["textRange"] = range;
    }
    all
}

/// Lines from 1, and no columns: SonarQube ends its whole analysis at a column that a line does not have, and the
/// length of a line depends on how it decodes the file. It never sees fewer lines.
fn range(at: &Place) -> Option<Value> {
    // A line of the history may not be in the file of today, and an empty file has none at all.
    if at.origin.is_some() || place::is_whole_file(at) {
        return None;
    }
    let first = at.region.start_line.max(1);
    Some(json!({ "startLine": first, "endLine": at.region.end_line.max(first) }))
}
