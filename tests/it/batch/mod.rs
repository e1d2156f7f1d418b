//! Many repositories: plans, runs that are killed and go on, hostile repositories, merges.

mod again;
mod cloning;
mod hostile;
mod killed;
mod manifests;
mod merging;
mod networks;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::cli::{Ran, command, ran};
use crate::run_git::git;
use crate::words::github_token;

/// A directory with bare repositories below `farm`, and results below `out`.
pub(super) struct Farm(TempDir);

impl Farm {
    /// So many repositories with a text and two commits each; every third one holds a token, the same in all of them.
    pub(super) fn new(count: usize) -> Self {
        let farm = Self(tempfile::tempdir().unwrap());
        fs::create_dir(farm.path().join("farm")).unwrap();
        for number in 0..count {
            let token = if number % 3 == 0 { github_token("shared by several") } else { "none".to_owned() };
            farm.repository(
                &format!("group-{}/name-{number}.git", number % 2),
                &[
                    ("README", format!("number {number}\n")),
                    ("src/config.py", format!("TOKEN = \"{token}\"\n")),
                ],
            );
        }
        farm
    }

    pub(super) fn path(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    /// Makes a bare repository with a commit for each file.
    pub(super) fn repository(&self, name: &str, files: &[(&str, String)]) -> PathBuf {
        let path = self.path().join("farm").join(name);
        let work = tempfile::tempdir().unwrap();
        git(work.path(), &["init", "-q", "-b", "main", "."]);
        for (file, text) in files {
            let file = work.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, text).unwrap();
            git(work.path(), &["add", "-A"]);
            git(work.path(), &["commit", "-q", "-m", "more"]);
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        git(&self.path(), &["clone", "-q", "--bare", work.path().to_str().unwrap(), path.to_str().unwrap()]);
        path
    }

    pub(super) fn command(&self, args: &[&str]) -> Command {
        let mut command = command(&self.path(), args);
        command.env("BARTIZAN_CACHE_DIR", self.path().join("cache")).env("BARTIZAN_OFFLINE", "1");
        command
    }

    pub(super) fn ran(&self, args: &[&str]) -> Ran {
        ran(self.command(args))
    }

    /// Scans all of the farm into `out`.
    pub(super) fn run(&self, out: &str, more: &[&str]) -> Ran {
        self.ran(&[&["batch", "run", "--from", "farm", "--out", out, "--jobs", "2"], more].concat())
    }

    /// What was merged after such a run.
    pub(super) fn merged(&self, out: &str) -> String {
        fs::read_to_string(self.path().join(out).join("all.jsonl")).unwrap()
    }

    /// The records of what was merged, by the end of their location.
    pub(super) fn record(&self, out: &str, name: &str) -> Value {
        let merged = self.merged(out);
        let mut all =
            records(&merged).into_iter().filter(|one| one["location"].as_str().unwrap().ends_with(name));
        let record = all.next().unwrap_or_else(|| panic!("there is no record of {name}: {merged}"));
        assert!(all.next().is_none(), "{name} has two records: {merged}");
        record
    }
}

/// The lines that are records.
pub(super) fn records(merged: &str) -> Vec<Value> {
    let lines = merged.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["type"] == "repository").collect()
}

/// All that was written to files below `directory`.
pub(super) fn everything(directory: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(directory).unwrap().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => bytes.extend(everything(&entry.path())),
            false => bytes.extend(fs::read(entry.path()).unwrap()),
        }
    }
    bytes
}

