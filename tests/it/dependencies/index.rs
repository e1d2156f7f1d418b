//! The index of a dump of OSV: it answers what the dump says, whatever became of it; and dumps are imported by it.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use bartizan::external::index::{Builder, Index, Summary};
use bartizan::parse::advisory::{Advisory, osv};
use bartizan::parse::lockfile::Ecosystem;
use proptest::prelude::*;
use proptest::sample::Index as Pick;
use tempfile::TempDir;

use super::not_checked::dump;
use crate::cli::{Ran, command, folder, ran};
use crate::decode::{Packing, zip_with_directory as zip};

fn advisory(package: &str, id: &str) -> Advisory {
    Advisory { id: id.to_owned(), package: package.to_owned(), ..Advisory::default() }
}

/// An index of 300 packages, every third of which has two advisories.
fn bytes() -> Vec<u8> {
    let mut builder = Builder::default();
    for number in 0..300 {
        let package = osv::key(Ecosystem::Npm, &format!("tin-{number}"));
        builder.add(&advisory(&package, &format!("A-{number}")));
        if number % 3 == 0 {
            builder.add(&advisory(&package, &format!("B-{number}")));
        }
    }
    builder.finish("this", Summary::default())
}

/// The ids of what the index says about some packages.
fn asked(index: &Index, names: &[&str]) -> Result<Vec<String>, String> {
    let keys: HashSet<String> = names.iter().map(|name| osv::key(Ecosystem::Npm, name)).collect();
    let advisories = index.advisories(&keys, "a test")?;
    let about = |key: &String| advisories.about(key).iter().map(|entry| entry.advisory.id.clone()).collect();
    let mut ids: Vec<String> = keys.iter().flat_map(|key| -> Vec<String> { about(key) }).collect();
    ids.sort();
    Ok(ids)
}

#[test]
fn an_index_says_what_was_put_in() {
    let index = Index::of(bytes()).unwrap();
    assert!(index.is_of("this") && !index.is_of("that"));
    assert_eq!(
        asked(&index, &["tin-0", "tin-1", "tin-299", "tin-300", ""]).unwrap(),
        ["A-0", "A-1", "A-299", "B-0"]
    );
    let all: Vec<String> = (0..300).map(|number| format!("tin-{number}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(asked(&index, &all).unwrap().len(), 400);
    // Of one package there may be more than a block has.
    let mut builder = Builder::default();
    for number in 0..500 {
        let package = if number % 5 == 0 { "npm/zinc" } else { "npm/tin" };
        builder.add(&advisory(package, &format!("A-{number}")));
    }
    let many = Index::of(builder.finish("", Summary::default())).unwrap();
    assert_eq!((asked(&many, &["tin"]).unwrap().len(), asked(&many, &["zinc"]).unwrap().len()), (400, 100));
    let none = Index::of(Builder::default().finish("", Summary::default())).unwrap();
    assert_eq!(asked(&none, &["tin-1"]).unwrap(), [""; 0]);
}

proptest! {
    #![proptest_config(crate::props::config(150))]

    /// An index that was changed or cut is refused, or says of a package what it said before.
    #[test]
    fn a_damaged_index_is_refused_or_right(at in any::<Pick>(), bit in 0..8_u8, cut in any::<bool>()) {
        let mut bytes = bytes();
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 1 << bit;
        }
        let all: Vec<String> = (0..300).map(|number| format!("tin-{number}")).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let asked = Index::of(bytes).and_then(|index| asked(&index, &all));
        prop_assert!(asked.is_err(), "a change was not noticed");
    }
}

/// The same bytes with the checksums that belong to them, as a fault of a program could write them.
fn sealed(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let number = |bytes: &[u8], at: usize| {
        Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().expect("these are four")) as usize)
    };
    let checksum = |bytes: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        crc.sum().to_le_bytes()
    };
    let blocks = 28 + number(&bytes, 12)?;
    let entries = number(&bytes, 16)?;
    let table = blocks + entries.div_ceil(64) * 12;
    let data = entries.checked_mul(24)?.checked_add(table).filter(|data| *data <= bytes.len())?;
    for entry in (table..data).step_by(24) {
        let start = data + number(&bytes, entry + 8)?;
        if let Some(advisory) = bytes.get(start..start + number(&bytes, entry + 16)?) {
            let sum = checksum(advisory);
            bytes[entry + 20..entry + 24].copy_from_slice(&sum);
        }
    }
    for (number, start) in (table..data).step_by(64 * 24).enumerate() {
        let sum = checksum(&bytes[start..data.min(start + 64 * 24)]);
        bytes[blocks + number * 12 + 8..blocks + number * 12 + 12].copy_from_slice(&sum);
    }
    let sum = checksum(&bytes[12..table]);
    bytes[8..12].copy_from_slice(&sum);
    Some(bytes)
}

