//! Workflows and their like as a user meets them: what a change brings, marks, baseline, reports, edits.

use std::path::Path;

use serde_json::Value;

use crate::cli::{Ran, command, ran};
use crate::run_git::git;

const CI: &str = "\
on: push
permissions:
  contents: read
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: acme/tool@v1
";
const TRIAGE: &str = "\
on: issues
permissions:
  issues: write
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: zed/tool@main
      - run: echo ${{ github.event.issue.title }}
";

/// A repository with one workflow, committed.
fn repository() -> tempfile::TempDir {
    let folder = crate::cli::folder(&[(".github/workflows/ci.yml", CI)]);
    git(folder.path(), &["init", "-q", "-b", "main"]);
    commit(folder.path());
    folder
}

fn commit(folder: &Path) {
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "x"]);
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn scanned(folder: &Path, arguments: &[&str]) -> Ran {
    let all: Vec<&str> =
        ["scan", "--offline", "--checks", "workflow"].into_iter().chain(arguments.iter().copied()).collect();
    ran(command(folder, &all))
}

/// The checks that report something, each with its places.
fn found(folder: &Path, arguments: &[&str]) -> Vec<(String, Vec<String>)> {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--format", "json"]).collect();
    let report: Value = serde_json::from_str(&scanned(folder, &arguments).out).unwrap();
    let place = |place: &Value| {
        format!("{}:{}", place["path"].as_str().unwrap(), place["region"]["start_line"].as_u64().unwrap())
    };
    let one = |finding: &Value| {
        let also = finding["also"].as_array().unwrap().iter();
        let mut places: Vec<String> = std::iter::once(&finding["place"]).chain(also).map(place).collect();
        places.sort();
        (finding["check"].as_str().unwrap().to_owned(), places)
    };
    let wanted = |one: &(String, Vec<String>)| {
        ["unpinned-action", "untrusted-input-in-script"].contains(&one.0.as_str())
    };
    let mut all: Vec<_> = report["findings"].as_array().unwrap().iter().map(one).filter(wanted).collect();
    all.sort();
    all
}

fn one(check: &str, places: &[&str]) -> (String, Vec<String>) {
    (check.to_owned(), places.iter().map(|place| (*place).to_owned()).collect())
}

#[test]
fn a_change_brings_its_own_places() {
    let folder = repository();
    let folder = folder.path();
    git(folder, &["tag", "base"]);
    write(folder, ".github/workflows/ci.yml", &format!("{CI}      - uses: acme/tool@v1\n"));
    write(folder, ".github/workflows/triage.yml", TRIAGE);
    git(folder, &["add", "-A"]);
    let new = [
        one("unpinned-action", &[".github/workflows/ci.yml:12", ".github/workflows/triage.yml:8"]),
        one("untrusted-input-in-script", &[".github/workflows/triage.yml:9"]),
    ];
    assert_eq!(found(folder, &["--staged"]), new);
    commit(folder);
    assert_eq!(found(folder, &["--base", "base"]), new);
    let all = ["ci.yml:11", "ci.yml:12", "ci.yml:8", "triage.yml:8"]
        .map(|name| format!(".github/workflows/{name}"));
    assert_eq!(found(folder, &[])[0].1, all);
    assert_eq!(found(folder, &["--range", "base..HEAD"]), new);
}

/// What a range leaves at its tip is judged by the files there, wherever the worktree stands.
#[test]
fn a_range_is_judged_at_its_tip() {
    let folder = repository();
    let folder = folder.path();
    git(folder, &["branch", "topic"]);
    // The base has moved on and pins the action: the topic, which does not touch the file, does not undo that.
    write(
        folder,
        ".github/workflows/ci.yml",
        &CI.replace("acme/tool@v1", &format!("acme/tool@{}", "a".repeat(40))),
    );
    commit(folder);
    git(folder, &["tag", "moved"]);
    git(folder, &["switch", "-q", "topic"]);
    let name = ".github/workflows/triage.yml";
    write(folder, name, TRIAGE);
    commit(folder);
    write(folder, name, &TRIAGE.replace("zed/tool", "zed/other"));
    commit(folder);
    git(folder, &["tag", "topic-tip"]);
    write(folder, name, "on: push\n");
    commit(folder);
    git(folder, &["switch", "-q", "--detach", "moved"]);
    let new = [
        one("unpinned-action", &[&format!("{name}:8")]),
        one("untrusted-input-in-script", &[&format!("{name}:9")]),
    ];
    assert_eq!(found(folder, &["--range", "moved..topic-tip"]), new);
    assert_eq!(found(folder, &["--range", "moved...topic-tip"]), new);
    // What is gone again at the tip is nothing that a merge would bring.
    assert_eq!(found(folder, &["--range", "moved..topic"]), []);
    // A move introduces nothing.
    git(folder, &["switch", "-q", "--detach", "topic-tip"]);
    git(folder, &["mv", name, ".github/workflows/issues.yml"]);
    commit(folder);
    assert_eq!(found(folder, &["--range", "HEAD"]), []);
}

