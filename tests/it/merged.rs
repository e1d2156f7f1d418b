//! The same secret under several checks: one finding, led by the most specific one, whatever is silenced.

use std::collections::{BTreeMap, BTreeSet};

use bartizan::model::{Blob, Finding, Outcome, Report, Severity};
use bartizan::render::{Format, Options, render};
use bartizan::scan::suppress::{Matcher, Origin, Suppression};
use bartizan::scan::{Settings, Silent, registry, scan};
use bartizan::source::{Item, Source};
use proptest::prelude::*;
use serde_json::Value;

use crate::props::config;

/// Kinds of files in which the same assignment is reported by different checks, the most specific one first.
const FILES: [(&str, &str); 7] = [
    (".npmrc", "credential-file-secret"),
    ("settings.ini", "credential-file-secret"),
    (".env", "env-file-secret"),
    ("app.conf", "generic-secret"),
    ("app.properties", "generic-secret"),
    ("run.sh", "generic-secret"),
    ("tests/app.conf", "generic-secret"),
];

/// Values that nobody has, in the form of a file of variables; those with a `¦` are told by their own format. The
/// lines behind the first eight hold no secrets.
const LINES: [&str; 12] = [
    "DB_PASSWORD=Tq8vRz1mWx5¦pKc7n",
    "API_KEY=k9Zt2Wq7Lm4Xr¦8Vb1Nc6Pd3Fh",
    "SECRET_KEY=pW4nL9xQ2vR7t¦Y5kB8mC3zD6",
    "ACCESS_TOKEN=x7Kd82mQp0L¦sT7vWcY3zRb9N",
    "CLIENT_SECRET=Jk3Lm8Np2Qr¦7St5Uv9Wx4Yz6",
    "SMTP_PASSWORD=Gh5Jk8Lm2N¦p7Qr",
    "COOKIE_SIGNING_KEY=Zx8Cv3Bn7Mq2¦Wk5Et9Ry4Uj6",
    "REDIS_URL=redis:¦//:Vb7Qm2X¦k9Lp4Rt@cache:6379/0",
    "PORT=8080",
    "LOG_LEVEL=info",
    "SIGNING_KEY=0xA4F2C6D81B3E5790",
    "APP_URL=https://app.acme.test",
];

/// The lines that hold a secret.
const SECRETS: usize = 8;

