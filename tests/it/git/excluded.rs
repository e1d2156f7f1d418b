//! What is left out: as git reads the same lines, and the same files in the worktree, the index and the history.

use std::collections::BTreeSet;

use bartizan::model::{PathGlob, PathGlobs};
use proptest::prelude::*;
use proptest::sample::select;

use super::program::{bartizan, json};
use super::{Repo, token};
use crate::props::config;

/// A line of a `.gitignore`.
fn pattern() -> impl Strategy<Value = String> {
    let part = select(vec!["a", "b", "ab", "*", "a*", "*b", "?", "[ab]", "[!a]", "\\a", "**"]);
    let not = select(vec!["", "", "", "!"]);
    let parts = proptest::collection::vec(part, 1..4);
    (not, select(vec!["", "", "/"]), parts, select(vec!["", "", "/", " "]))
        .prop_map(|(not, root, parts, end)| format!("{not}{root}{}{end}", parts.join("/")))
}

const FILES: [&str; 10] =
    ["a", "b/a", "b/b", "ab/a", "ab/b/a", "c", "d/a/b", "d/ab/a/b", "d/b/ab", "e/e/e/a"];

#[test]
fn patterns_are_read_as_git_reads_them() {
    let repo = Repo::new();
    for file in FILES {
        repo.write(file, "");
    }
    let lines = tempfile::NamedTempFile::new().unwrap();
    let option = format!("--exclude-from={}", lines.path().display());
    proptest!(config(300), |(patterns in proptest::collection::vec(pattern(), 1..6))| {
        std::fs::write(lines.path(), patterns.join("\n")).unwrap();
        let kept = repo.git(&["ls-files", "-z", "--others", &option]);
        let kept: BTreeSet<&str> = kept.split_terminator('\0').collect();
        let globs: Vec<PathGlob> = patterns.iter().map(|text| PathGlob::parse(text, "").unwrap()).collect();
        let globs = PathGlobs::new(&globs).unwrap();
        let ours: BTreeSet<&str> = FILES.into_iter().filter(|path| !globs.hold(path.as_bytes())).collect();
        prop_assert_eq!(ours, kept, "{:?}", patterns);
    });
}

#[test]
fn the_same_is_left_out_of_worktree_index_and_history() {
    let repo = Repo::new();
    let files =
        ["a.pem", "vendor/a", "vendor/ours/b", "lib/x.log", "lib/keep.log", "lib/sub/keep.log/c", "d/e/f"];
    for file in files {
        repo.write(file, format!("t = \"{}\"\n", token(file)));
    }
    repo.git(&["add", "-A"]);
    let exclude = ["*.pem", "vendor/*", "!vendor/ours", "*.log", "!keep.log", "d/", "!d/e/f"];
    let exclude: Vec<&str> = exclude.into_iter().flat_map(|glob| ["--exclude", glob]).collect();
    let found = |arguments: &[&str]| -> BTreeSet<String> {
        let report = json(&repo.path(), &[arguments, &exclude].concat());
        let findings = report["findings"].as_array().unwrap().iter();
        findings.map(|finding| finding["place"]["path"].as_str().unwrap().to_owned()).collect()
    };
    let left: BTreeSet<String> =
        ["vendor/ours/b", "lib/keep.log", "lib/sub/keep.log/c"].map(str::to_owned).into();
    assert_eq!(found(&["--staged"]), left);
    assert_eq!(found(&["--index"]), left);
    repo.commit("base");
    assert_eq!(found(&[]), left);
    assert_eq!(found(&["--history"]), left);
    assert_eq!(found(&["lib"]), left.iter().filter(|path| path.starts_with("lib/")).cloned().collect());
    // A part that is left out is left out, and that is no success.
    let ran = bartizan(&repo.path(), &[&["scan", "d/e"][..], &exclude].concat());
    assert_eq!((ran.code, ran.err.contains("1 excluded")), (2, true), "{}{}", ran.out, ran.err);
    // What is gone from the disk is looked at in the index, if it is not left out.
    for folder in ["vendor", "lib", "d"] {
        std::fs::remove_dir_all(repo.path().join(folder)).unwrap();
    }
    assert_eq!(found(&[]), left);
}