#[test]
fn a_mark_counts_at_the_tip_of_a_range() {
    let folder = repository();
    let folder = folder.path();
    git(folder, &["tag", "base"]);
    let mark = ["zed/tool@main # bartizan:", "allow unpinned-action it is ours"].concat();
    let name = ".github/workflows/triage.yml";
    write(folder, name, &TRIAGE.replace("zed/tool@main", &mark));
    commit(folder);
    assert_eq!(
        found(folder, &["--range", "base.."]),
        [one("untrusted-input-in-script", &[&format!("{name}:9")])]
    );
}

/// History alone has no files of one moment, and is not shown as clean.
#[test]
fn history_alone_is_not_checked() {
    let folder = repository();
    let folder = folder.path();
    let bare = folder.join(".git");
    let history = scanned(folder, &["--history", "--bare-repo", bare.to_str().unwrap(), "--format", "json"]);
    let report: Value = serde_json::from_str(&history.out).unwrap();
    let outcome =
        |check: &Value| (check["id"] == "unpinned-action").then(|| check["outcome"]["status"].clone());
    let outcome = report["checks"].as_array().unwrap().iter().find_map(outcome);
    assert_eq!(outcome, Some(Value::from("not-checked")));
}

#[test]
fn a_place_is_silenced_by_itself() {
    let folder = repository();
    let folder = folder.path();
    // Written out, the mark would be one of this file.
    let mark = ["acme/tool@v1 # bartizan:", "allow unpinned-action it is ours"].concat();
    let marked = CI.replace("acme/tool@v1", &mark);
    write(folder, ".github/workflows/ci.yml", &marked);
    assert_eq!(found(folder, &[]), [one("unpinned-action", &[".github/workflows/ci.yml:8"])]);
    write(folder, ".github/workflows/ci.yml", CI);
    let made = ran(command(folder, &["baseline", "create", "--offline", "--reason", "for now"]));
    assert_eq!(made.code, 0, "{}{}", made.out, made.err);
    assert_eq!(found(folder, &[]), []);
    // What comes later is not accepted with it.
    write(folder, ".github/workflows/ci.yml", &format!("{CI}      - uses: other/tool@v1\n"));
    assert_eq!(found(folder, &[]), [one("unpinned-action", &[".github/workflows/ci.yml:12"])]);
}

#[test]
fn a_file_has_one_result_of_a_practice() {
    let folder = repository();
    let folder = folder.path();
    write(folder, ".github/workflows/triage.yml", TRIAGE);
    git(folder, &["add", "-A"]);
    let log: Value = serde_json::from_str(&scanned(folder, &["--format", "sarif"]).out).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let place = |place: &Value| {
        let place = &place["physicalLocation"];
        (
            place["artifactLocation"]["uri"].as_str().unwrap().to_owned(),
            place["region"]["startLine"].as_u64().unwrap(),
        )
    };
    let unpinned: Vec<_> = results.iter().filter(|result| result["ruleId"] == "unpinned-action").collect();
    let places: Vec<_> = unpinned.iter().map(|result| place(&result["locations"][0])).collect();
    assert_eq!(
        places,
        [(".github/workflows/ci.yml".to_owned(), 8), (".github/workflows/triage.yml".to_owned(), 8)]
    );
    assert_eq!(place(&unpinned[0]["relatedLocations"][0]).1, 11);
    // What an untrusted value rests on can be clicked.
    let script = results.iter().find(|result| result["ruleId"] == "untrusted-input-in-script").unwrap();
    assert_eq!((script["level"].as_str(), place(&script["relatedLocations"][0]).1), (Some("error"), 1));
    assert!(script["message"]["text"].as_str().unwrap().contains("[`issues` starts it](1)"));
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = repository();
    let folder = folder.path();
    let broken = format!("{CI}  b: [\n");
    write(folder, ".github/workflows/ci.yml", &broken);
    let ran = scanned(folder, &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("acme"), "{}", ran.out);
    assert!(ran.out.contains("a part of this workflow cannot be parsed"), "{}", ran.out);
    write(folder, ".github/workflows/ci.yml", &format!("{CI}---\non: issues\n"));
    assert_eq!(scanned(folder, &["--fail-on", "none"]).code, 2);
    write(folder, ".github/workflows/ci.yml", &format!("{CI}---\n"));
    assert_eq!(scanned(folder, &["--fail-on", "none"]).code, 0);
}

