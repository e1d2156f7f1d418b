//! Packs and indexes that become shorter, or other ones, while they are read: what is gone is
//! reported, and the program goes on. A mapped file would end it here.

use std::fs::{OpenOptions, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Once;

use bartizan::source::{Item, Place, Range, Source, Staged};

use super::{Repo, limits, open, options};

/// Four hundred files that do not deflate, in one pack, in two commits.
fn packed() -> Repo {
    let repo = Repo::new();
    let mut state = 7u64;
    for half in 0..2 {
        for at in 0..200 {
            let mut content = String::new();
            for _ in 0..300 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                content += &format!("{:08x}\n", state >> 32);
            }
            repo.write(&format!("{half}/{at}.txt"), content);
        }
        repo.commit("more");
    }
    repo.git(&["repack", "-q", "-a", "-d", "-f"]);
    repo
}

/// The pack and its index.
fn files(repo: &Repo) -> [PathBuf; 2] {
    let folder = repo.path().join(".git/objects/pack");
    let of = |end: &str| {
        let mut paths = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
        paths.find(|path| path.extension().is_some_and(|extension| extension == end)).unwrap()
    };
    [of("pack"), of("idx")]
}

fn shorten(path: &PathBuf, len: u64) {
    std::fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
    OpenOptions::new().write(true).open(path).unwrap().set_len(len).unwrap();
}

/// What `source` shows and what it says is wrong, if `change` happens when the first thing is shown.
fn seen(source: &dyn Source, change: &(dyn Fn() + Sync)) -> (usize, Vec<String>) {
    let once = Once::new();
    let told = std::sync::Mutex::new((0, Vec::new()));
    let done = source.each(&|item| {
        once.call_once(change);
        match item {
            Item::Problem(problem) => told.lock().unwrap().1.push(problem.message),
            Item::Blob(_) | Item::Historic(..) | Item::Tip(_) | Item::Large(_) | Item::Stored(_) => {
                told.lock().unwrap().0 += 1
            }
            Item::Skipped(..) => {}
        }
    });
    let mut told = told.into_inner().unwrap();
    if let Err(error) = done {
        told.1.push(error.to_string());
    }
    told
}

#[test]
fn a_pack_that_shrinks_under_the_history() {
    for (len, at_most) in [(0, 1), (13, 1), (70_000, 60), (400_000, 300)] {
        let repo = packed();
        let [pack, _] = files(&repo);
        assert!(pack.metadata().unwrap().len() > 450_000);
        let history = super::history::open(&Place::Around(repo.path()), false);
        shorten(&pack, len);
        let (count, problems) = seen(&history, &|| ());
        assert!(count <= at_most + 1, "{len}: {count}");
        assert!(!problems.is_empty(), "{len}");

        let repo = packed();
        let [pack, index] = files(&repo);
        let history = super::history::open(&Place::Around(repo.path()), false);
        let (count, problems) = seen(&history, &|| {
            shorten(&pack, len);
            shorten(&index, 0);
        });
        // What a thread had read already is shown.
        assert!(count < 402 && !problems.is_empty(), "{len}: {count} {problems:?}");
    }
}

#[test]
fn an_index_that_shrinks_under_the_history() {
    for len in [0, 1031, 5_000] {
        let repo = packed();
        let [_, index] = files(&repo);
        let history = super::history::open(&Place::Around(repo.path()), false);
        shorten(&index, len);
        let (_, problems) = seen(&history, &|| ());
        assert!(problems.iter().any(|problem| problem.contains("shrank")), "{len}: {problems:?}");
    }
}

#[test]
fn a_pack_that_shrinks_under_a_range_and_the_index() {
    for len in [0, 70_000] {
        let repo = packed();
        let files = files(&repo);
        let range =
            Range::open(open(&Place::Around(repo.path())).unwrap(), "HEAD~1..HEAD", &options()).unwrap();
        let (count, problems) = seen(&range, &|| files.iter().for_each(|file| shorten(file, len)));
        assert!(count < 202 && !problems.is_empty(), "{len}: {count}");

        let repo = packed();
        repo.git(&["rm", "-q", "--cached", "-r", "."]);
        repo.git(&["commit", "-q", "-m", "nothing"]);
        repo.git(&["read-tree", "HEAD~1"]);
        let files = super::shrinking::files(&repo);
        let staged = Staged::open(open(&Place::Around(repo.path())).unwrap(), &limits()).unwrap();
        let (count, problems) = seen(&staged, &|| files.iter().for_each(|file| shorten(file, len)));
        assert!(count < 400 && !problems.is_empty(), "{len}: {count}");
    }
}

#[test]
fn other_bytes_in_a_pack_are_no_silence() {
    let repo = packed();
    let [pack, _] = files(&repo);
    std::fs::set_permissions(&pack, Permissions::from_mode(0o644)).unwrap();
    let history = super::history::open(&Place::Around(repo.path()), false);
    let bytes = std::fs::read(&pack).unwrap();
    let (_, problems) = seen(&history, &|| std::fs::write(&pack, vec![0x5a; bytes.len()]).unwrap());
    assert!(!problems.is_empty());
}