#[test]
fn a_list_is_scanned_merged_and_told() {
    let farm = Farm::new(7);
    let Ran { code, err, .. } = farm.run("out", &["--sarif"]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("7 of 7 repositories scanned"), "{err}");
    let merged = farm.merged("out");
    assert_eq!(records(&merged).len(), 7);
    let record = farm.record("out", "name-3.git");
    assert_eq!((&record["status"], &record["lines"]), (&"complete".into(), &1.into()), "{record}");
    assert!(record["cost"].is_null() && record["commits"] == 2 && record["refs"].is_string(), "{record}");
    // The token is in no file, and shared by three.
    let written = everything(&farm.path().join("out"));
    let token = github_token("shared by several");
    assert!(memchr::memmem::find(&written, &token.as_bytes()[8..]).is_none());
    let page = fs::read_to_string(farm.path().join("out/overview.html")).unwrap();
    assert!(
        page.contains("<td class=\"n\">3</td><td>") && page.contains("github-personal-access-token"),
        "{page}"
    );
    let first = page.find("<h2>Not scanned, or incomplete").unwrap();
    let (shared, worst) =
        (page.find("<h2>Secrets in several").unwrap(), page.find("<h2>Worst repositories").unwrap());
    assert!(first < shared && shared < worst);
    // A report for each.
    let key = record["key"].as_str().unwrap();
    let sarif = fs::read(farm.path().join("out/sarif").join(&key[..2]).join(format!("{key}.sarif"))).unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&sarif).unwrap()["runs"][0]["results"].as_array().unwrap().len(),
        1
    );
    // Tables.
    let table = fs::read_to_string(farm.path().join("out/findings.csv")).unwrap();
    assert_eq!(table.lines().count(), 4, "{table}");
    // Nobody else can read it.
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |name: &str| fs::metadata(farm.path().join(name)).unwrap().permissions().mode() & 0o077;
    for name in
        ["out", "out/parts", "out/all.jsonl", "out/overview.html", "out/findings.csv", "out/plan.jsonl"]
    {
        assert_eq!(mode(name), 0, "{name}");
    }
    let Ran { out, .. } = farm.ran(&["batch", "status", "out", "--format", "json"]);
    let status: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&status["recorded"], &status["by_status"]["complete"]), (&7.into(), &7.into()), "{out}");
}

#[test]
fn what_is_done_is_not_done_again() {
    let farm = Farm::new(5);
    let first = farm.run("out", &[]);
    assert_eq!(first.code, 1, "{}", first.err);
    let merged = farm.merged("out");
    let parts = || fs::read_dir(farm.path().join("out/parts")).unwrap().count();
    let before = parts();
    let again = farm.run("out", &[]);
    assert!(again.err.contains("5 of 5 repositories have a record already"), "{}", again.err);
    assert_eq!((again.code, farm.merged("out"), parts()), (1, merged.clone(), before));
    // One more in the list: it alone is scanned.
    farm.repository("late.git", &[("a", "b\n".to_owned())]);
    let more = farm.run("out", &[]);
    assert!(more.err.contains("5 of 6 repositories have a record already"), "{}", more.err);
    assert_eq!(records(&farm.merged("out")).len(), 6);
    // All again, on request: the same.
    assert_eq!(farm.run("out", &["--again", "all"]).code, 1);
    assert_eq!(records(&farm.merged("out")).len(), 6);
}

#[test]
fn other_settings_are_not_mixed() {
    let farm = Farm::new(2);
    assert_eq!(farm.run("out", &[]).code, 1);
    let other = farm.run("out", &["--checks", "secret"]);
    assert_eq!(other.code, 2);
    assert!(other.err.contains("other settings"), "{}", other.err);
    // Neither are those of another key, and a directory of something else is left alone.
    let mut keyed = farm.command(&["batch", "run", "--from", "farm", "--out", "out"]);
    keyed.env("BARTIZAN_FINGERPRINT_KEY", "sesame");
    assert!(ran(keyed).err.contains("other settings"));
    let foreign = farm.run("farm", &[]);
    assert!(foreign.code == 2 && foreign.err.contains("does not hold results"), "{}", foreign.err);
    // A file of rules that changes.
    fs::write(farm.path().join("rules.toml"), "[[rules]]\nid = \"x\"\nregex = '''abcd[0-9]{9}'''\n").unwrap();
    assert_eq!(farm.run("ruled", &["--rules", "rules.toml"]).code, 1);
    fs::write(farm.path().join("rules.toml"), "[[rules]]\nid = \"x\"\nregex = '''abcd[0-9]{8}'''\n").unwrap();
    assert!(farm.run("ruled", &["--rules", "rules.toml"]).err.contains("other settings"));
}

