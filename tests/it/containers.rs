//! Container files as a user meets them: marks of other linters, presets, and what could not be read.

use std::path::Path;

use serde_json::Value;

use crate::cli::{command, folder, ran};
use crate::run_git::git;

const DOCKERFILE: &str = "FROM node\nRUN a\nUSER root\n";

/// The report of a scan of one Dockerfile, with its exit code.
fn scanned(name: &str, text: &str, checks: &str) -> (i32, Value) {
    let folder = folder(&[(name, text)]);
    git(folder.path(), &["init", "-q", "-b", "main"]);
    git(folder.path(), &["add", "-A"]);
    report(folder.path(), checks)
}

fn report(folder: &Path, checks: &str) -> (i32, Value) {
    let ran = ran(command(folder, &["scan", "--offline", "--checks", checks, "--format", "json"]));
    (ran.code, serde_json::from_str(&ran.out).unwrap())
}

/// The check of a finding, or of one that is suppressed.
fn id(one: &Value) -> String {
    let finding = if one["finding"].is_object() { &one["finding"] } else { one };
    finding["check"].as_str().unwrap().to_owned()
}

/// The checks that report something.
fn found(report: &Value, list: &str) -> Vec<String> {
    let findings = report[list].as_array().unwrap().iter();
    let mut all: Vec<String> = findings.map(id).collect();
    all.sort();
    all
}

#[test]
fn marks_of_other_linters_silence_what_they_name() {
    // Written out, the marks would be marks of this file.
    let hadolint = |ids: &str| ["# hadolint ", "ignore=", ids, "\n"].concat();
    let all = ["container-runs-as-root".to_owned(), "image-by-mutable-tag".to_owned()];
    let (_, plain) = scanned("Dockerfile", DOCKERFILE, "container");
    assert_eq!((found(&plain, "findings"), found(&plain, "suppressed")), (all.to_vec(), vec![]));
    let next = DOCKERFILE.replace("USER", &format!("{}USER", hadolint("DL3002,DL3007")));
    let next = format!("{}{next}", hadolint("DL3006"));
    let global = ["# hadolint ", "global ", "ignore=DL3002,DL3006\n", DOCKERFILE].concat();
    let checkov =
        [DOCKERFILE, "# checkov", ":skip=CKV_DOCKER_7: ours\n# checkov", ":skip=CKV_DOCKER_8\n"].concat();
    for text in [next, global, checkov] {
        let (_, report) = scanned("Dockerfile", &text, "container");
        assert_eq!(
            (found(&report, "findings"), found(&report, "suppressed")),
            (vec![], all.to_vec()),
            "{text}"
        );
    }
    // One that stands elsewhere, or names something else, silences nothing.
    let elsewhere = format!("{}{}{}", hadolint("DL3002"), DOCKERFILE, hadolint("DL3006"));
    assert_eq!(found(&scanned("Dockerfile", &elsewhere, "container").1, "findings"), all);
}

#[test]
fn what_a_service_wants_is_part_of_its_preset() {
    let text = "FROM node:24\nRUN sudo chmod 777 /a\nEXPOSE 22\nCOPY . .\nUSER app\n";
    assert_eq!(found(&scanned("Dockerfile", text, "container").1, "findings"), Vec::<String>::new());
    let asked = "image-not-by-digest,sudo,world-writable,ssh-port,whole-context-copied";
    assert_eq!(found(&scanned("Dockerfile", text, asked).1, "findings").len(), 5);
}

#[test]
fn what_is_not_read_is_said() {
    let text = "FROM node\nRUN a\nnonsense b\nUSER root\n";
    let (code, report) = scanned("Dockerfile", text, "container-runs-as-root");
    assert_eq!(code, 2);
    assert_eq!(found(&report, "findings"), ["container-runs-as-root"]);
    let said = report["problems"].to_string();
    assert!(said.contains("Dockerfile") && said.contains("line 3"), "{said}");
    // Tests of builders are made of broken files.
    assert_ne!(scanned("tests/Dockerfile", text, "container-runs-as-root").0, 2);
    // What has no `FROM` is something else.
    assert_eq!(scanned("Dockerfile", "nonsense\n", "container-runs-as-root").0, 0);
}
