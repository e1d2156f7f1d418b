//! What is remembered of clean blobs: it changes nothing of what is found, and is not believed where it
//! does not belong.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bartizan::external::clean::DiskCache;
use bartizan::model::{RepoPath, Report};
use bartizan::source::objects::Delta;
use bartizan::source::objects::clean::Name;
use bartizan::source::{CleanCache, Place, Prefilter, PrefilterState, Source as _};
use proptest::prelude::*;

use super::history::{PLANTED, open, report, told};
use super::{Repo, token};
use crate::source::history::{Plan, build};

/// Records in memory, also of the smallest packs.
#[derive(Debug, Default)]
struct Records {
    rules: Name,
    all: Mutex<HashMap<Name, Vec<u8>>>,
}

impl Records {
    fn damage(&self, how: impl Fn(&mut Vec<u8>)) {
        let mut all = self.all.lock().unwrap();
        assert!(!all.is_empty());
        all.values_mut().for_each(how);
    }

    fn with_rules(&self, rules: Name) -> Arc<Self> {
        Arc::new(Self { rules, all: Mutex::new(self.all.lock().unwrap().clone()) })
    }
}

impl CleanCache for Records {
    fn rules(&self) -> Option<Name> {
        Some(self.rules)
    }

    fn least(&self) -> u32 {
        1
    }

    fn load(&self, name: &Name) -> Option<Vec<u8>> {
        self.all.lock().unwrap().get(name).cloned()
    }

    fn store(&self, name: &Name, record: &[u8]) {
        self.all.lock().unwrap().insert(*name, record.to_vec());
    }
}

/// Holds every text to be clean, and counts them.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Prefilter for Counting {
    fn inspect(&self, _bytes: &[u8], _base: Option<(&PrefilterState, &Delta)>) -> PrefilterState {
        self.0.fetch_add(1, Ordering::Relaxed);
        PrefilterState(Box::new(()))
    }

    fn is_clean(&self, _known: &PrefilterState) -> bool {
        true
    }

    fn wants_name(&self, _path: &RepoPath) -> bool {
        false
    }

    fn is_text(&self, _bytes: &[u8]) -> bool {
        true
    }
}

fn at(root: &Path) -> Place {
    Place::Around(root.to_owned())
}

fn scan(root: &Path, unreachable: bool, cache: &Arc<impl CleanCache + 'static>) -> Report {
    let cache: Arc<dyn CleanCache> = Arc::clone(cache) as _;
    report(&open(&at(root), unreachable).with_cache(cache))
}

/// How many texts are looked at if all are clean: the person who made all commits and the name of the tag
/// are two of them.
fn prefiltered(root: &Path, cache: &Arc<impl CleanCache + 'static>) -> usize {
    let cache: Arc<dyn CleanCache> = Arc::clone(cache) as _;
    let prefilter = Counting::default();
    open(&at(root), false).with_cache(cache).each_prefiltered(&prefilter, &|_| {}).unwrap();
    prefilter.0.into_inner()
}

fn same(one: &Report, other: &Report) -> Result<(), TestCaseError> {
    prop_assert_eq!(told(one), told(other));
    prop_assert_eq!(&one.problems, &other.problems);
    prop_assert_eq!(&one.coverage.history, &other.coverage.history);
    prop_assert_eq!(&one.coverage.skipped, &other.coverage.skipped);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    /// A scan that remembers gives what one gives that does not, the first time, the second, and when
    /// there is more.
    #[test]
    fn what_is_remembered_changes_nothing(
        plan in Plan::any(),
        more in Plan::any(),
        depth in prop_oneof![Just(3u32), Just(50)],
        unreachable in any::<bool>(),
        repacked in any::<bool>(),
    ) {
        let repo = Repo::new();
        let root = repo.path();
        build(&root, &Plan { planted: &PLANTED, commits: plan.commits + 20, ..plan });
        // In short histories there may be something in every other blob.
        repo.write("quiet", "nothing to be seen\n").commit("quiet");
        repo.git(&["repack", "-adfq", &format!("--depth={depth}")]);
        let cache = Arc::new(Records::default());
        let plain = report(&open(&at(&root), unreachable));
        same(&scan(&root, unreachable, &cache), &plain)?;
        prop_assert!(!cache.all.lock().unwrap().is_empty());
        same(&scan(&root, unreachable, &cache), &plain)?;
        // Fewer are reached, and then others.
        repo.git(&["update-ref", "-d", "refs/heads/a2"]);
        same(&scan(&root, unreachable, &cache), &report(&open(&at(&root), unreachable)))?;
        build(&root, &Plan { planted: &PLANTED, prefix: "b", ..more });
        if repacked {
            repo.git(&["repack", "-adq"]);
        }
        let plain = report(&open(&at(&root), unreachable));
        same(&scan(&root, unreachable, &cache), &plain)?;
        same(&scan(&root, unreachable, &cache), &plain)?;
        same(&scan(&root, !unreachable, &cache), &report(&open(&at(&root), !unreachable)))?;
    }
}

/// A repository with three versions of a file in a pack, and three messages.
fn packed() -> Repo {
    let repo = Repo::new();
    let lines = (0..200).map(|line| format!("line {line}\n")).collect::<String>();
    for version in ["one", "two", "three"] {
        repo.write("a", format!("{lines}{version}\n")).commit(version);
    }
    repo.git(&["repack", "-adfq"]);
    repo
}

