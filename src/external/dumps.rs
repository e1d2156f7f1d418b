//! Our own copies of OSV's dumps in the user's cache, one for each ecosystem: fetched from OSV's bucket,
//! replaced as a whole.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::external::file;
use crate::parse::lockfile::Ecosystem;

/// Where OSV's dumps are fetched from, unless the user says otherwise: a folder for each ecosystem.
pub const DEFAULT_URL: &str = "https://storage.googleapis.com/osv-vulnerabilities";
/// Raised when what is noted of a copy changes its meaning.
const SCHEMA: u32 = 1;
/// What is noted of a copy is not larger.
const NOTED_MAX: u64 = 1 << 16;
/// Larger dumps are not taken.
#[cfg(feature = "online")]
const DUMP_MAX: u64 = 1 << 30;

/// What is noted of a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    schema: u32,
    /// Where it was fetched from.
    pub url: String,
    /// What the server called this version.
    #[serde(default)]
    etag: Option<String>,
    /// When the server says it was changed.
    #[serde(default)]
    last_modified: Option<String>,
    /// When it was fetched, or last found to be still the newest, in seconds since 1970.
    pub fetched: i64,
    /// How many advisories it has.
    pub advisories: usize,
    /// The date of the newest one.
    pub newest: String,
}

/// What became of an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Updated {
    /// There is a new copy, of this many advisories.
    New(usize),
    /// The server says that ours is the newest.
    Unchanged(usize),
}

/// Where the copy of the dump of `ecosystem` is.
#[must_use]
pub fn path(cache: &Path, ecosystem: Ecosystem) -> PathBuf {
    beside(cache, ecosystem, "zip")
}

fn beside(cache: &Path, ecosystem: Ecosystem, ending: &str) -> PathBuf {
    cache.join("osv").join(format!("{}.{ending}", ecosystem.as_str()))
}

/// What is noted of our copy, if there is one.
#[must_use]
pub fn noted(cache: &Path, ecosystem: Ecosystem) -> Option<Noted> {
    let bytes = file::read(&beside(cache, ecosystem, "json"), NOTED_MAX).ok()?;
    let noted: Noted = serde_json::from_slice(&bytes).ok().filter(|noted: &Noted| noted.schema == SCHEMA)?;
    file::is_file(&path(cache, ecosystem)).then_some(noted)
}

/// Where the dump of `ecosystem` is below `base`.
#[must_use]
pub fn url(base: &str, ecosystem: Ecosystem) -> String {
    let name = ecosystem.as_str().replace(' ', "%20");
    format!("{}/{name}/all.zip", base.trim_end_matches('/'))
}

/// Fetches the dump of `ecosystem` from below `base`, if it is newer than our copy.
///
/// # Errors
/// Why there is no new copy; the existing one then stays.
#[cfg(feature = "online")]
pub fn update(cache: &Path, base: &str, ecosystem: Ecosystem, now: i64) -> Result<Updated, String> {
    use std::collections::HashSet;

    use crate::external::fetch::{self, Stored};
    use crate::external::osv;

    let url = url(base, ecosystem);
    let known = noted(cache, ecosystem);
    let same = known.as_ref().filter(|known| known.url == url);
    let (etag, modified) =
        same.map_or((None, None), |same| (same.etag.as_deref(), same.last_modified.as_deref()));
    let place = path(cache, ecosystem);
    let unwritten =
        |error: &std::io::Error| format!("cannot write {}: {}", place.display(), file::in_words(error));
    let note = |noted: &Noted| {
        let bytes = serde_json::to_vec(noted).map_err(|error| error.to_string())?;
        file::write(&beside(cache, ecosystem, "json"), &bytes).map_err(|error| unwritten(&error))
    };
    let new = file::Beside::create(&place).map_err(|error| unwritten(&error))?;
    let (etag, last_modified) = match fetch::into(&url, new.file(), DUMP_MAX, etag, modified)? {
        Stored::New { etag, last_modified } => (etag, last_modified),
        Stored::Unchanged => {
            let Some(mut known) = known else {
                return Err(format!("{url} says that nothing has changed, although nothing was asked about"));
            };
            known.fetched = now;
            return note(&known).map(|()| Updated::Unchanged(known.advisories));
        }
    };
    let refused = |why: &str| format!("what {url} answers is not taken: {why}");
    let dump = osv::read(new.path(), &HashSet::new(), "it").map_err(|why| refused(&why))?;
    let name = ecosystem.as_str();
    if !dump.covers(ecosystem) {
        return Err(refused(&format!("it says nothing about {name}")));
    }
    let (count, before) = (dump.advisories.count, known.map_or(0, |known| known.advisories));
    if count < before / 2 {
        return Err(refused(&format!(
            "it has {count} of the advisories about {name}, and the copy in the cache {before}; `scan --osv-db FILE` takes a dump all the same"
        )));
    }
    new.keep().map_err(|error| unwritten(&error))?;
    let newest = dump.advisories.newest;
    note(&Noted { schema: SCHEMA, url, etag, last_modified, fetched: now, advisories: count, newest })?;
    Ok(Updated::New(count))
}

/// The same in a program that was built to stay offline.
///
/// # Errors
/// Always.
#[cfg(not(feature = "online"))]
pub fn update(_cache: &Path, _base: &str, _ecosystem: Ecosystem, _now: i64) -> Result<Updated, String> {
    Err("this program was built without the feature `online`; `scan --osv-db` names a dump".to_owned())
}
