//! The advisories that are built in: they say what the database said that they were made from, are used where
//! nothing newer is there, and every format tells which they are and how old.

use std::path::Path;
use std::sync::Arc;

use bartizan::external::built_in::{self, Header, SNAPSHOT};
use bartizan::external::database::DatabasePaths;
use bartizan::external::store;
use bartizan::model::{Database, Finding, Outcome, Report};
use bartizan::parse::advisory::{Advisory, AdvisoryKind, Ranges};
use bartizan::render::Format;
use bartizan::scan::dependencies::Policy;
use semver::Version;
use tempfile::TempDir;

use super::{database, folder, lock, outcome, report, with};
use crate::cli::{Ran, command, ran};
use crate::tidy::root;

/// Packages of one lock file.
const LOCK: usize = 300;

fn header() -> Header {
    Header::split(SNAPSHOT).unwrap().0
}

/// A vulnerability in the snapshot, and a version that has it.
fn vulnerable() -> (String, String) {
    let all = built_in::read(SNAPSHOT).unwrap().1.advisories;
    let is = |advisory: &&Advisory| {
        advisory.kind() == AdvisoryKind::Vulnerability
            && Ranges::of(advisory).unwrap().affects(&Version::new(0, 0, 1))
    };
    (all.iter().find(is).unwrap().package.clone(), "0.0.1".to_owned())
}

/// A repository with a lock file, no cache, and a clock at so many days after the day of the snapshot.
struct Setting {
    folder: TempDir,
    days: i64,
}

impl Setting {
    fn new(package: &str, version: &str) -> Self {
        let text = lock(&[(package, version)]);
        Self { folder: folder(&[("repo/Cargo.lock", text.as_bytes())]), days: 40 }
    }

    fn run(&self, args: &[&str]) -> Ran {
        let mut command = command(self.folder.path(), args);
        command
            .env("BARTIZAN_CACHE_DIR", self.folder.path().join("cache"))
            .env("CARGO_HOME", self.folder.path().join("cargo"))
            .env("SOURCE_DATE_EPOCH", (header().seconds() + self.days * 86_400).to_string());
        ran(command)
    }

    fn scan(&self, args: &[&str]) -> Ran {
        self.run(&[&["scan", "--offline", "--checks", "vulnerable-dependency"], args, &["repo"]].concat())
    }

    fn database(&self) -> serde_json::Value {
        let Ran { out, .. } = self.scan(&["--format", "json"]);
        serde_json::from_str::<serde_json::Value>(&out).unwrap()["databases"][0].take()
    }
}

#[test]
fn a_first_scan_without_a_network_is_whole() {
    let (package, version) = vulnerable();
    let found = Setting::new(&package, &version);
    let Ran { code, out, err } = found.scan(&[]);
    assert_eq!((code, err.as_str()), (1, ""), "{out}");
    assert!(out.contains(&format!("vulnerability in {package}")), "{out}");
    let clean = Setting::new("no-such-crate-of-ours", "1.0.0");
    let Ran { code, out, .. } = clean.scan(&[]);
    assert_eq!(code, 0, "{out}");
    assert_eq!(clean.run(&["scan", "--offline", "repo"]).code, 0);
    assert_eq!(clean.run(&["db", "status"]).code, 0);
    assert!(clean.run(&["db", "status"]).out.contains("from the built-in copy, made 40 days ago"));
}

#[test]
fn every_format_says_which_database_it_was_and_how_old() {
    let Header { date, count, .. } = header();
    let setting = Setting::new("no-such-crate-of-ours", "1.0.0");
    for format in Format::ALL {
        let Ran { code, out, err } = setting.scan(&["--format", format.as_str()]);
        assert_eq!(code, 0, "{format}: {out}{err}");
        // What has no line of its own for it says it beside.
        let said = out + &err;
        let age =
            if matches!(format, Format::Json | Format::Jsonl) { "\"age_days\":40" } else { "40 days old" };
        let said = said.replace("\": ", "\":");
        for wanted in ["RustSec", "built-in", &date, age, &count.to_string()] {
            assert!(said.contains(wanted), "{format} does not say {wanted}: {said}");
        }
    }
    // And so does what a report is made of once more.
    std::fs::write(setting.folder.path().join("report.json"), setting.scan(&["--format", "json"]).out)
        .unwrap();
    assert!(setting.run(&["report", "--in", "report.json"]).out.contains("(40 days old)"));
}