#[test]
fn edits_are_shown_and_made() {
    let text = "\
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4 # with all of it
        with:
          fetch-depth: 0
      - uses: actions/checkout@v4
      - run: cargo test
  b:
    runs-on: ubuntu-latest
    if: |
      ${{ github.ref == 'refs/heads/main' }}
    steps:
      - uses: actions/checkout@v4
      - run: git push origin HEAD:pages
";
    let folder = crate::cli::folder(&[(".github/workflows/ci.yml", text)]);
    let folder = folder.path();
    git(folder, &["init", "-q", "-b", "main"]);
    commit(folder);
    let shown = ran(command(folder, &["fix", "--offline"]));
    assert_eq!(shown.code, 1, "{}", shown.err);
    insta::assert_snapshot!("fix_workflow", shown.out);
    assert_eq!(std::fs::read_to_string(folder.join(".github/workflows/ci.yml")).unwrap(), text);
    let made = ran(command(folder, &["fix", "--offline", "--apply"]));
    assert!(made.out.contains("wrote .github/workflows/ci.yml"), "{}{}", made.out, made.err);
    let after = std::fs::read_to_string(folder.join(".github/workflows/ci.yml")).unwrap();
    assert_eq!(after.matches("persist-credentials: false").count(), 2, "{after}");
    assert!(after.contains("    if: |-\n") && !after.contains("permissions:"), "{after}");
    let again = ran(command(folder, &["fix", "--offline"]));
    assert!(!again.out.contains("---"), "{}", again.out);
    // Nothing of what a file behind a link holds is edited.
    #[cfg(unix)]
    {
        let elsewhere = crate::cli::folder(&[("ci.yml", text)]);
        std::fs::remove_dir_all(folder.join(".github")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), folder.join(".github")).unwrap();
        ran(command(folder, &["fix", "--offline", "--apply"]));
        assert_eq!(std::fs::read_to_string(elsewhere.path().join("ci.yml")).unwrap(), text);
    }
}

#[test]
fn a_difference_shows_no_secret() {
    let token = format!("ghp_{}", "0YqVnG3mXc8Lr5Tw2Zb7Hd4Kf9Pj6S¦1a2hRt".replace('¦', ""));
    let text = format!(
        "on: push\njobs:\n  a:\n    runs-on: x\n    env:\n      API: {token}\n      DB_PASSWORD: tulip-over-cast-41\n    steps:\n      \
         - uses: actions/checkout@v4\n"
    );
    let folder = crate::cli::folder(&[(".github/workflows/ci.yml", &text)]);
    let folder = folder.path();
    git(folder, &["init", "-q", "-b", "main"]);
    commit(folder);
    let shown = ran(command(folder, &["fix", "--offline"]));
    assert!(shown.out.contains("+          persist-credentials: false"), "{}{}", shown.out, shown.err);
    assert!(!shown.out.contains(&token[8..16]) && !shown.out.contains("tulip"), "{}", shown.out);
}

#[test]
fn what_leads_too_far_is_named() {
    let step = "      - run: echo \"a=$b\" >> $GITHUB_ENV; echo ${{ env.elsewhere }}\n";
    let text = format!("on: issues\njobs:\n  a:\n    runs-on: x\n    steps:\n{}", step.repeat(9000));
    let folder = crate::cli::folder(&[(".github/workflows/ci.yml", &text)]);
    let folder = folder.path();
    git(folder, &["init", "-q", "-b", "main"]);
    commit(folder);
    let ran = scanned(folder, &["--fail-on", "none"]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.out.contains("data flows between steps"), "{}", ran.out);
}
