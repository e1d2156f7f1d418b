//! What is over the size limit: text is looked at all the same in every mode, and what cannot be is told
//! where somebody brings it. And histories without files around them.

use serde_json::Value;

use super::program::{bartizan, json};
use super::{Repo, token};

/// A limit that everything here is over.
const LIMIT: [&str; 2] = ["--max-file-size", "1KiB"];

/// A text over the limit with a token far down.
fn long(name: &str) -> String {
    let plain = "an ordinary line of some text, with words\n".repeat(100);
    format!("{plain}t = \"{}\"\n{plain}", token(name))
}

/// An archive over the limit.
fn archive() -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let noise: Vec<u8> = (0..4000).map(|_| next()).collect();
    let file = crate::decode::gzip(&noise);
    assert!(file.len() > 2048);
    file
}

fn limited(repo: &Repo, arguments: &[&str]) -> Value {
    json(&repo.path(), &[&LIMIT, arguments].concat())
}

/// Path and first line of each finding.
fn places(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| {
            let place = &finding["place"];
            format!("{}:{}", place["path"].as_str().unwrap(), place["region"]["start_line"])
        })
        .collect()
}

#[test]
fn text_over_the_limit_is_looked_at_in_every_mode() {
    let repo = Repo::new();
    repo.write("a.txt", long("first")).commit("base");
    repo.git(&["checkout", "-q", "-b", "work"]);
    repo.write("dir/b.txt", long("second")).commit("work");
    repo.git(&["rm", "-q", "a.txt"]);
    repo.write("c.txt", long("third")).git(&["add", "c.txt"]);
    assert_eq!(places(&limited(&repo, &[])), ["c.txt:101", "dir/b.txt:101"]);
    assert_eq!(places(&limited(&repo, &["--staged"])), ["c.txt:101"]);
    assert_eq!(places(&limited(&repo, &["--index"])), ["c.txt:101", "dir/b.txt:101"]);
    assert_eq!(places(&limited(&repo, &["--range", "main..work"])), ["dir/b.txt:101"]);
    assert_eq!(places(&limited(&repo, &["--since", "main"])), ["dir/b.txt:101"]);
    assert_eq!(places(&limited(&repo, &["--base", "main"])), ["c.txt:101", "dir/b.txt:101"]);
    let history = limited(&repo, &["--history", "--no-cache"]);
    assert_eq!(places(&history), ["a.txt:101", "c.txt:101", "dir/b.txt:101"]);
    assert_eq!(history["coverage"]["history"]["objects"], 5, "two texts, two messages, the references");
    // What is said is what is said without a limit.
    for arguments in [&["--history", "--no-cache"][..], &["--staged"], &["--base", "main"]] {
        let with = limited(&repo, arguments);
        assert_eq!(with["findings"], json(&repo.path(), arguments)["findings"], "{arguments:?}");
    }
}

#[test]
fn messages_over_the_limit_are_looked_at() {
    let repo = Repo::new();
    repo.write("a", "a").commit("base");
    repo.write("b", "b").commit(&long("said"));
    for arguments in [&["--range", "HEAD"][..], &["--history", "--no-cache"]] {
        assert_eq!(limited(&repo, arguments)["findings"].as_array().unwrap().len(), 1, "{arguments:?}");
    }
}

#[test]
fn a_text_that_only_grew_over_the_limit_brings_nothing() {
    let repo = Repo::new();
    repo.write("a.txt", format!("t = \"{}\"\n", token("old"))).commit("base");
    repo.write("a.txt", long("old")).git(&["add", "-A"]);
    assert_eq!(places(&limited(&repo, &["--staged"])), [""; 0]);
    repo.commit("longer");
    assert_eq!(places(&limited(&repo, &["--range", "HEAD"])), [""; 0]);
    repo.write("a.txt", long("old") + &long("new")).commit("longer still");
    assert_eq!(places(&limited(&repo, &["--range", "HEAD"])), ["a.txt:302"]);
    assert_eq!(places(&limited(&repo, &["--base", "HEAD~1"])), ["a.txt:302"]);
}