#[test]
fn known_blobs_are_not_looked_at_again() {
    let repo = packed();
    let root = repo.path();
    let cache = Arc::new(Records::default());
    assert_eq!(prefiltered(&root, &cache), 8);
    assert_eq!(prefiltered(&root, &cache), 5, "the messages and headers alone");
    // What is new is made from what is known, or is not: both are looked at.
    repo.write("b", "new\n").commit("four");
    assert_eq!(prefiltered(&root, &cache), 7);
    // Another pack is another content.
    repo.git(&["repack", "-adfq"]);
    assert_eq!(prefiltered(&root, &cache), 10);
    assert_eq!(prefiltered(&root, &cache), 6);
}

#[test]
fn other_rules_and_damaged_records_count_for_nothing() {
    let repo = packed();
    let root = repo.path();
    let cache = Arc::new(Records::default());
    assert_eq!(prefiltered(&root, &cache), 8);
    let other = cache.with_rules([1; 32]);
    assert_eq!(prefiltered(&root, &other), 8);
    assert_eq!(prefiltered(&root, &other), 5);
    assert_eq!(other.all.lock().unwrap().len(), 2, "each has its own");
    let damages: [fn(&mut Vec<u8>); 5] = [
        |record| record[60] ^= 1,
        |record| record.truncate(50),
        |record| record.push(0),
        Vec::clear,
        |record| *record = vec![0xff; record.len()],
    ];
    for damage in damages {
        cache.damage(damage);
        assert_eq!(prefiltered(&root, &cache), 8);
        assert_eq!(prefiltered(&root, &cache), 5, "it was replaced");
    }
}

/// A store that offers a secret under the id of a blob that is known to be clean.
#[test]
fn ids_alone_prove_nothing() {
    let repo = Repo::new();
    let root = repo.path();
    repo.write("clean", "nothing to be seen\n").commit("one");
    repo.write("secret", format!("t = \"{}\"\n", token("a"))).commit("two");
    repo.git(&["repack", "-adfq"]);
    let cache = Arc::new(Records::default());
    let before = scan(&root, false, &cache);
    assert_eq!(before.findings.len(), 1);
    let clean = repo.git(&["rev-parse", "HEAD:clean"]);
    let secret = repo.git(&["rev-parse", "HEAD:secret"]);
    // Each is now said to be where the other is.
    let packs = root.join(".git/objects/pack");
    let index = std::fs::read_dir(&packs).unwrap().map(|entry| entry.unwrap().path());
    let index = index.into_iter().find(|path| path.extension().is_some_and(|it| it == "idx")).unwrap();
    let mut bytes = std::fs::read(&index).unwrap();
    let count = u32::from_be_bytes(bytes[8 + 255 * 4..][..4].try_into().unwrap()) as usize;
    let offset = |id: &str| {
        let ids = bytes[8 + 1024..].chunks(20).take(count);
        let hex = |id: &[u8]| id.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        8 + 1024 + 24 * count + 4 * ids.into_iter().position(|found| hex(found) == id.trim()).unwrap()
    };
    let (one, two) = (offset(&clean), offset(&secret));
    for byte in 0..4 {
        bytes.swap(one + byte, two + byte);
    }
    std::fs::remove_file(&index).unwrap();
    std::fs::write(&index, bytes).unwrap();
    let after = scan(&root, false, &cache);
    assert_eq!(after.findings.len(), 1);
    assert_eq!(after.findings[0].place.path.shown(), "clean");
}

#[test]
fn records_are_kept_in_a_folder() {
    let repo = packed();
    let root = repo.path();
    let cache = tempfile::tempdir().unwrap();
    let folder = |about: &str| Arc::new(DiskCache::new(cache.path(), &[about.to_owned()]).with(1, [3; 32]));
    assert_eq!(prefiltered(&root, &folder("")), 8);
    assert_eq!(prefiltered(&root, &folder("")), 5);
    assert_eq!(prefiltered(&root, &folder("others")), 8);
    let files = || -> Vec<std::path::PathBuf> {
        std::fs::read_dir(cache.path().join("clean")).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    assert_eq!(files().len(), 2);
    for file in files() {
        std::fs::write(file, "rubbish").unwrap();
    }
    assert_eq!(prefiltered(&root, &folder("")), 8);
    assert_eq!(prefiltered(&root, &folder("")), 5);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // What others can write is not believed, nor is a link.
        for file in files() {
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o666)).unwrap();
        }
        assert_eq!(prefiltered(&root, &folder("")), 8);
        assert_eq!(prefiltered(&root, &folder("")), 5);
        let aside = cache.path().join("aside");
        std::fs::create_dir(&aside).unwrap();
        for file in files() {
            let target = aside.join(file.file_name().unwrap());
            std::fs::rename(&file, &target).unwrap();
            std::os::unix::fs::symlink(target, file).unwrap();
        }
        assert_eq!(prefiltered(&root, &folder("")), 8);
    }
    // Small packs are not worth it, and what cannot be written is done without.
    let none = Arc::new(DiskCache::new(cache.path(), &[]));
    assert_eq!([prefiltered(&root, &none), prefiltered(&root, &none)], [8, 8]);
    let nowhere = Arc::new(DiskCache::new(&cache.path().join("file/in"), &[]).with(1, [3; 32]));
    std::fs::write(cache.path().join("file"), "").unwrap();
    assert_eq!([prefiltered(&root, &nowhere), prefiltered(&root, &nowhere)], [8, 8]);
}
