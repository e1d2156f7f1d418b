//! The formats of GitLab, Code Climate and SonarQube: what their readers ask for, field by field, and that nothing is
//! left out without a word.

use std::collections::{BTreeMap, BTreeSet};

use bartizan::model::{Advice, Family, Finding, Outcome, RepoPath, Report, Severity};
use bartizan::render::{Format, Options, Scanned, aside};
use serde_json::{Value, json};

use super::{assert_valid, hostile, options, rendered, sample};

const GITLAB: [(Format, &str); 3] = [
    (Format::GitlabSecretDetection, "secret_detection"),
    (Format::GitlabDependencyScanning, "dependency_scanning"),
    (Format::GitlabSast, "sast"),
];
const PLATFORMS: [Format; 5] =
    [GITLAB[0].0, GITLAB[1].0, GITLAB[2].0, Format::Codeclimate, Format::Sonarqube];

fn at_commit() -> Options {
    let scanned =
        Scanned { started: 1_790_000_000, ended: 1_790_000_061, commit: Some("0a1b2c3d".repeat(5)) };
    Options { scanned: Some(scanned), ..options() }
}

fn parsed(report: &Report, format: Format) -> Value {
    serde_json::from_str(&rendered(report, format, &at_commit())).unwrap()
}

/// A report with packages, one of them found in two lock files.
fn packages() -> Report {
    let meta = sample::meta(
        "vulnerable-dependency",
        "known vulnerability",
        Family::Dependency,
        Severity::High,
        "upgrade",
    );
    let advice = Advice {
        id: Some("RUSTSEC-2026-0001".to_owned()),
        aliases: vec!["CVE-2026-1234".to_owned(), "GHSA-aaaa-bbbb-cccc".to_owned()],
        title: "tin <b>melts</b> early".to_owned(),
        url: Some("https://rustsec.org/advisories/RUSTSEC-2026-0001.html".to_owned()),
        kind: "vulnerability".into(),
        cvss: Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".to_owned()),
        package: "tin".to_owned(),
        version: "1.0.0".to_owned(),
        path: vec!["app 0.1.0".to_owned(), "alloy 2.0.0".to_owned(), "tin 1.0.0".to_owned()],
        help: "upgrade `tin` to 1.0.1".to_owned(),
        ..Advice::default()
    };
    let finding = |path: &str, advice: Option<Advice>| Finding {
        advice: advice.map(Into::into),
        ..sample::finding(&meta, sample::whole(path), "vulnerability in tin 1.0.0")
    };
    let direct =
        Advice { path: advice.path[1..].to_vec(), cvss: Some("CVSS:4.0/AV:N".to_owned()), ..advice.clone() };
    Report {
        checks: vec![(meta.clone().into(), Outcome::Found(3))],
        findings: vec![
            finding("Cargo.lock", Some(advice)),
            finding("tools/Cargo.lock", Some(direct)),
            finding("web/package-lock.json", None),
        ],
        ..sample::clean()
    }
}

fn all() -> [Report; 7] {
    [
        sample::everything(),
        sample::history(),
        sample::simple(),
        sample::clean(),
        packages(),
        hostile::worst(),
        Report::default(),
    ]
}

#[test]
fn everything_in_each_format() {
    for format in PLATFORMS {
        let text = rendered(&sample::everything(), format, &at_commit());
        insta::assert_binary_snapshot!(&format!("{format}.json"), text.into_bytes());
    }
}

#[test]
fn history_and_packages() {
    for (name, report, format) in [
        ("history_gitlab.json", sample::history(), GITLAB[0].0),
        ("packages_gitlab.json", packages(), GITLAB[1].0),
        ("history_sonarqube.json", sample::history(), Format::Sonarqube),
        ("history_codeclimate.json", sample::history(), Format::Codeclimate),
    ] {
        insta::assert_binary_snapshot!(name, rendered(&report, format, &at_commit()).into_bytes());
    }
}

