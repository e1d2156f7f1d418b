//! A server that takes its time delays the comparison with its database, and nothing else.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use bartizan::engine::Check;
use bartizan::external::database::{DatabasePaths, LocalDatabases};
use bartizan::model::Outcome;
use bartizan::scan::dependencies::Dependencies;
use bartizan::scan::{Progress, Settings, registry, scan};
use bartizan::source::{GitHome, Worktree, WorktreeOptions};

use super::server::{Server, body};
use super::{lock, outcome};
use crate::decode::{gzip, tar};
use crate::fixtures::NOW;

/// Longer than any of this takes; only a scan that waits for the server reaches it.
const PATIENCE: Duration = Duration::from_secs(20);
const LOCKS: usize = 40;
const FILES: usize = 200;

/// How far the scan is.
#[derive(Default)]
struct Seen {
    files: AtomicUsize,
    /// Files that were looked into when the scan said that only the database is left to wait for.
    waiting: Mutex<Option<usize>>,
    changed: Condvar,
}

impl Progress for Seen {
    fn blob(&self, _bytes: u64) {
        self.files.fetch_add(1, Ordering::SeqCst);
    }

    fn waiting(&self, _what: &str) {
        *self.waiting.lock().unwrap() = Some(self.files.load(Ordering::SeqCst));
        self.changed.notify_all();
    }
}

#[test]
fn a_slow_server_delays_nothing_but_the_checks_of_dependencies() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: String, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    for number in 0..LOCKS {
        write(format!("{number:03}/Cargo.lock"), &lock(&[("tin", "1.0.0")]));
    }
    for number in 0..FILES {
        write(format!("src/{number:03}.txt"), "nothing\n");
    }
    write(
        "src/token.txt".to_owned(),
        &format!("token = \"{}\"\n", "ghp_¦R2D2c3poBB8k2soL3m4x7Yq9Zw1Nv04ft52z".replace('¦', "")),
    );

    let seen = Arc::new(Seen::default());
    let server = Server::start();
    // What was seen when the server answered; it does so when the scan says that it waits, or in the end.
    let answered: Arc<Mutex<Vec<Option<usize>>>> = Arc::default();
    let (scanning, noted) = (Arc::clone(&seen), Arc::clone(&answered));
    server.answers(move |_| {
        let waiting = scanning.waiting.lock().unwrap();
        let (waiting, _) =
            scanning.changed.wait_timeout_while(waiting, PATIENCE, |waiting| waiting.is_none()).unwrap();
        noted.lock().unwrap().push(*waiting);
        let advisory: &[u8] = b"```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"tin\"\ndate = \"2026-01-01\"\n[versions]\npatched = []\n```\n\n# Title\n\nText.\n";
        body("", &gzip(&tar(&[("advisory-db-main/crates/tin/RUSTSEC-2026-0001.md", advisory)])))
    });

    let cache = tempfile::tempdir().unwrap();
    let places = DatabasePaths {
        cache: Some(cache.path().to_owned()),
        now: Some(NOW),
        url: Some(server.url.clone()),
        ..DatabasePaths::default()
    };
    let checks: Vec<Check> = registry::all();
    let settings = Settings {
        dependencies: Dependencies {
            databases: Arc::new(LocalDatabases::new(places)),
            ..Dependencies::default()
        },
        ..crate::fixtures::settings(checks)
    };
    let options = WorktreeOptions {
        max_file_size: 1 << 20,
        exclude: bartizan::model::PathGlobs::default(),
        allow_foreign_owner: false,
        git_home: GitHome::none(),
    };
    let source = Worktree::open(folder.path(), &options).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let report = pool.install(|| scan(&[&source], &settings, &*seen)).unwrap();

    let all = LOCKS + FILES + 1;
    assert_eq!(*answered.lock().unwrap(), [Some(all)], "asked once, and answered when all was looked into");
    assert_eq!(report.coverage.files, all as u64);
    assert_eq!(outcome(&report, "vulnerable-dependency"), Outcome::Found(LOCKS));
    assert_eq!(outcome(&report, "github-personal-access-token"), Outcome::Found(1));
    assert!(report.problems.is_empty(), "{:?}", report.problems);
}
