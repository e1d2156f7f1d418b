//! What of a range, of the index and against a base is new: histories of every shape, judged by content.

use std::collections::BTreeSet;

use serde_json::Value;

use super::program::{bartizan, json};
use super::{Repo, token};
use crate::run_git;

/// A line with the token of that name.
pub(super) fn line(name: &str) -> String {
    format!("t = \"{}\"\n", token(name))
}

/// The places of the tokens in a report, `path:line`, those of messages by their kind.
pub(super) fn places(report: &Value) -> BTreeSet<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let places =
        findings.filter(|finding| finding["check"] == "github-personal-access-token").flat_map(|finding| {
            let also = finding["also"].as_array().cloned().unwrap_or_default();
            std::iter::once(finding["place"].clone()).chain(also).collect::<Vec<_>>()
        });
    places
        .map(|place| format!("{}:{}", place["path"].as_str().unwrap(), place["region"]["start_line"]))
        .collect()
}

/// What the last commit brings, and what it would have brought while it was staged: both are the same.
fn brought(repo: &Repo) -> BTreeSet<String> {
    let range = places(&json(&repo.path(), &["--range", "HEAD"]));
    if repo.git(&["rev-list", "--parents", "-1", "HEAD"]).split_whitespace().count() == 2 {
        repo.git(&["reset", "-q", "--soft", "HEAD~1"]);
        assert_eq!(places(&json(&repo.path(), &["--staged"])), range, "staged");
        repo.git(&["reset", "-q", "--soft", "ORIG_HEAD"]);
    }
    range
}

pub(super) fn set<const N: usize>(places: [&str; N]) -> BTreeSet<String> {
    places.into_iter().map(str::to_owned).collect()
}

/// A file of twenty lines with a token in the middle.
pub(super) fn long(name: &str) -> String {
    let text = |from: usize| -> String { (from..from + 10).map(|n| format!("line {n}\n")).collect() };
    format!("{}{}{}", text(0), line(name), text(10))
}

fn base() -> Repo {
    let repo = Repo::new();
    repo.write("a.txt", long("old")).write("other.txt", "other\n").commit("base");
    repo
}

#[test]
fn a_first_commit_brings_all() {
    assert_eq!(brought(&base()), set(["a.txt:11"]));
}

#[test]
fn edits_elsewhere_bring_nothing() {
    let repo = base();
    repo.write("a.txt", format!("more\n{}more\n", long("old"))).commit("edit");
    assert_eq!(brought(&repo), set([]));
    let report = json(&repo.path(), &["--range", "HEAD"]);
    assert_eq!(report["summary"]["known_before"], 1);
    let ran = bartizan(&repo.path(), &["scan", "--range", "HEAD"]);
    assert!(ran.out.contains("1 finding was there before"), "{}", ran.out);
    assert_eq!(ran.code, 0);
}

#[test]
fn removing_a_secret_passes() {
    let repo = base();
    repo.write("a.txt", long("old").replace(&line("old"), "")).commit("remove");
    assert_eq!(brought(&repo), set([]));
    // One of two.
    repo.write("a.txt", format!("{}{}", long("old"), line("old"))).commit("two");
    repo.write("a.txt", long("old")).commit("one");
    assert_eq!(brought(&repo), set([]));
}

#[test]
fn renamed_edited_and_split_files_bring_nothing() {
    let repo = base();
    repo.git(&["mv", "a.txt", "b.txt"]);
    repo.commit("rename");
    assert_eq!(brought(&repo), set([]));
    repo.git(&["mv", "b.txt", "c.txt"]);
    repo.write("c.txt", format!("first\n{}", long("old").replace("line 3", "another"))).commit("and edit");
    assert_eq!(brought(&repo), set([]));
    repo.write("c.txt", format!("{}{}", long("one"), long("two"))).commit("two");
    repo.git(&["rm", "-q", "c.txt"]);
    repo.write("one.txt", long("one")).write("two.txt", long("two")).commit("split");
    assert_eq!(brought(&repo), set([]));
    // Part of a file that stays goes elsewhere.
    repo.write("two.txt", "moved\n").write("three.txt", line("two")).commit("move a line");
    assert_eq!(brought(&repo), set([]));
}

