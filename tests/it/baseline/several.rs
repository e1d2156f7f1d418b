//! A secret that several checks report, and the baseline: each check has an entry of its own, as before they were one
//! finding.

use serde_json::Value;

use super::Ran;
use crate::git::Repo;

/// The same value in files of three kinds.
fn repo() -> Repo {
    let repo = Repo::new();
    let line = "API_KEY=k9Zt2Wq7Lm4Xr¦8Vb1Nc6Pd3Fh\n".replace('¦', "");
    repo.write(".npmrc", &line).write(".env", &line).write("app.conf", &line);
    repo.commit("first");
    repo
}

const CHECKS: [&str; 3] = ["credential-file-secret", "env-file-secret", "generic-secret"];

/// A baseline as it was made when each check was a finding: of each of these checks alone.
fn accept(repo: &Repo, checks: &[&str]) {
    let _ = std::fs::remove_file(repo.path().join("bartizan.baseline"));
    let mut all = String::new();
    for check in checks {
        repo.ok(&["baseline", "create", "--reason", "known of old", "--checks", check], 0);
        let text = repo.baseline();
        let (first, entries) = text.split_once('\n').unwrap();
        all = if all.is_empty() { format!("{first}\n") } else { all };
        assert_eq!(entries.lines().count(), 1, "{entries}");
        all.push_str(entries);
        std::fs::remove_file(repo.path().join("bartizan.baseline")).unwrap();
    }
    repo.write("bartizan.baseline", &all);
}

fn scan(repo: &Repo) -> Value {
    let Ran { out, err, .. } =
        repo.bartizan(&["scan", "--format", "json", "--skip-checks", "committed-env-file"]);
    serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"))
}

fn leads(report: &Value, list: &str) -> Vec<String> {
    let findings = report[list].as_array().unwrap().iter();
    let check = |one: &Value| one.get("finding").unwrap_or(one)["check"].as_str().unwrap().to_owned();
    findings.map(check).collect()
}

#[test]
fn entries_of_each_check_silence_its_part_and_are_not_called_unused() {
    let repo = repo();
    for accepted in 0..1 << CHECKS.len() {
        let (known, open): (Vec<&str>, Vec<&str>) = CHECKS
            .into_iter()
            .partition(|check| accepted >> CHECKS.iter().position(|one| one == check).unwrap() & 1 == 1);
        if known.is_empty() {
            continue;
        }
        accept(&repo, &known);
        let report = scan(&repo);
        // The most specific check leads of what is left, and of what is silenced.
        assert_eq!(leads(&report, "findings"), open[..open.len().min(1)], "{known:?}");
        assert_eq!(leads(&report, "suppressed"), known[..1], "{known:?}");
        let told = report["notices"].as_array().unwrap().iter();
        let unused: Vec<&Value> =
            told.filter(|one| one["message"].as_str().unwrap().contains("entry of")).collect();
        assert!(unused.is_empty(), "{known:?}: {unused:?}");
        let out = repo.ok(&["baseline", "prune", "--skip-checks", "committed-env-file"], 0);
        assert!(out.ends_with(&format!("0 removed, {} kept\n", known.len())), "{known:?}: {out}");
    }
}

#[test]
fn a_new_baseline_accepts_every_part() {
    let repo = repo();
    let skip = ["--skip-checks", "committed-env-file"];
    repo.ok(&[&["baseline", "create", "--reason", "known of old"], &skip[..]].concat(), 0);
    let text = repo.baseline();
    assert_eq!(text.lines().count(), 1 + CHECKS.len(), "{text}");
    assert!(CHECKS.iter().all(|check| text.contains(check)), "{text}");
    let report = scan(&repo);
    assert_eq!(leads(&report, "findings"), [""; 0]);
    assert_eq!(leads(&report, "suppressed"), CHECKS[..1]);
    // What was one finding and is not there any more under one of its checks is of no use there.
    repo.write("app.conf", "nothing\n");
    let report = scan(&repo);
    let told: Vec<&str> =
        report["notices"].as_array().unwrap().iter().map(|one| one["message"].as_str().unwrap()).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].ends_with("the entry of `generic-secret` is unused; run `bartizan baseline prune`"));
}

#[test]
fn an_earlier_report_with_a_finding_a_check_knows_the_merged_one() {
    let repo = repo();
    let part = |checks: &str| {
        let path = repo.path().join(format!("{checks}.json"));
        let ran = repo.bartizan(&["scan", "--format", "json", "--checks", checks]);
        std::fs::write(&path, &ran.out).unwrap();
        serde_json::from_str::<Value>(&ran.out).unwrap()
    };
    // Each check by itself, as three findings of one report.
    let mut earlier = part(CHECKS[0]);
    for check in &CHECKS[1..] {
        let more = part(check);
        for list in ["findings", "checks"] {
            let more = more[list].as_array().unwrap().clone();
            let all = earlier[list].as_array_mut().unwrap();
            all.extend(more.into_iter().filter(|one| one["check"] == **check || one["id"] == **check));
            if list == "checks" {
                let mut seen = std::collections::BTreeSet::new();
                all.retain(|one| seen.insert(one["id"].as_str().unwrap().to_owned()));
            }
        }
    }
    earlier["summary"]["findings"] = 3.into();
    earlier["summary"]["checks"]["total"] = earlier["checks"].as_array().unwrap().len().into();
    let file = repo.path().join("../earlier.json");
    std::fs::write(&file, earlier.to_string()).unwrap();
    let file = file.to_str().unwrap();
    let scan = ["scan", "--format", "json", "--skip-checks", "committed-env-file", "--exclude", "*.json"];
    let now = repo.bartizan(&scan);
    let path = repo.path().join("../now.json");
    std::fs::write(&path, &now.out).unwrap();
    let ran =
        repo.bartizan(&["report", "--in", path.to_str().unwrap(), "--against", file, "--format", "json"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err));
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(report["findings"][0]["state"], "known");
    assert_eq!(report["gone"].as_array().map_or(0, Vec::len), 0);
}