proptest! {
    #![proptest_config(crate::props::config(300))]

    /// Whatever stands behind checksums that fit: no panic, no more than what was asked about.
    #[test]
    fn an_index_that_lies_says_nothing_of_other_packages(
        changes in proptest::collection::vec((any::<Pick>(), any::<u8>(), 0..3_u8), 1..6),
    ) {
        let mut bytes = bytes();
        let about = 28 + u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
        for (at, byte, part) in changes {
            // The header, the table, or anywhere.
            let at = match part {
                0 => 12 + at.index(about - 12),
                1 => about + at.index(400 * 24 + 7 * 12),
                _ => at.index(bytes.len()),
            };
            bytes[at] = byte;
        }
        if let Some(Ok(index)) = sealed(bytes).map(Index::of) {
            let keys: HashSet<String> =
                (0..300).map(|number| osv::key(Ecosystem::Npm, &format!("tin-{number}"))).collect();
            if let Ok(advisories) = index.advisories(&keys, "a test") {
                for key in &keys {
                    prop_assert!(advisories.about(key).iter().all(|entry| entry.advisory.package == *key));
                }
            }
        }
    }
}

/// A repository with a lock file of npm and one of PyPI, and a cache.
struct Setting(TempDir);

impl Setting {
    fn new() -> Self {
        let lock = r#"{"lockfileVersion": 3, "packages": {"node_modules/tin": {"version": "9.0.0"}}}"#;
        Self(folder(&[("repo/package-lock.json", lock), ("repo/requirements.txt", "tin==9.0.0\n")]))
    }