#[test]
fn copies_are_new() {
    let repo = base();
    repo.write("copy.txt", long("old")).commit("copy of a file that is not touched");
    assert_eq!(brought(&repo), set(["copy.txt:11"]));
    repo.write("a.txt", format!("{}{}", long("old"), line("old"))).commit("again in the same file");
    assert_eq!(brought(&repo).len(), 1);
    repo.write("a.txt", format!("x = 1\n{}", long("old")))
        .write("copy.txt", "")
        .write("d/e.txt", format!("y {}", line("old")))
        .commit("three become two");
    assert_eq!(brought(&repo), set([]));
    repo.write("a.txt", format!("x = 2\n{}", long("old")))
        .write("f.txt", line("old"))
        .commit("edited and copied");
    assert_eq!(brought(&repo), set(["f.txt:1"]));
    repo.git(&["mv", "f.txt", "g.txt"]);
    repo.write("h.txt", line("old")).commit("moved and copied");
    assert_eq!(brought(&repo).len(), 1);
}

#[test]
fn the_line_that_was_added_is_told() {
    let repo = base();
    let twice = long("old").replace("line 12\n", &format!("again = \"{}\"\n", token("old")));
    repo.write("a.txt", format!("first\n{twice}")).commit("again");
    assert_eq!(brought(&repo), set(["a.txt:15"]));
}

#[test]
fn a_second_secret_on_an_old_line_is_new_and_the_old_one_is_not() {
    let repo = base();
    let both = line("old").replace('\n', &format!(" u = \"{}\"\n", token("new")));
    repo.write("a.txt", long("old").replace(&line("old"), &both)).commit("both");
    let report = json(&repo.path(), &["--range", "HEAD"]);
    assert_eq!(places(&report), set(["a.txt:11"]));
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(report["summary"]["known_before"], 1);
    brought(&repo);
}

#[test]
fn a_changed_weak_password_is_new() {
    let repo = Repo::new();
    // The same name and length.
    repo.write("app.cfg", "db_password = \"tulip-41\"\nx = 1\n").commit("base");
    repo.write("app.cfg", "db_password = \"tulip-42\"\nx = 1\n").commit("changed");
    let findings =
        |range: &str| json(&repo.path(), &["--range", range])["findings"].as_array().unwrap().len();
    assert_eq!((findings("HEAD~1"), findings("HEAD")), (1, 1));
    repo.write("app.cfg", "db_password = \"tulip-42\"\nx = 2\n").commit("elsewhere");
    assert_eq!(findings("HEAD"), 0);
}

#[test]
fn what_is_brought_back_is_new() {
    let repo = base();
    let before = repo.head();
    repo.write("a.txt", "gone\n").commit("remove");
    repo.write("a.txt", long("old")).commit("back, the very same blob");
    assert_eq!(brought(&repo), set(["a.txt:11"]));
    assert_eq!(places(&json(&repo.path(), &["--since", &before])), set(["a.txt:11"]));
}

#[test]
fn each_commit_of_a_range_is_compared_with_its_own_parents() {
    let repo = base();
    let before = repo.head();
    repo.write("b.txt", line("passing")).commit("add");
    let added = repo.head();
    repo.write("b.txt", "").commit("remove");
    // What was moved in at first, is brought back later.
    repo.git(&["mv", "a.txt", "c.txt"]);
    repo.commit("move");
    let range = format!("{before}..HEAD");
    assert_eq!(places(&json(&repo.path(), &["--range", &range])), set(["b.txt:1"]));
    repo.git(&["rm", "-q", "c.txt"]);
    repo.commit("remove");
    repo.write("c.txt", long("old")).commit("back");
    let report = json(&repo.path(), &["--range", &range]);
    assert_eq!(places(&report), set(["b.txt:1", "c.txt:11"]));
    let of = |path: &str| {
        let findings = report["findings"].as_array().unwrap();
        let finding = findings.iter().find(|finding| finding["place"]["path"] == path).unwrap();
        finding["place"]["origin"]["commit"]
            .as_str()
            .map(str::to_owned)
            .unwrap_or_else(|| finding["place"]["origin"]["commit"]["id"].as_str().unwrap().to_owned())
    };
    assert_eq!(of("b.txt"), added);
    assert_eq!(of("c.txt"), repo.head(), "the commit that made it count");
}

#[test]
fn merges_bring_what_no_side_had() {
    let repo = base();
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("a.txt", format!("side\n{}", long("old"))).write("side.txt", line("side")).commit("side");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("a.txt", format!("{}main\n{}", long("old"), line("main"))).commit("main");
    // Both sides have edited the file, each has brought a token.
    repo.git(&["merge", "-q", "--no-edit", "side"]);
    assert_eq!(repo.git(&["rev-list", "--no-walk", "--count", "--min-parents=2", "HEAD"]).trim(), "1");
    let merged = |name: &str| places(&json(&repo.path(), &["--range", &format!("{name}^1..{name}")]));
    assert_eq!(merged("HEAD"), set(["side.txt:1"]), "the merge itself brings nothing");
    // An evil one: something of its own, and one more copy of what was there.
    let text = std::fs::read_to_string(repo.path().join("a.txt")).unwrap();
    repo.write("a.txt", format!("{text}{}", line("evil"))).write("copy.txt", format!("z {}", line("old")));
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "--amend", "--no-edit"]);
    let lines = text.lines().count();
    assert_eq!(merged("HEAD"), set(["side.txt:1", &format!("a.txt:{}", lines + 1), "copy.txt:1"]));
}

