//! Reports that are read again: nothing of them is lost, and what is no report is told in a line.

use std::sync::Arc;

use bartizan::model::text::needs_escape;
use bartizan::model::{
    Advice, Claim, Commit, Confidence, Coverage, Database, Examined, Family, Finding, Gap, History, Identity,
    Meta, Missing, Name, NotChecked, ObjectId, Origin, Outcome, Place, Problem, Redacted, Region, RepoPath,
    Report, Ruling, Severity, Signature, Signer, SkipReason, Snippet, Span, Standing, Suppressed, TextKind,
    Unchecked, Validation, Validity,
};
use bartizan::render::read::{Reread, read};
use bartizan::render::{Compared, Format, Options};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::{at_home, options, rendered, sample};
use crate::props::config;

/// The report as it is read from what `format` writes of it, and the options that its file tells.
#[track_caller]
fn again(report: &Report, format: Format, options: &Options) -> (Report, Options) {
    let text = rendered(report, format, options);
    let Reread { report, version, fail_on, compared } = read(text.as_bytes()).unwrap();
    let fail_on = fail_on.expect("the threshold is told");
    (report, Options { version, fail_on, compared, ..Options::plain(None) })
}

#[track_caller]
fn assert_survives(report: &Report, options: &Options) {
    for from in [Format::Json, Format::Jsonl] {
        let (reread, told) = again(report, from, options);
        for format in Format::ALL {
            let verbose = |options: &Options| Options { verbose: 1, width: 0, ..options.clone() };
            let (expected, found) =
                (rendered(report, format, &verbose(options)), rendered(&reread, format, &verbose(&told)));
            assert_eq!(found, expected, "{from} to {format}");
        }
        assert!(reread.findings.iter().all(|finding| finding.secret().is_none()));
    }
}

/// Checks in the order of scans.
fn sorted(mut report: Report) -> Report {
    report.checks.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    report
}

#[test]
fn samples_survive() {
    for report in
        [sample::everything(), sample::history(), sample::simple(), sample::clean(), Report::default()]
    {
        let report = sorted(report);
        assert_survives(&report, &options());
        assert_survives(&report, &Options { fail_on: None, ..options() });
        let new = (0..report.findings.len()).map(|index| index % 2 == 0).collect();
        let compared = Some(Compared { new, gone: sample::history().findings });
        assert_survives(&report, &Options { compared, ..options() });
    }
}

fn text() -> impl Strategy<Value = String> {
    const ODD: [&str; 8] =
        ["", "plain", "a\nb", "\u{1b}[2J\u{202e}", "</script>", "\"\\\u{0}", "漢字 🔑 ` | * [a](b)", "=1+1"];
    prop_oneof![3 => select(&ODD[..]).prop_map(str::to_owned), 1 => any::<String>()]
}

/// Names that the program has, and some of others' rules.
fn word() -> impl Strategy<Value = &'static str> {
    select(
        &[
            "private-key",
            "gitleaks:odd rule\n\u{1b}[2J\u{202e}</script>|`](x)",
            "=1+1",
            "x",
            "ünï",
            "",
            "vulnerable-dependency",
        ][..],
    )
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    vec(text(), 0..3)
}

fn path() -> impl Strategy<Value = RepoPath> {
    prop_oneof![
        text().prop_map(|text| RepoPath::new(text.into_bytes())),
        vec(any::<u8>(), 0..9).prop_map(RepoPath::new)
    ]
}

fn id() -> impl Strategy<Value = ObjectId> {
    (any::<u8>(), select(&[20, 32][..])).prop_map(|(byte, len)| ObjectId::new(&vec![byte; len]).unwrap())
}

fn severity() -> impl Strategy<Value = Severity> {
    select(&Severity::ALL[..])
}

fn commit() -> impl Strategy<Value = Commit> {
    let time = prop_oneof![0..2_000_000_000i64, any::<i64>(), -70_000_000_000i64..200_000_000_000];
    let offset = prop_oneof![(-26i32..=26).prop_map(|half| half * 1800), any::<i32>(), -90_000..90_000];
    (id(), time, offset, option::of(text())).prop_map(|(id, time, offset, author)| Commit {
        id,
        time,
        offset,
        author,
        rank: 0,
    })
}

