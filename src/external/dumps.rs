//! Copies of OSV's dumps in the user's cache, one per ecosystem: fetched from OSV's bucket or imported, replaced
//! as a whole, each with an index for scans.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::external::index::{Builder, Index, Summary};
use crate::external::{file, osv};
use crate::parse::advisory::Advisories;
use crate::parse::lockfile::Ecosystem;

/// The default base URL of OSV's dumps, with a directory per ecosystem.
pub const DEFAULT_URL: &str = "https://storage.googleapis.com/osv-vulnerabilities";
/// Raised when the meaning of the notes changes.
const SCHEMA: u32 = 1;
/// The largest notes of a copy.
const NOTED_MAX: u64 = 1 << 16;
/// The most indexes of user-named dumps that are kept, newest first.
const NAMED_MAX: usize = 4;
/// The largest dump.
#[cfg(feature = "online")]
const DUMP_MAX: u64 = 1 << 30;

/// The notes about a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    schema: u32,
    /// The URL; empty if it was imported, and only the index exists.
    pub url: String,
    /// The server's ETag.
    #[serde(default)]
    etag: Option<String>,
    /// The server's modification date.
    #[serde(default)]
    last_modified: Option<String>,
    /// When it was fetched, or last confirmed to be current, in seconds since 1970.
    pub fetched: i64,
    /// How many advisories it has.
    pub advisories: usize,
    /// The date of the newest one.
    pub newest: String,
    /// The identity of what an imported index was built from.
    #[serde(default)]
    identity: String,
}

/// The result of an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Updated {
    /// A new copy with this many advisories.
    New(usize),
    /// The copy is still current.
    Unchanged(usize),
}

/// The path of the copy for `ecosystem`.
fn path(cache: &Path, ecosystem: Ecosystem) -> PathBuf {
    beside(cache, ecosystem, "zip")
}

fn beside(cache: &Path, ecosystem: Ecosystem, ending: &str) -> PathBuf {
    cache.join("osv").join(format!("{}.{ending}", ecosystem.as_str()))
}

/// The notes about our copy, if it exists.
#[must_use]
pub fn noted(cache: &Path, ecosystem: Ecosystem) -> Option<Noted> {
    let bytes = file::read(&beside(cache, ecosystem, "json"), NOTED_MAX).ok()?;
    let noted: Noted = serde_json::from_slice(&bytes).ok().filter(|noted: &Noted| noted.schema == SCHEMA)?;
    let kept = if noted.url.is_empty() { "index" } else { "zip" };
    file::is_file(&beside(cache, ecosystem, kept)).then_some(noted)
}

/// The advisories of a dump about some packages.
pub(super) struct Answer {
    pub(super) summary: Summary,
    pub(super) advisories: Advisories,
}

fn ask(index: &Index, wanted: &HashSet<String>, origin: &str) -> Result<Answer, String> {
    Ok(Answer { summary: index.summary().clone(), advisories: index.advisories(wanted, origin)? })
}

/// The advisories of our copy for `ecosystem`, described by `noted`, about the packages in `wanted`.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn cached(
    cache: &Path,
    ecosystem: Ecosystem,
    noted: &Noted,
    wanted: &HashSet<String>,
) -> Result<Answer, String> {
    let name = ecosystem.as_str();
    let (origin, place) = (format!("the cache, about {name}"), beside(cache, ecosystem, "index"));
    if !noted.url.is_empty() {
        return of_dump(&path(cache, ecosystem), Some(&place), Some(ecosystem), wanted, &origin);
    }
    let answer = Index::open(&place).and_then(|index| match index.is_of(&noted.identity) {
        true => ask(&index, wanted, &origin),
        false => Err("the index is not the one that was imported".to_owned()),
    });
    answer
        .map_err(|why| format!("{}: {why}; `bartizan db import --osv {name}` makes it anew", place.display()))
}

