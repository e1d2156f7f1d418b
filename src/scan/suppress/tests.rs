//! Suppressions applied to findings.

use super::{Matcher, Origin, Policy, Scope, Suppression, inline_marks};
use crate::engine::Check;
use crate::model::{Finding, PathGlob, PathGlobs, Place, Region, Span};
use crate::scan::history::Group;
use crate::scan::registry;
use crate::scan::suppress::marks::marked;

const CHECK: &str = "committed-env-file";

fn place(path: &str, line: u32) -> Place {
    let region = Region { start_line: line, start_column: 1, end_line: line, end_column: 2 };
    Place {
        path: path.into(),
        span: Span::new(line as usize, line as usize + 1),
        region,
        snippet: None,
        line_hash: None,
        origin: None,
        note: None,
    }
}

/// A finding at each place.
fn finding(places: &[(&str, u32)]) -> Vec<Finding> {
    let meta = registry::all().into_iter().map(|check| check.meta).find(|meta| meta.id == CHECK).unwrap();
    let at =
        |path: &str, line| Finding::new(&meta, place(path, line), "found".to_owned(), "b1:00".to_owned());
    places.iter().map(|(path, line)| at(path, *line)).collect()
}

fn ignore(check: &str, path: Option<&str>, expires: Option<&str>) -> Suppression {
    let globs = |glob| PathGlobs::new(&[PathGlob::parse(glob, "").unwrap()]).unwrap();
    Suppression {
        matcher: Matcher::Check { name: check.to_owned(), path: path.map(globs) },
        reason: Some("test data".to_owned()),
        expires: expires.map(|day| day.parse().unwrap()),
        origin: Origin { by: "bartizan.toml", file: "bartizan.toml".into(), line: 7, expected: true },
        used: false,
    }
}

/// Remaining findings as `path:line`, the number of suppressed ones, and the notices.
fn outcome(
    findings: &[Vec<Finding>],
    marks: &[(&str, &str)],
    ignores: &[Suppression],
) -> (Vec<String>, usize, Vec<String>) {
    let checks = registry::all();
    let enabled: Vec<Check> = checks.iter().filter(|check| check.meta.id == CHECK).cloned().collect();
    let known: Vec<&'static str> = checks.iter().map(|check| check.meta.id).collect();
    let scope = Scope { enabled: &enabled, known: &known, before: &[] };
    let marks = marks
        .iter()
        .map(|(path, text)| (((*path).into(), None), inline_marks(marked(text).as_bytes(), &[])))
        .collect();
    let policy = Policy::new(&marks, ignores, Some("2026-06-15".parse().unwrap()));
    let groups = findings.iter().cloned().map(|places| Group::new(places, None)).collect();
    let applied = policy.apply(groups, &scope);
    let places = |finding: &Finding| {
        let all = std::iter::once(&finding.place).chain(&finding.also);
        all.map(|place| format!("{}:{}", place.path.shown(), place.region.start_line))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let notices = applied.notices.iter().map(|notice| {
        format!(
            "{}: {}",
            notice.path.as_ref().unwrap().shown(),
            notice.message.replace("bartizan:allow", "MARK")
        )
    });
    (applied.findings.iter().map(places).collect(), applied.suppressed.len(), notices.collect())
}

#[test]
fn a_mark_silences_its_line_and_the_next() {
    let mark = format!("\n# MARK {CHECK} sample\n");
    for (line, left) in [(1, 1), (2, 0), (3, 0), (4, 1)] {
        let (findings, suppressed, _) = outcome(&[finding(&[("a", line)])], &[("a", &mark)], &[]);
        assert_eq!((findings.len(), suppressed), (left, 1 - left), "line {line}");
    }
    let (findings, ..) = outcome(&[finding(&[("b", 2)])], &[("a", &mark)], &[]);
    assert_eq!(findings, ["b:2"]);
}

#[test]
fn a_finding_stays_while_one_of_its_places_does() {
    let mark = format!("# MARK {CHECK} sample");
    let found = finding(&[("a", 1), ("b", 5), ("c", 9)]);
    assert_eq!(outcome(&[found], &[("a", &mark)], &[]), (vec!["b:5 c:9".to_owned()], 0, Vec::new()));
    let found = finding(&[("b", 5), ("a", 2)]);
    assert_eq!(outcome(&[found], &[("a", &mark)], &[]), (vec!["b:5".to_owned()], 0, Vec::new()));
}

#[test]
fn findings_are_sorted_again_when_a_place_goes() {
    let mark = format!("# MARK {CHECK} sample");
    let found = [finding(&[("a", 1), ("z", 1)]), finding(&[("b", 1)])];
    assert_eq!(outcome(&found, &[("a", &mark)], &[]).0, ["b:1", "z:1"]);
}

#[test]
fn marks_that_do_nothing_are_told() {
    let text = "# MARK committed-env-file\n# MARK\n# MARK comitted-env-file why\n\
        # MARK github-oauth-token not enabled\n# MARK committed-env-file unused";
    let (findings, suppressed, notices) = outcome(&[finding(&[("a", 1)])], &[("a", text)], &[]);
    assert_eq!((findings.len(), suppressed), (1, 0));
    assert_eq!(
        notices,
        [
            "a: line 1: `MARK committed-env-file` has no reason and no effect; add a reason after it",
            "a: line 2: `MARK` names no check; write `MARK CHECK reason`",
            "a: line 3: `MARK comitted-env-file` names an unknown check, did you mean `committed-env-file`?",
            "a: line 5: `MARK committed-env-file` is unused; remove it",
        ]
    );
}

#[test]
fn ignores_silence_by_check_family_path_and_day() {
    let found = || [finding(&[("src/a", 1)])];
    let silenced = |ignore: Suppression| outcome(&found(), &[], &[ignore]).1;
    assert_eq!(silenced(ignore(CHECK, None, None)), 1);
    assert_eq!(silenced(ignore("secret", Some("src/**"), None)), 1);
    assert_eq!(silenced(ignore("*", None, Some("2026-06-15"))), 1);
    assert_eq!(silenced(ignore("policy", None, None)), 0);
    assert_eq!(silenced(ignore(CHECK, Some("test/**"), None)), 0);
    assert_eq!(silenced(ignore(CHECK, None, Some("2026-06-14"))), 0);
}

#[test]
fn ignores_that_do_nothing_are_told() {
    let mut elsewhere = ignore(CHECK, Some("b"), None);
    elsewhere.origin.expected = false;
    let ignores = [ignore(CHECK, None, Some("2026-06-14")), ignore(CHECK, Some("b"), None), elsewhere];
    let (_, _, notices) = outcome(&[finding(&[("a", 1)])], &[], &ignores);
    assert_eq!(
        notices,
        [
            "bartizan.toml: line 7: the ignore of `committed-env-file` expired on 2026-06-14; renew it or remove it",
            "bartizan.toml: line 7: the ignore of `committed-env-file` is unused; remove it",
        ]
    );
}

#[test]
fn notices_about_one_file_are_bounded() {
    let text = "# MARK nosuch-check x\n".repeat(1000);
    let (_, _, notices) = outcome(&[], &[("a", &text)], &[]);
    assert_eq!(notices.len(), 21);
    assert!(notices.iter().any(|notice| notice.contains("and 980 more notices")));
}
