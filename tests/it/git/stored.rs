//! What git stores and the disk does not show: attributes, sparse checkouts, flags of the index, deleted files.

use serde_json::Value;

use super::program::{bartizan, json};
use super::{Repo, token};

fn line(name: &str) -> String {
    format!("t = \"{}\"\n", token(name))
}

/// Path of each finding, and whether it is said to stand in the index.
fn told(report: &Value) -> Vec<(String, bool)> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| {
            let proofs = finding["proofs"].to_string();
            (finding["place"]["path"].as_str().unwrap().to_owned(), proofs.contains("in the index"))
        })
        .collect()
}

#[track_caller]
fn check(repo: &Repo, expected: &[(&str, bool)]) -> Value {
    let report = json(&repo.path(), &[]);
    let expected: Vec<(String, bool)> =
        expected.iter().map(|(path, in_index)| ((*path).to_owned(), *in_index)).collect();
    assert_eq!(told(&report), expected);
    report
}

#[test]
fn deleted_files_are_looked_at_in_the_index() {
    let repo = Repo::new();
    repo.write("a.txt", line("a")).write("dir/sub/b.txt", line("b")).write("c.txt", "c\n").commit("base");
    std::fs::remove_file(repo.path().join("a.txt")).unwrap();
    std::fs::remove_dir_all(repo.path().join("dir")).unwrap();
    let report = check(&repo, &[("a.txt", true), ("dir/sub/b.txt", true)]);
    assert_eq!(report["coverage"]["files"], 3);
    // What is not in the index either is gone.
    repo.git(&["rm", "-q", "a.txt"]);
    check(&repo, &[("dir/sub/b.txt", true)]);
    let excluded = json(&repo.path(), &["--exclude", "dir/"]);
    assert_eq!(told(&excluded), []);
    // A part of the repository is that part.
    assert_eq!(told(&json(&repo.path(), &["c.txt"])), []);
}

#[test]
fn something_else_in_the_place_of_a_file() {
    let repo = Repo::new();
    repo.write("link", line("link")).write("folder", line("folder")).commit("base");
    for name in ["link", "folder"] {
        std::fs::remove_file(repo.path().join(name)).unwrap();
    }
    std::os::unix::fs::symlink("/etc/hostname", repo.path().join("link")).unwrap();
    repo.write("folder/new.txt", "new\n");
    check(&repo, &[("folder", true), ("link", true)]);
}

#[test]
fn sparse_checkouts_hide_nothing() {
    for sparse_index in [false, true] {
        let repo = Repo::new();
        repo.write("in/a.txt", "a\n").write("out/deep/b.txt", line("b")).write("out/c.txt", line("c"));
        repo.commit("base");
        let index = if sparse_index { "--sparse-index" } else { "--no-sparse-index" };
        repo.git(&["sparse-checkout", "set", "--cone", index, "in"]);
        assert!(!repo.path().join("out").exists());
        check(&repo, &[("out/c.txt", true), ("out/deep/b.txt", true)]);
    }
}

#[test]
fn flags_of_the_index_hide_nothing() {
    for flag in ["--assume-unchanged", "--skip-worktree"] {
        let repo = Repo::new();
        repo.write("a.txt", line("stored")).commit("base");
        repo.git(&["update-index", flag, "a.txt"]);
        check(&repo, &[("a.txt", false)]);
        repo.write("a.txt", "nothing here\n");
        check(&repo, &[("a.txt", true)]);
        repo.write("a.txt", line("disk"));
        check(&repo, &[("a.txt", false), ("a.txt", true)]);
    }
}

#[test]
fn attributes_that_change_what_is_on_disk_hide_nothing() {
    let hidden = token("hidden");
    let plain = format!("$Id: {hidden} $\n");
    for place in [".gitattributes", "dir/.gitattributes", ".git/info/attributes"] {
        for given in ["* ident", "[attr]odd ident\n* odd", "a.* filter=odd", "/a.txt ident"] {
            if place != ".gitattributes" && given.starts_with('/')
                || place.starts_with("dir") && given.starts_with('[')
            {
                continue;
            }
            let repo = Repo::new();
            repo.write("dir/a.txt", &plain).write("a.txt", &plain);
            repo.git(&["add", "-A"]);
            repo.git(&["commit", "-qm", "base"]);
            repo.write(place, format!("{given}\n"));
            // What a checkout makes of it.
            let shown = "$Id: 1234567890123456789012345678901234567890 $\n";
            repo.write("dir/a.txt", shown).write("a.txt", shown);
            let found = told(&json(&repo.path(), &[]));
            let expected: &[&str] = match (place, given) {
                ("dir/.gitattributes", _) => &["dir/a.txt"],
                (_, given) if given.starts_with('/') => &["a.txt"],
                _ => &["a.txt"],
            };
            let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
            assert_eq!(paths, expected, "{place}: {given}");
            assert!(found.iter().all(|(_, in_index)| *in_index), "{place}: {given}");
        }
    }
}

#[test]
fn an_encoding_of_the_disk_hides_nothing() {
    let repo = Repo::new();
    repo.write(".gitattributes", "*.txt working-tree-encoding=UTF-32BE\n");
    let wide: Vec<u8> = line("wide").chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
    repo.write("a.txt", &wide).commit("base");
    assert_eq!(repo.git(&["cat-file", "-p", "HEAD:a.txt"]), line("wide"));
    check(&repo, &[("a.txt", true)]);
}

#[test]
fn line_ends_make_no_difference() {
    let repo = Repo::new();
    repo.write(".gitattributes", "* text=auto eol=crlf\n").write("a.txt", line("a").replace('\n', "\r\n"));
    repo.commit("base");
    assert_eq!(repo.git(&["cat-file", "-p", "HEAD:a.txt"]), line("a"));
    check(&repo, &[("a.txt", false)]);
}

#[test]
fn what_is_stored_and_cannot_be_read_is_no_success() {
    let repo = Repo::new();
    repo.write("a.txt", line("a")).write("b.txt", "b\n").commit("base");
    let id = repo.git(&["rev-parse", "HEAD:a.txt"]).trim().to_owned();
    std::fs::remove_file(repo.path().join("a.txt")).unwrap();
    let object = repo.path().join(".git/objects").join(&id[..2]).join(&id[2..]);
    std::fs::remove_file(object).unwrap();
    let ran = bartizan(&repo.path(), &["scan"]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!((ran.out + &ran.err).contains("a.txt"));
}