/// The advisories of the user's dump at `path`, through an index that is kept in the cache.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn named(
    cache: Option<&Path>,
    path: &Path,
    wanted: &HashSet<String>,
    origin: &str,
) -> Result<Answer, String> {
    // Two directories may have dumps of the same name, size and time.
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mark = data_encoding::HEXLOWER.encode(&Sha256::digest(whole.as_os_str().as_encoded_bytes())[..8]);
    let folder = cache.map(|cache| cache.join("osv"));
    let place = folder.as_deref().map(|folder| folder.join(format!("{NAMED}{mark}.index")));
    let answer = of_dump(path, place.as_deref(), None, wanted, origin)?;
    let mut kept = folder.as_deref().and_then(|folder| file::entries(folder).ok()).unwrap_or_default();
    kept.retain(|entry| entry.name.starts_with(NAMED) && entry.name.ends_with(".index"));
    kept.sort_by_key(|entry| std::cmp::Reverse(entry.modified));
    for old in kept.iter().skip(NAMED_MAX) {
        folder.iter().for_each(|folder| file::remove(&folder.join(&old.name)));
    }
    Ok(answer)
}

/// The prefix of indexes of user-named dumps.
const NAMED: &str = "named-";

/// The advisories of the dump at `path`, optionally of `only` one ecosystem; from the index at `place` if it
/// matches the dump. Otherwise, or if it is damaged, it is rebuilt.
fn of_dump(
    path: &Path,
    place: Option<&Path>,
    only: Option<Ecosystem>,
    wanted: &HashSet<String>,
    origin: &str,
) -> Result<Answer, String> {
    let identity = identity(path, only);
    let kept = place.zip(identity.as_deref()).and_then(|(place, identity)| {
        let index = Index::open(place).ok().filter(|index| index.is_of(identity))?;
        ask(&index, wanted, origin).ok()
    });
    if let Some(answer) = kept {
        return Ok(answer);
    }
    let (builder, summary) = match only {
        Some(only) => {
            let (builders, summary) = build(path, &BTreeSet::from([only]))?;
            (builders.into_values().next().unwrap_or_default(), summary.only(only))
        }
        None => {
            let mut builder = Builder::default();
            let summary = osv::read(path, &mut |_, advisory| builder.add(&advisory))?;
            if builder.is_full() {
                return Err(too_large(path));
            }
            (builder, summary)
        }
    };
    let bytes = builder.finish(identity.as_deref().unwrap_or_default(), summary);
    if let (Some(place), Some(_)) = (place, identity) {
        // Without an index the next scan is merely slower.
        let _ = file::write(place, &bytes);
    }
    ask(&Index::of(bytes)?, wanted, origin)
}

/// Identifies the dump at `path` in an index.
fn identity(path: &Path, only: Option<Ecosystem>) -> Option<String> {
    let about = only.map_or("all of it", Ecosystem::as_str);
    Some(format!("{about}: {}", osv::identity(path)?))
}

/// Reads the dump at `path` once, building an index for each of these ecosystems.
fn build(
    path: &Path,
    ecosystems: &BTreeSet<Ecosystem>,
) -> Result<(BTreeMap<Ecosystem, Builder>, Summary), String> {
    let mut builders: BTreeMap<Ecosystem, Builder> =
        ecosystems.iter().map(|ecosystem| (*ecosystem, Builder::default())).collect();
    let summary = osv::read(path, &mut |ecosystem, advisory| {
        if let Some(builder) = builders.get_mut(&ecosystem) {
            builder.add(&advisory);
        }
    })?;
    match builders.values().any(Builder::is_full) {
        true => Err(too_large(path)),
        false => Ok((builders, summary)),
    }
}

fn too_large(path: &Path) -> String {
    format!("{} has more advisories than an index takes", path.display())
}

/// Imports the advisories about these ecosystems from the dump at `from`, an archive or a directory; returns the
/// number of advisories of each.
///
/// # Errors
/// Why there is no new copy; the existing ones stay.
pub fn import(
    cache: &Path,
    from: &Path,
    ecosystems: &BTreeSet<Ecosystem>,
    now: i64,
) -> Result<Vec<(Ecosystem, usize)>, String> {
    let refused = |why: &str| format!("{} is not imported: {why}", from.display());
    let (builders, summary) = build(from, ecosystems).map_err(|why| refused(&why))?;
    let missing: Vec<&str> =
        ecosystems.iter().filter(|one| !summary.covers(**one)).map(|one| one.as_str()).collect();
    if !missing.is_empty() {
        return Err(refused(&format!("it does not cover {}", missing.join(", "))));
    }
    let mut counts = Vec::new();
    for (ecosystem, builder) in builders {
        let summary = summary.clone().only(ecosystem);
        let (advisories, newest) = (summary.count, summary.newest.clone());
        let stamp = identity(from, Some(ecosystem)).unwrap_or_default();
        let identity = format!("imported {now}, {stamp}");
        write(&beside(cache, ecosystem, "index"), &builder.finish(&identity, summary))?;
        let noted = Noted { schema: SCHEMA, fetched: now, advisories, newest, identity, ..Noted::default() };
        note(cache, ecosystem, &noted)?;
        // The import replaces what was fetched earlier.
        file::remove(&path(cache, ecosystem));
        counts.push((ecosystem, advisories));
    }
    Ok(counts)
}

