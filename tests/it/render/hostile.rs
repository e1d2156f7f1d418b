//! Whatever a repository holds, no report of it moves a cursor, forges a line or loses a name.

use bartizan::model::text::needs_escape;
use bartizan::model::{
    Family, Finding, NotChecked, Outcome, Problem, Region, RepoPath, Report, Severity, SkipReason, Snippet,
    Span, Suppressed, Unchecked,
};
use bartizan::render::{Format, Home, Options};
use proptest::prelude::*;
use serde_json::Value;

use super::{options, rendered, sample};

/// Everything in a report that comes from the repository.
#[derive(Clone, Debug)]
struct Foreign {
    path: Vec<u8>,
    text: String,
    snippet: Snippet,
    line: u32,
}

impl Foreign {
    fn report(&self) -> Report {
        let meta = sample::meta("a-check", "a title", Family::Secret, Severity::High, "mend it");
        let mut place = sample::whole(self.path.clone());
        place.snippet = Some(self.snippet.clone());
        place.span = Span::new(1, 2);
        place.region = Region { start_line: self.line, start_column: 1, end_line: self.line, end_column: 2 };
        let finding = Finding {
            proofs: vec![self.text.clone()],
            also: vec![place.clone(), sample::whole(self.path.clone())],
            advice: None,
            ..sample::finding(&meta, place, &self.text)
        };
        let path = RepoPath::new(self.path.clone());
        let problem = Problem { path: Some(path.clone()), message: self.text.clone() };
        let mut report = sample::simple();
        report.checks.push((meta.into(), Outcome::NotChecked(self.text.clone())));
        report.suppressed.push(Suppressed {
            finding: finding.clone(),
            reason: self.text.clone(),
            by: "inline".into(),
        });
        report.findings.push(finding);
        report.problems.push(problem.clone());
        report.notices.push(problem);
        report.not_checked.push(NotChecked {
            why: Unchecked::NoDatabase,
            path: path.clone(),
            ecosystem: self.text.clone(),
            asked: false,
        });
        report.coverage.skipped.push((path, SkipReason::Binary));
        report
    }
}

/// Names and texts that are made to get out of a page.
pub(super) fn worst() -> Report {
    let texts = [
        "</script><script>window.forged = 1</script>",
        "<!--<script>window.forged = 1",
        "\"><img src=x onerror=\"window.forged = 1\">",
        "'-window.forged-'",
        "]]></title><iframe srcdoc='<script>parent.forged=1</script>'>",
        "javascript:window.forged=1",
        "=HYPERLINK(\"https://x.test\")",
        "{{data}}{{script}}",
        "\u{202e}gnp.exe\u{1b}[2J\u{2028}\u{0}",
        "`",
        "a\n::error::b",
    ];
    let mut report = Report::default();
    for text in texts {
        let foreign = Foreign {
            path: format!("{text}/../{text}").into_bytes(),
            text: text.to_owned(),
            snippet: Snippet { text: text.to_owned(), mark_start: 3, mark_len: 5 },
            line: 7,
        };
        let one = foreign.report();
        report.findings.extend(one.findings);
        report.suppressed.extend(one.suppressed);
        report.problems.extend(one.problems);
        report.notices.extend(one.notices);
        report.not_checked.extend(one.not_checked);
        report.checks.extend(one.checks);
        report.coverage.skipped.extend(one.coverage.skipped);
    }
    report
}

