//! Repositories that were made to hide something, to crash, or to hang whoever reads them.

use std::process::Command;

use bartizan::model::SkipReason;
use bartizan::source::{Place, Range, Staged};

use super::{Repo, git, limits, open, options, see};

/// Stores an object of any content and returns its id.
fn object(repo: &Repo, kind: &str, content: &[u8]) -> String {
    let arguments = ["hash-object", "-t", kind, "-w", "--literally", "--stdin"];
    git(&repo.path(), &arguments, content).trim().to_owned()
}

fn raw(id: &str) -> Vec<u8> {
    (0..id.len()).step_by(2).map(|at| u8::from_str_radix(&id[at..at + 2], 16).unwrap()).collect()
}

fn tree(repo: &Repo, entries: &[(&str, &[u8], &str)]) -> String {
    let mut content = Vec::new();
    for (mode, name, id) in entries {
        content.extend([mode.as_bytes(), b" ", name, b"\0", &raw(id)].concat());
    }
    object(repo, "tree", &content)
}

/// Commits `tree` on top of `HEAD`, whatever is in it.
fn commit(repo: &Repo, tree: &str) {
    let text = format!(
        "tree {tree}\nparent {}\nauthor a <a@b> 1700000000 +0000\ncommitter a <a@b> 1900000000 +0000\n\nx\n",
        repo.head()
    );
    let id = object(repo, "commit", text.as_bytes());
    repo.git(&["update-ref", "HEAD", &id]);
}

fn repo() -> Repo {
    let repo = Repo::new();
    repo.write("a.txt", "a\n").commit("base");
    repo
}

#[test]
fn names_that_no_path_has() {
    let repo = repo();
    let blob = object(&repo, "blob", b"content\n");
    let names: [&[u8]; 6] = [b"..", b".git", b"/etc/passwd", b"a\\b", b"\xff\x1b[2J", b""];
    let entries: Vec<_> = names.iter().map(|name| ("100644", *name, blob.as_str())).collect();
    let inner = tree(&repo, &entries);
    let outer = tree(&repo, &[("40000", b"..", &inner)]);
    commit(&repo, &outer);
    let seen = repo.range("HEAD");
    assert_eq!(seen.problems, []);
    let shown: Vec<&str> = seen.blobs().into_iter().collect();
    assert_eq!(shown, ["../", "../..", "../.git", "..//etc/passwd", "../\\xff\\u{1b}[2J", "../a\\b"]);
}

#[test]
fn trees_of_the_wrong_kind_and_damaged_ones_are_told() {
    let repo = repo();
    let blob = object(&repo, "blob", b"content\n");
    let good = tree(&repo, &[("100644", b"good.txt", &blob)]);
    let cut = object(&repo, "tree", b"100644 cut.txt\0short");
    let absent = "0123456789abcdef0123456789abcdef01234567";
    let all = tree(
        &repo,
        &[
            ("100644", b"a-tree", &good),
            ("40000", b"blob", &blob),
            ("40000", b"cut", &cut),
            ("40000", b"good", &good),
            ("40000", b"nowhere", absent),
            ("100644", b"nowhere.txt", absent),
        ],
    );
    commit(&repo, &all);
    let seen = repo.range("HEAD");
    assert_eq!(seen.blobs(), ["good/good.txt"].into());
    let skipped = [
        ("a-tree", SkipReason::Unreadable),
        ("blob", SkipReason::Unreadable),
        ("cut", SkipReason::Unreadable),
        ("nowhere", SkipReason::Missing),
        ("nowhere.txt", SkipReason::Missing),
    ];
    assert_eq!(seen.skipped(), skipped);
    assert_eq!(seen.problems.len(), 5);
    assert!(
        seen.problems[0].message.ends_with("is a tree, which is not expected there"),
        "{:?}",
        seen.problems
    );
}

/// A file of the store that says it is the tree `id`, and names itself.
#[test]
fn trees_that_hold_themselves() {
    let repo = repo();
    let good = object(&repo, "blob", b"content\n");
    let id = "00112233445566778899aabbccddeeff00112233";
    let content = [b"40000 again\0", raw(id).as_slice(), b"100644 file\0", &raw(&good)].concat();
    let real = object(&repo, "tree", &content);
    let path = |id: &str| repo.path().join(".git/objects").join(&id[..2]).join(&id[2..]);
    std::fs::create_dir_all(path(id).parent().unwrap()).unwrap();
    std::fs::copy(path(&real), path(id)).unwrap();
    let top = tree(&repo, &[("40000", b"self", id)]);
    commit(&repo, &top);
    let seen = repo.range("HEAD");
    assert!(seen.blobs().contains("self/file"));
    assert!(seen.blobs().len() < 20, "{:?}", seen.blobs());
    let range = Range::open(repo.open(), "HEAD", &options()).unwrap();
    let (object, _) = seen.historic.values().next().unwrap();
    let known = super::attribute(&range, &[object.iter().copied().collect()]);
    assert_eq!(known.lives.len(), 1);
}

/// Ten levels of ten names for the same tree: ten thousand million paths.
#[test]
fn more_paths_than_objects() {
    let repo = repo();
    let blob = object(&repo, "blob", b"content\n");
    let mut id = tree(&repo, &[("100644", b"file", &blob)]);
    for _ in 0..10 {
        let names: Vec<String> = (0..10).map(|n| format!("d{n}")).collect();
        let entries: Vec<_> = names.iter().map(|name| ("40000", name.as_bytes(), id.as_str())).collect();
        id = tree(&repo, &entries);
    }
    commit(&repo, &id);
    let seen = repo.range("HEAD");
    assert!((1..=10).contains(&seen.blobs().len()), "{}", seen.blobs().len());
    // And as something that is staged.
    repo.git(&["update-ref", "HEAD", "HEAD~1"]);
    assert_eq!(seen.problems, []);
}

