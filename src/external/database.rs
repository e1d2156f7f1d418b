//! Selects the advisory database, and keeps a compact index of it in the user's cache.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::external::later::Later;
use crate::external::rustsec::{self, Database};
use crate::external::store::{self, Stored};
use crate::external::{Coverage, Databases, Subject, built_in, dumps, file, registry};
use crate::parse::advisory::{self, Advisories};
use crate::parse::lockfile::Ecosystem;

/// Raised when older indexes cannot be read any more.
const SCHEMA: u32 = 1;
/// A larger index is not read.
const INDEX_MAX: u64 = 256 << 20;

/// Where databases are on this machine, and what the user configured.
#[derive(Clone, Debug, Default)]
pub struct DatabasePaths {
    /// `--advisory-db`
    pub directory: Option<PathBuf>,
    /// This program's directory in the user's cache.
    pub cache: Option<PathBuf>,
    /// Cargo's home.
    pub cargo_home: Option<PathBuf>,
    /// A dump of OSV named by the user, with the option that names it; it replaces those in the cache.
    pub osv: Option<(PathBuf, String)>,
    /// Ecosystems whose dumps a scan fetches if they are missing or old.
    pub osv_fetched: BTreeSet<Ecosystem>,
    /// The base URL of dumps; `None` if offline.
    pub osv_url: Option<String>,
    /// The time of the scan, in seconds since 1970.
    pub now: Option<i64>,
    /// The URL of the RustSec database, to fetch it if it is missing or old; `None` if offline.
    pub url: Option<String>,
    /// The snapshot to fall back on, as in [`built_in::SNAPSHOT`].
    pub built_in: Option<&'static [u8]>,
    /// Called with a line about each fetch before it starts.
    pub announce: Option<fn(&str)>,
}

/// The databases of this machine, read on demand.
pub struct LocalDatabases {
    places: Arc<DatabasePaths>,
    advisories: Later<Result<Arc<Advisories>, String>>,
    index: OnceLock<Result<registry::Index, String>>,
    /// The dumps that may be fetched, with the errors.
    dumps: BTreeMap<Ecosystem, Later<Result<(), String>>>,
}

impl LocalDatabases {
    /// Creates it without reading anything.
    #[must_use]
    pub fn new(places: DatabasePaths) -> Self {
        let dumps = places.osv_fetched.iter().map(|ecosystem| (*ecosystem, Later::default())).collect();
        Self { places: Arc::new(places), advisories: Later::default(), index: OnceLock::new(), dumps }
    }

    /// The cached dump of `ecosystem`.
    fn dump(&self, ecosystem: Ecosystem, wanted: &HashSet<String>) -> Coverage {
        let name = ecosystem.as_str();
        let broke = || Err(format!("fetching OSV's database of {name} {BROKE}"));
        let fetched = self.dumps.get(&ecosystem).map(|dump| {
            let places = Arc::clone(&self.places);
            dump.get(move || fetch_dump(&places, ecosystem), broke)
        });
        let failed = fetched.and_then(Result::err);
        let cached =
            self.places.cache.as_deref().and_then(|cache| Some((cache, dumps::noted(cache, ecosystem)?)));
        let Some((cache, noted)) = cached else {
            let help = format!("`bartizan db update --osv {name}` fetches one, `--osv-db` names one");
            return match failed {
                Some(why) => Coverage::Unusable(format!("{why}; {help}")),
                None => Coverage::Absent(format!("no OSV database of {name} on this machine; {help}")),
            };
        };
        match dumps::cached(cache, ecosystem, &noted, wanted) {
            Ok(dump) if dump.summary.covers(ecosystem) => {
                let mut advisories = dump.advisories;
                (advisories.fetched, advisories.stale) = (Some(noted.fetched), failed);
                Coverage::Known(Arc::new(advisories))
            }
            Ok(_) => Coverage::Unusable(format!("the OSV dump in the cache does not cover {name}")),
            Err(why) => Coverage::Unusable(why),
        }
    }
}

/// The end of the message about a panic.
const BROKE: &str = "broke; please report this as a bug";

impl Databases for LocalDatabases {
    fn prepare(&self, subject: Subject) {
        // Nothing below may wait for the thread pool: the pool may wait for it.
        match subject {
            Subject::Crates => {
                let places = Arc::clone(&self.places);
                self.advisories.start(move || load(&places).map(Arc::new));
            }
            Subject::Packages(ecosystem) => {
                if let Some(dump) = self.dumps.get(&ecosystem) {
                    let places = Arc::clone(&self.places);
                    dump.start(move || fetch_dump(&places, ecosystem));
                }
            }
        }
    }

