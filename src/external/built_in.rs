//! The built-in advisories: facts of the RustSec database, used without a cache and network, or if newer than the
//! cache.
//!
//! Only facts are included: ids and aliases, packages, version requirements, kinds, CVSS vectors, function names,
//! platforms, dates, and report URLs. Titles and descriptions are not, so neither the advisories under CC0 nor
//! those that RustSec imported from GitHub under CC-BY-4.0 are reproduced; the id leads to the text and its
//! author, and the title is composed from the facts. Advisories that are withdrawn, or about Rust itself, are
//! counted and left out, as in every database here.
//!
//! The file is a header line that starts with `MAGIC`, followed by a zlib stream of the [`Database`] as JSON.
//! `examples/snapshot.rs` writes it; the same database gives the same bytes.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use crate::external::file::in_words;
use crate::external::rustsec::Database;
use crate::parse::advisory::{Advisories, Advisory, AdvisoryKind, seconds};

/// The snapshot of this build.
pub static SNAPSHOT: &[u8] = include_bytes!("advisories.snapshot");

/// The start of the file, with the version of its format.
const MAGIC: &str = "bartizan advisories 1";
/// The longest header line.
const HEADER_MAX: usize = 256;
/// The largest unpacked snapshot in bytes.
const UNPACKED_MAX: u64 = 32 << 20;
/// Replaces the error of an unreadable advisory, as an error may quote its text.
const UNREAD: &str = "it could not be read when the database was built in";

/// The header: which database the facts are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The date of the database, `2024-01-31`.
    pub date: String,
    /// The commit of the database, if it was known.
    pub commit: Option<String>,
    /// The number of advisories in the database, of any kind.
    pub count: usize,
}

impl Header {
    /// Parses the header, and returns the rest.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn split(bytes: &[u8]) -> Result<(Self, &[u8]), String> {
        let start = &bytes[..bytes.len().min(HEADER_MAX)];
        let end = start.iter().position(|byte| *byte == b'\n').ok_or("it has no first line")?;
        let line = std::str::from_utf8(&start[..end]).map_err(|_| "its first line is not UTF-8")?;
        let fields = line.strip_prefix(MAGIC).ok_or("its first line is not that of a snapshot")?;
        let fields: Vec<&str> = fields.split(' ').collect();
        let ["", date, commit, count] = fields[..] else {
            return Err("its first line does not have a date, a commit and a number".to_owned());
        };
        seconds(date).ok_or_else(|| format!("its first line has no date, but `{date}`"))?;
        let count = count.parse().map_err(|_| format!("its first line has no number, but `{count}`"))?;
        let commit = (commit != "-").then(|| commit.to_owned());
        Ok((Self { date: date.to_owned(), commit, count }, &bytes[end + 1..]))
    }

    /// The start of its date, in seconds since 1970.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        // Validated by `split`.
        seconds(&self.date).unwrap_or(i64::MIN)
    }
}

/// The file for the facts of `database`.
///
/// # Errors
/// If the date or the commit is malformed.
pub fn write(mut database: Database, date: &str, commit: Option<&str>) -> Result<Vec<u8>, String> {
    seconds(date).ok_or_else(|| format!("`{date}` is not a date such as 2024-01-31"))?;
    let is_id = |commit: &str| !commit.is_empty() && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(commit) = commit.filter(|commit| commit.len() > 64 || !is_id(commit)) {
        return Err(format!("`{commit}` is not a commit id"));
    }
    database.sort();
    for advisory in &mut database.advisories {
        advisory.title.clear();
    }
    for unread in &mut database.unread {
        UNREAD.clone_into(&mut unread.why);
    }
    let json = serde_json::to_vec(&database).map_err(|error| error.to_string())?;
    let header = format!("{MAGIC} {date} {} {}\n", commit.unwrap_or("-"), database.count);
    let mut packed = ZlibEncoder::new(header.into_bytes(), Compression::best());
    packed.write_all(&json).and_then(|()| packed.finish()).map_err(|error| in_words(&error))
}

/// Reads a snapshot.
///
/// # Errors
/// If it is damaged, or of another version of this program.
pub fn read(bytes: &[u8]) -> Result<(Header, Database), String> {
    let (header, packed) = Header::split(bytes)?;
    let mut json = Vec::new();
    let mut unpacked = ZlibDecoder::new(packed).take(UNPACKED_MAX);
    unpacked
        .read_to_end(&mut json)
        .map_err(|error| format!("it is cut off or damaged: {}", in_words(&error)))?;
    if unpacked.limit() == 0 {
        return Err(format!("it unpacks to more than {} MiB", UNPACKED_MAX >> 20));
    }
    let mut database: Database =
        serde_json::from_slice(&json).map_err(|error| format!("it is damaged: {error}"))?;
    if database.count != header.count || database.advisories.len() > database.count {
        return Err("it is damaged: the number of advisories differs from its first line".to_owned());
    }
    for advisory in &mut database.advisories {
        advisory.title = title(advisory);
    }
    Ok((header, database))
}

