//! The RustSec database as an archive, for `db update` and `db import`.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use crate::external::file::in_words;
use crate::external::rustsec::Database;
use crate::parse::tar::{End, walk};

/// The largest unpacked archive in bytes.
const UNPACKED_MAX: u64 = 1 << 30;
/// A larger advisory is not read.
const ADVISORY_MAX: u64 = 1 << 20;

/// Reads the database in a tar archive, gzipped or not. Nothing is written to disk, so names, links and devices in
/// it are harmless.
///
/// # Errors
/// What is wrong with the archive.
pub(super) fn read(bytes: &[u8]) -> Result<Database, String> {
    let mut database = Database::default();
    let take = &mut |name: &[u8], content: &mut dyn Read| add(&mut database, name, content);
    let walked = if bytes.starts_with(b"\x1f\x8b") {
        let mut unpacked = MultiGzDecoder::new(bytes).take(UNPACKED_MAX);
        walk(&mut unpacked, take).map(|end| (end, unpacked.limit() == 0))
    } else {
        walk(&mut &*bytes, take).map(|end| (end, false))
    };
    match walked {
        Err(error) => return Err(format!("the archive is cut off or damaged: {}", in_words(&error))),
        Ok((_, true)) => return Err(format!("the archive unpacks to more than {} MiB", UNPACKED_MAX >> 20)),
        Ok((End::Early, _)) => return Err("it is not a tar archive, or is damaged".to_owned()),
        Ok((End::Whole | End::Unmarked, _)) => {}
    }
    if database.count == 0 {
        return Err("the archive contains no advisory".to_owned());
    }
    database.sort();
    Ok(database)
}

/// Adds a file if it is at `crates/<package>/<id>.md`, optionally in one top-level directory.
fn add(database: &mut Database, name: &[u8], content: &mut dyn Read) -> bool {
    let Ok(name) = std::str::from_utf8(name) else { return true };
    let parts: Vec<&str> = name.strip_prefix("./").unwrap_or(name).split('/').collect();
    let ([collection, package, file] | [_, collection, package, file]) = parts.as_slice() else {
        return true;
    };
    let plain = parts.iter().all(|part| !part.is_empty() && *part != "..");
    if !plain || !matches!(*collection, "crates" | "rust") || !file.ends_with(".md") {
        return true;
    }
    let mut bytes = Vec::new();
    // The walk itself reports read errors.
    if content.take(ADVISORY_MAX).read_to_end(&mut bytes).is_ok() {
        database.add(collection, package, file, &bytes);
    }
    true
}
