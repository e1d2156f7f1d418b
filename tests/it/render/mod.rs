//! The formats: what they look like, that they keep to their schemas, and what they never show.

mod compared;
mod history;
mod hostile;
mod platforms;
mod read;
mod sample;

use std::collections::BTreeSet;
use std::str::FromStr as _;
use std::time::Duration;

use bartizan::model::{Family, Finding, Problem, Report, Severity};
use bartizan::render::{Compared, Format, Home, Options, render, report_schema};
use serde_json::{Value, json};

fn options() -> Options {
    Options { version: "1.2.3".into(), ..Options::plain(Some(Severity::Medium)) }
}

#[track_caller]
fn rendered(report: &Report, format: Format, options: &Options) -> String {
    let mut out = Vec::new();
    render(report, format, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn human(report: &Report, options: &Options) -> String {
    rendered(report, Format::Human, options)
}

fn parsed(report: &Report, format: Format) -> Value {
    serde_json::from_str(&rendered(report, format, &options())).unwrap()
}

#[test]
fn names_of_formats() {
    for format in Format::ALL {
        assert_eq!(Format::from_str(format.as_str()), Ok(format));
    }
    assert_eq!(Format::from_str("SARIF"), Err(()));
}

#[test]
fn human_everything() {
    insta::assert_snapshot!(human(&sample::everything(), &options()));
}

#[test]
fn human_in_colour_and_narrow() {
    let options = Options { color: true, width: 60, elapsed: Some(Duration::from_millis(1240)), ..options() };
    let text = human(&sample::everything(), &options);
    insta::assert_snapshot!(text.replace('\u{1b}', "␛"));
}

#[test]
fn human_verbose() {
    let options = Options { verbose: 1, ..options() };
    let text = human(&sample::everything(), &options);
    let from = text.find("suppressed[").unwrap();
    insta::assert_snapshot!(&text[from..]);
}

#[test]
fn human_with_a_limit_counts_what_it_does_not_show() {
    let all = sample::everything();
    let text = human(&all, &Options { limit: Some(1), ..options() });
    let more = all.findings.len() - 1;
    assert!(
        more > 1 && text.contains(&format!("\n… {more} more findings (--output json=FILE)\n\n")),
        "{text}"
    );
    assert_eq!(text.matches("= severity:").count(), 1);
    assert_eq!(text.lines().last(), human(&all, &options()).lines().last());
    assert_eq!(human(&all, &Options { limit: Some(more + 1), ..options() }), human(&all, &options()));
}

#[test]
fn human_quiet_is_the_closing_line() {
    let options = Options { quiet: true, elapsed: Some(Duration::from_millis(38)), ..options() };
    let everything = human(&sample::everything(), &options);
    assert!(
        human(&sample::everything(), &Options { quiet: false, ..options.clone() })
            .ends_with(&format!("\n\n{everything}"))
    );
    assert_eq!(everything.lines().count(), 1);
    assert_eq!(
        human(&sample::simple(), &options),
        "1 finding (1 critical) in 1 file (1 byte) with 1 check, 38 ms\n"
    );
}

#[test]
fn human_clean_says_what_was_looked_at() {
    assert_eq!(
        human(&sample::clean(), &options()),
        "no findings in 412 files (3.2 MB) with 5 checks; skipped: 2 binary, 1 symbolic link\n"
    );
}

#[test]
fn human_below_the_threshold() {
    let quiet = Options { quiet: true, ..options() };
    let closing = |report: &Report, fail_on| human(report, &Options { fail_on, ..quiet.clone() });

    let mut report = sample::everything();
    report.findings.retain(|finding| finding.severity <= Severity::Medium);
    let told = "1 medium and 2 low findings do not fail the run; --fail-on low would\n";
    assert!(closing(&report, Some(Severity::High)).ends_with(told));
    assert!(closing(&report, None).ends_with(told));
    assert!(!closing(&report, Some(Severity::Medium)).contains("--fail-on"));

    report.findings.retain(|finding| finding.severity == Severity::Low);
    let told = "2 low findings do not fail the run; --fail-on low would\n";
    assert!(closing(&report, Some(Severity::Medium)).ends_with(told));
    report.findings.truncate(1);
    let told = "1 low finding does not fail the run; --fail-on low would\n";
    assert!(closing(&report, Some(Severity::Medium)).ends_with(told));
}

#[test]
fn human_lists_of_places_and_checks_are_cut() {
    let mut report = sample::simple();
    let place = report.findings[0].place.clone();
    report.findings[0].also = (0..12).map(|_| place.clone()).collect();
    let text = human(&report, &options());
    assert_eq!(text.matches("= note: also at deploy/config.yml:12\n").count(), 10);
    assert!(text.contains("= note: and at 2 more places; -v lists all\n"));
    let text = human(&report, &Options { verbose: 1, ..options() });
    assert_eq!(text.matches("= note: also at").count(), 12);
}

#[test]
fn secrets_are_shown_to_people_who_ask_and_nowhere_else() {
    let shown = Options { show_secrets: true, verbose: 2, ..options() };
    let report = sample::everything();
    assert!(human(&report, &shown).contains(&format!("= secret: {}\n", sample::PLANTED)));
    assert!(!human(&report, &options()).contains(sample::PLANTED));
    for format in [Format::Json, Format::Jsonl, Format::Sarif] {
        assert!(!rendered(&report, format, &shown).contains(sample::PLANTED), "{format}");
    }
}

#[test]
fn formats_for_programs_do_not_depend_on_options() {
    let other = Options {
        color: true,
        width: 7,
        quiet: true,
        verbose: 3,
        show_secrets: true,
        elapsed: Some(Duration::from_secs(1)),
        ..options()
    };
    for format in [Format::Json, Format::Jsonl, Format::Sarif] {
        let report = sample::everything();
        assert_eq!(rendered(&report, format, &options()), rendered(&report, format, &other), "{format}");
    }
}

#[test]
fn json_everything() {
    let text = rendered(&sample::everything(), Format::Json, &options());
    insta::assert_binary_snapshot!("json_everything.json", text.into_bytes());
}

#[test]
fn jsonl_everything() {
    let text = rendered(&sample::everything(), Format::Jsonl, &options());
    insta::assert_binary_snapshot!("jsonl_everything.jsonl", text.into_bytes());
}

#[test]
fn sarif_everything() {
    let text = rendered(&sample::everything(), Format::Sarif, &options());
    insta::assert_binary_snapshot!("sarif_everything.sarif", text.into_bytes());
}

/// Makes every object of a schema refuse what it does not describe, so that a field without a
/// description fails the test although readers have to let it pass.
fn strict(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(strict);
            if object.contains_key("description") && object.contains_key("properties") {
                object.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(strict),
        _ => {}
    }
}

#[track_caller]
fn assert_valid(schema: &Value, instance: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, [""; 0]);
}

/// Holds a report in JSON against our schema, in which no field is that the schema does not describe.
#[track_caller]
pub(crate) fn assert_json(report: &str) {
    let mut schema: Value = serde_json::from_str(report_schema()).unwrap();
    strict(&mut schema);
    assert_valid(&schema, &serde_json::from_str(report).unwrap());
}

#[test]
fn json_keeps_to_its_schema() {
    let mut schema: Value = serde_json::from_str(report_schema()).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    strict(&mut schema);
    for report in
        [sample::everything(), sample::simple(), sample::clean(), sample::history(), Report::default()]
    {
        assert_valid(&schema, &parsed(&report, Format::Json));
    }
}

#[test]
fn every_field_of_the_schema_is_described() {
    fn walk(at: &str, schema: &Value, missing: &mut Vec<String>) {
        let Some(object) = schema.as_object() else { return };
        for (name, field) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let known = ["description", "$ref"].iter().any(|key| field.get(key).is_some());
            if !known && name != "type" {
                missing.push(format!("{at}.{name}"));
            }
            walk(&format!("{at}.{name}"), field, missing);
        }
    }
    let schema: Value = serde_json::from_str(report_schema()).unwrap();
    let mut missing = Vec::new();
    walk("", &schema, &mut missing);
    for (name, def) in schema["$defs"].as_object().unwrap() {
        walk(name, def, &mut missing);
        assert!(def.get("description").is_some(), "{name}");
    }
    assert_eq!(missing, [""; 0]);
}

