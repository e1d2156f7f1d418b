//! The formats of GitLab's security reports, version 15.2.1 of its schema: secrets, dependencies, and everything
//! else as static analysis. Each names the others where they hold more.
//!
//! GitLab knows a vulnerability by its first identifier, file and lines; it refuses a report as a whole in which
//! one field does not keep to the schema.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::by_file::{by_file, ids, path, sentences, title};
use super::safe::SafeJson;
use super::uri::is_address;
use super::{Format, Options, Scanned, markdown, place, words};
use crate::model::text::escaped;
use crate::model::{
    Advice, Family, Finding, Meta, Name, Outcome, Place, Report, Severity, SkipReason, Unchecked, check_page,
};

/// The version of the schema.
const VERSION: &str = "15.2.1";
/// Characters of a name and of a solution, as the schema has it.
const NAME: usize = 255;
const SOLUTION: usize = 7000;
/// Messages of one kind.
const MESSAGES: usize = 100;
/// Where no commit is known.
const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

/// The kinds of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Secrets, and files that hold them.
    Secrets,
    /// Packages with an advisory, or taken back.
    Dependencies,
    /// Workflows, containers, agents, policy, signatures and SBOMs, and lock files as such.
    Rest,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Secrets, Self::Dependencies, Self::Rest];

    const fn of_family(family: Family) -> Self {
        match family {
            Family::Secret => Self::Secrets,
            Family::Dependency => Self::Dependencies,
            _ => Self::Rest,
        }
    }

    fn of(finding: &Finding) -> Self {
        match Self::of_family(finding.family) {
            // A report of dependencies has to name a package.
            Self::Dependencies if package(finding).is_none() => Self::Rest,
            kind => kind,
        }
    }

    const fn scan_type(self) -> &'static str {
        match self {
            Self::Secrets => "secret_detection",
            Self::Dependencies => "dependency_scanning",
            Self::Rest => "sast",
        }
    }

    const fn format(self) -> Format {
        match self {
            Self::Secrets => Format::GitlabSecretDetection,
            Self::Dependencies => Format::GitlabDependencyScanning,
            Self::Rest => Format::GitlabSast,
        }
    }
}

fn package(finding: &Finding) -> Option<&Advice> {
    finding.advice.as_deref().filter(|advice| !advice.package.is_empty())
}

pub(super) fn render(report: &Report, kind: Kind, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let results: Vec<Finding> =
        report.findings.iter().filter(|finding| Kind::of(finding) == kind).flat_map(by_file).collect();
    let scanned = options.scanned.clone().unwrap_or_default();
    let vulnerabilities: Vec<Value> = results
        .iter()
        .zip(ids(&results))
        .map(|(finding, id)| vulnerability(report, kind, finding, &id, &scanned, options.has_page))
        .collect();
    let time =
        |seconds| jiff::Timestamp::from_second(seconds).unwrap_or_default().strftime("%FT%T").to_string();
    let tool = json!({
        "id": env!("CARGO_PKG_NAME"),
        "name": env!("CARGO_PKG_NAME"),
        "url": env!("CARGO_PKG_REPOSITORY"),
        "vendor": { "name": env!("CARGO_PKG_NAME") },
        "version": match escaped(&options.version) {
            version if version.is_empty() => "unknown".to_owned(),
            version => version,
        },
    });
    let document = json!({
        "version": VERSION,
        "scan": {
            "analyzer": tool,
            "scanner": tool,
            "type": kind.scan_type(),
            "start_time": time(scanned.started),
            "end_time": time(scanned.ended),
            "status": if is_whole(report, kind) { "success" } else { "failure" },
            "messages": messages(report, kind),
        },
        "vulnerabilities": vulnerabilities,
    });
    serde_json::to_writer_pretty(SafeJson::new(out), &document)?;
    out.write_all(b"\n")
}

/// Findings that are in other reports, if there are any, in a sentence.
pub(super) fn elsewhere(report: &Report, kind: Kind) -> Option<String> {
    let count = |kind| report.findings.iter().filter(|finding| Kind::of(finding) == kind).count() as u64;
    let others = Kind::ALL.into_iter().filter(|other| *other != kind).map(|other| (other, count(other)));
    let others: Vec<String> = others
        .filter(|(_, count)| *count > 0)
        .map(|(other, count)| {
            format!("{} in {}", words::counted(count, "finding", "findings"), other.format())
        })
        .collect();
    (!others.is_empty()).then(|| format!("this report leaves out {}", words::listed(&others)))
}

/// True if everything was checked that this report is about.
fn is_whole(report: &Report, kind: Kind) -> bool {
    report.problems.is_empty()
        && not_run(report, kind).next().is_none()
        && unchecked(report, kind).next().is_none()
}