struct Memory(Vec<(&'static str, String)>);

impl Source for Memory {
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), bartizan::model::Error> {
        for (path, text) in &self.0 {
            visit(Item::Blob(Blob { path: &(*path).into(), bytes: text.as_bytes(), tracked: true }));
        }
        Ok(())
    }

    fn scope(&self) -> String {
        "memory".to_owned()
    }
}

/// What is found in files with these lines, where these checks are silenced.
fn report(files: &[&'static str], lines: &[&str], silenced: &BTreeSet<&str>) -> Report {
    let text = lines.join("\n").replace('¦', "") + "\n";
    let checks = registry::all();
    let ignore = |check: &&str| Suppression {
        matcher: Matcher::Check { name: (*check).to_owned(), path: None },
        reason: Some("made up".to_owned()),
        expires: None,
        origin: Origin { by: "bartizan.toml", file: "bartizan.toml".into(), line: 1, expected: true },
        used: false,
    };
    let settings =
        Settings { ignores: silenced.iter().map(ignore).collect(), ..crate::fixtures::settings(checks) };
    let files = files.iter().map(|path| (*path, text.clone())).collect();
    scan(&[&Memory(files)], &settings, &Silent).unwrap()
}

fn secrets(report: &Report) -> Vec<&Finding> {
    report.findings.iter().filter(|finding| finding.secret().is_some()).collect()
}

fn rank(check: &str) -> usize {
    FILES.iter().position(|(_, other)| *other == check).unwrap()
}

#[test]
fn the_same_lines_in_many_kinds_of_files_are_one_finding_a_value() {
    let files = FILES.map(|(path, _)| path);
    let report = report(&files, &LINES, &BTreeSet::new());
    let found = secrets(&report);
    assert_eq!(found.len(), SECRETS);
    for finding in &found {
        assert_eq!(finding.places().count(), FILES.len(), "{}", finding.message);
        let leads = match finding.message.contains("Redis") {
            true => "database-url-redis",
            false => "credential-file-secret",
        };
        assert_eq!(finding.check, leads);
    }
    let merged = found.iter().find(|finding| finding.message.contains("API_KEY")).unwrap();
    assert_eq!(merged.proofs, ["also reported by `env-file-secret`", "also reported by `generic-secret`"]);
    // A check with a part in a finding has found something.
    for check in ["env-file-secret", "generic-secret", "generic-password"] {
        let outcome = report.checks.iter().find(|(meta, _)| meta.id == check).map(|(_, outcome)| outcome);
        assert_eq!(outcome, Some(&Outcome::Found(0)), "{check}");
    }
}

#[test]
fn a_check_that_loses_on_the_same_bytes_is_not_clean() {
    let line = "GITHUB_TOKEN=ghp_wBarb7lbqI6gcxuOAh¦5XMuSB22qNmm0ezfzW";
    for (file, lost) in [
        (".env", vec!["env-file-secret", "generic-secret"]),
        (".npmrc", vec!["credential-file-secret", "generic-secret"]),
        ("app.conf", vec!["generic-secret"]),
    ] {
        let all = report(&[file], &[line], &BTreeSet::new());
        let found = secrets(&all);
        assert_eq!(found.len(), 1);
        let finding = found[0];
        assert_eq!(finding.check, "github-personal-access-token");
        let also: Vec<String> = lost.iter().map(|check| format!("also reported by `{check}`")).collect();
        assert!(finding.proofs.ends_with(&also), "{file}: {:?}", finding.proofs);
        // One alert and one entry in a baseline: that of the check that leads.
        assert_eq!(finding.parts().len(), 1);
        let silenced = report(&[file], &[line], &BTreeSet::from(["github-personal-access-token"]));
        for (report, own) in [(&all, Outcome::Found(1)), (&silenced, Outcome::Found(0))] {
            let outcome = |check: &str| {
                report.checks.iter().find(|(meta, _)| meta.id == check).map(|(_, outcome)| outcome)
            };
            assert_eq!(outcome("github-personal-access-token"), Some(&own), "{file}");
            for check in &lost {
                assert_eq!(outcome(check), Some(&Outcome::Found(0)), "{file}: {check}");
            }
            assert_eq!(outcome("generic-password"), Some(&Outcome::Clean), "{file}");
        }
    }
}

#[test]
fn each_file_keeps_its_own_alert_in_sarif() {
    let files = FILES.map(|(path, _)| path);
    let line = &LINES[1..2];
    let results = |report: &Report| -> Vec<(String, String, String)> {
        let mut out = Vec::new();
        render(report, Format::Sarif, &Options::plain(None), &mut out).unwrap();
        let log: Value = serde_json::from_slice(&out).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let result = |result: &Value| {
            let place = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
            let print = &result["partialFingerprints"]["bartizan/v1"];
            (text(place), text(&result["ruleId"]), text(print))
        };
        let mut all: Vec<_> = log["runs"][0]["results"].as_array().unwrap().iter().map(result).collect();
        all.retain(|(_, rule, _)| rule != "committed-env-file");
        all.sort();
        all
    };
    let together = results(&report(&files, line, &BTreeSet::new()));
    let mut alone: Vec<_> =
        files.iter().flat_map(|file| results(&report(&[*file], line, &BTreeSet::new()))).collect();
    alone.sort();
    assert_eq!(together.len(), FILES.len());
    assert_eq!(together, alone);
}

proptest! {
    #![proptest_config(config(48))]

    /// Whatever files hold a value and whichever checks are silenced: what is left is one finding, led by the most
    /// specific check that is left, as severe as its gravest place.
    #[test]
    fn what_silences_one_check_leaves_the_others(
        held in prop::collection::btree_set(0..FILES.len(), 1..FILES.len()),
        silenced in prop::collection::btree_set(0..FILES.len(), 0..3),
    ) {
        let silenced: BTreeSet<&str> = silenced.into_iter().map(|at| FILES[at].1).collect();
        let files: Vec<&'static str> = held.iter().map(|at| FILES[*at].0).collect();
        let open: BTreeSet<(&str, &str)> =
            held.iter().map(|at| FILES[*at]).filter(|(_, check)| !silenced.contains(check)).collect();
        let all = report(&files, &LINES[1..2], &silenced);
        let found = secrets(&all);
        prop_assert_eq!(found.len(), usize::from(!open.is_empty()));
        let Some(finding) = found.first() else {
            let suppressed = all.suppressed.iter().filter(|one| one.finding.secret().is_some());
            prop_assert_eq!(suppressed.count(), 1);
            return Ok(());
        };
        let places: BTreeSet<String> = finding.places().map(|place| place.path.shown()).collect();
        prop_assert_eq!(places, open.iter().map(|(path, _)| (*path).to_owned()).collect::<BTreeSet<_>>());
        let most_specific = open.iter().map(|(_, check)| *check).min_by_key(|check| rank(check));
        prop_assert_eq!(Some(&*finding.check), most_specific);
        // Each check has the fingerprint that it has where it is alone, and no part is lost.
        let mut alone: BTreeMap<&str, (String, Severity)> = BTreeMap::new();
        for (path, check) in &open {
            let report = report(&[*path], &LINES[1..2], &BTreeSet::new());
            let one = secrets(&report)[0].clone();
            let known = alone.entry(check).or_insert((one.fingerprint.clone(), one.severity));
            known.1 = known.1.max(one.severity);
        }
        let parts: BTreeMap<&str, (String, Severity)> =
            finding.parts().iter().map(|part| (&*part.check, (part.fingerprint.clone(), part.severity))).collect();
        prop_assert_eq!(&parts, &alone);
        prop_assert_eq!(Some(finding.severity), alone.values().map(|(_, severity)| *severity).max());
    }
}