fn origin() -> impl Strategy<Value = Origin> {
    use TextKind::{Blob, CommitMessage, Note, RefName, TagMessage};
    let kind = select(&[Blob, CommitMessage, TagMessage, Note, RefName][..]);
    (kind, option::of(id()), option::of(commit())).prop_map(|(kind, object, commit)| Origin {
        kind,
        object,
        commit,
    })
}

fn place() -> impl Strategy<Value = Place> {
    let snippet = (text(), 0..20usize, 1..9usize).prop_map(|(text, mark_start, mark_len)| Snippet {
        text,
        mark_start,
        mark_len,
    });
    let region = (1..999u32, 1..99u32, 1..999u32, 1..99u32).prop_map(|(a, b, c, d)| Region {
        start_line: a,
        start_column: b,
        end_line: c,
        end_column: d,
    });
    let hash = option::of(Just("af99059b3d8c:1".to_owned()));
    (path(), (0..9usize, 0..9usize), region, option::of(snippet), hash, option::of(origin())).prop_map(
        |(path, (start, len), region, snippet, line_hash, origin)| Place {
            path,
            span: Span::new(start, start + len),
            region,
            snippet,
            line_hash,
            origin: origin.map(Box::new),
            note: None,
        },
    )
}

fn history() -> impl Strategy<Value = History> {
    let facts = (option::of(any::<bool>()), option::of(0..9u64), option::of(0..9u64), any::<bool>());
    (facts, vec(id(), 0..3), vec(id(), 0..3), any::<bool>(), option::of(place())).prop_map(
        |((in_head, commits, refs, unreachable), blobs, messages, ref_name, first)| History {
            in_head,
            commits,
            refs,
            unreachable,
            blobs,
            messages,
            ref_name,
            header: ref_name,
            file_name: !ref_name,
            first: first.map(Box::new),
        },
    )
}

fn advice() -> impl Strategy<Value = Advice> {
    let name = (option::of(text()), texts(), text(), option::of(text()), text(), text());
    let kind = select(&["vulnerability", "unsound", "yanked"][..]);
    let score = option::of((0..=100u8).prop_map(|tenths| f64::from(tenths) / 10.0));
    (name, kind, score, option::of(text()), [texts(), texts(), texts(), texts()], text()).prop_map(
        |((id, aliases, title, url, package, version), kind, score, cvss, lists, help)| {
            let [patched, unaffected, path, notes] = lists;
            Advice {
                id,
                aliases,
                title,
                url,
                kind: kind.into(),
                cvss,
                score,
                package,
                version,
                patched,
                unaffected,
                path,
                notes,
                help,
            }
        },
    )
}

fn validation() -> impl Strategy<Value = Validation> {
    let facts = (option::of(text()), option::of(text()), option::of(text()));
    let asked = (option::of(text()), option::of(text()));
    (select(&Validity::ALL[..]), asked, text(), facts)
        .prop_map(|(validity, (endpoint, at), reason, (account, scopes, expires))| Validation {
            validity,
            endpoint,
            at,
            reason,
            account,
            scopes,
            expires,
        })
        .boxed()
}

fn finding() -> impl Strategy<Value = Finding> {
    let what = (word(), select(&Family::ALL[..]), severity(), select(&Confidence::ALL[..]), word());
    let evidence =
        option::of((text(), any::<usize>()).prop_map(|(text, length)| Redacted::shown(text, length)));
    let fingerprint = select(&["b1:00", "b1:01", ""][..]);
    let more = (option::of(advice()), option::of(history()), vec(place(), 0..3), option::of(validation()));
    (what, place(), text(), evidence, texts(), fingerprint, more)
        .prop_map(
            |(
                (check, family, severity, confidence, remedy),
                place,
                message,
                evidence,
                proofs,
                fingerprint,
                more,
            )| {
                let (advice, history, also, validation) = more;
                Finding {
                    check: check.into(),
                    family,
                    severity,
                    confidence,
                    place,
                    message,
                    evidence,
                    identity: Identity::fault(check, fingerprint),
                    rank: 0,
                    proofs,
                    remedy: remedy.into(),
                    fingerprint: fingerprint.to_owned(),
                    lost: Vec::new(),
                    changed_at: also.first().cloned().map(Box::new),
                    also,
                    trace: Vec::new(),
                    parts: Vec::new(),
                    fix: None,
                    advice: advice.map(Arc::new),
                    history: history.map(Box::new),
                    nearby: None,
                    validation: validation.map(Arc::new),
                }
            },
        )
        // The tree of a boxed one is not on the stack.
        .boxed()
}

