//! Our own copy of the RustSec database in the user's cache: fetched or imported, replaced as a whole.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::external::file::{self, ARCHIVE_MAX, in_words};
use crate::external::rustsec::Database;
use crate::external::{archive, rustsec};

/// Where RustSec's database is fetched from, unless the user says otherwise.
pub const DEFAULT_URL: &str = "https://github.com/RustSec/advisory-db/archive/refs/heads/main.tar.gz";
/// Raised when a copy of before cannot be read as one of now.
const SCHEMA: u32 = 1;
/// Larger copies are not read, and larger bodies not taken.
const STORED_MAX: u64 = 256 << 20;

/// The copy, and where it came from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    schema: u32,
    /// The address; empty if it was imported.
    pub url: String,
    /// What the server called this version.
    #[serde(default)]
    pub etag: Option<String>,
    /// When the server says it was changed.
    #[serde(default)]
    pub last_modified: Option<String>,
    /// When it was fetched, or last found to be still the newest, in seconds since 1970.
    pub fetched: i64,
    /// The database.
    pub database: Database,
}

/// What became of an update.
#[derive(Debug, PartialEq)]
pub enum Updated {
    /// There is a new copy, of this many advisories.
    New(usize),
    /// The server says that ours is the newest.
    Unchanged(usize),
}

/// Our copy, if there is one that can be read.
#[must_use]
pub fn load(cache: &Path) -> Option<Stored> {
    let bytes = file::read(&cache.join("rustsec.json"), STORED_MAX).ok()?;
    serde_json::from_slice(&bytes).ok().filter(|stored: &Stored| stored.schema == SCHEMA)
}

fn save(cache: &Path, stored: &Stored) -> Result<(), String> {
    let path = cache.join("rustsec.json");
    let bytes = serde_json::to_vec(stored).map_err(|error| error.to_string())?;
    file::write(&path, &bytes)
        .map_err(|error| format!("cannot write {}: {}", path.display(), in_words(&error)))
}

/// The database in `from`, a directory or an archive.
///
/// # Errors
/// What is wrong with it.
pub fn read(from: &Path) -> Result<Database, String> {
    if file::is_directory(from) {
        return Ok(rustsec::read(from, &rustsec::list(from)?));
    }
    let bytes = file::read(from, ARCHIVE_MAX).map_err(|error| in_words(&error));
    let read = bytes.and_then(|bytes| archive::read(&bytes));
    read.map_err(|why| format!("cannot import {}: {why}", from.display()))
}

/// Takes the database in `from`, a directory or an archive, for our copy.
///
/// # Errors
/// What is wrong with it; our copy of before then stays.
pub fn import(cache: &Path, from: &Path, now: i64) -> Result<usize, String> {
    let database = read(from)?;
    let count = database.count;
    let stored = Stored { schema: SCHEMA, fetched: now, database, ..Stored::default() };
    save(cache, &stored).map(|()| count)
}

/// Fetches the database from `url`, if it is newer than our copy.
///
/// # Errors
/// Why there is no new one; our copy of before then stays.
#[cfg(feature = "online")]
pub fn update(cache: &Path, url: &str, now: i64) -> Result<Updated, String> {
    use crate::external::fetch::{self, Answer};

    let known = load(cache);
    let same = known.as_ref().filter(|known| known.url == url);
    let (etag, modified) =
        same.map_or((None, None), |same| (same.etag.as_deref(), same.last_modified.as_deref()));
    let body = match fetch::get(url, etag, modified)? {
        Answer::New(body) => body,
        Answer::Unchanged => {
            let Some(mut known) = known else {
                return Err(format!("{url} says that nothing has changed, although nothing was asked about"));
            };
            known.fetched = now;
            let count = known.database.count;
            return save(cache, &known).map(|()| Updated::Unchanged(count));
        }
    };
    let database =
        archive::read(&body.bytes).map_err(|why| format!("what {url} answers is not taken: {why}"))?;
    let before = known.map_or(0, |known| known.database.count);
    if database.count < before / 2 {
        return Err(format!(
            "what {url} answers is not taken: it has {} of the advisories, and the database of before {before}; `bartizan db import` takes it all the same",
            database.count
        ));
    }
    let count = database.count;
    let stored = Stored {
        schema: SCHEMA,
        url: url.to_owned(),
        etag: body.etag,
        last_modified: body.last_modified,
        fetched: now,
        database,
    };
    save(cache, &stored).map(|()| Updated::New(count))
}

/// The same in a program that was built to stay offline.
///
/// # Errors
/// Always.
#[cfg(not(feature = "online"))]
pub fn update(_cache: &Path, _url: &str, _now: i64) -> Result<Updated, String> {
    Err("this program was built without the feature `online`; `bartizan db import` takes a directory or an archive".to_owned())
}
