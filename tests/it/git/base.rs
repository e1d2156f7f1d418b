//! Worktrees against the commit that they grew out of, judged by the settings of that commit.

use serde_json::Value;

use super::newness::{line, long, places, set};
use super::program::{bartizan, json};
use super::{Repo, token};
use crate::tidy::root;

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// A lock file with packages from crates.io.
pub(super) fn lock(packages: &[(&str, &str)]) -> String {
    let mut text =
        "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n".to_owned();
    packages.iter().for_each(|(name, _)| text.push_str(&format!(" \"{name}\",\n")));
    text.push_str("]\n");
    for (name, version) in packages {
        text.push_str(&format!(
            "\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \"{CRATES_IO}\"\n"
        ));
    }
    text
}

/// A repository with a token on main, which has gone on since the branch `work` was made that is checked out.
fn parted() -> Repo {
    let repo = Repo::new();
    repo.write("a.txt", long("old")).write("b.txt", "b\n").commit("base");
    repo.git(&["checkout", "-q", "-b", "work"]);
    repo.git(&["checkout", "-q", "main"]);
    repo.write("main.txt", line("main")).commit("main goes on");
    repo.git(&["checkout", "-q", "work"]);
    repo
}

fn against(repo: &Repo, base: &str) -> Value {
    json(&repo.path(), &["--base", base])
}