fn problem() -> impl Strategy<Value = Problem> {
    (option::of(path()), text()).prop_map(|(path, message)| Problem { path, message })
}

fn signature() -> impl Strategy<Value = Signature> {
    let signer =
        prop_oneof![
            (text(), text(), option::of(text()))
                .prop_map(|(identity, issuer, repository)| Signer::Identity { identity, issuer, repository }),
            (text(), option::of(text())).prop_map(|(fingerprint, name)| Signer::Key { fingerprint, name }),
        ];
    let standing = select(&Standing::ALL[..]);
    let what = (path(), 1..9u32, word(), option::of(path()), option::of(text()));
    (what, standing, text(), option::of(signer), texts(), option::of(text())).prop_map(
        |((path, line, form, artifact, digest), standing, reason, signer, evidence, predicate)| Signature {
            path,
            line,
            form: form.into(),
            foreign: false,
            artifact,
            digest,
            standing,
            changed: false,
            reason,
            signer,
            evidence,
            predicate,
            lost: false,
        },
    )
}

fn claim() -> impl Strategy<Value = Claim> {
    let places = (place(), vec(place(), 0..2));
    let missing = option::of(select(&Missing::ALL[..]));
    (select(&Ruling::ALL[..]), places, texts(), text(), missing).prop_map(
        |(ruling, (place, evidence), facts, reason, missing)| Claim {
            ruling,
            kind: "tool-runs".into(),
            check: "untrue-scanner-claim".into(),
            place,
            evidence,
            facts,
            reason,
            missing,
        },
    )
}

fn coverage() -> impl Strategy<Value = Coverage> {
    let reason = || select(&SkipReason::ALL[..]);
    let gap = (1..99u64, texts()).prop_map(|(count, examples)| Gap { count, examples });
    let examined = (any::<[u32; 4]>(), btree_map(reason(), gap, 0..3)).prop_map(|(counts, gaps)| {
        let [refs, commits, objects, bytes] = counts.map(u64::from);
        Examined { refs, commits, objects, bytes, gaps }
    });
    (0..9u64, any::<u64>(), vec((path(), reason()), 0..3), option::of(examined))
        .prop_map(|(files, bytes, skipped, history)| Coverage { files, bytes, skipped, history })
}

/// What a check is and how it ended, if it has so many findings.
fn check(id: &'static str) -> impl Strategy<Value = (Meta<Name>, Outcome)> {
    let words = (word(), word(), word());
    (words, severity(), select(&Confidence::ALL[..]), select(&Family::ALL[..]), 0..5u8, text()).prop_map(
        move |((title, remedy, docs), severity, confidence, family, outcome, reason)| {
            let outcome = match outcome {
                0 => Outcome::Clean,
                1 => Outcome::NotApplicable,
                2 => Outcome::NotChecked(reason),
                3 => Outcome::Failed(reason),
                _ => Outcome::Found(1),
            };
            (Meta { id, title, severity, confidence, family, remedy, docs }.into(), outcome)
        },
    )
}