fn not_run(report: &Report, kind: Kind) -> impl Iterator<Item = (&Meta<Name>, &str)> {
    report.checks.iter().filter(move |(meta, _)| Kind::of_family(meta.family) == kind).filter_map(
        |(meta, outcome)| match outcome {
            Outcome::NotChecked(why) | Outcome::Failed(why) => Some((meta, why.as_str())),
            Outcome::Clean | Outcome::Found(_) | Outcome::NotApplicable => None,
        },
    )
}

fn unchecked(report: &Report, kind: Kind) -> impl Iterator<Item = String> {
    report.not_checked.iter().filter_map(move |file| {
        let of = if file.why == Unchecked::Template { Kind::Rest } else { Kind::Dependencies };
        let why =
            || format!("{} was not checked: {} ({})", file.path.shown(), file.why.words(), file.ecosystem);
        (of == kind).then(why)
    })
}

/// What the reader of a scan has to know: what was not scanned, what other reports hold, what it rests on.
fn messages(report: &Report, kind: Kind) -> Vec<Value> {
    let mut all = Vec::new();
    let mut add = |level: &str, texts: &mut dyn Iterator<Item = String>| {
        let texts = texts.map(|text| escaped(&text)).filter(|text| !text.is_empty());
        for (count, text) in texts.enumerate() {
            match count {
                MESSAGES => all.push(json!({ "level": level, "value": "and more of the same kind" })),
                0..MESSAGES => all.push(json!({ "level": level, "value": text })),
                _ => {}
            }
        }
    };
    let problem = |(path, message): (Option<String>, &String)| match path {
        Some(path) => format!("{path}: {message}"),
        None => message.clone(),
    };
    let problems = report.problems.iter();
    let problems = problems.map(|one| (one.path.as_ref().map(|path| path.shown()), &one.message));
    add("warn", &mut problems.map(problem));
    add(
        "warn",
        &mut not_run(report, kind).map(|(meta, why)| format!("the check {} did not run: {why}", meta.id)),
    );
    add("warn", &mut unchecked(report, kind));
    add("info", &mut elsewhere(report, kind).into_iter());
    if kind == Kind::Dependencies {
        add(
            "info",
            &mut report.databases.iter().map(|one| format!("compared with {}", words::database(one))),
        );
    }
    let count = |reason| (report.coverage.count(reason) as u64, reason);
    let skipped = SkipReason::ALL.into_iter().map(count).filter(|(count, _)| *count > 0);
    add("info", &mut skipped.map(|(count, reason)| format!("skipped: {}", words::skipped(count, reason))));
    all
}

fn vulnerability(
    report: &Report,
    kind: Kind,
    finding: &Finding,
    id: &str,
    scanned: &Scanned,
    has_page: fn(&str) -> bool,
) -> Value {
    let advice = finding.advice.as_deref();
    let name = match (kind, advice) {
        (Kind::Dependencies, Some(advice)) if !advice.title.is_empty() => &advice.title,
        _ => title(report, &finding.check),
    };
    let description: Vec<String> = sentences(finding).iter().map(|text| markdown::text(text)).collect();
    let mut one = json!({
        "id": id,
        "name": words::cut(&escaped(name), NAME),
        "description": description.join(" "),
        "severity": match finding.severity {
            Severity::Critical => "Critical",
            Severity::High => "High",
            Severity::Medium => "Medium",
            Severity::Low => "Low",
        },
        "solution": words::cut(&words::sentence(&words::capitalised(&escaped(finding.to_do()))), SOLUTION),
        "identifiers": identifiers(finding, has_page),
        "location": location(kind, finding, scanned),
        "details": details(finding),
    });
    if let Some(url) = advice.and_then(|advice| advice.url.as_deref()).filter(|url| is_address(url)) {
        one["links"] = json!([{ "url": url }]);
    }
    if let Some(vector) = advice.and_then(|advice| advice.cvss.as_deref()).filter(|vector| is_cvss(vector)) {
        one["cvss_vectors"] = json!([{ "vendor": "unknown", "vector": vector }]);
    }
    one
}

