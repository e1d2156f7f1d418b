//! What git publishes besides contents and messages: names of files, and the headers of commits and tags.

use std::collections::BTreeSet;

use serde_json::Value;

use super::program::{bartizan, json};
use super::{Repo, git, token};
use crate::run_git;

const FORMATS: [&str; 9] = ["human", "json", "jsonl", "sarif", "github", "markdown", "html", "junit", "csv"];

/// The findings of tokens, each by what is said of its first place.
fn found(report: &Value) -> BTreeSet<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let findings = findings.filter(|finding| finding["check"] == "github-personal-access-token");
    findings
        .map(|finding| {
            let place = &finding["place"];
            let kind = place["origin"]["kind"].as_str().unwrap_or("today");
            format!("{kind} {} {}", place["path"].as_str().unwrap(), finding["message"].as_str().unwrap())
        })
        .collect()
}

const MESSAGE: &str = "GitHub personal access token, in a file name";

fn set(kind: &str, paths: &[&str]) -> BTreeSet<String> {
    paths.iter().map(|path| format!("{kind} {path} {MESSAGE}")).collect()
}

/// Asserts that no format shows the tokens with these names.
fn nothing_shows(repo: &Repo, arguments: &[&str], names: &[&str]) {
    for format in FORMATS {
        let ran = bartizan(&repo.path(), &[&["scan", "-v", "--format", format], arguments].concat());
        for name in names {
            let secret = token(name);
            assert!(!ran.out.contains(&secret[8..]), "{format}: {name}: {}", ran.out);
            assert!(!ran.err.contains(&secret[8..]), "{format}: {name}: {}", ran.err);
        }
    }
}

fn path(folder: &str, name: &str, end: &str) -> String {
    format!("{folder}{}{end}", token(name))
}

/// What is shown of such a path.
fn masked(folder: &str, end: &str) -> String {
    format!("{folder}ghp_****{end}")
}

#[test]
fn names_in_the_worktree() {
    let repo = Repo::new();
    repo.write(&path("keys/", "file", ".txt"), "x\n")
        .write(&path("", "folder", "/one.txt"), "x\n")
        .write(&path("", "folder", "/two.txt"), "x\n")
        .write(&path("binary-", "binary", ".bin"), [0, 1, 2])
        .commit("base");
    repo.write(&path("", "untracked", ""), "x\n");
    repo.write(".gitignore", "*.ignored\n").write(&path("", "ignored", ".ignored"), "x\n");
    std::fs::remove_file(repo.path().join(path("keys/", "file", ".txt"))).unwrap();
    let expected =
        [masked("", "/one.txt"), masked("", ""), masked("binary-", ".bin"), masked("keys/", ".txt")];
    let expected = set("today", &expected.each_ref().map(String::as_str));
    assert_eq!(found(&json(&repo.path(), &[])), expected);
    let names = ["file", "folder", "binary", "untracked"];
    nothing_shows(&repo, &[], &names);
    nothing_shows(&repo, &["--history"], &names);
    let left_out = found(&json(&repo.path(), &["--exclude", "keys", "--exclude", "binary-*"]));
    assert_eq!(left_out, set("today", &[&masked("", "/one.txt"), &masked("", "")]));
    let subset = found(&json(&repo.path(), &["--index"]));
    assert_eq!(subset, expected.into_iter().filter(|one| !one.contains("ghp_**** ")).collect());
}

#[test]
fn names_that_hold_no_token_of_their_own() {
    let repo = Repo::new();
    let digest = "3f786850e387550fdab836ed7e6dc881de23001b";
    repo.write(&format!("github_token/{digest}.json"), "{}\n")
        .write(&format!("datadog/api_key/{}.txt", &digest[..32]), "x\n")
        .write(&format!("password={digest}"), "x\n")
        .write("ghp_short.txt", "x\n")
        .write(&format!("ghp_{}.txt", "x".repeat(36)), "x\n")
        .commit("base");
    for arguments in [&[][..], &["--history"], &["--range", "HEAD"], &["--index"]] {
        assert_eq!(json(&repo.path(), arguments)["findings"], serde_json::json!([]), "{arguments:?}");
    }
}