#[test]
fn the_newer_of_the_cache_and_what_is_built_in_counts() {
    let mut setting = Setting::new("tin", "1.0.0");
    let old = "```toml\n[advisory]\nid = \"RUSTSEC-2016-0001\"\npackage = \"tin\"\ndate = \"2016-01-02\"\n[versions]\npatched = []\n```\n\n# T\n";
    let at = setting.folder.path().join("db/crates/tin");
    std::fs::create_dir_all(&at).unwrap();
    std::fs::write(at.join("RUSTSEC-2016-0001.md"), old).unwrap();
    let mut said = Vec::new();
    for days in [-1, 0, 1] {
        setting.days = days;
        assert_eq!(setting.run(&["db", "import", "db"]).code, 0);
        setting.days = 40;
        let code = setting.scan(&[]).code;
        said.push((code, setting.database()["origin"].as_str().unwrap().to_owned()));
    }
    let cache = "an import into the cache";
    let built_in = format!("the built-in copy, which is newer than {cache}");
    assert_eq!(said, [(0, built_in), (1, cache.to_owned()), (1, cache.to_owned())]);
    // What the user names is never second.
    let named = setting.scan(&["--advisory-db", "db"]);
    assert_eq!(named.code, 1, "{}", named.out);
    // A cache that cannot be read is none.
    std::fs::write(setting.folder.path().join("cache/rustsec.json"), "{ half").unwrap();
    assert_eq!(setting.database()["origin"], "the built-in copy");
}

#[test]
fn its_age_is_judged_like_that_of_any_other() {
    let setting = Setting::new("no-such-crate-of-ours", "1.0.0");
    let code = |args: &[&str]| setting.scan(args).code;
    assert_eq!((code(&["--max-db-age", "40"]), code(&["--max-db-age", "39"])), (0, 2));
    let Ran { out, .. } = setting.scan(&["--max-db-age", "39"]);
    assert!(out.contains("the advisory database is 40 days old, but at most 39 are allowed"), "{out}");
    // What the action asks for counts where nobody said otherwise.
    let action = ["--default-max-db-age", "7"];
    assert_eq!((code(&action), code(&[&action[..], &["--max-db-age", "40"]].concat())), (2, 0));
    for (days, wanted) in [(40, 0), (39, 2)] {
        let text = format!("[advisories]\nmax-age = {days}\n");
        std::fs::write(setting.folder.path().join("repo/bartizan.toml"), text).unwrap();
        assert_eq!((code(&[]), code(&action)), (wanted, wanted), "{days}");
    }
}

#[test]
fn what_is_damaged_is_not_checked_and_told() {
    let text = lock(&[("tin", "1.0.0")]);
    let folder = folder(&[("Cargo.lock", text.as_bytes())]);
    for damaged in
        [&b""[..], b"bartizan advisories 1 2026-01-01 - 5\nnot packed", &SNAPSHOT[..SNAPSHOT.len() / 2]]
    {
        let places = DatabasePaths { built_in: Some(damaged), ..DatabasePaths::default() };
        let report = report(folder.path(), with(places, Policy::default()));
        let Outcome::NotChecked(why) = outcome(&report, "vulnerable-dependency") else {
            panic!("{:?}", report.checks)
        };
        assert!(why.contains("the built-in advisories cannot be used"), "{why}");
        assert!(why.contains("bartizan db update"), "{why}");
    }
}