/// The check and the path of each finding.
fn told(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| {
            format!("{} {}", finding["check"].as_str().unwrap(), finding["place"]["path"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn what_the_base_has_is_not_told() {
    let repo = parted();
    let report = against(&repo, "main");
    assert_eq!(places(&report), set([]));
    assert_eq!(report["summary"]["known_before"], 1);
    assert!(report["scope"].as_str().unwrap().starts_with("worktree and range main..HEAD, against commit "));
    repo.git(&["mv", "a.txt", "moved.txt"]);
    repo.write("moved.txt", format!("first\n{}", long("old"))).write("new.txt", line("new")).commit("work");
    assert_eq!(places(&against(&repo, "main")), set(["new.txt:1"]));
    // From wherever one stands, and with a detached HEAD.
    repo.write("deep/er/x", "x").git(&["checkout", "-q", "--detach"]);
    assert_eq!(places(&json(&repo.path().join("deep/er"), &["--base", "main"])), set(["new.txt:1"]));
    // A copy is more than there was.
    repo.write("copy.txt", format!("c {}", line("old"))).commit("copy");
    assert_eq!(places(&against(&repo, "main")), set(["copy.txt:1", "new.txt:1"]));
}

#[test]
fn what_is_not_committed_counts_too() {
    let repo = parted();
    repo.write("untracked.txt", line("untracked")).write("b.txt", line("unstaged"));
    repo.write("staged.txt", line("staged")).git(&["add", "staged.txt"]);
    let all = set(["b.txt:1", "staged.txt:1", "untracked.txt:1"]);
    for base in ["HEAD", "main", "main~1"] {
        assert_eq!(places(&against(&repo, base)), all, "{base}");
    }
    repo.commit("all of it");
    assert_eq!(places(&against(&repo, "HEAD")), set([]));
    // An ancestor that has less.
    let found = places(&against(&repo, "main"));
    assert_eq!(found, all);
}

#[test]
fn what_came_and_went_is_told_and_what_came_back_is_not() {
    let repo = parted();
    repo.write("gone.txt", line("gone")).write("a.txt", "without\n").commit("add, and take away");
    repo.write("gone.txt", "").write("a.txt", long("old")).commit("the other way round");
    let report = against(&repo, "main");
    assert_eq!(told(&report), ["github-personal-access-token gone.txt"]);
    assert_eq!(report["findings"][0]["history"]["in_head"], false);
    // Of what is still there the place of today comes first.
    repo.write("b.txt", line("here")).commit("here");
    repo.write("b.txt", format!("\n\n{}", line("here"))).commit("moved down");
    let report = against(&repo, "main");
    let here =
        report["findings"].as_array().unwrap().iter().find(|one| one["place"]["path"] == "b.txt").unwrap();
    assert_eq!(here["place"]["region"]["start_line"], 3);
    assert_eq!(here["place"]["origin"], Value::Null);
    assert_eq!(here["history"]["blobs"].as_array().unwrap().len(), 2);
}

#[test]
fn merges_from_main_bring_nothing_of_it() {
    let repo = parted();
    repo.write("new.txt", line("new")).commit("work");
    repo.git(&["merge", "-q", "--no-edit", "main"]);
    assert_eq!(places(&against(&repo, "main")), set(["new.txt:1"]));
    // The commit that GitHub checks out: main and the branch, merged.
    repo.git(&["checkout", "-q", "main"]);
    repo.write("later.txt", line("later")).commit("and on");
    repo.git(&["checkout", "-q", "--detach"]);
    repo.git(&["merge", "-q", "--no-ff", "--no-edit", "work"]);
    assert_eq!(places(&against(&repo, "HEAD^1")), set(["new.txt:1"]));
}

#[test]
fn shallow_clones_as_far_as_they_go() {
    let repo = parted();
    repo.write("new.txt", line("new")).commit("work");
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["checkout", "-q", "-B", "pull"]);
    repo.git(&["merge", "-q", "--no-ff", "--no-edit", "work"]);
    let clone = |depth: &str| {
        let clone = Repo::new();
        let url = format!("file://{}", repo.path().display());
        clone.git(&["fetch", "-q", depth, &url, "pull:refs/heads/pull"]);
        clone.git(&["checkout", "-q", "pull"]);
        clone
    };
    let refused = bartizan(&clone("--depth=1").path(), &["scan", "--base", "HEAD^1"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("shallow") && refused.err.contains("git fetch --"), "{}", refused.err);
    // The commit of the branch is there, where it comes from is not.
    let refused = bartizan(&clone("--depth=2").path(), &["scan", "--base", "HEAD^1"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("git fetch --deepen=100"), "{}", refused.err);
    assert_eq!(places(&against(&clone("--depth=3"), "HEAD^1")), set(["new.txt:1"]));
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let repo = parted();
    let refused = |arguments: &[&str], told: &str| {
        let ran = bartizan(&repo.path(), &[&["scan"], arguments].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.err.contains(told), "{arguments:?}: {}", ran.err);
    };
    refused(&["--base", "nowhere"], "unknown revision `nowhere`; `git fetch origin nowhere`");
    refused(&["--config-from", "nowhere"], "unknown revision `nowhere`");
    repo.write("sub/x", "x");
    refused(&["--base", "main", "sub"], "is a part of it");
    for other in [&["--staged"][..], &["--range", "a..b"], &["--since", "a"], &["--history"]] {
        refused(&[&["--base", "main"], other].concat(), "cannot be used with");
    }
    refused(&["--config-from", "main", "--no-config"], "cannot be used with");
    repo.git(&["checkout", "-q", "--orphan", "other"]);
    repo.commit("other");
    refused(&["--base", "main"], "have no commit in common");
}

#[test]
fn of_several_bases_none_is_older_than_another() {
    // A criss-cross: each side has merged the other.
    let repo = parted();
    repo.write("w.txt", line("w")).commit("work");
    let work = repo.head();
    repo.git(&["merge", "-q", "--no-edit", "main"]);
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "--no-edit", &work]);
    repo.write("main2.txt", line("main2")).commit("main again");
    repo.git(&["checkout", "-q", "work"]);
    repo.write("new.txt", line("new")).commit("new");
    let bases = repo.git(&["merge-base", "--all", "work", "main"]);
    assert_eq!(bases.lines().count(), 2);
    let report = against(&repo, "main");
    assert!(places(&report).contains("new.txt:1"), "{report}");
    let base = report["scope"].as_str().unwrap().rsplit(' ').next().unwrap().to_owned();
    assert!(bases.lines().any(|line| line.starts_with(&base)), "{base}");
    // A merge from main: the commit that was merged is the base, though the older one is at its edge, too.
    let repo = parted();
    repo.write("w.txt", "w\n").commit("work");
    repo.git(&["merge", "-q", "--no-edit", "main"]);
    let base = repo.git(&["merge-base", "HEAD", "main"]);
    assert!(against(&repo, "main")["scope"].as_str().unwrap().ends_with(&base[..7]));
}

#[test]
fn advisories_that_the_base_has_already() {
    let database = root().join("tests/advisory-db");
    let scan = |repo: &Repo, arguments: &[&str]| {
        let database = database.to_str().unwrap();
        let fixed = ["--checks", "dependency", "--offline", "--advisory-db", database, "--base", "main"];
        told(&json(&repo.path(), &[&fixed[..], arguments].concat()))
    };
    let repo = Repo::new();
    repo.write("Cargo.lock", lock(&[("tinfoil", "1.4.2")])).commit("base");
    repo.git(&["checkout", "-q", "-b", "work"]);
    let none: [&str; 0] = [];
    assert_eq!(scan(&repo, &[]), none);
    // Other lines, another version with the same fault, another folder.
    repo.write("Cargo.lock", lock(&[("aaa", "1.0.0"), ("tinfoil", "1.4.1")])).commit("edit");
    assert_eq!(scan(&repo, &[]), none);
    repo.write("sub/x", "").git(&["mv", "Cargo.lock", "sub/Cargo.lock"]);
    repo.commit("move");
    assert_eq!(scan(&repo, &[]), none);
    repo.write("sub/Cargo.lock", lock(&[("rustbucket", "0.3.0"), ("tinfoil", "1.4.2")])).commit("another");
    let found = scan(&repo, &[]);
    assert!(!found.is_empty() && found.iter().all(|one| one.ends_with(" sub/Cargo.lock")), "{found:?}");
    // What is scanned does not say what counts, nor does it take away what the base says.
    repo.write(".cargo/audit.toml", "[advisories]\nignore = [\"RUSTSEC-2099-0003\"]\n").commit("ignore it");
    assert_eq!(scan(&repo, &[]), found);
    assert_eq!(scan(&repo, &["--config-from", "HEAD"]), none);
}

#[test]
fn a_broken_lock_file_of_the_base_is_a_notice() {
    let database = root().join("tests/advisory-db");
    let repo = Repo::new();
    repo.write("Cargo.lock", "version = 4\n[[package]]\nname = \"x\"\n").commit("base");
    repo.git(&["checkout", "-q", "-b", "work"]);
    repo.write("Cargo.lock", lock(&[("tinfoil", "1.4.2")])).commit("mended");
    let database = database.to_str().unwrap();
    let report = json(&repo.path(), &["--offline", "--advisory-db", database, "--base", "main"]);
    assert!(told(&report).contains(&"vulnerable-dependency Cargo.lock".to_owned()), "{report}");
    assert_eq!(report["problems"], serde_json::json!([]));
    let notices = report["notices"].to_string();
    assert!(notices.contains("in the base commit"), "{notices}");
}

const IGNORE_ALL: &str = "[[ignore]]\ncheck = \"*\"\nreason = \"of no interest\"\n";

#[test]
fn what_is_scanned_does_not_say_what_counts() {
    let repo = parted();
    repo.write("bartizan.toml", IGNORE_ALL).write("new.txt", line("new")).commit("and hide it");
    let report = against(&repo, "main");
    assert_eq!(places(&report), set(["new.txt:1"]));
    let notices = report["notices"].to_string();
    assert!(
        notices.contains("the settings in this file were not used") && notices.contains("has none"),
        "{notices}"
    );
    assert_eq!(places(&json(&repo.path(), &[])), set([]), "without a base it does");
    assert_eq!(places(&json(&repo.path(), &["--config-from", "main"])), set(["a.txt:11", "new.txt:1"]));
    assert_eq!(
        places(&json(&repo.path(), &["--since", "main", "--config-from", "main"])),
        set(["new.txt:1"])
    );
    // The command line does.
    assert_eq!(places(&json(&repo.path(), &["--base", "main", "--config", "bartizan.toml"])), set([]));
    assert_eq!(places(&json(&repo.path(), &["--base", "main", "--no-config"])), set(["new.txt:1"]));
    // A broken one is not even read.
    repo.write("bartizan.toml", "checks = 3\n").commit("broken");
    assert_eq!(places(&against(&repo, "main")), set(["new.txt:1"]));
}

#[test]
fn what_the_settings_of_the_base_silence_is_counted() {
    let repo = parted();
    repo.git(&["checkout", "-q", "main"]);
    repo.write(
        ".github/bartizan.toml",
        "[scan]\nexclude = [\"vendor/\"]\n[[ignore]]\ncheck = \"secret\"\npath = \"tests/\"\nreason = \"made up\"\n",
    );
    repo.commit("settings");
    repo.git(&["checkout", "-q", "-B", "work"]);
    repo.write("tests/x.txt", line("x")).write("vendor/y.txt", line("y")).write("z.txt", line("z"));
    std::fs::remove_file(repo.path().join(".github/bartizan.toml")).unwrap();
    repo.commit("work");
    let report = against(&repo, "main");
    assert_eq!(places(&report), set(["z.txt:1"]));
    assert_eq!(report["suppressed"].as_array().unwrap().len(), 1);
    assert!(!report["notices"].to_string().contains("not used"), "there is none in the worktree");
}

#[test]
fn what_the_settings_name_comes_from_the_commit() {
    let repo = Repo::new();
    let pack = |letter: &str| {
        format!(
            "provider = \"Acme\"\ndocs = \"https://acme.example\"\n[[rule]]\nid = \"acme-key\"\ntitle = \"Acme key\"\nseverity = \"high\"\nconfidence = \"high\"\nshape = \"acme{letter}_ A{{20}}\"\nabout = \"Opens Acme.\"\nrevoke = \"Delete it.\"\nbad = [\"acme{letter}_¦x9Kd82mQp0LsT7vWcY3z\"]\ngood = [\"acme\"]\n"
        )
    };
    repo.write("bartizan.toml", "[scan]\npacks = [\"./own/../own\"]\n")
        .write("own/acme.toml", pack("a"))
        .commit("base");
    repo.git(&["checkout", "-q", "-b", "work"]);
    repo.write("own/acme.toml", pack("b"))
        .write("key.txt", "k = \"acmea_x9Kd82mQp0LsT7vWcY3z\"\n")
        .commit("work");
    assert_eq!(told(&against(&repo, "main")), ["acme-key key.txt"]);
    assert_eq!(told(&json(&repo.path(), &["--checks", "acme-key"])), [""; 0]);
    // Nothing leads out of the repository.
    repo.git(&["checkout", "-q", "main"]);
    repo.write("bartizan.toml", "[scan]\npacks = [\"../own\"]\n").commit("out");
    let ran = bartizan(&repo.path(), &["scan", "--config-from", "HEAD"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("there is no pack"), "{}", ran.err);
}

#[test]
fn marks_of_what_was_there_before_are_of_use() {
    let repo = Repo::new();
    let mark = ["bartizan:", "allow github-personal-access-token made up"].concat();
    repo.write("a.txt", format!("t = \"{}\" # {mark}\n", token("one"))).commit("base");
    repo.git(&["checkout", "-q", "-b", "work"]);
    repo.write("b.txt", line("new")).commit("work");
    let report = against(&repo, "main");
    assert_eq!(report["notices"], serde_json::json!([]));
    assert_eq!(places(&report), set(["b.txt:1"]));
    repo.write("a.txt", format!("x\nt = \"{}\" # {mark}\n", token("one"))).git(&["add", "-A"]);
    let report = json(&repo.path(), &["--staged"]);
    assert_eq!((report["notices"].clone(), places(&report)), (serde_json::json!([]), set([])));
}

#[test]
fn bare_repositories_have_settings_in_their_commits() {
    let repo = parted();
    repo.write("bartizan.toml", IGNORE_ALL).write("new.txt", line("new")).commit("work");
    let bare = |arguments: &[&str]| {
        let fixed = ["--bare-repo", ".git", "--range", "main..work"];
        places(&json(&repo.path(), &[&fixed, arguments].concat()))
    };
    assert_eq!(bare(&["--config-from", "work"]), set([]));
    assert_eq!(bare(&["--config-from", "main"]), set(["new.txt:1"]));
}