#[test]
fn names_that_are_staged() {
    let repo = Repo::new();
    repo.write(&path("", "old", "/a.txt"), "a\n").commit("base");
    repo.write(&path("", "old", "/a.txt"), "b\n").write(&path("", "old", "/b.txt"), "b\n");
    repo.git(&["add", "-A"]);
    let report = json(&repo.path(), &["--staged"]);
    assert_eq!(found(&report), BTreeSet::new());
    assert_eq!(report["summary"]["known_before"], 1);
    repo.write(&path("", "old", &format!("/{}", token("new"))), "b\n");
    repo.git(&["add", "-A"]);
    assert_eq!(
        found(&json(&repo.path(), &["--staged"])),
        set("today", &["ghp_****/ghp_****"]),
        "a new name in a known directory"
    );
    nothing_shows(&repo, &["--staged"], &["old", "new"]);
    repo.commit("new");
    assert_eq!(found(&json(&repo.path(), &["--range", "HEAD"])), set("file-name", &["ghp_****/ghp_****"]));
    // A file that is moved without its content being touched.
    repo.git(&["mv", &path("", "old", "/a.txt"), &path("", "moved", ".txt")]);
    assert_eq!(found(&json(&repo.path(), &["--staged"])), set("today", &["ghp_****.txt"]));
}

#[test]
fn names_in_ranges_and_in_the_history() {
    let repo = Repo::new();
    repo.write("base.txt", "base\n").write(&path("", "old", "/a.txt"), "a\n");
    let base = repo.commit("base");
    repo.write(&path("sub/", "gone", ".txt"), "the content\n");
    let brought = repo.commit("add");
    repo.git(&["mv", &path("sub/", "gone", ".txt"), "sub/good.txt"]);
    repo.write(&path("", "old", "/b.txt"), "b\n").commit("rename");
    let range = format!("{base}..HEAD");
    let report = json(&repo.path(), &["--range", &range]);
    assert_eq!(found(&report), set("file-name", &[&masked("sub/", ".txt")]));
    assert_eq!(report["findings"][0]["place"]["origin"]["commit"]["id"], brought.as_str());
    assert_eq!(found(&json(&repo.path(), &["--base", &base])), set("file-name", &[&masked("sub/", ".txt")]));
    let expected = set("file-name", &[&masked("sub/", ".txt")]);
    let all: BTreeSet<String> =
        expected.iter().cloned().chain(set("today", &[&masked("", "/a.txt")])).collect();
    let mut reports = Vec::new();
    for pack in [false, true] {
        if pack {
            repo.git(&["repack", "-adqf"]);
        }
        for threads in ["1", "3"] {
            let report = json(&repo.path(), &["--history", "--no-cache", "-j", threads]);
            assert_eq!(found(&report), all);
            reports.push(report["findings"].clone());
        }
    }
    assert!(reports.windows(2).all(|two| two[0] == two[1]), "{reports:#?}");
    let gone = reports[0].as_array().unwrap().iter().find(|finding| !finding["place"]["origin"].is_null());
    let gone = gone.unwrap();
    assert_eq!(gone["place"]["origin"]["commit"]["id"], brought.as_str(), "{gone:#}");
    assert_eq!(gone["history"]["file_name"], true);
    assert_eq!(gone["history"]["purge"], serde_json::json!(["git filter-repo --path-rename OLD:NEW"]));
    nothing_shows(&repo, &["--history"], &["old", "gone"]);
    nothing_shows(&repo, &["--range", &range], &["old", "gone"]);
    // With the cache of what is known to be clean nothing changes.
    let cached = json(&repo.path(), &["--history"]);
    assert_eq!(json(&repo.path(), &["--history"])["findings"], cached["findings"]);
    assert_eq!(cached["findings"], reports[0]);
}