fn report() -> impl Strategy<Value = Report> {
    let checks =
        [check("private-key"), check("x"), check("vulnerable-dependency"), check("quiet"), check("other")];
    // What each of several checks reports is a finding, too.
    let whole =
        (finding().boxed(), vec(finding().boxed(), 0..3)).prop_map(|(one, parts)| Finding { parts, ..one });
    let findings = vec(whole, 0..5);
    let suppressed = (finding(), text(), select(&["inline", "bartizan.toml", "baseline"][..]))
        .prop_map(|(finding, reason, by)| Suppressed { finding, reason, by: by.into() });
    let database = (word(), text(), 0..9usize, text(), option::of(text()), option::of(0..9u64)).prop_map(
        |(name, origin, advisories, newest, date, age)| Database {
            name: name.into(),
            origin,
            advisories,
            newest,
            date,
            age,
        },
    );
    let told = [vec(problem(), 0..3), vec(problem(), 0..3), vec(problem(), 0..3)];
    let not_checked = (select(&Unchecked::ALL[..]), path(), text(), any::<bool>())
        .prop_map(|(why, path, ecosystem, asked)| NotChecked { why, path, ecosystem, asked });
    let databases = (vec(not_checked, 0..6), vec(database, 0..2));
    let worth = (vec(signature(), 0..3), vec(claim(), 0..3));
    let besides = (databases, worth, coverage(), text(), 0..3usize);
    (checks, findings, vec(suppressed, 0..3), told, besides).prop_map(
        |(checks, findings, suppressed, [problems, notices, remarks], besides)| {
            let ((not_checked, databases), (signatures, claims), coverage, scope, known_before) = besides;
            let mut checks: Vec<_> = checks.into();
            // What found something has found something.
            for (meta, outcome) in &mut checks {
                if findings.iter().flat_map(|one: &Finding| one.parts()).any(|part| part.check == meta.id) {
                    *outcome = Outcome::Found(1);
                }
            }
            sorted(Report {
                checks,
                findings,
                suppressed,
                known_before,
                problems,
                notices,
                remarks,
                not_checked,
                databases,
                signatures,
                claims,
                coverage,
                scope,
            })
        },
    )
}

