//! The RustSec database as an archive: what `db update` fetches and `db import` takes.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use crate::external::file::in_words;
use crate::external::rustsec::Database;
use crate::parse::tar::{End, walk};

/// An archive that unpacks to more is refused.
const UNPACKED_MAX: u64 = 1 << 30;
/// An advisory larger than this is not read.
const ADVISORY_MAX: u64 = 1 << 20;

/// The database in a tar archive, packed by gzip or not. Nothing of it is written to a disk, so that its
/// names, its links and its devices do no harm.
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
        Ok((End::Early, _)) => return Err("it is no tar archive, or a damaged one".to_owned()),
        Ok((End::Whole, _)) => {}
    }
    if database.count == 0 {
        return Err("there is no advisory in the archive".to_owned());
    }
    database.sort();
    Ok(database)
}

/// Takes a file in, if it is at `crates/<package>/<id>.md`, in one folder or none.
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
    // What cannot be read shows in the walk itself.
    if content.take(ADVISORY_MAX).read_to_end(&mut bytes).is_ok() {
        database.add(collection, package, file, &bytes);
    }
    true
}