/// What version 15.2.1 of GitLab's schema asks of the fields that are written.
fn gitlab_schema(kind: &str) -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    let address = json!({ "type": "string", "pattern": "^https?://.+" });
    let time = json!({ "type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$" });
    let fields = |fields: &[&str], properties: Value| json!({ "type": "object", "required": fields, "properties": properties });
    let list = |items: Value| json!({ "type": "array", "items": items });
    let vendor = fields(&["name"], json!({ "name": text }));
    let tool = fields(
        &["id", "name", "version", "vendor"],
        json!({ "id": text, "name": text, "version": text, "url": address, "vendor": vendor }),
    );
    let message =
        fields(&["level", "value"], json!({ "level": { "enum": ["info", "warn", "fatal"] }, "value": text }));
    let lines = json!({ "file": text, "start_line": { "type": "number" }, "end_line": { "type": "number" } });
    let mut location = match kind {
        "secret_detection" => fields(&["commit"], lines.clone()),
        "dependency_scanning" => fields(&["file", "dependency"], lines.clone()),
        _ => fields(&[], lines),
    };
    location["properties"]["commit"] = fields(&["sha"], json!({ "sha": text, "date": { "type": "string" } }));
    let package = fields(&["name"], json!({ "name": { "type": "string" } }));
    location["properties"]["dependency"] = fields(
        &["package", "version"],
        json!({ "package": package, "version": { "type": "string" }, "direct": { "type": "boolean" } }),
    );
    let line = json!({ "type": "integer", "minimum": 1 });
    let in_file = json!({ "type": { "const": "file-location" }, "file_name": text, "line_start": line });
    let value = json!({ "type": { "const": "text" }, "value": { "type": "string" } });
    let one = json!({ "oneOf": [fields(&["type", "file_name", "line_start"], in_file), fields(&["type", "value"], value.clone())] });
    let items = json!({ "type": { "const": "list" }, "items": list(one) });
    let detail = json!({
        "allOf": [fields(&["name"], json!({ "name": text }))],
        "oneOf": [fields(&["type", "value"], value), fields(&["type", "items"], items)],
    });
    let mut identifiers = list(fields(
        &["type", "name", "value"],
        json!({ "type": text, "name": text, "value": text, "url": address }),
    ));
    identifiers["minItems"] = json!(1);
    let vector = json!({ "type": "string", "minLength": 32, "maxLength": 128, "pattern": "^CVSS:3[.][01]/" });
    let vulnerability = fields(
        &["id", "identifiers", "location"],
        json!({
            "id": text,
            "name": { "type": "string", "minLength": 1, "maxLength": 255 },
            "description": { "type": "string", "maxLength": 1_048_576 },
            "severity": { "enum": ["Critical", "High", "Medium", "Low"] },
            "solution": { "type": "string", "maxLength": 7000 },
            "identifiers": identifiers,
            "location": location,
            "links": list(fields(&["url"], json!({ "url": address }))),
            "cvss_vectors": list(fields(&["vendor", "vector"], json!({ "vendor": text, "vector": vector }))),
            "details": { "type": "object", "additionalProperties": detail },
        }),
    );
    let scan = fields(
        &["analyzer", "scanner", "start_time", "end_time", "status", "type"],
        json!({
            "analyzer": tool,
            "scanner": tool,
            "start_time": time,
            "end_time": time,
            "status": { "enum": ["success", "failure"] },
            "type": { "const": kind },
            "messages": list(message),
        }),
    );
    fields(
        &["version", "scan", "vulnerabilities"],
        json!({ "version": { "const": "15.2.1" }, "scan": scan, "vulnerabilities": list(vulnerability) }),
    )
}

/// Our own reading of the schema, in which no field may be that is not described.
#[test]
fn gitlab_takes_what_is_written() {
    for (format, kind) in GITLAB {
        let mut schema = gitlab_schema(kind);
        closed(&mut schema);
        assert!(jsonschema::meta::is_valid(&schema));
        for report in all() {
            assert_valid(&schema, &parsed(&report, format));
        }
    }
}

fn closed(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(closed);
            if object.get("required").is_some_and(Value::is_array)
                && !object["properties"]["name"].is_object()
            {
                object.insert(
                    "additionalProperties".to_owned(),
                    json!(object["properties"].get("type").is_some()),
                );
            }
        }
        Value::Array(items) => items.iter_mut().for_each(closed),
        _ => {}
    }
}

fn vulnerabilities(report: &Report, format: Format) -> Vec<Value> {
    parsed(report, format)["vulnerabilities"].as_array().unwrap().clone()
}

fn fingerprint(vulnerability: &Value) -> &str {
    vulnerability["details"]["fingerprint"]["value"].as_str().unwrap()
}

#[test]
fn each_finding_is_in_one_report_of_gitlab() {
    for report in all() {
        let mut count = BTreeMap::<String, usize>::new();
        for (format, _) in GITLAB {
            let here: BTreeSet<String> =
                vulnerabilities(&report, format).iter().map(|one| fingerprint(one).to_owned()).collect();
            here.into_iter().for_each(|one| *count.entry(one).or_default() += 1);
        }
        let wanted: BTreeSet<String> = report.findings.iter().map(|one| one.fingerprint.clone()).collect();
        assert!(count.keys().eq(&wanted), "{count:?}");
    }
    let report = sample::everything();
    let count = GITLAB.map(|(format, _)| vulnerabilities(&report, format).len());
    // Of the token there is one for each of its three files.
    assert_eq!(count, [8, 0, 2]);
    // What is no package is not dropped.
    assert_eq!(GITLAB.map(|(format, _)| vulnerabilities(&packages(), format).len()), [0, 2, 1]);
    for (format, said) in [
        (GITLAB[0].0, "this report leaves out 2 findings in gitlab-sast"),
        (GITLAB[2].0, "this report leaves out 6 findings in gitlab-secret-detection"),
    ] {
        assert!(aside(&report, format).contains(&said.to_owned()), "{:?}", aside(&report, format));
        let scan = parsed(&report, format)["scan"].take();
        assert!(scan["messages"].as_array().unwrap().contains(&json!({ "level": "info", "value": said })));
    }
}