    fn advisories(&self) -> Result<Arc<Advisories>, String> {
        let broke = || Err(format!("reading the advisory database {BROKE}"));
        self.advisories.get(|| load(&self.places).map(Arc::new), broke)
    }

    fn registry(&self) -> Result<&registry::Index, String> {
        let open = || registry::Index::open(self.places.cargo_home.as_deref());
        self.index.get_or_init(open).as_ref().map_err(Clone::clone)
    }

    fn osv(
        &self,
        ecosystems: &BTreeSet<Ecosystem>,
        wanted: &HashSet<String>,
    ) -> BTreeMap<Ecosystem, Coverage> {
        let Some((path, origin)) = &self.places.osv else {
            // A dump of one ecosystem has documents about others; those are also in the others' dumps.
            let wanted = |ecosystem: Ecosystem| {
                let all = wanted.iter().filter(|key| key.starts_with(&advisory::osv::key(ecosystem, "")));
                all.cloned().collect::<HashSet<String>>()
            };
            let known = |ecosystem: Ecosystem| self.dump(ecosystem, &wanted(ecosystem));
            return ecosystems.iter().map(|ecosystem| (*ecosystem, known(*ecosystem))).collect();
        };
        let dump = dumps::named(self.places.cache.as_deref(), path, wanted, origin);
        let dump = dump.map(|dump| (Arc::new(dump.advisories), dump.summary));
        let known = |ecosystem: Ecosystem| match &dump {
            Ok((advisories, summary)) if summary.covers(ecosystem) => Coverage::Known(Arc::clone(advisories)),
            Ok(_) => Coverage::Absent(format!("{origin} does not cover {}", ecosystem.as_str())),
            Err(why) => Coverage::Unusable(why.clone()),
        };
        ecosystems.iter().map(|ecosystem| (*ecosystem, known(*ecosystem))).collect()
    }
}

/// The cached index.
#[derive(Serialize, Deserialize)]
struct Index {
    schema: u32,
    /// Identifies the indexed files; the index is rebuilt when it changes.
    identity: String,
    database: Database,
}

/// An older database is fetched again, in seconds.
const FRESH: i64 = 86_400;

/// Fetches the dump of `ecosystem` unless it is fresh or fetching is disabled.
fn fetch_dump(places: &DatabasePaths, ecosystem: Ecosystem) -> Result<(), String> {
    let (Some(cache), Some(base)) = (&places.cache, &places.osv_url) else { return Ok(()) };
    let is_old = |fetched: i64| places.now.is_some_and(|now| now - fetched > FRESH);
    if dumps::noted(cache, ecosystem).is_some_and(|noted| !is_old(noted.fetched)) {
        return Ok(());
    }
    if let Some(announce) = places.announce {
        let (name, url) = (ecosystem.as_str(), dumps::url(base, ecosystem));
        announce(&format!("fetching OSV's database of {name} from {url}; --offline does not"));
    }
    dumps::update(cache, base, ecosystem, places.now.unwrap_or(0)).map(drop)
}

/// Loads the database: the configured one; else, unless there is a fresh one, it is fetched; else the newer of the
/// cached one and that of cargo-audit or cargo-deny; or the built-in one, if it is newer still or the only one.
fn load(places: &DatabasePaths) -> Result<Advisories, String> {
    if let Some(directory) = &places.directory {
        return of_directory(directory, places.cache.as_deref(), "the directory of --advisory-db");
    }
    let stored = places.cache.as_deref().and_then(store::load);
    let theirs = existing(places).into_iter().find(|(directory, _)| rustsec::list(directory).is_ok());
    let theirs_fetched = theirs.as_ref().and_then(|(directory, _)| fetched(directory));
    let newest = stored.as_ref().map(|stored| stored.fetched).max(theirs_fetched);
    let is_old = |fetched: i64| places.now.is_some_and(|now| now - fetched > FRESH);
    let mut failed = None;
    if let (Some(cache), Some(url)) = (&places.cache, &places.url)
        && newest.is_none_or(is_old)
    {
        if let Some(announce) = places.announce {
            announce(&format!("fetching the advisory database from {url}; --offline does not"));
        }
        match store::update(cache, url, places.now.unwrap_or(0)) {
            Ok(_) => {
                if let Some(stored) = store::load(cache) {
                    return Ok(of_store(stored));
                }
            }
            Err(why) => failed = Some(why),
        }
    }
    let found = match (stored, theirs) {
        (Some(stored), theirs) if theirs.is_none() || Some(stored.fetched) >= theirs_fetched => {
            Some(of_store(stored))
        }
        (_, Some((directory, words))) => Some(of_directory(&directory, places.cache.as_deref(), words)?),
        _ => None,
    };
    let help = "`bartizan db update` fetches one, `--advisory-db DIR` names one";
    let mut newest = match (found, places.built_in) {
        (Some(found), Some(built_in)) => newer(found, built_in, places.now),
        (Some(found), None) => found,
        (None, Some(built_in)) => built_in::load(built_in, None).map_err(|why| format!("{why}; {help}"))?,
        (None, None) => {
            let why = failed.unwrap_or_else(|| "no advisory database on this machine".to_owned());
            return Err(format!("{why}; {help}"));
        }
    };
    newest.stale = failed;
    Ok(newest)
}

