//! The results of another time: what has not changed is taken over, of what has grown the new part is scanned, and a merge
//! tells what is new and what is gone.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Farm, records};
use crate::run_git::git;
use crate::words::github_token;

/// Commits these files, one by one, on a branch of a bare repository that is made from `from`.
pub(super) fn commit(repository: &Path, from: &str, branch: &str, files: &[(&str, &str)]) {
    let work = tempfile::tempdir().unwrap();
    git(work.path(), &["clone", "-q", repository.to_str().unwrap(), "."]);
    git(work.path(), &["checkout", "-q", "-B", branch, from]);
    for (file, text) in files {
        let path = work.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        git(work.path(), &["add", "-A"]);
        git(work.path(), &["commit", "-q", "-m", "more"]);
    }
    git(work.path(), &["push", "-q", "-f", "origin", branch]);
}

/// Removes the object that `name` stands for.
fn lose(repository: &Path, name: &str) {
    let id = String::from_utf8(git(repository, &["rev-parse", name])).unwrap();
    fs::remove_file(repository.join("objects").join(&id[..2]).join(id[2..].trim())).unwrap();
}

#[test]
fn of_what_has_grown_the_new_part_is_scanned() {
    let farm = Farm::new(8);
    let root = farm.path().join("farm");
    let at = |name: &str| root.join(name);
    assert_eq!(farm.run("monday", &[]).code, 1);

    let token = format!("TOKEN = \"{}\"\n", github_token("of tuesday"));
    let old = format!("AGAIN = \"{}\"\n", github_token("shared by several"));
    // A secret that comes and goes in new commits; one that was there before, at one more place; a branch, a tag and
    // nothing new at all.
    commit(&at("group-1/name-1.git"), "origin/main", "main", &[("a/new.py", &token), ("a/new.py", "gone\n")]);
    commit(&at("group-0/name-0.git"), "origin/main", "side", &[("b/again.py", &old), ("c.txt", "plain\n")]);
    git(&at("group-0/name-2.git"), &["branch", "more", "main"]);
    git(&at("group-1/name-3.git"), &["tag", "-a", "v1", "-m", token.trim(), "main"]);
    // Forced: what was reached is not any more.
    commit(&at("group-0/name-6.git"), "origin/main~1", "main", &[("README", "rewritten\n")]);

    // What was scanned on monday is not needed again, and gone.
    let names = ["group-1/name-1.git", "group-0/name-0.git", "group-0/name-2.git", "group-1/name-3.git"];
    let whole = |out: &str| {
        assert_eq!(farm.run(out, &[]).code, 1);
        records(&farm.merged(out))
    };
    let wanted = whole("whole");
    for name in names {
        lose(&at(name), "main~1:README");
    }
    let tuesday = farm.run("tuesday", &["--since-last", "monday"]);
    assert_eq!(tuesday.code, 1, "{}", tuesday.err);
    let found = records(&farm.merged("tuesday"));
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(&wanted) {
        for field in ["location", "status", "scope", "refs", "tips", "commits", "findings", "lines"] {
            assert_eq!(found[field], wanted[field], "{field} of {found}\n{wanted}");
        }
    }
    assert_eq!(farm.record("tuesday", "name-1.git")["findings"]["critical"], 1);
    assert_eq!(farm.record("tuesday", "name-0.git")["findings"]["critical"], 1);
    assert_eq!(farm.record("tuesday", "name-3.git")["findings"]["critical"], 2);
    assert_eq!(farm.record("tuesday", "name-6.git")["findings"]["critical"], 0);
    assert_eq!(farm.record("tuesday", "name-6.git")["commits"], 2);
    // The same findings, line for line.
    let lines = |out: &str| {
        let merged = farm.merged(out);
        let mut lines: Vec<String> =
            merged.lines().filter(|line| line.contains("\"finding\"")).map(print).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines("tuesday"), lines("whole"));
    // And on from there.
    assert_eq!(farm.run("wednesday", &["--since-last", "tuesday"]).code, 1);
    assert_eq!(farm.merged("wednesday"), farm.merged("tuesday"));
    // Without the results of monday the loss shows.
    let again = farm.run("lost", &[]);
    assert_eq!(again.code, 2, "{}", again.err);
    assert_eq!(farm.record("lost", "name-1.git")["status"], "incomplete");
}

/// Of a line what does not depend on how often a secret was met.
fn print(line: &str) -> String {
    let line: Value = serde_json::from_str(line).unwrap();
    format!("{} {} {} {} {}", line["key"], line["check"], line["fingerprint"], line["path"], line["commit"])
}

