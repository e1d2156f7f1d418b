//! What signatures and keys cost a scan: nothing of the history is read again for them, and of the files no more than
//! they ask for.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use bartizan::model::{Blob, Error, Family, ObjectId, Origin, PathGlobs, RepoPath, TextKind};
use bartizan::scan::provenance::Provenance;
use bartizan::scan::{Progress, Settings, registry, scan};
use bartizan::source::{GitHome, Item, Source, Worktree, WorktreeOptions};
use bartizan::verify::{self, Roots};

use super::made::Made;

/// The files of a folder, and how often they were asked for.
struct Counted {
    files: Worktree,
    passes: AtomicU64,
    opened: AtomicU64,
}

impl Source for Counted {
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), Error> {
        self.passes.fetch_add(1, Ordering::Relaxed);
        self.files.each(visit)
    }

    fn scope(&self) -> String {
        self.files.scope()
    }

    fn file(&self, path: &RepoPath) -> Option<io::Result<Box<dyn io::Read>>> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        self.files.file(path)
    }
}

/// A history of so many texts.
struct Past {
    texts: u64,
    visited: AtomicU64,
}

impl Source for Past {
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), Error> {
        let origin = Origin { kind: TextKind::Blob, object: ObjectId::new(&[1; 20]), commit: None };
        let path = RepoPath::from("old.txt");
        for _ in 0..self.texts {
            self.visited.fetch_add(1, Ordering::Relaxed);
            visit(Item::Historic(Blob { path: &path, bytes: b"nothing", tracked: true }, &origin));
        }
        Ok(())
    }

    fn scope(&self) -> String {
        "history".to_owned()
    }

    fn is_history(&self) -> bool {
        true
    }
}

#[derive(Default)]
struct Bytes(AtomicU64);

impl Progress for Bytes {
    fn blob(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Passes over the files, files opened by name, texts of the history visited.
fn cost(made: &Made, texts: u64) -> (u64, u64, u64) {
    let options = WorktreeOptions {
        max_file_size: 1 << 20,
        exclude: PathGlobs::default(),
        allow_foreign_owner: false,
        git_home: GitHome::none(),
    };
    let files = Worktree::open(made.at(), &options).unwrap();
    let files = Counted { files, passes: AtomicU64::new(0), opened: AtomicU64::new(0) };
    let past = Past { texts, visited: AtomicU64::new(0) };
    let checks: Vec<_> =
        registry::all().into_iter().filter(|check| check.meta.family == Family::Provenance).collect();
    let settings = Settings {
        now: None,
        dependencies: crate::dependencies::known(),
        provenance: Provenance {
            verifier: verify::verifier(Roots::built_in(), false),
            ..Provenance::default()
        },
        ..crate::fixtures::settings(checks)
    };
    let bytes = Bytes::default();
    scan(&[&files, &past], &settings, &bytes).unwrap();
    assert!(texts == 0 || bytes.0.load(Ordering::Relaxed) > 0);
    let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
    (load(&files.passes), load(&files.opened), load(&past.visited))
}

#[test]
fn a_signature_or_a_key_does_not_read_the_history_again() {
    let made = Made::new();
    // A key that nothing uses: the files of today are searched for its name, once.
    assert_eq!(cost(&made, 1000), (2, 0, 1000));
    // One that a signature is made with.
    made.write("dist/app", b"as signed");
    made.write("dist/app.sigstore.json", made.message(b"as signed").as_bytes());
    let (passes, _, visited) = cost(&made, 1000);
    assert_eq!((passes, visited), (1, 1000), "names lead there");
    // A signature that no name leads on from: the files of today are searched for the digest, once.
    made.write("renamed.sigstore.json", made.message(b"as signed").as_bytes());
    let (passes, _, visited) = cost(&made, 1000);
    assert_eq!((passes, visited), (2, 1000));
}

#[test]
fn what_a_signature_costs_does_not_depend_on_other_files() {
    let made = Made::new();
    made.write("dist/app", b"as signed");
    made.write("dist/app.intoto.jsonl", made.attestation(&[("dist/app", b"as signed")]).as_bytes());
    made.write("dist/SHA256SUMS", format!("{}  app\n", super::made::sha256(b"as signed")).as_bytes());
    let list = std::fs::read(made.at().join("dist/SHA256SUMS")).unwrap();
    made.write("dist/SHA256SUMS.sig", made.raw(&list).as_bytes());
    let before = cost(&made, 10);
    for at in 0..500 {
        made.write(&format!("src/part{}/file{at}.txt", at % 20), b"something else");
        made.write(&format!("dist/other{at}.txt"), b"something else");
    }
    let after = cost(&made, 10);
    assert_eq!(before, after, "passes over the files, files opened, texts of the history");
    assert_eq!(before.0, 1);
}