#[test]
fn paths_deeper_than_any_system_has() {
    let repo = repo();
    let blob = object(&repo, "blob", b"content\n");
    let mut id = tree(&repo, &[("100644", b"file", &blob)]);
    let long = "d".repeat(200);
    for _ in 0..30 {
        id = tree(&repo, &[("40000", long.as_bytes(), &id)]);
    }
    commit(&repo, &id);
    let seen = repo.range("HEAD");
    assert!(seen.blobs().is_empty());
    assert_eq!(seen.problems.len(), 1);
    assert!(seen.problems[0].message.contains("too deep"));
}

#[test]
fn references_that_lead_nowhere() {
    let repo = repo();
    repo.write("b.txt", "b\n").commit("more");
    let tag = "0123456789abcdef0123456789abcdef01234567";
    repo.write(".git/refs/tags/gone", tag);
    repo.write(".git/refs/tags/rubbish", "rubbish\n");
    repo.write(".git/refs/tags/loop", "ref: refs/tags/loop\n");
    repo.write(".git/refs/heads/out", "ref: ../../../etc/passwd\n");
    let seen = repo.range("HEAD");
    assert_eq!(seen.blobs(), ["b.txt"].into());
    assert_eq!(seen.problems.len(), 2, "{:?}", seen.problems);
    assert!(repo.refused("gone..HEAD").contains("unknown revision `gone`"));
    assert!(repo.refused("loop..HEAD").contains("a chain of more than"));
    assert!(repo.refused("out..HEAD").contains("neither an id nor a name"));
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let fifo = |repo: &Repo, path: &str| {
        let path = repo.path().join(path);
        let _ = std::fs::remove_file(&path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    };
    for path in [
        ".git/packed-refs",
        ".git/refs/heads/main",
        ".git/shallow",
        ".git/objects/info/alternates",
        ".git/objects/pack/pack-1.idx",
        ".git/index",
    ] {
        let repo = repo();
        fifo(&repo, path);
        let error = match open(&Place::Around(repo.path())) {
            Err(error) => error.to_string(),
            Ok(git) => match Staged::open(git, &limits()) {
                Err(error) => error.to_string(),
                // Without packed references the others still stand.
                Ok(_) => repo.refused("nowhere"),
            },
        };
        // An index without a pack is left by an interrupted `git repack`, whatever it is.
        let expected = if path.ends_with(".idx") { "unknown revision" } else { "regular file" };
        assert!(error.contains(expected), "{path}: {error}");
    }
    // A loose object that is none is not there.
    let repo = repo();
    let id = repo.write("b.txt", "b\n").commit("more");
    let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
    let tree = tree.trim();
    fifo(&repo, &format!(".git/objects/{}/{}", &tree[..2], &tree[2..]));
    let seen = repo.range(&id);
    assert!(seen.blobs().is_empty());
    assert_eq!(seen.problems.len(), 1);
}

#[test]
fn an_index_that_lies_is_no_more_than_wrong() {
    let repo = repo();
    repo.write("b.txt", "b\n").git(&["add", "-A"]);
    let path = repo.path().join(".git/index");
    let good = std::fs::read(&path).unwrap();
    let mut state: u64 = 7;
    for _ in 0..300 {
        let mut bad = good.clone();
        for _ in 0..3 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (state >> 33) as usize % bad.len();
            bad[at] = (state >> 20) as u8;
        }
        bad.truncate(bad.len() - (state >> 50) as usize % 3);
        std::fs::write(&path, &bad).unwrap();
        if let Ok(staged) = Staged::open(repo.open(), &limits()) {
            see(&staged);
        }
    }
    // Paths out of here are text and nothing else.
    std::fs::write(&path, &good).unwrap();
    let id = object(&repo, "blob", b"c\n");
    let line = format!("100644 {id} 0\tzz/one\n");
    git(&repo.path(), &["update-index", "--index-info"], line.as_bytes());
    let index = std::fs::read(&path).unwrap();
    let at = index.windows(6).position(|window| window == b"zz/one").unwrap();
    let mut bad = index;
    bad[at..at + 6].copy_from_slice(b"zz/../");
    std::fs::write(&path, bad).unwrap();
    if let Ok(staged) = Staged::open(repo.open(), &limits()) {
        assert_eq!(see(&staged).problems, []);
    }
}

#[test]
fn packs_that_are_damaged_are_told() {
    let repo = Repo::new();
    for n in 0..50 {
        repo.write("f.txt", "line of text\n".repeat(200 + n)).commit("x");
    }
    repo.git(&["repack", "-adq"]);
    let pack = std::fs::read_dir(repo.path().join(".git/objects/pack"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "pack"))
        .unwrap();
    let good = std::fs::read(&pack).unwrap();
    let mut permissions = std::fs::metadata(&pack).unwrap().permissions();
    #[expect(clippy::permissions_set_readonly_false, reason = "the directory is gone with the test")]
    permissions.set_readonly(false);
    std::fs::set_permissions(&pack, permissions).unwrap();
    let mut state: u64 = 11;
    let mut told = 0;
    for _ in 0..60 {
        let mut bad = good.clone();
        for _ in 0..8 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = 12 + (state >> 33) as usize % (bad.len() - 32);
            bad[at] ^= (state >> 20) as u8 | 1;
        }
        std::fs::write(&pack, &bad).unwrap();
        match Range::open(repo.open(), "HEAD~40..HEAD", &options()) {
            Err(_) => told += 1,
            Ok(range) => told += usize::from(!see(&range).problems.is_empty()),
        }
    }
    assert!(told > 50, "{told}");
}