    fn run(&self, args: &[&str]) -> Ran {
        let mut command = command(self.0.path(), args);
        command
            .env("BARTIZAN_CACHE_DIR", self.0.path().join("cache"))
            .env("CARGO_HOME", self.0.path().join("cargo"));
        ran(command)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// The findings of a scan, and its exit code.
    fn found(&self, args: &[&str]) -> (usize, i32) {
        let Ran { out, code, .. } =
            self.run(&[&["scan", "--offline", "--format", "jsonl", "repo"], args].concat());
        (out.lines().filter(|line| line.starts_with("{\"type\":\"finding\"")).count(), code)
    }

    fn kept(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path().join("cache/osv")).into_iter().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn about(count: usize, ecosystems: &'static [&'static str]) -> Vec<u8> {
    let ids: Vec<String> = (1..=count).map(|number| format!("A-{number}")).collect();
    let documents: Vec<(&str, &[&str])> = ids.iter().map(|id| (id.as_str(), ecosystems)).collect();
    dump(&documents)
}

fn index_in(cache: &Path) -> PathBuf {
    let mut entries = fs::read_dir(cache.join("osv")).unwrap().map(|entry| entry.unwrap().path());
    entries.find(|path| path.extension().is_some_and(|ending| ending == "index")).unwrap()
}

#[test]
fn a_named_dump_is_read_once_and_anew_when_it_changes() {
    let setting = Setting::new();
    let zip = setting.put("npm.zip", &about(2, &["npm", "PyPI"]));
    let args = ["--osv-db", zip.to_str().unwrap()];
    assert_eq!(setting.found(&args), (4, 1));
    let cache = setting.0.path().join("cache");
    let index = index_in(&cache);
    let made = fs::read(&index).unwrap();
    // The index is asked: what is there now could not be read as a dump.
    let time = fs::metadata(&zip).unwrap().modified().unwrap();
    let whole = fs::read(&zip).unwrap();
    fs::write(&zip, vec![b'x'; whole.len()]).unwrap();
    fs::File::options().write(true).open(&zip).unwrap().set_modified(time).unwrap();
    assert_eq!(setting.found(&args), (4, 1));
    // One that is damaged is made anew, or the dump is not used.
    for damage in [b"half".to_vec(), Vec::new(), [&made[..made.len() - 1], b"x"].concat()] {
        fs::write(&index, &damage).unwrap();
        assert_eq!(setting.found(&args), (0, 2));
    }
    fs::write(&zip, &whole).unwrap();
    assert_eq!(setting.found(&args), (4, 1));
    fs::write(&index, [&made[..made.len() - 1], b"x"].concat()).unwrap();
    assert_eq!(setting.found(&args), (4, 1));
    // A newer dump has another index.
    setting.put("npm.zip", &about(5, &["npm", "PyPI"]));
    assert_eq!(setting.found(&args), (10, 1));
    // A directory, too; what is added to it is seen.
    let advisory = |id: &str| {
        format!(
            r#"{{"id": "{id}", "affected": [{{"package": {{"ecosystem": "npm", "name": "tin"}}, "versions": ["9.0.0"]}}]}}"#
        )
    };
    let directory = setting.put("db/A-1.json", advisory("A-1").as_bytes());
    let args = ["--osv-db", directory.parent().unwrap().to_str().unwrap()];
    assert_eq!(setting.found(&args).0, 1);
    setting.put("db/A-2.json", advisory("A-2").as_bytes());
    assert_eq!(setting.found(&args).0, 2);
    // Of many dumps not all indexes are kept; where none can be kept, dumps are read all the same.
    for number in 0..6 {
        let zip = setting.put(&format!("{number}.zip"), &about(1, &["npm", "PyPI"]));
        assert_eq!(setting.found(&["--osv-db", zip.to_str().unwrap()]), (2, 1));
    }
    assert_eq!(setting.kept().len(), 4, "{:?}", setting.kept());
    fs::remove_dir_all(&cache).unwrap();
    fs::write(&cache, "in the way").unwrap();
    assert_eq!(setting.found(&args).0, 2);
}

#[test]
fn dumps_are_imported_for_machines_without_a_network() {
    let setting = Setting::new();
    let both = setting.put("all.zip", &dump(&[("A-1", &["npm"]), ("A-2", &["npm"]), ("A-3", &["PyPI"])]));
    let both = both.to_str().unwrap();
    let nothing = setting.run(&["db", "import", "--osv", "npm,Go", both]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.err.contains("is not imported: it does not cover Go"), "{}", nothing.err);
    assert_eq!(setting.kept(), [""; 0]);
    let imported = setting.run(&["db", "import", "--osv", "npm,pypi", both]);
    let said =
        format!("imported 2 advisories about npm from {both}\nimported 1 advisory about PyPI from {both}\n");
    assert_eq!((imported.code, imported.out), (0, said), "{}", imported.err);
    assert_eq!(setting.kept(), ["PyPI.index", "PyPI.json", "npm.index", "npm.json"]);
    // The archive is not needed any more.
    fs::remove_file(both).unwrap();
    assert_eq!(setting.found(&[]), (3, 1));
    let status = setting.run(&["db", "status"]).out;
    let line = status
        .lines()
        .find(|line| line.starts_with("2 advisories of OSV about npm, the newest of 2026-01-02, imported "));
    assert!(line.is_some(), "{status}");
    // What is damaged is not clean, and says what to do.
    let index = setting.0.path().join("cache/osv/npm.index");
    let whole = fs::read(&index).unwrap();
    for damage in [Vec::new(), whole[..whole.len() / 2].to_vec(), [&whole[..whole.len() - 1], b"x"].concat()]
    {
        fs::write(&index, damage).unwrap();
        let out = setting.run(&["scan", "--offline", "repo"]);
        assert!(out.code == 2 && out.out.contains("`bartizan db import --osv npm`"), "{}", out.out);
    }
    // So is the index of another import.
    fs::copy(setting.0.path().join("cache/osv/PyPI.index"), &index).unwrap();
    assert_eq!(setting.run(&["scan", "--offline", "repo"]).code, 2);
    // A directory; what is no dump is refused, and what there was stays.
    let document = |name: &str| {
        format!(
            r#"{{"id": "B-1", "published": "2026-02-02T00:00:00Z", "affected": [{{"package": {{"ecosystem": "{name}", "name": "tin"}}, "versions": ["9.0.0"]}}]}}"#
        )
    };
    setting.put("npm/B-1.json", document("npm").as_bytes());
    let directory = setting.0.path().join("npm");
    assert_eq!(setting.run(&["db", "import", "--osv", "npm", directory.to_str().unwrap()]).code, 0);
    assert_eq!(setting.found(&[]), (2, 1));
    for (name, bytes) in
        [("a.zip", &b"PK"[..]), ("b.zip", &zip(&[("a.json", b"{}")], Packing::Stored)), ("c.zip", b"")]
    {
        let path = setting.put(name, bytes);
        let refused = setting.run(&["db", "import", "--osv", "npm", path.to_str().unwrap()]);
        assert!(refused.code == 2 && refused.err.contains("is not imported: "), "{name}: {}", refused.err);
    }
    assert_eq!(setting.run(&["db", "import", "--osv", "npm", "absent.zip"]).code, 2);
    assert_eq!(setting.found(&[]), (2, 1));
    // An import takes the place of what was fetched, and is judged by its age.
    let old = setting.run(&["scan", "--offline", "--max-db-age", "30", "repo"]);
    assert_ne!(old.code, 2, "{}", old.out);
    let mut late = command(setting.0.path(), &["scan", "--offline", "--max-db-age", "30", "repo"]);
    late.env("BARTIZAN_CACHE_DIR", setting.0.path().join("cache"))
        .env("CARGO_HOME", setting.0.path().join("cargo"))
        .env("SOURCE_DATE_EPOCH", "4102444800");
    let late = ran(late);
    assert!(late.code == 2 && late.out.contains("the OSV database for npm is"), "{}", late.out);
}