fn write(place: &Path, bytes: &[u8]) -> Result<(), String> {
    file::write(place, bytes)
        .map_err(|error| format!("cannot write {}: {}", place.display(), file::in_words(&error)))
}

fn note(cache: &Path, ecosystem: Ecosystem, noted: &Noted) -> Result<(), String> {
    let bytes = serde_json::to_vec(noted).map_err(|error| error.to_string())?;
    write(&beside(cache, ecosystem, "json"), &bytes)
}

/// The URL of the dump of `ecosystem` below `base`.
#[must_use]
pub fn url(base: &str, ecosystem: Ecosystem) -> String {
    let name = ecosystem.as_str().replace(' ', "%20");
    format!("{}/{name}/all.zip", base.trim_end_matches('/'))
}

/// Fetches the dump of `ecosystem` from below `base`, if it is newer than our copy.
///
/// # Errors
/// Why there is no new copy; the existing one stays.
#[cfg(feature = "online")]
pub fn update(cache: &Path, base: &str, ecosystem: Ecosystem, now: i64) -> Result<Updated, String> {
    use crate::external::fetch::{self, Stored};

    let url = url(base, ecosystem);
    let known = noted(cache, ecosystem);
    let same = known.as_ref().filter(|known| known.url == url);
    let (etag, modified) =
        same.map_or((None, None), |same| (same.etag.as_deref(), same.last_modified.as_deref()));
    let place = path(cache, ecosystem);
    let unwritten =
        |error: &std::io::Error| format!("cannot write {}: {}", place.display(), file::in_words(error));
    let new = file::Beside::create(&place).map_err(|error| unwritten(&error))?;
    let (etag, last_modified) = match fetch::into(&url, new.file(), DUMP_MAX, etag, modified)? {
        Stored::New { etag, last_modified } => (etag, last_modified),
        Stored::Unchanged => {
            let Some(mut known) = known else {
                return Err(format!("{url} answers `304 Not Modified` to an unconditional request"));
            };
            known.fetched = now;
            return note(cache, ecosystem, &known).map(|()| Updated::Unchanged(known.advisories));
        }
    };
    let refused = |why: &str| format!("the response of {url} is rejected: {why}");
    let (builders, summary) = build(new.path(), &BTreeSet::from([ecosystem])).map_err(|why| refused(&why))?;
    let name = ecosystem.as_str();
    if !summary.covers(ecosystem) {
        return Err(refused(&format!("it does not cover {name}")));
    }
    let summary = summary.only(ecosystem);
    let (count, before) = (summary.count, known.map_or(0, |known| known.advisories));
    if count < before / 2 {
        return Err(refused(&format!(
            "it has {count} of the advisories about {name}, and the copy in the cache {before}; `bartizan db import --osv {name} FILE` imports a dump anyway"
        )));
    }
    new.keep().map_err(|error| unwritten(&error))?;
    let newest = summary.newest.clone();
    // If it cannot be written, the first scan builds it.
    if let (Some(identity), Some(builder)) =
        (identity(&place, Some(ecosystem)), builders.into_values().next())
    {
        let _ = file::write(&beside(cache, ecosystem, "index"), &builder.finish(&identity, summary));
    }
    let noted = Noted {
        schema: SCHEMA,
        url,
        etag,
        last_modified,
        fetched: now,
        advisories: count,
        newest,
        identity: String::new(),
    };
    note(cache, ecosystem, &noted)?;
    Ok(Updated::New(count))
}

/// For builds without network access.
///
/// # Errors
/// Always.
#[cfg(not(feature = "online"))]
pub fn update(_cache: &Path, _base: &str, _ecosystem: Ecosystem, _now: i64) -> Result<Updated, String> {
    Err("this program was built without the feature `online`; `bartizan db import --osv` takes a dump"
        .to_owned())
}