#[test]
fn nothing_is_clean_that_was_not_checked() {
    let status = |report: &Report| GITLAB.map(|(format, _)| parsed(report, format)["scan"]["status"].take());
    assert_eq!(status(&sample::clean()), ["success"; 3]);
    assert_eq!(status(&sample::everything()), ["failure"; 3]);
    // A problem may be about anything.
    assert_eq!(status(&sample::history()), ["failure"; 3]);
    let mut report = sample::everything();
    report.problems.clear();
    report.checks.retain(|(meta, _)| meta.family != Family::Provenance);
    assert_eq!(status(&report), ["success", "failure", "success"], "the database was missing");
    report.checks.clear();
    assert_eq!(status(&report), ["success", "failure", "success"], "lock files were not read");
    let said = parsed(&report, GITLAB[1].0)["scan"]["messages"].to_string();
    assert!(said.contains("yarn.lock was not checked: no database (npm)"), "{said}");
    let issues = parsed(&sample::everything(), Format::Codeclimate);
    let incomplete = issues.as_array().unwrap().iter().filter(|one| one["check_name"] == "incomplete-scan");
    // And the check that failed.
    assert_eq!(incomplete.count(), sample::everything().problems.len() + 1);
    for format in [Format::Codeclimate, Format::Sonarqube] {
        let said = aside(&sample::everything(), format).join("\n");
        assert!(said.contains("permission denied") && said.contains("not checked: "), "{said}");
    }
}

#[test]
fn ids_follow_from_fingerprint_and_file() {
    let ids = |report: &Report| -> Vec<String> {
        let one = vulnerabilities(report, GITLAB[0].0);
        let of_issues = parsed(report, Format::Codeclimate);
        let ids: Vec<String> = one.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        let issues =
            of_issues.as_array().unwrap().iter().map(|one| one["fingerprint"].as_str().unwrap().to_owned());
        assert!(issues.eq(ids.iter().cloned()));
        ids
    };
    let report = sample::simple();
    let before = ids(&report);
    let mut moved = report.clone();
    (moved.findings[0].place.region.start_line, moved.findings[0].place.region.end_line) = (99, 99);
    moved.findings[0].message = "another".to_owned();
    assert_eq!(ids(&moved), before);
    let mut twice = report.clone();
    twice.findings.push(moved.findings[0].clone());
    let both = ids(&twice);
    assert!(both[0] == before[0] && both[1] != before[0]);
    let mut renamed = report;
    renamed.findings[0].place.path = "elsewhere.yml".into();
    assert_ne!(ids(&renamed), before);
}

#[test]
fn secrets_have_the_commit_they_are_in() {
    let commits = |report: &Report, options: &Options| -> Vec<String> {
        let text = rendered(report, GITLAB[0].0, options);
        let report: Value = serde_json::from_str(&text).unwrap();
        let all = report["vulnerabilities"].as_array().unwrap().iter();
        all.map(|one| one["location"]["commit"]["sha"].as_str().unwrap().to_owned()).collect()
    };
    let scanned = "0a1b2c3d".repeat(5);
    let zeros = "0".repeat(40);
    let (message, blob) = ("c4".repeat(20), "c3".repeat(20));
    let wanted = |here: &str| [&message, here, here, here, &blob].map(str::to_owned);
    assert_eq!(commits(&sample::history(), &at_commit()), wanted(&scanned));
    assert_eq!(commits(&sample::history(), &options()), wanted(&zeros));
    let scan = parsed(&sample::simple(), GITLAB[0].0)["scan"].take();
    assert_eq!(
        (&scan["start_time"], &scan["end_time"]),
        (&json!("2026-09-21T14:13:20"), &json!("2026-09-21T14:14:21"))
    );
}

#[test]
fn packages_are_known_by_their_advisories() {
    let all = vulnerabilities(&packages(), GITLAB[1].0);
    let kinds: Vec<&str> =
        all[0]["identifiers"].as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["rustsec", "cve", "ghsa", "bartizan_check"]);
    let direct: Vec<&Value> = all.iter().map(|one| &one["location"]["dependency"]["direct"]).collect();
    assert_eq!(direct, [&json!(false), &json!(true)]);
    assert!(
        all[0].get("cvss_vectors").is_some() && all[1].get("cvss_vectors").is_none(),
        "the schema knows CVSS 3"
    );
}