#[test]
fn a_merge_from_the_base_brings_nothing_of_its_side() {
    let repo = base();
    repo.git(&["checkout", "-q", "-b", "feature"]);
    repo.git(&["mv", "a.txt", "renamed.txt"]);
    repo.write("own.txt", "own\n").commit("rename");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("a.txt", format!("{}{}", long("old"), line("main")))
        .write("new.txt", line("more"))
        .commit("main goes on");
    repo.git(&["checkout", "-q", "feature"]);
    repo.git(&["merge", "-q", "--no-edit", "main"]);
    // What main has added to the file is now in the renamed one.
    assert!(std::fs::read_to_string(repo.path().join("renamed.txt")).unwrap().contains(&token("main")));
    assert_eq!(places(&json(&repo.path(), &["--range", "main..feature"])), set([]));
}

#[test]
fn a_merge_that_is_staged_is_compared_with_all_its_sides() {
    let repo = base();
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("side.txt", line("side"))
        .write("other.txt", format!("side\n{}", line("theirs")))
        .commit("side");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("other.txt", format!("main\n{}", line("ours"))).commit("main");
    run_git::failing(&repo.path(), &["merge", "-q", "side"]);
    assert_eq!(places(&json(&repo.path(), &["--staged"])), set([]), "in conflict");
    repo.write("other.txt", format!("{}{}{}", line("ours"), line("theirs"), line("evil")));
    repo.git(&["add", "-A"]);
    assert_eq!(places(&json(&repo.path(), &["--staged"])), set(["other.txt:3"]));
}

#[test]
fn many_moved_files_hide_no_copy() {
    let repo = Repo::new();
    for n in 0..400 {
        repo.write(&format!("old/{n}"), format!("{n}\n"));
    }
    repo.write("old/s", line("old")).commit("base");
    repo.git(&["mv", "old", "new"]);
    repo.commit("move");
    assert_eq!(brought(&repo), set([]));
    repo.git(&["mv", "new", "newer"]);
    repo.write("copy.txt", line("old")).commit("move, and a copy");
    assert_eq!(brought(&repo), set(["copy.txt:1"]));
}

#[test]
fn what_is_encoded_or_packed_is_compared_as_what_it_holds() {
    let repo = Repo::new();
    let encoded = |more: &str| {
        let text = format!("token={};aaaa{more}", token("old"));
        format!("x = \"{}\"\n", data_encoding::BASE64.encode(text.as_bytes()))
    };
    repo.write("e.txt", encoded("")).commit("base");
    repo.write("e.txt", encoded("bbbbbb")).commit("other bytes, the same token");
    assert_eq!(brought(&repo), set([]));
    repo.write("e.txt", line("old")).commit("decoded");
    assert_eq!(brought(&repo), set([]));
}

#[test]
fn messages_and_tags_are_always_new() {
    let repo = base();
    repo.commit(&format!("use {}", token("old")));
    repo.git(&["tag", "-a", "-m", &format!("tag {}", token("old")), "v1"]);
    let report = json(&repo.path(), &["--range", "HEAD"]);
    assert_eq!(places(&report).len(), 2);
}

#[test]
fn findings_without_a_secret_are_compared_by_message_and_path() {
    let repo = Repo::new();
    repo.write(".env", "PASSWORD=tulip-overcast-41\n").commit("base");
    let checks = |repo: &Repo| -> Vec<String> {
        let report = json(&repo.path(), &["--staged"]);
        let findings = report["findings"].as_array().unwrap().iter();
        findings.map(|finding| finding["check"].as_str().unwrap().to_owned()).collect()
    };
    repo.write(".env", "PASSWORD=tulip-overcast-41\nPORT=8080\n").git(&["add", "-A"]);
    assert_eq!(checks(&repo), [""; 0]);
    repo.commit("edit");
    repo.git(&["mv", ".env", ".env.production"]);
    assert_eq!(checks(&repo), [""; 0], "renamed");
    repo.commit("rename");
    repo.write("sub/.env", "PASSWORD=tulip-overcast-43\n").git(&["add", "-A"]);
    assert_ne!(checks(&repo), [""; 0]);
}
