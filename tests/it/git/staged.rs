//! What is staged: the index against `HEAD`.

use std::os::unix::fs::symlink;

use bartizan::model::{PathGlob, PathGlobs, SkipReason};
use bartizan::source::{Limits, Staged};

use super::{Repo, limits, see};
use crate::run_git;

fn base() -> Repo {
    let repo = Repo::new();
    for n in 0..40 {
        repo.write(&format!("src/{}/file{n}.txt", n % 7), format!("{n}\n"));
    }
    repo.write("top.txt", "top\n").commit("base");
    repo
}

/// Added, changed, renamed, deleted; a file and a link that take each other's place.
fn change(repo: &Repo) {
    repo.write("src/3/file3.txt", "staged\n").write("new/a.txt", "new\n").write("src/1/link", "file\n");
    std::fs::rename(repo.path().join("src/0/file7.txt"), repo.path().join("moved.txt")).unwrap();
    std::fs::remove_file(repo.path().join("src/5/file5.txt")).unwrap();
    repo.git(&["add", "-A"]);
    repo.write("src/3/file3.txt", "on disk\n").write("untracked.txt", "untracked\n");
    std::fs::remove_file(repo.path().join("new/a.txt")).unwrap();
}

const CHANGED: [&str; 4] = ["moved.txt", "new/a.txt", "src/1/link", "src/3/file3.txt"];

#[test]
fn what_is_staged_and_not_what_lies_on_disk() {
    let repo = base();
    assert_eq!(repo.staged().paths(), [""; 0]);
    change(&repo);
    let seen = repo.staged();
    assert_eq!(seen.paths(), CHANGED);
    let content = |name: &str| seen.files.iter().find(|(path, _)| path == name).unwrap().1.clone();
    assert_eq!(content("src/3/file3.txt"), b"staged\n");
    assert_eq!(content("new/a.txt"), b"new\n");
    assert_eq!(seen.problems, []);
    // The same as git says, which finds it by walking.
    let told = repo.git(&["diff", "--cached", "--name-only", "--no-renames", "--diff-filter=d"]);
    assert_eq!(told.lines().collect::<Vec<_>>(), CHANGED);
}

#[test]
fn every_kind_of_index() {
    let kinds: [&[&[&str]]; 5] = [
        &[&["update-index", "--index-version", "2"]],
        &[&["update-index", "--index-version", "4"]],
        &[&["update-index", "--split-index"]],
        &[&["update-index", "--split-index"], &["update-index", "--index-version", "4"]],
        // Without what the index knows of trees.
        &[&["read-tree", "--empty"], &["add", "-A"]],
    ];
    for kind in kinds {
        let repo = base();
        kind.iter().for_each(|arguments| drop(repo.git(arguments)));
        change(&repo);
        assert_eq!(repo.staged().paths(), CHANGED, "{kind:?}");
        repo.commit("all of it");
        assert_eq!(repo.staged().paths(), [""; 0], "{kind:?}");
    }
}

#[test]
fn a_sparse_index_is_gone_into_where_it_differs() {
    let repo = base();
    repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "src/1"]);
    assert!(repo.git(&["ls-files", "--sparse"]).lines().any(|line| line.ends_with('/')));
    assert_eq!(repo.staged().paths(), [""; 0]);
    // A commit that changes a directory outside of the cone leaves it in the index as one entry.
    let before = repo.head();
    repo.git(&["sparse-checkout", "disable"]);
    repo.write("src/4/deep/x.txt", "x\n").write("src/1/y.txt", "y\n").commit("more");
    repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "src/1"]);
    repo.git(&["update-ref", "HEAD", &before]);
    let sparse = repo.git(&["ls-files", "--sparse"]);
    assert!(sparse.lines().any(|line| line == "src/4/"), "{sparse}");
    assert_eq!(repo.staged().paths(), ["src/1/y.txt", "src/4/deep/x.txt"]);
}

#[test]
fn without_a_commit_everything_in_the_index_is_staged() {
    let repo = Repo::new();
    assert_eq!(repo.staged().paths(), [""; 0], "there is not even an index");
    repo.write("a", "a\n").write("b/c", "c\n").git(&["add", "-A"]);
    assert_eq!(repo.staged().paths(), ["a", "b/c"]);
}

