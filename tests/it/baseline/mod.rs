//! The program on repositories with a baseline: what it silences, what it survives, how it is kept.

mod broken;
mod fingerprints;
mod format;
mod import;
mod kept;
mod merge;
mod several;

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::git::{Repo, token};

/// What the program has said.
pub(super) struct Ran {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
}

pub(super) fn run(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bartizan"));
    command.args(arguments);
    ended(command.current_dir(folder), environment)
}

fn ended(command: &mut Command, environment: &[(&str, &str)]) -> Ran {
    let output = command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", "/nonexistent")
        .env("SOURCE_DATE_EPOCH", "1790000000")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    Ran {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Repo {
    fn bartizan(&self, arguments: &[&str]) -> Ran {
        run(&self.path(), arguments, &[])
    }

    /// Runs the program, which must end with this code, and returns what it printed.
    #[track_caller]
    fn ok(&self, arguments: &[&str], code: i32) -> String {
        let ran = self.bartizan(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}{}", ran.out, ran.err);
        ran.out
    }

    /// The message of a run that must fail.
    #[track_caller]
    fn fails(&self, arguments: &[&str]) -> String {
        let ran = self.bartizan(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}{}", ran.out, ran.err);
        ran.err
    }

    #[track_caller]
    fn create(&self) -> String {
        self.ok(&["baseline", "create", "--reason", "known of old"], 0)
    }

    fn baseline(&self) -> String {
        std::fs::read_to_string(self.path().join("bartizan.baseline")).unwrap()
    }

    /// Paths of what a scan with these arguments still reports.
    #[track_caller]
    fn reported(&self, arguments: &[&str]) -> Vec<String> {
        let ran = self.bartizan(&[&["scan", "--format", "json"], arguments].concat());
        assert!(ran.code < 2, "{}{}", ran.out, ran.err);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let findings = report["findings"].as_array().unwrap().iter();
        findings.map(|finding| finding["place"]["path"].as_str().unwrap().to_owned()).collect()
    }

    #[track_caller]
    fn notices(&self, arguments: &[&str]) -> Vec<String> {
        let ran = self.bartizan(&[&["scan", "--format", "json"], arguments].concat());
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let notices = report["notices"].as_array().unwrap().iter();
        notices.map(|notice| notice["message"].as_str().unwrap().to_owned()).collect()
    }
}

/// A line with a token of its own for each name.
pub(super) fn line(name: &str) -> String {
    format!("TOKEN = \"{}\"\n", token(name))
}

/// A repository with a token in `a.py` and one in `src/b.py`, committed.
pub(super) fn leaky() -> Repo {
    let repo = Repo::new();
    repo.write("a.py", line("a")).write("src/b.py", format!("import os\n{}", line("b")));
    repo.commit("first");
    repo
}

#[test]
fn what_was_accepted_is_silent_and_what_is_new_is_not() {
    let repo = leaky();
    assert_eq!(repo.reported(&[]), ["a.py", "src/b.py"]);
    let out = repo.create();
    assert_eq!(out.lines().count(), 3, "{out}");
    assert!(out.contains("a.py:1:10") && out.contains("ghp_**** (40 bytes)"), "{out}");
    assert!(!out.contains(&token("a")) && !repo.baseline().contains(&token("a")));
    assert!(repo.ok(&["scan"], 0).contains("2 suppressed (2 by the baseline)"));
    assert!(repo.ok(&["scan", "-v"], 0).contains("(baseline: known of old)"));
    assert_eq!(repo.reported(&["--no-baseline"]), ["a.py", "src/b.py"]);

    repo.write("c.py", line("c"));
    assert_eq!(repo.reported(&[]), ["c.py"]);
    // Another value in the same place is another finding.
    repo.write("a.py", line("other"));
    assert_eq!(repo.reported(&[]), ["a.py", "c.py"]);
}

#[test]
fn a_report_says_that_it_was_the_baseline() {
    let repo = leaky();
    repo.create();
    let report: Value = serde_json::from_str(&repo.ok(&["scan", "--format", "json"], 0)).unwrap();
    let suppressed = report["suppressed"].as_array().unwrap();
    assert_eq!(suppressed.len(), 2);
    assert!(suppressed.iter().all(|one| one["by"] == "baseline" && one["reason"] == "known of old"));
}

#[test]
fn the_index_ranges_and_the_history_are_silenced_too() {
    let repo = leaky();
    repo.create();
    repo.commit("accepted");
    repo.write("c.py", format!("{}{}", line("a"), line("c")));
    repo.git(&["add", "-A"]);
    // The token that was accepted stands in a new file, too.
    let report: Value = serde_json::from_str(&repo.ok(&["scan", "--staged", "--format", "json"], 1)).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(report["suppressed"].as_array().unwrap().len(), 1);
    repo.commit("second");
    assert_eq!(repo.reported(&["--range", "HEAD~..HEAD"]), ["c.py"]);
    assert_eq!(repo.reported(&["--history"]), ["c.py"]);
    // What the commits of a range accept themselves does not count for it, but for what is kept here.
    repo.ok(&["baseline", "update", "--reason", "known, too"], 0);
    repo.commit("third");
    assert_eq!(repo.reported(&["--range", "HEAD~2..HEAD"]), ["c.py"]);
    let out = repo.ok(&["baseline", "diff", "--range", "HEAD~2..HEAD"], 0);
    assert!(out.starts_with("0 found and not accepted"), "{out}");
}

#[test]
fn it_survives_renames_other_layouts_squashes_and_rebases() {
    let repo = leaky();
    repo.create();
    repo.commit("baseline");
    let base = repo.head();
    std::fs::create_dir_all(repo.path().join("lib/deep")).unwrap();
    repo.git(&["mv", "a.py", "lib/deep/renamed.rb"]);
    repo.commit("rename");
    assert_eq!(repo.reported(&[]), [""; 0]);

    let moved = line("b").replace("TOKEN = ", "\n\n# moved\n    token  =  ").replace('"', "'");
    repo.write("src/b.py", moved);
    repo.commit("other layout");
    assert_eq!(repo.reported(&[]), [""; 0]);

    repo.git(&["reset", "-q", "--soft", &base]);
    repo.commit("squashed");
    for arguments in [&[][..], &["--history"], &["--range", "HEAD~..HEAD"]] {
        assert_eq!(repo.reported(arguments), [""; 0], "{arguments:?}");
    }
    repo.git(&["switch", "-q", "-c", "other", &base]);
    repo.write("README", "hello\n");
    repo.commit("elsewhere");
    repo.git(&["rebase", "-q", "other", "main"]);
    for arguments in [&[][..], &["--history"], &["--range", "other..main"]] {
        assert_eq!(repo.reported(arguments), [""; 0], "{arguments:?}");
    }
    assert_eq!(repo.notices(&[]), [""; 0]);
}

#[test]
fn it_lies_beside_the_configuration() {
    let repo = leaky();
    repo.write(".github/bartizan.toml", "[scan]\nexclude = ['a.py']\n");
    assert!(repo.create().ends_with("\n.github/bartizan.baseline: 1 added\n"));
    assert!(repo.path().join(".github/bartizan.baseline").is_file());
    assert!(!repo.path().join("bartizan.baseline").exists());
    assert_eq!(repo.reported(&[]), [""; 0]);
    // From a directory below, too.
    let below = run(&repo.path().join("src"), &["scan"], &[]);
    assert_eq!(below.code, 0, "{}{}", below.out, below.err);
}

#[test]
fn a_mark_goes_before_the_baseline() {
    let repo = leaky();
    let mark = ["bartizan:", "allow github-personal-access-token made up"].concat();
    repo.write("a.py", format!("# {mark}\n{}", line("a")));
    let out = repo.create();
    assert!(!out.contains("a.py"), "{out}");
    repo.write("a.py", line("a"));
    repo.ok(&["baseline", "update", "--reason", "x"], 0);
    repo.write("a.py", format!("# {mark}\n{}", line("a")));
    let report: Value = serde_json::from_str(&repo.ok(&["scan", "--format", "json"], 0)).unwrap();
    assert_eq!(report["suppressed"][0]["by"], "inline");
    // It is there, so its entry is not stale.
    assert_eq!(repo.notices(&[]), [""; 0]);
}

#[test]
fn the_baseline_itself_is_no_finding() {
    let repo = leaky();
    let key = [("BARTIZAN_FINGERPRINT_KEY", "a key that nobody guesses")];
    let created = run(&repo.path(), &["baseline", "create", "--reason", "known"], &key);
    assert_eq!(created.code, 0, "{}", created.err);
    assert!(repo.baseline().starts_with("{\"bartizan\":\"baseline\",\"version\":1,\"key\":\"k1:"));
    let scanned = run(&repo.path(), &["scan"], &key);
    assert_eq!(scanned.code, 0, "{}{}", scanned.out, scanned.err);
}