/// What it is called by: the advisory with its other names, and the check.
fn identifiers(finding: &Finding, has_page: fn(&str) -> bool) -> Vec<Value> {
    let advice = finding.advice.as_deref();
    let ids = advice.into_iter().flat_map(|advice| advice.id.iter().chain(&advice.aliases));
    let mut all: Vec<Value> = Vec::new();
    for id in ids.filter(|id| !id.is_empty()) {
        let kind = id.split_once('-').map_or("osv", |(start, _)| match start {
            "CVE" => "cve",
            "GHSA" => "ghsa",
            "RUSTSEC" => "rustsec",
            _ => "osv",
        });
        let id = escaped(id);
        let mut one = json!({ "type": kind, "name": id, "value": id });
        let url = advice.and_then(|advice| advice.url.as_deref());
        if let Some(url) = url.filter(|url| all.is_empty() && is_address(url)) {
            one["url"] = json!(url);
        }
        all.push(one);
    }
    let check = match escaped(&finding.check) {
        check if check.is_empty() => "unknown".to_owned(),
        check => check,
    };
    let mut one =
        json!({ "type": "bartizan_check", "name": format!("bartizan check {check}"), "value": check });
    if has_page(&finding.check) {
        one["url"] = json!(check_page(&finding.check));
    }
    all.push(one);
    all
}

fn location(kind: Kind, finding: &Finding, scanned: &Scanned) -> Value {
    let shown = finding.shown_at();
    let mut all = BTreeMap::from([("file", json!(path(&shown.path)))]);
    if kind != Kind::Dependencies && !place::is_whole_file(shown) {
        let first = shown.region.start_line.max(1);
        all.insert("start_line", json!(first));
        all.insert("end_line", json!(shown.region.end_line.max(first)));
    }
    match (kind, package(finding)) {
        (Kind::Secrets, _) => {
            let commit = shown.origin.as_deref().and_then(|origin| origin.commit.as_ref());
            let commit = match commit {
                Some(commit) => json!({ "sha": commit.id.to_string(), "date": commit.date() }),
                None => json!({ "sha": scanned.commit.as_deref().unwrap_or(NO_COMMIT) }),
            };
            all.insert("commit", commit);
        }
        (Kind::Dependencies, Some(advice)) => {
            let mut dependency = json!({ "package": { "name": escaped(&advice.package) }, "version": escaped(&advice.version) });
            // From a member of the workspace to the package.
            if !advice.path.is_empty() {
                dependency["direct"] = json!(advice.path.len() <= 2);
            }
            all.insert("dependency", dependency);
        }
        _ => {}
    }
    json!(all)
}

/// What GitLab shows below the description.
fn details(finding: &Finding) -> Value {
    let text = |name: &str, value: &str| json!({ "type": "text", "name": name, "value": escaped(value) });
    let mut all = json!({
        "confidence": text("Confidence", finding.confidence.as_str()),
        "fingerprint": text("Fingerprint of bartizan", &finding.fingerprint),
    });
    let place = |place: &Place| match place.origin {
        Some(_) => json!({ "type": "text", "value": place::line_of(place) }),
        None => {
            json!({ "type": "file-location", "file_name": path(&place.path), "line_start": place.region.start_line.max(1) })
        }
    };
    let lists =
        [("also", "Also at", place::further(finding)), ("trace", "Rests on", finding.trace.iter().collect())];
    for (key, name, places) in lists {
        if !places.is_empty() {
            let items: Vec<Value> = places.into_iter().take(MESSAGES).map(place).collect();
            all[key] = json!({ "type": "list", "name": name, "items": items });
        }
    }
    let by = finding.advice.as_deref().map_or(&[][..], |advice| &advice.path);
    if !by.is_empty() {
        all["path"] = text("Brought in by", &by.join(" > "));
    }
    all
}

/// True for a vector of CVSS 3 as the schema wants it.
fn is_cvss(vector: &str) -> bool {
    const METRICS: [(&str, &str); 11] = [
        ("AV", "NALP"),
        ("AC", "LH"),
        ("PR", "NLH"),
        ("UI", "NR"),
        ("S", "UC"),
        ("C", "NLH"),
        ("I", "NLH"),
        ("A", "NLH"),
        ("E", "XUPFH"),
        ("RL", "XOTWU"),
        ("RC", "XURC"),
    ];
    let is_metric = |part: &str| {
        let known = |(name, values): &(&str, &str)| {
            part.split_once(':')
                .is_some_and(|(key, value)| key == *name && value.len() == 1 && values.contains(value))
        };
        METRICS.iter().any(known)
    };
    let rest = vector.strip_prefix("CVSS:3.1/").or_else(|| vector.strip_prefix("CVSS:3.0/"));
    (32..=128).contains(&vector.len()) && rest.is_some_and(|rest| rest.split('/').all(is_metric))
}

#[cfg(test)]
mod tests {
    use super::is_cvss;

    #[test]
    fn vectors() {
        for good in [
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "CVSS:3.0/AV:P/AC:H/PR:H/UI:R/S:C/C:L/I:N/A:N/E:X",
        ] {
            assert!(is_cvss(good), "{good}");
        }
        for bad in [
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:Z",
            "CVSS:3.1/AV:N",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/",
            "",
        ] {
            assert!(!is_cvss(bad), "{bad}");
        }
    }
}
