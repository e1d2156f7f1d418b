//! Two reports held against each other: what is new, gone and unchanged, and how each format shows it.

use std::collections::BTreeMap;

use bartizan::model::{Ending, Family, Finding, Outcome, Problem, Report, Severity};
use bartizan::render::{Compared, Format, Options};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use super::{at_home, human, options, parsed, rendered, sample};
use crate::props::config;

const CHECKS: [&str; 2] = ["a-check", "b-check"];

/// A finding of one of the checks, with this fingerprint, in this file.
fn finding(check: usize, print: usize, file: usize) -> Finding {
    let meta = sample::meta(CHECKS[check], "a title", Family::Secret, Severity::High, "mend it");
    let place = sample::whole(format!("file-{file}"));
    Finding { fingerprint: format!("b1:{print}"), ..sample::finding(&meta, place, "a fault") }
}

fn report(findings: Vec<Finding>) -> Report {
    let meta = |id| sample::meta(id, "a title", Family::Secret, Severity::High, "mend it");
    let checks = CHECKS.map(|id| (meta(id).into(), Outcome::Found(1))).into();
    Report { checks, findings, scope: "worktree".to_owned(), ..Report::default() }
}

fn told(cautions: &[Problem]) -> Vec<&str> {
    cautions.iter().map(|caution| caution.message.as_str()).collect()
}

proptest! {
    #![proptest_config(config(200))]

    /// The numbers are those of multisets, whatever the places are, and nothing is lost.
    #[test]
    fn findings_are_matched_as_multisets(
        now in vec((0..2usize, 0..3usize, 0..3usize), 0..12),
        before in vec((0..2usize, 0..3usize, 0..3usize), 0..12),
    ) {
        let findings = |of: &[(usize, usize, usize)]| of.iter().map(|(c, p, f)| finding(*c, *p, *f)).collect();
        let (now, before) = (report(findings(&now)), report(findings(&before)));
        let (compared, cautions) = Compared::of(&now, &before);
        prop_assert_eq!(told(&cautions), Vec::<&str>::new());
        prop_assert_eq!(compared.new.len(), now.findings.len());

        let count = |findings: &mut dyn Iterator<Item = &Finding>| {
            let mut counts: BTreeMap<(String, String), i64> = BTreeMap::new();
            findings.for_each(|one| *counts.entry((one.check.to_string(), one.fingerprint.clone())).or_default() += 1);
            counts
        };
        let (had, has) = (count(&mut before.findings.iter()), count(&mut now.findings.iter()));
        let new = count(&mut now.findings.iter().zip(&compared.new).filter(|(_, new)| **new).map(|(one, _)| one));
        let gone = count(&mut compared.gone.iter());
        for key in had.keys().chain(has.keys()) {
            let of = |counts: &BTreeMap<(String, String), i64>| counts.get(key).copied().unwrap_or(0);
            prop_assert_eq!(of(&new), (of(&has) - of(&had)).max(0));
            prop_assert_eq!(of(&gone), (of(&had) - of(&has)).max(0));
        }
        // Where one is in a file that had one, it is not called new for one that came in elsewhere.
        for (one, new) in now.findings.iter().zip(&compared.new) {
            let same = |other: &&Finding| other.fingerprint == one.fingerprint && other.check == one.check && other.place == one.place;
            let (had, has) = (before.findings.iter().filter(same).count(), now.findings.iter().filter(same).count());
            prop_assert!(!new || has > had, "{:?}", one.place);
        }
    }
}

#[test]
fn what_was_not_looked_for_is_not_gone() {
    let before = report(vec![finding(0, 1, 1), finding(1, 2, 2), finding(1, 3, 3)]);
    let mut now = report(Vec::new());
    now.checks[0].1 = Outcome::NotChecked("no database".to_owned());
    let (compared, cautions) = Compared::of(&now, &before);
    assert_eq!(compared.gone.iter().map(|one| &*one.check).collect::<Vec<_>>(), ["b-check", "b-check"]);
    assert_eq!(
        told(&cautions),
        ["1 finding of the earlier report is by a check that did not run this time, so not reported as gone"]
    );
    now.checks.clear();
    let (compared, cautions) = Compared::of(&now, &before);
    assert!(compared.gone.is_empty());
    assert_eq!(
        told(&cautions),
        [
            "3 findings of the earlier report are by checks that did not run this time, so not reported as gone"
        ]
    );
}

#[test]
fn what_was_suppressed_since_is_not_gone() {
    let before = report(vec![finding(0, 1, 1), finding(0, 1, 2)]);
    let mut now = report(vec![finding(0, 1, 1)]);
    now.suppressed = sample::everything().suppressed;
    now.suppressed[0].finding = finding(0, 1, 2);
    let (compared, cautions) = Compared::of(&now, &before);
    assert_eq!((compared.new.as_slice(), compared.gone.len()), ([false].as_slice(), 0));
    assert_eq!(told(&cautions), ["1 finding of the earlier report is suppressed, not gone"]);
}

#[test]
fn reports_of_different_things_are_told() {
    let mut before = report(Vec::new());
    before.scope = "range a..b".to_owned();
    before.problems = sample::everything().problems;
    let (_, cautions) = Compared::of(&report(vec![finding(0, 1, 1)]), &before);
    assert_eq!(
        told(&cautions),
        [
            "the earlier report covers `range a..b`, this one covers `worktree`",
            "the earlier scan was incomplete: findings called new may have been there before"
        ]
    );
}