#[test]
fn what_is_intended_to_be_added_brings_nothing_yet() {
    let repo = base();
    repo.write("later.txt", "later\n").git(&["add", "-N", "later.txt"]);
    repo.write("now.txt", "now\n").git(&["add", "now.txt"]);
    assert_eq!(repo.staged().paths(), ["now.txt"]);
}

#[test]
fn a_conflict_brings_what_neither_side_has() {
    let repo = base();
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("top.txt", "theirs\n").write("theirs.txt", "theirs, too\n").commit("side");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("top.txt", "ours\n").commit("main");
    run_git::failing(&repo.path(), &["merge", "-q", "side"]);
    assert_eq!(repo.staged().paths(), [""; 0]);
    repo.write("top.txt", "both\n").git(&["add", "-A"]);
    assert_eq!(repo.staged().paths(), ["top.txt"]);
    // Outside of a merge nobody knows whose the other side is.
    repo.git(&["reset", "-q", "--hard"]);
    run_git::failing(&repo.path(), &["cherry-pick", "side"]);
    assert_eq!(repo.staged().paths(), ["theirs.txt", "top.txt"]);
}

#[test]
fn links_submodules_pointers_and_large_files() {
    let repo = base();
    symlink("https://user:secret@example.org", repo.path().join("src/2/link")).unwrap();
    let hash = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{hash}\nsize 12345\n");
    repo.write("pointer.bin", pointer).write("large.bin", vec![b'x'; (1 << 20) + 1]);
    repo.git(&["add", "-A"]);
    let id = repo.head();
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{id},module")]);
    let seen = repo.staged();
    assert_eq!(seen.paths(), ["src/2/link"]);
    assert_eq!(seen.files.first().unwrap().1, b"https://user:secret@example.org");
    let skipped = [
        ("large.bin", SkipReason::TooLarge),
        ("module", SkipReason::Submodule),
        ("pointer.bin", SkipReason::LfsPointer),
    ];
    assert_eq!(seen.skipped(), skipped);
    repo.git(&["commit", "-q", "-m", "all"]);
    assert_eq!(repo.staged().skipped(), [], "what is as in HEAD is not told");
}

#[test]
fn a_type_change_and_a_mode_are_changes() {
    let repo = base();
    // The target of the link is the content of the file: the same blob.
    repo.write("f", "target").commit("file");
    std::fs::remove_file(repo.path().join("f")).unwrap();
    symlink("target", repo.path().join("f")).unwrap();
    repo.git(&["add", "-A"]);
    repo.git(&["update-index", "--chmod=+x", "top.txt"]);
    assert_eq!(repo.staged().paths(), ["f", "top.txt"]);
}

#[test]
fn excluded_files_are_told() {
    let repo = base();
    repo.write("vendor/deep/a", "a").write("b.log", "b").write("c", "c").git(&["add", "-A"]);
    let globs = ["vendor/", "*.log"].map(|glob| PathGlob::parse(glob, "").unwrap());
    let limits = Limits { exclude: PathGlobs::new(&globs).unwrap(), ..limits() };
    let seen = see(&Staged::open(repo.open(), &limits).unwrap());
    assert_eq!(seen.paths(), ["c"]);
    assert_eq!(seen.skipped(), [("b.log", SkipReason::Excluded), ("vendor/deep/a", SkipReason::Excluded)]);
}

#[test]
fn repositories_of_sha256_and_linked_worktrees() {
    let repo = Repo::with(&["--object-format=sha256"]);
    repo.write("a", "a\n").commit("base");
    repo.write("b", "b\n").git(&["add", "-A"]);
    assert_eq!(repo.staged().paths(), ["b"]);

    let main = base();
    main.git(&["worktree", "add", "-q", "linked"]);
    let linked = main.path().join("linked");
    std::fs::write(linked.join("only.here"), "x").unwrap();
    super::git(&linked, &["add", "-A"], b"");
    let place = bartizan::source::Place::Around(linked);
    let seen = see(&Staged::open(super::open(&place).unwrap(), &limits()).unwrap());
    assert_eq!(seen.paths(), ["only.here"]);
    assert_eq!(main.staged().paths(), [""; 0]);
}

#[test]
fn many_staged_files_on_many_threads() {
    let repo = base();
    let paths: Vec<String> = (0..200).map(|n| format!("many/{:03}", n)).collect();
    for path in &paths {
        repo.write(path, path);
    }
    repo.git(&["add", "-A"]);
    assert_eq!(repo.staged().paths(), paths);
}