/// The built-in database, if it is usable and newer than `found`; if not, only its header is read. A clock before
/// the date of the build makes dates incomparable.
fn newer(found: Advisories, built_in: &[u8], now: Option<i64>) -> Advisories {
    let is_newer = built_in::Header::split(built_in).is_ok_and(|(header, _)| {
        let day = header.seconds();
        Some(day) > found.as_of() && now.is_none_or(|now| day <= now)
    });
    let newer = is_newer.then(|| built_in::load(built_in, Some(&found.origin)));
    newer.and_then(Result::ok).unwrap_or(found)
}

fn of_store(stored: Stored) -> Advisories {
    let words = if stored.url.is_empty() { "an import into the cache" } else { "the cache" };
    stored.database.into_advisories(words.to_owned(), Some(stored.fetched))
}

/// When a checkout was last fetched.
fn fetched(directory: &Path) -> Option<i64> {
    ["FETCH_HEAD", "HEAD"].iter().find_map(|name| file::modified(&directory.join(".git").join(name)))
}

/// Databases of other tools, in order of preference.
fn existing(places: &DatabasePaths) -> Vec<(PathBuf, &'static str)> {
    let Some(home) = &places.cargo_home else { return Vec::new() };
    let mut found = vec![(home.join("advisory-db"), "Cargo's folder, as cargo-audit fetched it")];
    // cargo-deny keeps a directory per URL.
    let folders = file::entries(&home.join("advisory-dbs")).unwrap_or_default();
    let folders =
        folders.into_iter().filter(|entry| entry.directory && entry.name.starts_with("advisory-db-"));
    found.extend(folders.map(|entry| {
        (home.join("advisory-dbs").join(entry.name), "Cargo's folder, as cargo-deny fetched it")
    }));
    found
}

/// The database in `directory`, from its index if the files are unchanged.
fn of_directory(directory: &Path, cache: Option<&Path>, words: &str) -> Result<Advisories, String> {
    let listed = rustsec::list(directory)?;
    let mut hash = Sha256::new();
    for file in &listed {
        hash.update(file.path());
        hash.update(file.stamp.0.to_le_bytes());
        hash.update(file.stamp.1.to_le_bytes());
    }
    let identity = data_encoding::HEXLOWER.encode(&hash.finalize());
    let place =
        data_encoding::HEXLOWER.encode(&Sha256::digest(directory.as_os_str().as_encoded_bytes())[..8]);
    let index = cache.map(|cache| cache.join(format!("advisories-{place}.json")));
    let kept = index.as_deref().and_then(|index| kept(index, &identity));
    let database = kept.unwrap_or_else(|| {
        let database = rustsec::read(directory, &listed);
        let index_of = Index { schema: SCHEMA, identity, database };
        if let (Some(place), Ok(bytes)) = (&index, serde_json::to_vec(&index_of)) {
            // Without an index the next scan is merely slower.
            let _ = file::write(place, &bytes);
        }
        index_of.database
    });
    Ok(database.into_advisories(words.to_owned(), fetched(directory)))
}

/// The cached index, if it matches.
fn kept(index: &Path, identity: &str) -> Option<Database> {
    let bytes = file::read(index, INDEX_MAX).ok()?;
    let index: Index = serde_json::from_slice(&bytes).ok()?;
    (index.schema == SCHEMA && index.identity == identity).then_some(index.database)
}