/// Holds a report in JSON lines against our schema.
#[track_caller]
fn assert_lines(text: &str) {
    let mut schema: Value = serde_json::from_str(report_schema()).unwrap();
    let root = schema.as_object_mut().unwrap();
    root.retain(|key, _| key.starts_with('$'));
    root.insert("$ref".to_owned(), json!("#/$defs/line"));
    for line in text.lines() {
        assert_valid(&schema, &serde_json::from_str(line).unwrap());
    }
}

#[test]
fn jsonl_keeps_to_its_schema_and_ends_with_the_summary() {
    for report in
        [sample::everything(), sample::simple(), sample::clean(), sample::history(), Report::default()]
    {
        let text = rendered(&report, Format::Jsonl, &options());
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_lines(&text);
        assert_eq!(lines[0]["type"], "scan");
        assert_eq!(lines.last().unwrap()["type"], "summary");
        let findings = lines.iter().filter(|line| line["type"] == "finding").count();
        assert_eq!(findings, report.findings.len());
    }
}

#[test]
fn the_summary_counts() {
    let summary = parsed(&sample::everything(), Format::Json)["summary"].take();
    assert_eq!(summary["complete"], false);
    assert_eq!(summary["findings"], 8);
    assert_eq!(summary["by_severity"], json!({"critical": 1, "high": 4, "medium": 1, "low": 2}));
    let checks = json!({
        "total": 11, "clean": 1, "found": 6, "not_applicable": 1, "not_checked": 2, "failed": 1
    });
    assert_eq!(summary["checks"], checks);
    assert_eq!(summary["skipped"]["binary"], 2);
    assert_eq!(parsed(&sample::clean(), Format::Json)["summary"]["complete"], true);
}