fn text() -> impl Strategy<Value = String> {
    // Any characters, and often those that do harm.
    let harmful = prop::sample::select(vec![
        "\u{1b}[2J",
        "\u{1b}]0;t\u{7}",
        "\n",
        "\r",
        "\t",
        "\u{9b}31m",
        "\u{202e}",
        "\u{200b}",
        "\u{feff}",
        "\0",
        "\u{7f}",
        "error[x]: forged",
        "](https://x.test)",
        "🔑",
        "漢",
    ]);
    let part = prop_oneof![harmful.prop_map(str::to_owned), any::<String>()];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

fn foreign() -> impl Strategy<Value = Foreign> {
    let path = prop_oneof![text().prop_map(String::into_bytes), any::<Vec<u8>>()];
    let snippet = (text(), 0..80usize, 1..80usize);
    (path, text(), snippet, 1..100_000u32).prop_map(|(path, text, snippet, line)| {
        let (snippet, mark_start, mark_len) = snippet;
        let snippet = Snippet { text: snippet, mark_start, mark_len };
        Foreign { path, text, snippet, line }
    })
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn human_is_free_of_control_characters(
        foreign in foreign(), width in 0..200usize, verbose in 0..2u8,
    ) {
        let options = Options { width, verbose, ..options() };
        let out = rendered(&foreign.report(), Format::Human, &options);
        let harmful = out.chars().find(|c| *c != '\n' && needs_escape(*c));
        prop_assert_eq!(harmful, None);
    }

    #[test]
    fn human_has_the_lines_it_would_have_for_plain_names(foreign in foreign()) {
        let plain = Foreign {
            path: b"p".to_vec(),
            text: "t".to_owned(),
            snippet: Snippet { text: "s".to_owned(), mark_start: 0, mark_len: 1 },
            line: foreign.line,
        };
        let options = Options { width: 0, verbose: 1, ..options() };
        let lines = |foreign: &Foreign| {
            rendered(&foreign.report(), Format::Human, &options).lines().count()
        };
        prop_assert_eq!(lines(&foreign), lines(&plain));
    }

    #[test]
    fn formats_for_programs_lose_nothing_and_hide_nothing(foreign in foreign()) {
        let report = foreign.report();
        for format in [Format::Json, Format::Jsonl, Format::Sarif] {
            let out = rendered(&report, format, &options());
            let harmful = out.chars().find(|c| *c != '\n' && needs_escape(*c));
            prop_assert_eq!(harmful, None, "{}", format);
        }
        let json: Value = serde_json::from_str(&rendered(&report, Format::Json, &options())).unwrap();
        let finding = &json["findings"][1];
        prop_assert_eq!(finding["message"].as_str(), Some(foreign.text.as_str()));
        let place = &finding["place"];
        prop_assert_eq!(place["snippet"]["text"].as_str(), Some(foreign.snippet.text.as_str()));
        match String::from_utf8(foreign.path.clone()) {
            Ok(path) => {
                prop_assert_eq!(place["path"].as_str(), Some(path.as_str()));
                prop_assert_eq!(place.get("path_bytes"), None);
            }
            Err(_) => {
                let hex: String = foreign.path.iter().map(|b| format!("{b:02x}")).collect();
                prop_assert_eq!(place["path_bytes"].as_str(), Some(hex.as_str()));
            }
        }
        let log: Value = serde_json::from_str(&rendered(&report, Format::Sarif, &options())).unwrap();
        for result in log["runs"][0]["results"].as_array().unwrap() {
            let links = result["message"]["text"].as_str().unwrap().matches("](").count();
            let related = result["relatedLocations"].as_array().map_or(0, Vec::len);
            prop_assert_eq!(links, related);
        }
    }

    #[test]
    fn no_name_becomes_a_workflow_command(foreign in foreign(), folder in text()) {
        let home = Home { folder, ..Home::default() };
        let out = rendered(&foreign.report(), Format::Github, &Options { home: Some(home), ..options() });
        let harmful = out.chars().find(|c| *c != '\n' && needs_escape(*c));
        prop_assert_eq!(harmful, None);
        for line in out.lines() {
            // Each is one of ours: a known command, properties that hold neither its end nor another
            // property, and a message that the runner takes for one.
            let Some(command) = line.strip_prefix("::") else {
                prop_assert!(line.starts_with("bartizan: "), "{}", line);
                continue;
            };
            let (head, _) = command.split_once("::").unwrap();
            let (name, properties) = head.split_once(' ').unwrap();
            prop_assert!(["error", "warning", "notice"].contains(&name), "{}", line);
            for property in properties.split(',') {
                let (key, value) = property.split_once('=').unwrap();
                prop_assert!(["file", "line", "endLine", "col", "endColumn", "title"].contains(&key), "{}", line);
                prop_assert!(!value.contains(':'), "{}", line);
            }
        }
    }

    #[test]
    fn no_name_becomes_a_formula_or_another_cell(foreign in foreign()) {
        let report = foreign.report();
        let out = rendered(&report, Format::Csv, &options());
        let mut reader = csv::ReaderBuilder::new().from_reader(out.as_bytes());
        let columns = reader.headers().unwrap().len();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        prop_assert_eq!(rows.len(), report.findings.len());
        for cell in rows.iter().flat_map(csv::StringRecord::iter) {
            prop_assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "{}", cell);
            prop_assert_eq!(cell.chars().find(|c| needs_escape(*c)), None);
        }
        prop_assert!(rows.iter().all(|row| row.len() == columns));
    }

    #[test]
    fn no_name_becomes_an_element(foreign in foreign()) {
        let report = foreign.report();
        let out = rendered(&report, Format::Junit, &options());
        let mut reader = quick_xml::Reader::from_str(&out);
        let mut cases = 0;
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Start(element) | quick_xml::events::Event::Empty(element) => {
                    let known =
                        ["testsuites", "testsuite", "testcase", "failure", "skipped", "error"];
                    prop_assert!(known.contains(&element.name().as_ref()));
                    cases += u32::from(element.name().as_ref() == "testcase");
                    for attribute in element.attributes() {
                        attribute.unwrap();
                    }
                }
                quick_xml::events::Event::Eof => break,
                _ => {}
            }
        }
        let all = out.split_once("tests=\"").unwrap().1.split_once('"').unwrap().0;
        prop_assert_eq!(all.parse::<u32>().ok(), Some(cases));
        let allowed = |c: char| c == '\n' || !needs_escape(c) && !matches!(c, '\u{fffe}' | '\u{ffff}');
        prop_assert!(out.chars().all(allowed));
    }

    #[test]
    fn no_name_gets_out_of_a_page(foreign in foreign()) {
        let plain = Foreign {
            path: b"p".to_vec(),
            text: "t".to_owned(),
            snippet: Snippet { text: "s".to_owned(), mark_start: 0, mark_len: 1 },
            line: foreign.line,
        };
        let of = |foreign: &Foreign| rendered(&foreign.report(), Format::Html, &options());
        let (out, plain) = (of(&foreign), of(&plain));
        let harmful = out.chars().find(|c| *c != '\n' && needs_escape(*c));
        prop_assert_eq!(harmful, None);
        for part in ["<", ">", "\n"] {
            prop_assert_eq!(out.matches(part).count(), plain.matches(part).count(), "{}", part);
        }
    }

    #[test]
    fn no_name_becomes_markup(foreign in foreign()) {
        // What is in an archive has no page to link to.
        let in_archive = foreign.path.windows(2).any(|two| two == b"!/");
        let plain = Foreign {
            path: if in_archive { b"p!/p".to_vec() } else { b"p".to_vec() },
            text: "t".to_owned(),
            snippet: Snippet { text: "s".to_owned(), mark_start: 0, mark_len: 1 },
            line: foreign.line,
        };
        let home = Home {
            repository: "https://github.com/o/r".to_owned(),
            commit: "01".repeat(20),
            folder: String::new(),
        };
        let options = Options { home: Some(home), ..options() };
        let of = |foreign: &Foreign| rendered(&foreign.report(), Format::Markdown, &options);
        let (out, plain) = (of(&foreign), of(&plain));
        let harmful = out.chars().find(|c| *c != '\n' && needs_escape(*c));
        prop_assert_eq!(harmful, None);
        prop_assert_eq!(out.lines().count(), plain.lines().count());
        for (line, same) in out.lines().zip(plain.lines()) {
            // Tags, cells, headings and links are ours.
            for part in ["<", ">", "|", "](", "@", "$"] {
                prop_assert_eq!(line.replace("\\](", "").matches(part).count(), same.matches(part).count(), "{} in {}", part, line);
            }
            let code = line.matches('`').count();
            prop_assert!(code % 2 == 0 || line.starts_with("```"), "{}", line);
        }
    }
}