/// The same as [`Advisories`]; `instead_of` is the older database that it replaces.
///
/// # Errors
/// As [`read`].
pub(super) fn load(bytes: &[u8], instead_of: Option<&str>) -> Result<Advisories, String> {
    let (header, database) = read(bytes).map_err(|why| {
        format!("the built-in advisories cannot be used, {why}; please report this as a bug")
    })?;
    let mut origin = "the built-in copy".to_owned();
    if let Some(other) = instead_of {
        origin.push_str(&format!(", which is newer than {other}"));
    }
    let mut advisories = database.into_advisories(origin, Some(header.seconds()));
    advisories.built_in = true;
    Ok(advisories)
}

/// The title composed from the facts.
fn title(advisory: &Advisory) -> String {
    let Advisory { package, date, patched, .. } = advisory;
    let about = match advisory.kind() {
        AdvisoryKind::Malicious => format!("malicious code in {package}"),
        AdvisoryKind::Vulnerability => format!("vulnerability in {package}"),
        AdvisoryKind::Unsound => format!("unsound code in {package}"),
        AdvisoryKind::Unmaintained => return format!("{package} was found unmaintained on {date}"),
        AdvisoryKind::Notice => return format!("notice about {package} of {date}"),
    };
    let places: Vec<&str> = advisory.functions.iter().map(|(path, _)| path.as_str()).take(3).collect();
    let places = if places.is_empty() { String::new() } else { format!(" ({})", places.join(", ")) };
    match patched.is_empty() {
        true => format!("{about}{places}, not patched on {date}"),
        false => format!("{about}{places}, patched in {}", patched.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{SNAPSHOT, read, title, write};
    use crate::external::rustsec::Database;
    use crate::parse::advisory::Advisory;

    fn database() -> Database {
        let mut database = Database::default();
        for (id, rest) in [
            ("RUSTSEC-2026-0002", "informational = \"unmaintained\"\n[versions]\npatched = []\n"),
            (
                "RUSTSEC-2026-0001",
                "url = \"https://example.org\"\n[affected.functions]\n\"tin::cut\" = [\"< 1.2\"]\n[versions]\npatched = [\">= 1.2\", \"^0.9.4\"]\n",
            ),
            ("RUSTSEC-2026-0003", "withdrawn = \"2026-02-01\"\n[versions]\npatched = []\n"),
        ] {
            let text = format!(
                "```toml\n[advisory]\nid = \"{id}\"\npackage = \"tin\"\ndate = \"2026-01-02\"\n{rest}```\n\n# Words of others\n\nMore of them.\n"
            );
            database.add("crates", "tin", &format!("{id}.md"), text.as_bytes());
        }
        database.add("crates", "zinc", "RUSTSEC-2026-0004.md", b"```toml\nwords of others\n```\n");
        database
    }

    #[test]
    fn facts_come_back_and_prose_does_not() {
        let bytes = write(database(), "2026-01-31", Some("0123456789abcdef")).unwrap();
        assert_eq!(write(database(), "2026-01-31", Some("0123456789abcdef")).unwrap(), bytes);
        assert!(bytes.starts_with(b"bartizan advisories 1 2026-01-31 0123456789abcdef 4\n"));
        let (header, read) = read(&bytes).unwrap();
        assert_eq!((header.seconds(), header.commit.as_deref()), (1_769_817_600, Some("0123456789abcdef")));
        let mut wanted = database();
        wanted.sort();
        assert_eq!((read.count, &read.newest), (4, &wanted.newest));
        assert_eq!(read.unread.len(), 1);
        let titles: Vec<&str> = read.advisories.iter().map(|advisory| advisory.title.as_str()).collect();
        assert_eq!(
            titles,
            [
                "vulnerability in tin (tin::cut), patched in >= 1.2 or ^0.9.4",
                "tin was found unmaintained on 2026-01-02"
            ]
        );
        for (read, wanted) in read.advisories.iter().zip(&wanted.advisories) {
            let wanted = Advisory { title: title(wanted), ..wanted.clone() };
            assert_eq!(*read, wanted);
        }
        assert!(!format!("{read:?}").contains("ords of others"), "{read:?}");
    }

    #[test]
    fn what_it_is_of_has_to_make_sense() {
        for (date, commit) in
            [("2026-02-30", None), ("soon", None), ("2026-01-31", Some("main")), ("2026-01-31", Some(""))]
        {
            assert!(write(database(), date, commit).is_err(), "{date} {commit:?}");
        }
    }

    #[test]
    fn the_snapshot_of_this_build_is_whole_and_small() {
        let (header, database) = read(SNAPSHOT).unwrap();
        assert_eq!(header.count, database.count);
        assert!(database.advisories.len() > 500, "{}", database.advisories.len());
        assert!(SNAPSHOT.len() <= 150 << 10, "{} bytes", SNAPSHOT.len());
    }

    /// Changed or truncated snapshots are rejected without a panic.
    #[test]
    fn damage_is_refused() {
        let bytes = write(database(), "2026-01-31", None).unwrap();
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_err(), "{length}");
        }
        let whole = read(&bytes).unwrap().1;
        for at in 0..bytes.len() {
            for change in [1u8, 0x80] {
                let mut other = bytes.clone();
                other[at] ^= change;
                match read(&other) {
                    Err(why) => assert!(!why.is_empty()),
                    // Another date is valid, too, and some bits of a zlib stream mean nothing.
                    Ok((_, database)) => assert_eq!(database, whole, "{at}"),
                }
            }
        }
    }
}