#[test]
fn names_that_only_unreachable_trees_have() {
    let repo = Repo::new();
    repo.write("base.txt", "base\n").commit("base");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write(&path("", "lost", ".txt"), "lost\n").commit("lost");
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["branch", "-qD", "side"]);
    repo.git(&["reflog", "expire", "--expire=now", "--all"]);
    assert_eq!(found(&json(&repo.path(), &["--history"])), BTreeSet::new());
    let report = json(&repo.path(), &["--history", "--unreachable"]);
    assert_eq!(found(&report), set("file-name", &["ghp_****.txt"]));
}

#[test]
fn a_name_is_suppressed_by_its_path() {
    let repo = Repo::new();
    // What a change brings does not say what counts in it.
    repo.write(
        "bartizan.toml",
        "[[ignore]]\npath = \"fixtures/**\"\ncheck = \"github-personal-access-token\"\n\
         reason = \"made up\"\n",
    );
    repo.commit("base");
    repo.write(&path("fixtures/", "known", ".txt"), "x\n").commit("known");
    for arguments in [&[][..], &["--history"], &["--range", "HEAD"]] {
        let report = json(&repo.path(), arguments);
        assert_eq!(found(&report), BTreeSet::new(), "{arguments:?}");
        assert_eq!(report["suppressed"].as_array().unwrap().len(), 1, "{arguments:?}");
    }
}

/// Writes an object of that kind, and returns its id.
fn object(repo: &Repo, kind: &str, text: &str) -> String {
    let arguments = ["hash-object", "-w", "--literally", "-t", kind, "--stdin"];
    git(&repo.path(), &arguments, text.as_bytes()).trim().to_owned()
}

#[test]
fn headers_of_commits_and_tags() {
    let repo = Repo::new();
    repo.write("base.txt", "base\n");
    let base = repo.commit("base");
    let tree = repo.git(&["rev-parse", "HEAD^{tree}"]).trim().to_owned();
    let time = "1700000000 +0000";
    let who = |name: &str| format!("A U <a@example.org> {time}").replace("A U", name);
    let places = [
        ("author", String::new()),
        ("mail", String::new()),
        ("committer", String::new()),
        ("unknown", format!("x-note {}\n", token("unknown"))),
        ("continued", format!("x-note one\n two {}\n", token("continued"))),
        ("encoding", format!("encoding {}\n", token("encoding"))),
        (
            "armour",
            format!(
                "gpgsig -----BEGIN PGP SIGNATURE-----\n Comment: {}\n \n aGVsbG8\n -----END PGP SIGNATURE-----\n",
                token("armour")
            ),
        ),
        (
            "merged",
            format!(
                "mergetag object {base}\n type commit\n tag v0\n tagger {} <t@example.org> {time}\n \n said\n",
                token("merged")
            ),
        ),
    ];
    let mut parent = base.clone();
    for (name, extra) in &places {
        let author = if *name == "author" { token(name) } else { "A U".to_owned() };
        let committer = if *name == "committer" { token(name) } else { "A U".to_owned() };
        let mail = if *name == "mail" { token(name) } else { "a@example.org".to_owned() };
        let text = format!(
            "tree {tree}\nparent {parent}\nauthor {author} <{mail}> {time}\ncommitter {}\n{extra}\nchange\n",
            who(&committer)
        );
        parent = object(&repo, "commit", &text);
    }
    repo.git(&["update-ref", "refs/heads/main", &parent]);
    let tag = format!(
        "object {parent}\ntype commit\ntag {}\ntagger {} <t@example.org> {time}\n\nsaid\n",
        token("tag"),
        token("tagger")
    );
    let tag = object(&repo, "tag", &tag);
    repo.git(&["update-ref", "refs/tags/v1", &tag]);
    let names: Vec<&str> = places.iter().map(|(name, _)| *name).chain(["tag", "tagger"]).collect();
    let range = format!("{base}..HEAD");
    for arguments in [&["--history", "--no-cache"][..], &["--range", &range]] {
        let report = json(&repo.path(), arguments);
        let findings = report["findings"].as_array().unwrap();
        let kinds =
            |kind: &str| findings.iter().filter(|finding| finding["place"]["origin"]["kind"] == kind).count();
        assert_eq!((findings.len(), kinds("commit-header"), kinds("tag-header")), (10, 8, 2), "{report:#}");
        assert!(findings.iter().all(|finding| finding["history"]["header"] == true));
        nothing_shows(&repo, arguments, &names);
        nothing_shows(&repo, &[arguments, &["--include-authors"]].concat(), &names);
        let ran = bartizan(&repo.path(), &[&["scan"], arguments].concat());
        assert_eq!(ran.code, 1);
        assert!(ran.out.contains("headers of commit ") && ran.out.contains("headers of tag "), "{}", ran.out);
    }
    // People and signatures without a token are nothing to report.
    assert_eq!(json(&repo.path(), &["--range", &base])["findings"], serde_json::json!([]));
}