#[test]
fn no_platform_is_given_a_secret_or_markup() {
    for format in PLATFORMS {
        let text = rendered(&sample::everything(), format, &Options { show_secrets: true, ..at_commit() });
        assert!(!text.contains(sample::PLANTED), "{format}");
    }
    for one in vulnerabilities(&hostile::worst(), GITLAB[0].0) {
        let description = one["description"].as_str().unwrap();
        assert!(!description.contains(['<', '>']) && !description.contains("]("), "{description}");
        assert!(!one["location"]["file"].as_str().unwrap().contains('\0'));
    }
}

/// SonarQube ends an analysis at a range that is empty, or that a file does not have.
#[test]
fn sonarqube_gets_no_range_that_it_refuses() {
    for report in all() {
        let document = parsed(&report, Format::Sonarqube);
        let rules: Vec<&str> =
            document["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
        assert_eq!(rules.iter().collect::<BTreeSet<_>>().len(), rules.len(), "{rules:?}");
        for rule in document["rules"].as_array().unwrap() {
            assert_eq!(rule["engineId"], "bartizan");
            assert!(rule["name"] != "" && rule["impacts"][0]["softwareQuality"] == "SECURITY", "{rule}");
        }
        let mut ranges = Vec::new();
        for issue in document["issues"].as_array().unwrap() {
            assert!(rules.contains(&issue["ruleId"].as_str().unwrap()), "{issue}");
            // Those of the form before are refused beside rules.
            assert!(["type", "severity", "engineId"].iter().all(|key| issue.get(key).is_none()), "{issue}");
            let primary = &issue["primaryLocation"];
            assert!(primary["message"] != "" && primary["filePath"] != "", "{primary}");
            ranges.extend(primary.get("textRange"));
            for other in issue["secondaryLocations"].as_array().into_iter().flatten() {
                ranges.push(&other["textRange"]);
            }
        }
        for range in ranges {
            let number = |key: &str| range.get(key).map(|number| number.as_u64().unwrap());
            let (first, last) = (number("startLine").unwrap(), number("endLine").unwrap());
            assert!(first >= 1 && last >= first, "{range}");
            assert_eq!((number("startColumn"), number("endColumn")), (None, None), "{range}");
        }
    }
    let issues = parsed(&sample::everything(), Format::Sonarqube);
    let token = issues["issues"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["ruleId"] == "github-personal-access-token");
    let wanted = json!({ "startLine": 12, "endLine": 12 });
    assert_eq!(token.unwrap()["primaryLocation"]["textRange"], wanted);
    assert!(
        issues["rules"]
            .as_array()
            .unwrap()
            .iter()
            .any(|rule| rule["id"] == "github-personal-access-token.low")
    );
    let past = "4 findings are in the history only; SonarQube shows what is in files of today";
    assert!(aside(&sample::history(), Format::Sonarqube).contains(&past.to_owned()));
}

#[test]
fn code_climate_has_what_gitlab_asks_for() {
    for report in all() {
        let issues = parsed(&report, Format::Codeclimate);
        let issues = issues.as_array().unwrap();
        let ids: BTreeSet<&str> = issues.iter().map(|one| one["fingerprint"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), issues.len());
        for issue in issues {
            assert!(["check_name", "description"].iter().all(|key| !issue[key].as_str().unwrap().is_empty()));
            let severities = ["blocker", "critical", "major", "minor", "info"];
            assert!(severities.contains(&issue["severity"].as_str().unwrap()));
            assert!(!issue["location"]["path"].as_str().unwrap().is_empty());
            let lines = &issue["location"]["lines"];
            assert!(
                lines["begin"].as_u64().unwrap() >= 1 && lines["end"].as_u64() >= lines["begin"].as_u64()
            );
        }
    }
}

/// Azure Pipelines runs `##vso[…]` wherever a step prints it.
#[test]
fn nothing_printed_is_a_command_of_azure() {
    let mut report = sample::everything();
    let command = "##vso[task.setvariable variable=PATH]x";
    for finding in &mut report.findings {
        finding.message = format!("a {command}");
        finding.place.path = RepoPath::new(format!("{command}.py"));
        if let Some(snippet) = &mut finding.place.snippet {
            snippet.text = format!("# {command}");
        }
    }
    for format in
        [Format::Human, Format::Json, Format::Jsonl, Format::Sarif, Format::GitlabSast, Format::Codeclimate]
    {
        let text = rendered(&report, format, &at_commit());
        assert!(!text.contains("##vso["), "{format:?}: {text}");
        assert!(text.contains("vso[task.setvariable"), "{format:?}: {text}");
    }
}