#[test]
fn what_is_brought_and_cannot_be_looked_at_is_no_success() {
    let repo = Repo::new();
    repo.write("a", "a").commit("base");
    repo.write("old.gz", archive()).commit("archive");
    repo.git(&["checkout", "-q", "-b", "work"]);
    let ran = |arguments: &[&str]| {
        let ran = bartizan(&repo.path(), &[&["scan"], &LIMIT[..], arguments].concat());
        (ran.code, ran.out + &ran.err)
    };
    let counted = |arguments: &[&str]| {
        let (code, out) = ran(arguments);
        assert!(code == 0 && out.contains(" over the size limit"), "{arguments:?}: {code} {out}");
    };
    let refused = |arguments: &[&str], name: &str| {
        let (code, out) = ran(arguments);
        assert!(
            code == 2 && out.contains(name) && out.contains("--max-file-size"),
            "{arguments:?}: {code} {out}"
        );
    };
    counted(&[]);
    counted(&["--index"]);
    counted(&["--history", "--no-cache"]);
    counted(&["--base", "HEAD"]);
    refused(&["--base", "HEAD~1"], "old.gz");
    refused(&["--range", "HEAD"], "old.gz");
    assert_eq!(bartizan(&repo.path(), &["scan", "--range", "HEAD"]).code, 0);
    repo.write("new.gz", archive()).git(&["add", "-A"]);
    refused(&["--staged"], "new.gz");
    refused(&["--base", "HEAD"], "new.gz");
    assert_eq!(ran(&["--staged", "--exclude", "*.gz"]).0, 0);
    // What is no archive would not be looked into whatever its size.
    repo.git(&["rm", "-qf", "new.gz"]);
    repo.write("new.bin", [0; 4000]).git(&["add", "-A"]);
    let (code, out) = ran(&["--staged"]);
    assert!(code == 0 && out.contains("1 binary"), "{code} {out}");
    // A file that is read as a whole is looked at as a text, and not said to be done.
    repo.write(".netrc", long("login")).git(&["add", "-A"]);
    refused(&["--staged"], ".netrc");
    assert!(ran(&["--staged"]).1.contains("github-personal-access-token"));
}

#[test]
fn a_file_that_has_to_be_known_by_its_start_is() {
    let repo = Repo::new();
    let mut vault = vec![0x03, 0xd9, 0xa2, 0x9a];
    vault.extend_from_slice(&[0; 4000]);
    repo.write("vault.kdbx", vault).git(&["add", "-A"]);
    assert_eq!(places(&limited(&repo, &["--staged"])), ["vault.kdbx:1"]);
    assert_eq!(places(&limited(&repo, &[])), ["vault.kdbx:1"]);
}

#[test]
fn a_history_is_scanned_whatever_the_worktree_holds() {
    let repo = Repo::new();
    repo.write("a.txt", long("gone")).commit("base");
    repo.git(&["rm", "-q", "a.txt"]);
    repo.commit("nothing is left");
    let path = repo.path().display().to_string();
    let everything = tempfile::tempdir().unwrap();
    for arguments in [&["--history"][..], &["--history", path.as_str()]] {
        let report = json(&repo.path(), &[arguments, &["--no-cache"]].concat());
        assert_eq!(places(&report), ["a.txt:101"], "{arguments:?}");
    }
    // Without a commit there is nothing.
    super::git(everything.path(), &["init", "-q", "empty"], b"");
    assert_eq!(bartizan(&everything.path().join("empty"), &["scan", "--history", "."]).code, 2);
}

#[test]
fn a_bare_repository_is_scanned_where_it_is_named() {
    let repo = Repo::new();
    repo.write("a.txt", long("one")).commit("one");
    repo.write("b.txt", long("two")).commit("two");
    let place = tempfile::tempdir().unwrap();
    let url = repo.path().display().to_string();
    super::git(place.path(), &["clone", "-q", "--bare", &url, "it.git"], b"");
    let bare = place.path().join("it.git");
    let named = json(place.path(), &["--history", "it.git", "--no-cache"]);
    assert_eq!(places(&named), ["a.txt:101", "b.txt:101"]);
    assert_eq!(named["findings"], json(place.path(), &["--bare-repo", "it.git", "--no-cache"])["findings"]);
    assert_eq!(named["findings"], json(&bare, &["--history", "--no-cache"])["findings"]);
    assert_eq!(places(&json(place.path(), &["--range", "HEAD", "it.git"])), ["b.txt:101"]);
    let ran = bartizan(place.path(), &["scan", "it.git"]);
    assert!(ran.code == 2 && ran.err.contains("scan its history with --history DIR"), "{}", ran.err);
    // What only looks like one, in a repository, is a directory of that.
    let outer = Repo::new();
    outer
        .write("x/HEAD", "ref: refs/heads/main\n")
        .write("x/objects/y", "")
        .write("x/refs/y", "")
        .commit("x");
    let ran = bartizan(&outer.path(), &["scan", "--history", "x"]);
    assert!(ran.code == 2 && ran.err.contains("is a part of it"), "{}", ran.err);
}