#[test]
fn names_of_references_in_a_range() {
    let repo = Repo::new();
    repo.write("base.txt", "base\n").commit("base");
    repo.git(&["branch", &token("before")]);
    repo.write("more.txt", "more\n").commit("more");
    repo.git(&["branch", &token("branch")]);
    repo.git(&["tag", &token("tag")]);
    let report = json(&repo.path(), &["--range", "HEAD"]);
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 2, "{report:#}");
    assert!(findings.iter().all(|finding| finding["place"]["origin"]["kind"] == "ref-name"));
    nothing_shows(&repo, &["--range", "HEAD"], &["before", "branch", "tag"]);
}

#[test]
fn a_key_over_several_lines_of_a_header() {
    let repo = Repo::new();
    repo.write("base.txt", "base\n");
    let base = repo.commit("base");
    let tree = repo.git(&["rev-parse", "HEAD^{tree}"]).trim().to_owned();
    let who = "A U <a@example.org> 1700000000 +0000";
    let text = format!(
        "tree {tree}\nparent {base}\nauthor {who}\ncommitter {who}\nx-mail password=\n {}\nx-url https://u:{}@example.org/\n\nchange\n",
        "Tr0ub4dor&3xQ9", "qT7vY2mK9wLp"
    );
    let id = object(&repo, "commit", &text);
    repo.git(&["update-ref", "refs/heads/main", &id]);
    for arguments in [&["--history"][..], &["--range", "HEAD"]] {
        let report = json(&repo.path(), arguments);
        let kind = &report["findings"][0]["place"]["origin"]["kind"];
        assert_eq!(kind, "commit-header", "{arguments:?}: {report:#}");
    }
}

#[cfg(unix)]
#[test]
fn paths_of_other_findings_are_masked() {
    let repo = Repo::new();
    // A finding of its own, a file that is passed over, and a problem.
    repo.write(
        &path("", "first", "/settings.py"),
        "db = \"postgres:¦//app:qT7vY2mK9wLp@db.example.org/app\"\n".replace('¦', ""),
    )
    .write(&path("", "second", ".png"), [0x89, b'P', 0, 1])
    .write(&path("", "third", "/Cargo.lock"), "<<<<<<< half\n")
    .write(&path("", "fourth", ".zip"), b"PK\x03\x04 damaged \0\0");
    std::os::unix::fs::symlink("nowhere", repo.path().join(path("", "fifth", ""))).unwrap();
    repo.commit("base");
    let names = ["first", "second", "third", "fourth", "fifth"];
    for arguments in [&["--offline"][..], &["--history", "--offline"], &["--range", "HEAD"], &["--index"]] {
        nothing_shows(&repo, arguments, &names);
    }
    run_git::git(&repo.path(), &["config", "core.hooksPath", "/nonexistent"]);
    let human = bartizan(&repo.path(), &["scan", "--offline", "-v"]);
    assert!(human.out.contains("ghp_****/settings.py:1:"), "{}", human.out);
}