fn chosen() -> impl Strategy<Value = Options> {
    (option::of(severity()), option::of((vec(any::<bool>(), 5), vec(finding(), 0..3)))).prop_map(
        |(fail_on, compared)| {
            let compared = compared.map(|(new, gone)| Compared { new, gone });
            Options { fail_on, compared, ..options() }
        },
    )
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn any_report_survives(report in report(), mut options in chosen()) {
        if let Some(compared) = &mut options.compared {
            compared.new.truncate(report.findings.len());
        }
        assert_survives(&report, &options);
    }

    /// A report is as hostile as a repository: it may come from a job that ran what somebody sent in.
    #[test]
    fn no_report_forges_output(report in report(), options in chosen()) {
        for format in Format::ALL {
            let options = Options { home: at_home().home, verbose: 1, width: 0, ..options.clone() };
            let text = rendered(&report, format, &options).replace("\r\n", "\n");
            let harmful = text.chars().find(|c| *c != '\n' && needs_escape(*c));
            prop_assert_eq!(harmful, None, "{}: {}", format, text);
            match format {
                Format::Html => prop_assert_eq!(text.matches("</script>").count(), 2),
                Format::Github => {
                    let ours = ["::error ", "::warning ", "::notice ", "bartizan: "];
                    prop_assert!(text.lines().all(|line| ours.iter().any(|start| line.starts_with(start))), "{}", text);
                }
                Format::Markdown => prop_assert!(!text.contains("</script>") && !text.replace("\\](", "").contains("](x)"), "{}", text),
                Format::Csv => {
                    let mut lines = csv::Reader::from_reader(text.as_bytes());
                    for cell in lines.records().flat_map(|line| line.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()) {
                        prop_assert!(!cell.starts_with(['=', '+', '-', '@']), "{}", cell);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whatever is cut off or put in, it is read or refused in one line that can be shown.
    #[test]
    fn damaged_reports_are_refused_in_a_line(at in any::<Index>(), with in select(&["", "{", "\"", "null", "-1", "\n", "1e999", "NaN"][..]), lines in any::<bool>(), cut in any::<bool>()) {
        let format = if lines { Format::Jsonl } else { Format::Json };
        let text = rendered(&sorted(sample::everything()), format, &options()).into_bytes();
        let at = at.index(text.len());
        let rest: &[u8] = if cut { b"" } else { &text[at..] };
        let damaged = [&text[..at], with.as_bytes(), rest].concat();
        match read(&damaged) {
            Ok(Reread { report, .. }) => {
                prop_assert!(!cut || with == "\n" || text[at..].iter().all(u8::is_ascii_whitespace), "{}", report.scope);
            }
            Err(why) => {
                let why = why.to_string();
                prop_assert!(!why.is_empty() && why.chars().count() <= 301 && !why.contains(char::is_control), "{why:?}");
            }
        }
    }
}

#[track_caller]
fn refused(text: impl AsRef<[u8]>) -> String {
    read(text.as_ref()).unwrap_err().to_string()
}

/// The sample with this at `pointer`.
fn with(pointer: &str, value: Value) -> String {
    let mut report: Value =
        serde_json::from_str(&rendered(&sample::everything(), Format::Json, &options())).unwrap();
    *report.pointer_mut(pointer).unwrap_or_else(|| panic!("nothing at {pointer}")) = value;
    report.to_string()
}

#[test]
fn what_is_no_report_is_told() {
    let none = "it is not a bartizan report in JSON or JSON lines";
    for text in ["hello\n", "[]", "3", "null", "{}", "{\"schema_version\": 1}", "<xml/>", "\"x\""] {
        assert_eq!(refused(text), none, "{text}");
    }
    assert_eq!(refused(""), "it is empty");
    assert_eq!(refused(" \n\n"), "it is empty");
    assert_eq!(refused(b"{\"a\": \"\xff\"}"), "it is not UTF-8, from byte 7 on");
    let sarif = rendered(&sample::everything(), Format::Sarif, &options());
    assert_eq!(refused(sarif), format!("it is a SARIF file, which lacks much of a scan; {none}"));
    let verdict =
        json!({"schema_version": 1, "tool": {"name": "bartizan", "version": "1"}, "standing": "verified"});
    assert_eq!(refused(verdict.to_string()), format!("the list of findings is missing; {none}"));
    for other in [Format::Human, Format::Markdown, Format::Html, Format::Csv, Format::Junit, Format::Github] {
        assert_eq!(refused(rendered(&sample::everything(), other, &options())), none, "{other}");
    }
}

#[test]
fn newer_reports_are_told_by_their_format() {
    let told = "it was written by a newer bartizan 1.2.3 (format 2); this one reads format 1";
    assert_eq!(refused(with("/schema_version", json!(2))), told);
    let lines = rendered(&sample::everything(), Format::Jsonl, &options());
    assert_eq!(refused(lines.replacen("\"schema_version\":1", "\"schema_version\":2", 1)), told);
    for wrong in [json!(0), json!("1"), json!(-1), json!(null), json!(1.5)] {
        assert!(refused(with("/schema_version", wrong)).contains("not a bartizan report"));
    }
    // Fields that were added later are let pass, and so are lines.
    let mut later: Value =
        serde_json::from_str(&rendered(&sample::simple(), Format::Json, &options())).unwrap();
    later["later"] = json!({"deep": [1]});
    later["findings"][0]["later"] = json!(1);
    assert_eq!(read(later.to_string().as_bytes()).unwrap().report.findings.len(), 1);
    let lines = rendered(&sample::simple(), Format::Jsonl, &options());
    let (first, rest) = lines.split_once('\n').unwrap();
    let later = format!("{first}\n{{\"type\":\"later\"}}\n\n{rest}");
    assert_eq!(read(later.as_bytes()).unwrap().report.findings.len(), 1);
}

#[test]
fn reports_that_were_cut_off_are_told() {
    let text = rendered(&sample::simple(), Format::Json, &options());
    let half: String = text.lines().take(9).flat_map(|line| [line, "\n"]).collect();
    assert_eq!(refused(half), "it is cut off, at line 10 column 0");
    let lines = rendered(&sample::everything(), Format::Jsonl, &options());
    let all: Vec<&str> = lines.lines().collect();
    let cut = "it is cut off: its last line, the summary, is missing";
    assert_eq!(refused(all[..all.len() - 1].join("\n")), cut);
    assert_eq!(
        refused(&lines[..lines.len() - 9]),
        format!("it is cut off, at line {} column {}", all.len(), all.last().unwrap().len() - 8)
    );
    let twice = format!("{lines}{lines}");
    let told = format!("it goes on at line {}, after its summary: pass one report at a time", all.len() + 1);
    assert_eq!(refused(twice), told);
    // A line of the middle that is gone makes a report look better than it is.
    let without: Vec<&str> =
        all.iter().copied().filter(|line| !line.contains("\"type\":\"problem\"")).collect();
    assert_eq!(refused(without.join("\n")), "it is incomplete: its summary counts 2 problems, and it has 0");
    assert_eq!(
        refused(with("/findings", json!([]))),
        "it is incomplete: its summary counts 8 findings, and it has 0"
    );
}

#[test]
fn values_that_no_report_has_are_told_with_their_place() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let cases = [
        (with("/findings/0/severity", json!("fatal\n\u{1b}[2J")), "`fatal\\n\\u{1b}[2J` is not a severity"),
        (with("/findings/0/place/span/end", json!(0)), "a span ends before it starts"),
        (with("/findings/0/place/span/start", json!(-1)), "invalid value: integer `-1`, expected usize"),
        (with("/findings/0/place/region/start_line", json!(1u64 << 32)), "expected u32"),
        (with("/findings/0/check", json!(7)), "expected a string"),
        (with("/findings/0", json!([])), "expected struct Finding"),
        (with("/checks/0/outcome/status", json!("fine")), "unknown variant `fine`"),
        (with("/coverage/skipped/0/reason", json!("x".repeat(1 << 20))), "…` is not a reason to skip a file"),
        (with("/signatures/0/standing", json!("good")), "`good` is not a verification status"),
        (with("/tool/version", json!("1 <b>")), "`1 <b>` is not a word of letters, digits and `.+-_`"),
        (with("/suppressed/0/by", json!("in\nline")), "is not a word of letters"),
        (with("/summary", json!(null)), "expected struct Summary"),
        (with("/scope", json!(1)).replacen("\"scope\":1", "\"scope\":NaN", 1), "expected value"),
        (with("/scope", json!(1)).replacen("\"scope\":1", "\"scope\":1e999", 1), "number out of range"),
        (
            with("/scope", json!(1)).replacen("\"scope\":1", "\"scope\":18446744073709551616", 1),
            "expected a string",
        ),
        (
            with("/scope", json!(1)).replacen("\"scope\":1", &format!("\"scope\":{deep}"), 1),
            "expected a string",
        ),
        (with("/scope", json!(1)).replacen("\"scope\":1", "\"scope\":\"\u{1b}\"", 1), "control character"),
    ];
    for (text, told) in cases {
        let why = refused(&text);
        assert!(why.contains(told) && why.starts_with("line 1 column "), "{why}");
        assert!(why.len() < 400, "{why}");
    }
    let deeper =
        with("/scope", json!(1)).replacen("\"scope\":1", &format!("\"later\":{deep},\"scope\":\"x\""), 1);
    assert_eq!(read(deeper.as_bytes()).unwrap().report.scope, "x");
}

#[test]
fn counts_beyond_all_bounds_are_shown_and_nothing_overflows() {
    let mut report: Value =
        serde_json::from_str(&rendered(&sample::history(), Format::Json, &options())).unwrap();
    report["coverage"]["history"]["gaps"][0]["count"] = json!(u64::MAX);
    report["coverage"]["bytes"] = json!(u64::MAX);
    report["findings"][0]["place"]["snippet"] =
        json!({"text": "x", "mark_start": u64::MAX, "mark_len": u64::MAX});
    report["findings"][0]["place"]["region"]["end_column"] = json!(u32::MAX);
    report["findings"][0]["evidence"] = json!({"text": "x", "length": u64::MAX});
    let reread = read(report.to_string().as_bytes()).unwrap().report;
    for format in Format::ALL {
        assert!(!rendered(&reread, format, &options()).is_empty());
    }
}