#[test]
fn many_alike_are_compared_in_no_time_worth_counting() {
    let all = |count| report((0..count).map(|index| finding(0, 0, index)).collect());
    let (compared, _) = Compared::of(&all(20_001), &all(20_000));
    assert_eq!((compared.count_new(), compared.gone.len()), (1, 0));
    assert!(compared.is_new(20_000));
}

/// Everything, of which this one is new, and one that is gone.
fn difference(new: usize) -> (Report, Options) {
    let report = sample::everything();
    let new = (0..report.findings.len()).map(|index| index == new).collect();
    let compared = Some(Compared { new, gone: sample::history().findings[..1].to_vec() });
    (report, Options { compared, ..options() })
}

#[test]
fn only_what_is_new_fails_the_run() {
    let (mut report, options) = difference(1);
    assert_eq!(options.ending(&report), Ending::Incomplete);
    report.problems.clear();
    report.checks.clear();
    report.not_checked.clear();
    // The new one is low, and the others are known.
    assert_eq!(report.findings[1].severity, Severity::Low);
    assert_eq!(options.ending(&report), Ending::Clean);
    assert_eq!(report.ending(options.fail_on), Ending::Findings);
    let low = Options { fail_on: Some(Severity::Low), ..options.clone() };
    assert_eq!(low.ending(&report), Ending::Findings);
    assert!(human(&report, &options).ends_with("; no new finding fails the run\n"));
    let (_, worse) = difference(0);
    assert_eq!(worse.ending(&report), Ending::Findings);
    assert!(!human(&report, &worse).contains("fails the run"));
}

#[test]
fn human_difference() {
    let (report, options) = difference(1);
    let text = human(&report, &options);
    assert_eq!(text.matches("new note[missing-security-policy]: ").count(), 1, "{text}");
    assert_eq!(text.matches("\nnew ").count(), 1);
    let gone = "gone[github-personal-access-token]: message of commit c4c4c4c:3:5: GitHub token\n";
    assert_eq!(text.matches(gone).count(), 1, "{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[lines.len() - 2], "1 new, 1 gone, 7 unchanged, compared with the earlier report");
    let quiet = human(&report, &Options { quiet: true, ..options.clone() });
    assert_eq!(quiet.lines().collect::<Vec<_>>(), lines[lines.len() - 2..]);

    let mut many = options;
    many.compared.as_mut().unwrap().gone = vec![sample::history().findings[0].clone(); 12];
    assert!(human(&report, &many).contains("\ngone: 2 more findings are gone; -v lists all\n"));
    assert_eq!(human(&report, &Options { verbose: 1, ..many }).matches("gone[").count(), 12);
}

#[test]
fn markdown_difference() {
    let (report, options) = difference(1);
    let options = Options { home: at_home().home, ..options };
    insta::assert_snapshot!(rendered(&report, Format::Markdown, &options));
}

#[test]
fn sarif_difference() {
    let (report, options) = difference(2);
    let log: Value = serde_json::from_str(&rendered(&report, Format::Sarif, &options)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let of = |state: &str| results.iter().filter(|one| one["baselineState"] == state).count();
    // The new one is in three files.
    assert_eq!((of("new"), of("unchanged")), (3, results.len() - 3));
    let plain = parsed(&report, Format::Sarif);
    assert_eq!(plain["runs"][0]["results"].as_array().unwrap().len(), results.len());
    assert!(!plain.to_string().contains("baselineState"));
}

#[test]
fn junit_difference() {
    let (report, options) = difference(2);
    let text = rendered(&report, Format::Junit, &options);
    assert_eq!(text.matches("<failure ").count(), 1, "{text}");
    assert_eq!(text.matches("message=\"in the earlier report, too\"").count(), 7, "{text}");
}

#[test]
fn github_difference() {
    let (report, options) = difference(1);
    let text = rendered(&report, Format::Github, &options);
    let findings: Vec<&str> =
        text.lines().filter(|line| line.starts_with("::") && !line.contains("scan incomplete")).collect();
    assert!(findings[0].contains("title=new%3A missing-security-policy (low)"), "{text}");
    assert_eq!(text.matches("new%3A").count(), 1);
    assert!(text.contains("bartizan: the scan is incomplete (1 new, 1 gone, 7 unchanged), in "), "{text}");
}

#[test]
fn json_difference() {
    let (report, options) = difference(1);
    let text = rendered(&report, Format::Json, &options);
    super::assert_json(&text);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["summary"]["compared"], serde_json::json!({"new": 1, "known": 7, "gone": 1}));
    assert_eq!(json["findings"][1]["state"], "new");
    assert_eq!(json["findings"][0]["state"], "known");
    assert_eq!(json["gone"][0]["state"], "gone");
    let lines = rendered(&report, Format::Jsonl, &options);
    assert_eq!(lines.matches("{\"type\":\"gone\",").count(), 1);
    assert_eq!(lines.matches("\"state\":\"known\"").count(), 7);
    super::assert_lines(&lines);
}

#[test]
fn what_has_become_graver_is_new_and_not_gone() {
    let at = |severity| Finding { severity, ..finding(0, 0, 0) };
    for (before, now, new) in [
        (Severity::Low, Severity::Medium, true),
        (Severity::Medium, Severity::Medium, false),
        (Severity::High, Severity::Low, false),
    ] {
        let (compared, _) = Compared::of(&report(vec![at(now)]), &report(vec![at(before)]));
        assert_eq!((compared.new.as_slice(), compared.gone.len()), (&[new][..], 0), "{before} to {now}");
    }
}
