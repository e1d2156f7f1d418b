//! The program on repositories: every place where a secret can hide, exit codes, what is refused.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{Repo, token};
use crate::run_git;

pub(super) struct Ran {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
}

pub(super) fn bartizan(folder: &Path, arguments: &[&str]) -> Ran {
    run(folder, arguments, &[])
}

fn run(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_bartizan"))
        .current_dir(folder)
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("SOURCE_DATE_EPOCH", "1790000000")
        .envs(environment.iter().copied())
        .args(arguments)
        .output()
        .unwrap();
    Ran {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(super) fn json(folder: &Path, arguments: &[&str]) -> Value {
    let ran = bartizan(folder, &[&["scan", "--format", "json"], arguments].concat());
    assert!(ran.code < 2, "{}{}", ran.out, ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// Path of each finding of a GitHub token, and its severity.
fn tokens(report: &Value) -> BTreeMap<String, String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["check"] == "github-personal-access-token")
        .map(|finding| {
            let kind = finding["place"]["origin"]["kind"].as_str().unwrap_or("file");
            let path = finding["place"]["path"].as_str().unwrap();
            let what = if kind.ends_with("message") { kind } else { path };
            (what.to_owned(), finding["severity"].as_str().unwrap().to_owned())
        })
        .collect()
}

/// A repository with a token at every place that a scanner of patches is known to miss, each under a
/// name of its own. Returns the commit that everything comes behind.
fn hiding_places() -> (Repo, String) {
    let repo = Repo::new();
    let line = |name: &str| format!("t = \"{}\"\n", token(name));
    repo.write("base.txt", "base\n");
    let base = repo.commit("base");
    repo.write("normal.txt", line("normal")).commit("normal");
    repo.write("deleted.txt", line("deleted")).commit("add");
    repo.git(&["rm", "-q", "deleted.txt"]);
    repo.commit("delete");
    // In the resolution of a conflict, and in neither parent.
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("merge.txt", "side\n").commit("side");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("merge.txt", "main\n").commit("main");
    run_git::failing(&repo.path(), &["merge", "-q", "side"]);
    repo.write("merge.txt", line("merge")).commit("merge");
    // A link that becomes a file.
    std::os::unix::fs::symlink("base.txt", repo.path().join("type.txt")).unwrap();
    repo.commit("link");
    std::fs::remove_file(repo.path().join("type.txt")).unwrap();
    repo.write("type.txt", line("type")).commit("type change");
    repo.write(".gitattributes", "*.cfg -diff\n")
        .write("attribute.cfg", line("attribute"))
        .commit("attribute");
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(line("utf16").encode_utf16()).flat_map(u16::to_le_bytes).collect();
    repo.write("utf16.txt", utf16).commit("utf16");
    repo.commit(&format!("use {}", token("message")));
    repo.git(&["tag", "-a", "-m", &format!("tag {}", token("tag")), "v1"]);
    let encoded = data_encoding::BASE64.encode(format!("token={};aaaa", token("encoded")).as_bytes());
    repo.write("encoded.txt", format!("x = \"{encoded}\"\n"));
    let mut wrong = token("wrong");
    let last = wrong.pop().unwrap();
    wrong.push(if last == 'A' { 'B' } else { 'A' });
    repo.write("wrong.txt", format!("t = \"{wrong}\"\n")).commit("more");
    repo.write("staged.txt", line("staged")).git(&["add", "staged.txt"]);
    repo.write("normal.txt", format!("{}{}", line("normal"), line("dirty")));
    repo.write("untracked.txt", line("untracked"));
    (repo, base)
}

#[test]
fn every_hiding_place_that_is_in_reach() {
    let (repo, base) = hiding_places();
    let critical = |paths: &[&str]| -> BTreeMap<String, String> {
        paths.iter().map(|path| ((*path).to_owned(), "critical".to_owned())).collect()
    };
    assert_eq!(tokens(&json(&repo.path(), &["--staged"])), critical(&["staged.txt"]));
    let mut expected = critical(&[
        "attribute.cfg",
        "commit-message",
        "deleted.txt",
        "encoded.txt",
        "merge.txt",
        "normal.txt",
        "tag-message",
        "type.txt",
        "utf16.txt",
    ]);
    expected.insert("wrong.txt".to_owned(), "low".to_owned());
    let range = format!("{base}..HEAD");
    assert_eq!(tokens(&json(&repo.path(), &["--range", &range])), expected);
    assert_eq!(tokens(&json(&repo.path(), &["--since", &base])), expected);
    repo.git(&["repack", "-adq"]);
    assert_eq!(tokens(&json(&repo.path(), &["--range", &range])), expected, "packed");

    expected.extend(critical(&["staged.txt", "untracked.txt"]));
    assert_eq!(tokens(&json(&repo.path(), &["--history"])), expected);
    repo.git(&["stash", "-q"]);
    expected.remove("untracked.txt");
    std::fs::remove_file(repo.path().join("untracked.txt")).unwrap();
    assert_eq!(tokens(&json(&repo.path(), &["--history"])), expected, "in the stash");
    repo.git(&["stash", "drop", "-q"]);
    expected.remove("staged.txt");
    assert_eq!(tokens(&json(&repo.path(), &["--history"])), expected);
    assert_eq!(tokens(&json(&repo.path(), &["--bare-repo", ".git"])), expected);
    expected.extend(critical(&["staged.txt"]));
    assert_eq!(tokens(&json(&repo.path(), &["--history", "--unreachable"])), expected);
    assert_eq!(bartizan(&repo.path(), &["scan", "--history", "--fail-on", "critical"]).code, 1);
}

#[test]
fn a_finding_says_where_it_came_in_and_what_takes_it_out() {
    let (repo, base) = hiding_places();
    let range = format!("{base}..HEAD");
    let report = json(&repo.path(), &["--range", &range]);
    let of = |path: &str| {
        let findings = report["findings"].as_array().unwrap();
        findings.iter().find(|finding| finding["place"]["path"] == path).unwrap().clone()
    };
    let deleted = of("deleted.txt");
    let id = repo.git(&["log", "-1", "--diff-filter=A", "--format=%H", "--", "deleted.txt"]);
    assert_eq!(deleted["place"]["origin"]["commit"]["id"], id.trim());
    assert!(deleted["place"]["origin"]["commit"].get("author").is_none());
    assert_eq!(deleted["history"]["in_head"], false);
    assert_eq!(deleted["history"]["commits"], 1);
    let blob = repo.git(&["rev-parse", &format!("{}:deleted.txt", id.trim())]);
    let blob = blob.trim();
    assert_eq!(deleted["history"]["blobs"], serde_json::json!([blob]));
    let purge = format!("printf '%s\\n' {blob} | git filter-repo --strip-blobs-with-ids /dev/stdin");
    assert_eq!(deleted["history"]["purge"], serde_json::json!([purge]));
    assert_eq!(of("normal.txt")["history"]["in_head"], true);

    let named = json(&repo.path(), &["--range", &range, "--include-authors"]);
    assert!(named.to_string().contains("t <t@example.org>"));
    assert!(!report.to_string().contains("t@example.org"));
    // The same secret, the same fingerprint, wherever it is found.
    let worktree = json(&repo.path(), &[]);
    let print = |report: &Value| {
        let findings = report["findings"].as_array().unwrap();
        findings.iter().find(|f| f["place"]["path"] == "merge.txt").unwrap()["fingerprint"].clone()
    };
    assert_eq!(print(&worktree), print(&report));
}

#[test]
fn a_secret_with_many_versions_is_one_finding() {
    let repo = Repo::new();
    let base = repo.commit("base");
    for n in 0..5 {
        repo.write("a.txt", format!("{n}\nt = \"{}\"\n", token("one"))).commit("again");
    }
    repo.git(&["mv", "a.txt", "b.txt"]);
    repo.commit("move");
    let report = json(&repo.path(), &["--range", &format!("{base}..")]);
    let [finding] = report["findings"].as_array().unwrap().as_slice() else { panic!("{report}") };
    assert_eq!(finding["history"]["blobs"].as_array().unwrap().len(), 5);
    assert_eq!(finding["history"]["commits"], 6);
    assert_eq!(finding["place"]["path"], "a.txt");
    let also: Vec<&str> =
        finding["also"].as_array().unwrap().iter().map(|place| place["path"].as_str().unwrap()).collect();
    assert_eq!(also, ["b.txt"]);
    assert_eq!(report["coverage"]["history"]["commits"], 6);
}

#[test]
fn a_mark_in_a_file_is_for_its_older_versions_too() {
    let repo = Repo::new();
    let base = repo.commit("base");
    repo.write("a.txt", format!("t = \"{}\"\n", token("one"))).commit("without a mark");
    let mark = ["bartizan:", "allow github-personal-access-token made up"].concat();
    repo.write("a.txt", format!("t = \"{}\" # {mark}\n", token("one"))).commit("with a mark");
    let report = json(&repo.path(), &["--range", &format!("{base}..")]);
    assert_eq!(report["findings"], serde_json::json!([]));
    assert_eq!(report["suppressed"].as_array().unwrap().len(), 1);
    assert_eq!(report["notices"], serde_json::json!([]), "what old versions hold is not to be mended");
}

#[test]
fn exit_codes() {
    let (repo, base) = hiding_places();
    let path = repo.path();
    let code = |arguments: &[&str]| bartizan(&path, &[&["scan"], arguments].concat()).code;
    assert_eq!(code(&["--staged"]), 1);
    assert_eq!(code(&["--staged", "--fail-on", "none"]), 0);
    assert_eq!(code(&["--range", &format!("{base}..HEAD")]), 1);
    assert_eq!(code(&["--range", &base]), 0);
    for format in ["human", "json", "jsonl", "sarif"] {
        let ran = bartizan(&path, &["scan", "--range", "nowhere..HEAD", "--format", format]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{format}");
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        assert!(ran.err.contains("git fetch origin nowhere"), "{}", ran.err);
    }
}

#[test]
fn an_empty_range_says_so() {
    let repo = Repo::new();
    repo.write("a", "a").commit("base");
    let ran = bartizan(&repo.path(), &["scan", "--range", "HEAD..HEAD"]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.out.contains("there are no commits in the range `HEAD..HEAD`, so nothing was scanned"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("no findings in 0 objects (0 bytes) of 0 commits"), "{}", ran.out);
}

#[test]
fn arguments_that_do_not_fit_together() {
    let repo = Repo::new();
    repo.write("sub/a", "a").commit("base");
    let told = |arguments: &[&str]| {
        let ran = bartizan(&repo.path(), &[&["scan"], arguments].concat());
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.out);
        ran.err
    };
    assert!(told(&["--staged", "--range", "HEAD"]).contains("cannot be used with"));
    assert!(told(&["--since", "HEAD", "--history"]).contains("cannot be used with"));
    assert!(told(&["--bare-repo", ".", "sub"]).contains("cannot be used with"));
    assert!(told(&["--unreachable"]).contains("--history"));
    assert!(told(&["--staged", "sub"]).contains("are for a whole repository"));
    let plain = tempfile::tempdir().unwrap();
    let ran = bartizan(plain.path(), &["scan", "--staged"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("the index and the history are those of a git repository"), "{}", ran.err);
    // From a directory within, without a path, it is all of the repository.
    repo.write("top", format!("t = \"{}\"\n", token("top"))).git(&["add", "-A"]);
    assert_eq!(bartizan(&repo.path().join("sub"), &["scan", "--staged"]).code, 1);
}

#[test]
fn bare_repositories() {
    let (repo, base) = hiding_places();
    // Not within another repository, for there it would be a directory like any other.
    let place = tempfile::tempdir().unwrap();
    let url = repo.path().display().to_string();
    super::git(place.path(), &["clone", "-q", "--mirror", &url, "mirror.git"], b"");
    let bare = place.path().join("mirror.git");
    for arguments in [&["scan"][..], &["scan", "refs"], &["scan", "--staged"]] {
        let ran = bartizan(&bare, arguments);
        assert_eq!(ran.code, 2, "{arguments:?}");
        assert!(ran.err.contains("it is bare") && ran.err.contains("--history DIR"), "{}", ran.err);
    }
    let range = format!("{base}..HEAD");
    let report = json(&bare, &["--bare-repo", ".", "--range", &range]);
    assert_eq!(tokens(&report), tokens(&json(&bare, &["--range", &range])));
    assert_eq!(tokens(&report), tokens(&json(&repo.path(), &["--range", &range])));
    let ran = bartizan(place.path(), &["scan", "--bare-repo", "nowhere"]);
    assert_eq!(ran.code, 2);
}

/// While git commits a part of what has changed, the index that counts is another one.
#[test]
fn the_index_that_git_names_is_the_one_that_counts() {
    let repo = Repo::new();
    repo.write("a.txt", "a\n").commit("base");
    repo.write("a.txt", format!("t = \"{}\"\n", token("one")));
    assert_eq!(bartizan(&repo.path(), &["scan", "--staged"]).code, 0);
    std::fs::copy(repo.path().join(".git/index"), repo.path().join(".git/next-index")).unwrap();
    let other = [("GIT_INDEX_FILE", ".git/next-index")];
    assert_eq!(run(&repo.path(), &["scan", "--staged"], &other).code, 0);
    repo.git(&["add", "a.txt"]);
    std::fs::rename(repo.path().join(".git/index"), repo.path().join(".git/next-index")).unwrap();
    repo.git(&["reset", "-q"]);
    assert_eq!(bartizan(&repo.path(), &["scan", "--staged"]).code, 0);
    assert_eq!(run(&repo.path(), &["scan", "--staged"], &other).code, 1);
}

/// What is being pushed lies apart until the hook has agreed.
#[test]
fn objects_in_quarantine_are_found() {
    let repo = Repo::new();
    let base = repo.write("a.txt", "a\n").commit("base");
    let place = Repo::new();
    let url = repo.path().display().to_string();
    place.git(&["clone", "-q", "--bare", &url, "bare.git"]);
    let tip = repo.write("b.txt", format!("t = \"{}\"\n", token("one"))).commit("secret");
    let bare = place.path().join("bare.git");
    let range = format!("{base}..{tip}");
    let arguments = ["scan", "--bare-repo", ".", "--range", &range];
    assert_eq!(bartizan(&bare, &arguments).code, 2);
    let objects = repo.path().join(".git/objects").display().to_string();
    assert_eq!(run(&bare, &arguments, &[("GIT_OBJECT_DIRECTORY", &objects)]).code, 1);
    assert_eq!(run(&bare, &arguments, &[("GIT_ALTERNATE_OBJECT_DIRECTORIES", &objects)]).code, 1);
}

/// Nothing that the repository's own settings name is started.
#[test]
fn settings_of_a_repository_start_nothing() {
    let (repo, base) = hiding_places();
    let witness = repo.path().join("witness");
    let script = format!("#!/bin/sh\ntouch {}\ncat\n", witness.display());
    repo.write(".git/evil", script);
    let evil = repo.path().join(".git/evil");
    std::fs::set_permissions(&evil, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let evil = evil.display().to_string();
    for key in [
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.alternateRefsCommand",
        "filter.x.clean",
        "filter.x.smudge",
        "filter.x.process",
        "diff.x.textconv",
        "diff.external",
        "credential.helper",
        "gpg.program",
        "uploadpack.packObjectsHook",
    ] {
        repo.git(&["config", key, &evil]);
    }
    repo.write(".git/config.more", format!("[core]\n\thooksPath = {evil}\n"));
    repo.git(&["config", "include.path", "config.more"]);
    repo.write(".gitattributes", "* filter=x diff=x\n");
    for hook in ["pre-commit", "post-index-change", "reference-transaction", "post-checkout"] {
        std::fs::copy(repo.path().join(".git/evil"), repo.path().join(".git/hooks").join(hook)).ok();
    }
    let range = format!("{base}..HEAD");
    assert_eq!(bartizan(&repo.path(), &["scan", "--staged"]).code, 1);
    assert_eq!(bartizan(&repo.path(), &["scan", "--range", &range]).code, 1);
    assert!(!witness.exists());
}

#[test]
fn no_format_shows_what_it_found_in_the_history() {
    let (repo, base) = hiding_places();
    let range = format!("{base}..HEAD");
    for format in ["human", "json", "jsonl", "sarif"] {
        let ran = bartizan(&repo.path(), &["scan", "-v", "--range", &range, "--format", format]);
        assert_eq!(ran.code, 1);
        for name in ["normal", "deleted", "merge", "message", "tag", "encoded", "utf16"] {
            let secret = token(name);
            assert!(!ran.out.contains(&secret[8..]), "{format}: {name}");
        }
    }
}