#[test]
fn a_merge_tells_what_is_new_and_what_is_gone() {
    let farm = Farm::new(4);
    assert_eq!(farm.run("monday", &[]).code, 1);
    let merge = |against: &str, out: &str| {
        farm.ran(&[
            "batch",
            "merge",
            out,
            "--against",
            against,
            "--out",
            "all.jsonl",
            "--html",
            "all.html",
            "--csv",
            ".",
        ])
    };
    let same = merge("monday", "monday");
    // What was known is no reason to fail.
    assert_eq!(same.code, 0, "{}", same.err);
    assert!(same.err.contains("0 critical, 0 high, 0 medium, 0 low; gone: 0"), "{}", same.err);

    let token = format!("TOKEN = \"{}\"\n", github_token("of tuesday"));
    let root = farm.path().join("farm");
    commit(&root.join("group-1/name-1.git"), "origin/main", "main", &[("new.py", &token)]);
    commit(&root.join("group-0/name-0.git"), "origin/main~1", "main", &[("README", "rewritten\n")]);
    assert_eq!(farm.run("tuesday", &[]).code, 1);
    let after = merge("monday", "tuesday");
    assert_eq!(after.code, 1, "{}", after.err);
    assert!(after.err.contains("1 critical, 0 high, 0 medium, 0 low; gone: 1"), "{}", after.err);
    let merged = fs::read_to_string(farm.path().join("all.jsonl")).unwrap();
    let new: Vec<Value> = merged
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["new"] == true)
        .collect();
    assert!(new.len() == 1 && new[0]["path"] == "new.py", "{merged}");
    let page = fs::read_to_string(farm.path().join("all.html")).unwrap();
    assert!(page.contains("1 finding is new since"), "{page}");
    let table = fs::read_to_string(farm.path().join("findings.csv")).unwrap();
    assert_eq!(table.lines().filter(|line| line.ends_with(",true")).count(), 1, "{table}");
    assert_eq!(farm.ran(&["batch", "merge", "tuesday", "--against", "nowhere"]).code, 2);
}

#[test]
fn baselines_beside_the_repositories() {
    let farm = Farm::new(4);
    assert_eq!(farm.run("out", &[]).code, 1);
    let key = farm.record("out", "name-0.git")["key"].as_str().unwrap().to_owned();
    let directory = farm.path().join("accepted");
    fs::create_dir_all(directory.join("group-1")).unwrap();
    for (name, file) in [
        ("group-0/name-0.git", format!("{key}.baseline")),
        ("group-1/name-3.git", "group-1/name-3.baseline".to_owned()),
    ] {
        let repository = farm.path().join("farm").join(name);
        let file = directory.join(file);
        let work = tempfile::tempdir_in(farm.path()).unwrap();
        git(work.path(), &["clone", "-q", repository.to_str().unwrap(), "."]);
        let args = [
            "baseline",
            "create",
            "--history",
            "--reason",
            "known",
            "--baseline",
            file.to_str().unwrap(),
            work.path().to_str().unwrap(),
        ];
        let ran = farm.ran(&args);
        assert!(file.is_file(), "{}", ran.err);
    }
    let silenced = farm.run("silenced", &["--baseline-dir", "accepted"]);
    assert_eq!(silenced.code, 0, "{}", silenced.err);
    assert_eq!(farm.record("silenced", "name-0.git")["suppressed"], 1);
    // Another baseline is another setting.
    fs::remove_file(directory.join(format!("{key}.baseline"))).unwrap();
    let other = farm.run("silenced", &["--baseline-dir", "accepted"]);
    assert!(other.code == 2 && other.err.contains("other settings"), "{}", other.err);
    assert_eq!(farm.run("one", &["--baseline-dir", "accepted"]).code, 1);
}

#[test]
fn reports_of_all_shards_in_one_directory() {
    let farm = Farm::new(4);
    let plan = ["batch", "plan", "--from", "farm", "--shards", "2", "--out", "plan.jsonl"];
    assert_eq!(farm.ran(&plan).code, 0);
    for (shard, out) in [("0/2", "first"), ("1/2", "second")] {
        let args = ["batch", "run", "plan.jsonl", "--out", out, "--shard", shard, "--sarif", "-q"];
        assert_eq!(farm.ran(&args).code, 0);
    }
    let ran = farm.ran(&["batch", "merge", "first", "second", "--sarif-dir", "sarif", "--out", "all.jsonl"]);
    assert!(ran.code == 1 && ran.err.contains("4 reports in SARIF"), "{}", ran.err);
    let merged = fs::read_to_string(farm.path().join("all.jsonl")).unwrap();
    for record in records(&merged) {
        let key = record["key"].as_str().unwrap();
        let report =
            fs::read(farm.path().join("sarif").join(&key[..2]).join(format!("{key}.sarif"))).unwrap();
        let report: Value = serde_json::from_slice(&report).unwrap();
        assert_eq!(
            report["runs"][0]["results"].as_array().unwrap().len() as u64,
            record["lines"].as_u64().unwrap()
        );
    }
}