#[test]
fn the_facts_say_what_the_database_says() {
    agree(&database());
    let whole = root().join("../shared/data/advisory-db");
    if !whole.is_dir() {
        println!("skipped: {} is not there", whole.display());
        return;
    }
    agree(&whole);
    // The committed file is of that database, or of a newer one.
    let (header, read) = built_in::read(SNAPSHOT).unwrap();
    let database = store::read(&whole).unwrap();
    if header.count != database.count || read.newest != database.newest {
        println!("skipped: the committed snapshot is of another database, of {}", header.date);
        return;
    }
    let commit = header.commit.as_deref();
    let made = built_in::write(database, &header.date, commit).unwrap();
    assert_eq!(built_in::read(&made).unwrap(), (header, read));
}

/// Compares what two scans find, one with the database in `directory`, and one with the facts of it, in lock
/// files with versions on both sides of all that its advisories say.
fn agree(directory: &Path) {
    let database = store::read(directory).unwrap();
    let made = built_in::write(database.clone(), "2026-01-31", None).unwrap();
    assert_eq!(built_in::write(store::read(directory).unwrap(), "2026-01-31", None).unwrap(), made);
    let made: &'static [u8] = made.leak();
    let mut packages: Vec<(&str, String)> = database
        .advisories
        .iter()
        .flat_map(|advisory| {
            versions(advisory).into_iter().map(|version| (advisory.package.as_str(), version))
        })
        .collect();
    packages.sort();
    packages.dedup();
    let mut found = 0;
    for packages in packages.chunks(LOCK) {
        let packages: Vec<(&str, &str)> =
            packages.iter().map(|(name, version)| (*name, version.as_str())).collect();
        let folder = folder(&[("Cargo.lock", lock(&packages).as_bytes())]);
        let scan = |places: DatabasePaths| report(folder.path(), with(places, Policy::default()));
        let whole = scan(DatabasePaths { directory: Some(directory.to_owned()), ..DatabasePaths::default() });
        let facts = scan(DatabasePaths { built_in: Some(made), ..DatabasePaths::default() });
        found += whole.findings.len();
        for (facts, whole) in without_prose(&facts).iter().zip(without_prose(&whole)) {
            assert!(*facts == whole, "{facts}\n{whole}");
        }
        assert_eq!(facts.findings.len(), whole.findings.len());
        let count = |report: &Report| {
            let Database { advisories, newest, .. } = report.databases[0].clone();
            (report.problems.len(), report.notices.len(), advisories, newest)
        };
        assert_eq!(count(&facts), count(&whole));
    }
    assert!(found >= database.advisories.len() / 2, "{found} findings of {}", database.advisories.len());
}

/// Versions on both sides of each that the requirements of an advisory name, and one far off.
fn versions(advisory: &Advisory) -> Vec<String> {
    let named = advisory.patched.iter().chain(&advisory.unaffected).flat_map(|text| text.split(','));
    let mut all = vec![Version::new(0, 0, 0), Version::new(999, 0, 0)];
    for version in named.filter_map(|text| {
        let text = text.trim().trim_start_matches(['>', '<', '=', '^', '~', ' ']);
        // Requirements leave parts out.
        let dots = text.split(['-', '+']).next().unwrap_or_default().matches('.').count();
        Version::parse(&format!("{text}{}", ".0".repeat(2_usize.saturating_sub(dots)))).ok()
    }) {
        let next = Version { patch: version.patch + 1, pre: Default::default(), ..version.clone() };
        let before = Version { pre: "0".parse().unwrap(), ..version.clone() };
        all.extend([before, version, next]);
    }
    all.iter().map(Version::to_string).collect()
}

/// The findings without what only a text has: titles.
fn without_prose(report: &Report) -> Vec<String> {
    let plain = |finding: &Finding| {
        let mut finding = finding.clone();
        let of_advisory = finding.advice.as_mut().filter(|advice| advice.id.is_some());
        if let Some(advice) = of_advisory.map(Arc::make_mut) {
            let title = std::mem::take(&mut advice.title);
            let message = finding.message.strip_suffix(title.as_str()).expect("it ends with the title");
            finding.message = message.trim_end_matches(": ").to_owned();
        }
        format!("{finding:#?}")
    };
    report.findings.iter().map(plain).collect()
}