/// What GitHub asks for beyond the schema, and what validators let pass.
#[test]
fn sarif_is_what_code_scanning_takes() {
    let log = parsed(&sample::everything(), Format::Sarif);
    let [run] = log["runs"].as_array().unwrap().as_slice() else { panic!("one run") };
    assert_eq!(run["automationDetails"]["id"], "bartizan/");
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    assert_eq!(run["originalUriBaseIds"]["%SRCROOT%"].get("uri"), None);

    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: Vec<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    for rule in rules {
        let properties = &rule["properties"];
        let tags: BTreeSet<&str> =
            properties["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect();
        assert_eq!(tags.len(), properties["tags"].as_array().unwrap().len());
        assert!(tags.contains("security") && tags.len() <= 10);
        let score: f64 = properties["security-severity"].as_str().unwrap().parse().unwrap();
        let level = match score {
            7.0.. => "error",
            4.0.. => "warning",
            _ => "note",
        };
        assert_eq!(rule["defaultConfiguration"]["level"], level);
        for text in ["shortDescription", "fullDescription", "help"] {
            let length = rule[text]["text"].as_str().unwrap().chars().count();
            assert!((1..=1024).contains(&length), "{text}");
        }
    }

    let results = run["results"].as_array().unwrap();
    // One result for each file that holds a secret: an alert shows only at its first location.
    let report = sample::everything();
    let files = |finding: &Finding| {
        let places = std::iter::once(&finding.place).chain(&finding.also);
        places.map(|place| place.path.clone()).collect::<BTreeSet<_>>().len()
    };
    assert_eq!(results.len(), report.findings.iter().map(files).sum::<usize>());
    let mut levels = Vec::new();
    for result in results {
        let rule = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(result["ruleId"], ids[rule]);
        levels.push(result["level"].as_str().unwrap());
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str();
        assert!(uri.unwrap().bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~%".contains(&b)));
    }
    let worst_first = |level: &&str| ["error", "warning", "note"].iter().position(|l| l == level);
    assert!(levels.is_sorted_by_key(worst_first), "{levels:?}");
    assert_eq!(log.to_string().matches("snippet").count(), 0);
    assert_eq!(log.to_string().matches("suppressions").count(), 0);
}

#[test]
fn sarif_of_a_disproven_finding_lowers_the_level_of_its_rule() {
    let log = parsed(&sample::everything(), Format::Sarif);
    let run = &log["runs"][0];
    let of_token = |result: &&Value| result["ruleId"] == "github-personal-access-token";
    let results: Vec<&Value> = run["results"].as_array().unwrap().iter().filter(of_token).collect();
    let levels: Vec<&str> = results.iter().map(|result| result["level"].as_str().unwrap()).collect();
    assert_eq!((levels.first(), levels.last()), (Some(&"error"), Some(&"note")));
    let rule = results[0]["ruleIndex"].as_u64().unwrap() as usize;
    assert_eq!(run["tool"]["driver"]["rules"][rule]["defaultConfiguration"]["level"], "error");
}

#[test]
fn sarif_is_cut_to_the_worst_and_says_so() {
    let mut report = sample::simple();
    let critical = report.findings[0].clone();
    let mut low = critical.clone();
    low.severity = Severity::Low;
    low.also = (100..111)
        .map(|line| {
            let mut place = low.place.clone();
            (place.region.start_line, place.region.end_line) = (line, line);
            place
        })
        .collect();
    report.findings = vec![low; 6000];
    report.findings.push(critical);
    let log = parsed(&report, Format::Sarif);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 5000);
    assert_eq!(results[0]["properties"]["severity"], "critical");
    assert_eq!(results[1]["relatedLocations"].as_array().unwrap().len(), 10);
    let told = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"];
    assert_eq!(
        told["text"],
        "Only the 5,000 most severe of 6,001 findings are in this file; the json format has all \
         of them."
    );
}

/// The schema is OASIS's and not part of this repository: the continuous integration takes it
/// from npm and names the file in `BARTIZAN_SARIF_SCHEMA`.
#[test]
fn sarif_keeps_to_the_standard() {
    let schema = match std::env::var_os("BARTIZAN_SARIF_SCHEMA") {
        Some(path) => serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap(),
        // Without it, at least what a reader cannot do without.
        None => json!({
            "required": ["$schema", "version", "runs"],
            "properties": {
                "version": {"const": "2.1.0"},
                "runs": {"minItems": 1, "items": {"required": ["tool", "results"]}}
            }
        }),
    };
    for report in
        [sample::everything(), sample::simple(), sample::clean(), sample::history(), Report::default()]
    {
        assert_valid(&schema, &parsed(&report, Format::Sarif));
    }
}

fn at_home() -> Options {
    let home = Home {
        repository: "https://github.com/o/r".to_owned(),
        commit: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        folder: "checkout/".to_owned(),
    };
    Options { home: Some(home), ..options() }
}

#[test]
fn github_everything() {
    insta::assert_snapshot!(rendered(&sample::everything(), Format::Github, &at_home()));
}

#[test]
fn markdown_everything() {
    insta::assert_snapshot!(rendered(&sample::everything(), Format::Markdown, &at_home()));
}

#[test]
fn markdown_history() {
    insta::assert_snapshot!(rendered(&sample::history(), Format::Markdown, &at_home()));
}

#[test]
fn markdown_clean() {
    insta::assert_snapshot!(rendered(&sample::clean(), Format::Markdown, &options()));
}

/// A report with so many findings, in files with such long names.
fn many(count: usize, name: usize) -> Report {
    let mut report = sample::simple();
    let one = report.findings.first().cloned().unwrap_or_else(|| {
        let meta = sample::meta("a-check", "a title", Family::Secret, Severity::High, "mend it");
        sample::finding(&meta, sample::whole("a"), "a message")
    });
    report.findings = (0..count)
        .map(|index| Finding {
            place: sample::whole(format!("{index}/{}", "<long>".repeat(name))),
            severity: Severity::ALL[index % 4],
            ..one.clone()
        })
        .collect();
    report
}

#[test]
fn github_writes_the_ten_worst() {
    let text = rendered(&many(50, 1), Format::Github, &options());
    assert_eq!(text.matches("::error ").count(), 10, "{text}");
    assert!(text.contains("\n::notice title=bartizan::40 more are in the summary"), "{text}");
}

#[test]
fn markdown_stays_below_what_a_step_may_say_and_counts_the_rest() {
    for (count, name) in [(10_000, 2), (2_000, 2_000), (3, 400_000)] {
        let mut report = many(count, name);
        let problem = |finding: &Finding| Problem {
            path: Some(finding.place.path.clone()),
            message: "cannot be read".to_owned(),
        };
        report.problems = report.findings.iter().map(problem).collect();
        let text = rendered(&report, Format::Markdown, &at_home());
        assert!(text.len() <= 901 << 10, "{}", text.len());
        assert!(text.contains("more finding"), "{}", &text[..500]);
        assert!(
            text.starts_with(&format!("## ⚠️ bartizan: {} findings", thousands(count))),
            "{}",
            &text[..500]
        );
    }
}

fn thousands(count: usize) -> String {
    match count {
        0..1000 => count.to_string(),
        _ => format!("{},{:03}", count / 1000, count % 1000),
    }
}

/// Pages for the test in a browser, and for eyes: written where `BARTIZAN_PAGES` says.
#[test]
fn html_pages() {
    let ten = {
        let mut report = sample::everything();
        report.findings.extend(sample::history().findings);
        report
    };
    let pages = [
        ("none", sample::clean()),
        ("ten", ten),
        ("incomplete", sample::everything()),
        ("many", many(10_000, 1)),
        ("hostile", hostile::worst()),
        ("compared", sample::everything()),
    ];
    for (name, report) in pages {
        let compared = (name == "compared").then(|| Compared {
            new: (0..report.findings.len()).map(|index| index < 2).collect(),
            gone: sample::history().findings[..3].to_vec(),
        });
        let page = rendered(&report, Format::Html, &Options { compared, ..at_home() });
        assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
        // In the hostile one these stand in names, as text.
        let is_ours = |part: &str| name != "hostile" && page.contains(part);
        assert!(!is_ours("{{"), "a piece was left out");
        // One script, one style, one block of data, and nothing from elsewhere.
        assert_eq!(page.matches("<script").count(), 2);
        assert_eq!(page.matches("<style>").count(), 1);
        assert!(!is_ours(" src=") && !is_ours("@import") && !is_ours("url("));
        if let Some(folder) = std::env::var_os("BARTIZAN_PAGES") {
            std::fs::write(std::path::Path::new(&folder).join(format!("{name}.html")), page).unwrap();
        }
    }
}

#[test]
fn csv_everything() {
    insta::assert_snapshot!(rendered(&sample::everything(), Format::Csv, &options()).replace("\r\n", "\n"));
}

#[test]
fn junit_everything() {
    insta::assert_snapshot!(rendered(&sample::everything(), Format::Junit, &options()));
}

#[test]
fn what_differs_from_an_earlier_report_is_told() {
    let report = sample::everything();
    let new = (0..report.findings.len()).map(|index| index == 1).collect();
    let compared = Some(Compared { new, gone: report.findings[..1].to_vec() });
    let options = Options { compared, ..options() };
    let table = rendered(&report, Format::Csv, &options);
    let states: Vec<&str> = table.lines().map(|line| line.rsplit(',').next().unwrap()).collect();
    assert_eq!(states[..3], ["state", "known", "new"]);
    assert_eq!(states.last(), Some(&"gone"));
    let page = rendered(&report, Format::Html, &options);
    assert_eq!(page.matches(r#""state":"new""#).count(), 1);
    assert_eq!(page.matches(r#""state":"gone""#).count(), 1);
}
