//! The copy of the RustSec database in the user's cache: fetched or imported, replaced as a whole.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::external::file::{self, ARCHIVE_MAX, in_words};
use crate::external::rustsec::Database;
use crate::external::{archive, rustsec};

/// The default URL of RustSec's database.
pub const DEFAULT_URL: &str = "https://github.com/RustSec/advisory-db/archive/refs/heads/main.tar.gz";
/// Raised when older copies cannot be read any more.
const SCHEMA: u32 = 1;
/// The largest copy, and the largest download.
const STORED_MAX: u64 = 256 << 20;

/// The copy, and its origin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    schema: u32,
    /// The URL; empty if it was imported.
    pub url: String,
    /// The server's ETag.
    #[serde(default)]
    pub etag: Option<String>,
    /// The server's modification date.
    #[serde(default)]
    pub last_modified: Option<String>,
    /// When it was fetched, or last confirmed to be current, in seconds since 1970.
    pub fetched: i64,
    /// The database.
    pub database: Database,
}

/// The result of an update.
#[derive(Debug, PartialEq)]
pub enum Updated {
    /// A new copy with this many advisories.
    New(usize),
    /// The copy is still current.
    Unchanged(usize),
}

/// Our copy, if it exists and can be read.
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

/// Reads the database in `from`, a directory or an archive.
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

/// Imports the database in `from`, a directory or an archive.
///
/// # Errors
/// What is wrong with it; the previous copy stays.
pub fn import(cache: &Path, from: &Path, now: i64) -> Result<usize, String> {
    let database = read(from)?;
    let count = database.count;
    let stored = Stored { schema: SCHEMA, fetched: now, database, ..Stored::default() };
    save(cache, &stored).map(|()| count)
}

/// Fetches the database from `url`, if it is newer than our copy.
///
/// # Errors
/// Why there is no new copy; the previous one stays.
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
                return Err(format!("{url} answers `304 Not Modified` to an unconditional request"));
            };
            known.fetched = now;
            let count = known.database.count;
            return save(cache, &known).map(|()| Updated::Unchanged(count));
        }
    };
    let database =
        archive::read(&body.bytes).map_err(|why| format!("the response of {url} is rejected: {why}"))?;
    let before = known.map_or(0, |known| known.database.count);
    if database.count < before / 2 {
        return Err(format!(
            "the response of {url} is rejected: it has {} advisories, the previous database {before}; `bartizan db import` imports it anyway",
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

/// For builds without network access.
///
/// # Errors
/// Always.
#[cfg(not(feature = "online"))]
pub fn update(_cache: &Path, _url: &str, _now: i64) -> Result<Updated, String> {
    Err("this program was built without the feature `online`; `bartizan db import` takes a directory or an archive".to_owned())
}