#[test]
fn shards_of_a_plan_on_an_engine() {
    let farm = Farm::new(9);
    assert_eq!(farm.run("whole", &[]).code, 1);
    assert_eq!(
        farm.ran(&["batch", "plan", "--from", "farm", "--shards", "3", "--out", "plan.jsonl"]).code,
        0
    );
    for shard in [2, 0, 1] {
        let mut command =
            farm.command(&["batch", "run", "plan.jsonl", "--out", "shards", "--shard", "auto", "-q"]);
        command.env("JOB_COMPLETION_INDEX", shard.to_string());
        let Ran { code, err, .. } = ran(command);
        assert_eq!(code, 0, "{err}");
    }
    let merge = ["batch", "merge", "shards", "--out", "all.jsonl", "--html", "all.html", "--csv", "shards"];
    assert_eq!(farm.ran(&merge).code, 1);
    assert_eq!(fs::read_to_string(farm.path().join("all.jsonl")).unwrap(), farm.merged("whole"));
    // One shard is missing: it is not clean, and comes first.
    let mut command = farm.command(&["batch", "run", "plan.jsonl", "--out", "one", "--shard", "1/3", "-q"]);
    command.env("CI_NODE_INDEX", "3");
    assert_eq!(ran(command).code, 0);
    let part = farm.ran(&["batch", "merge", "one", "--html", "one.html"]);
    assert!(part.code == 2 && part.err.contains("6 missing"), "{}", part.err);
    assert!(fs::read_to_string(farm.path().join("one.html")).unwrap().contains("No record"));
    // What an engine need not try again.
    for (args, said) in [
        (&["--shard", "3/3"][..], "shard 3"),
        (&["--shard", "0/4"], "3 shards"),
        (&["--shard", "auto"], "none of"),
        (&["--checks", "secret"], "those of the plan"),
    ] {
        let ran = farm.ran(&[&["batch", "run", "plan.jsonl", "--out", "wrong"], args].concat());
        assert!(ran.code == 64 && ran.err.contains(said), "{args:?}: {} {}", ran.code, ran.err);
    }
    let plan = fs::read_to_string(farm.path().join("plan.jsonl")).unwrap();
    fs::write(farm.path().join("plan.jsonl"), plan.replacen("name-1.git", "name-2.git", 1)).unwrap();
    assert_eq!(farm.ran(&["batch", "run", "plan.jsonl", "--out", "wrong"]).code, 64);
}

#[test]
fn what_has_not_changed_is_taken_over() {
    let farm = Farm::new(4);
    assert_eq!(farm.run("monday", &[]).code, 1);
    farm.repository("new.git", &[("a", "b\n".to_owned())]);
    let changed = farm.path().join("farm/group-1/name-1.git");
    git(&changed, &["branch", "more", "main"]);
    let tuesday = farm.run("tuesday", &["--since-last", "monday"]);
    assert_eq!(tuesday.code, 1, "{}", tuesday.err);
    assert_eq!(farm.run("whole", &[]).code, 1);
    // Of what was gone over only the names of references are not the same: those of tuesday came later.
    let without_bytes = |out: &str| {
        let mut all = records(&farm.merged(out));
        all.iter_mut().for_each(|record| record["bytes"] = Value::Null);
        all
    };
    assert_eq!(without_bytes("tuesday"), without_bytes("whole"));
    // What was taken over took no scan: its record is that of the day before.
    fs::remove_dir_all(farm.path().join("farm/group-0/name-2.git/objects")).unwrap();
    fs::create_dir(farm.path().join("farm/group-0/name-2.git/objects")).unwrap();
    assert_eq!(farm.run("wednesday", &["--since-last", "tuesday"]).code, 1);
    assert_eq!(farm.record("wednesday", "name-2.git")["status"], "complete");
}

#[test]
fn every_line_is_as_the_schema_says() {
    let farm = Farm::new(3);
    let schema: Value = serde_json::from_str(&farm.ran(&["schema", "batch"]).out).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    fs::write(farm.path().join("list"), "farm/group-0/name-0.git\nfarm/absent\n").unwrap();
    assert_eq!(farm.ran(&["batch", "run", "--from", "list", "--out", "out"]).code, 2);
    let (mut seen, mut kinds) = (0, std::collections::BTreeSet::new());
    let parts = fs::read_dir(farm.path().join("out/parts")).unwrap().flatten().map(|part| part.path());
    for path in parts.chain(["out/plan.jsonl", "out/all.jsonl"].map(|name| farm.path().join(name))) {
        for line in fs::read_to_string(&path).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let errors: Vec<String> = schema.iter_errors(&line).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{}: {line}: {errors:?}", path.display());
            kinds.insert(line["type"].as_str().unwrap().to_owned());
            seen += 1;
        }
    }
    assert!(seen > 8);
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        ["batch", "end", "entry", "finding", "plan", "repository"]
    );
}
