//! A dump of OSV: JSON files in a directory, or archives such as `all.zip`.

use std::collections::{BTreeSet, HashSet};
use std::io::Read as _;
use std::path::Path;

use flate2::bufread::DeflateDecoder;
use memchr::memmem;
use sha2::{Digest as _, Sha256};

use crate::external::file::{self, in_words};
use crate::external::index::Summary;
use crate::parse::advisory::{Advisory, osv};
use crate::parse::lockfile::Ecosystem;
use crate::parse::zip::{DEFLATED, ENCRYPTED, HEADER, STORED, header};

/// A larger document is not read.
const DOCUMENT_MAX: u64 = 8 << 20;
/// A larger archive is not read.
const ARCHIVE_MAX: u64 = 2 << 30;
/// The most levels of directories.
const DEPTH_MAX: usize = 4;
/// The most documents.
const COUNT_MAX: usize = 5_000_000;

/// Called with each advisory and its ecosystem.
type Take<'a> = dyn FnMut(Ecosystem, Advisory) + 'a;

/// Reads the dump at `path`, and calls `take` for each advisory.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn read(path: &Path, take: &mut Take<'_>) -> Result<Summary, String> {
    let mut reader = Reader { take, summary: Summary::default() };
    if file::is_directory(path) {
        reader.directory(path, DEPTH_MAX)?;
    } else {
        reader.archive(path)?;
    }
    let summary = reader.summary;
    if summary.count == 0 {
        return Err(format!(
            "{} contains no OSV advisory: neither JSON files nor an archive of them",
            path.display()
        ));
    }
    Ok(summary)
}

/// Changes with the content of the dump at `path`: for a directory, the names, sizes and times of everything that
/// is read.
pub(super) fn identity(path: &Path) -> Option<String> {
    if !file::is_directory(path) {
        return file::stamp(path);
    }
    let mut hash = Sha256::new();
    stamps(path, DEPTH_MAX, &mut hash);
    Some(data_encoding::HEXLOWER.encode(&hash.finalize()))
}

fn stamps(folder: &Path, depth: usize, hash: &mut Sha256) {
    for entry in file::entries(folder).unwrap_or_default() {
        if entry.directory {
            if let Some(depth) = depth.checked_sub(1) {
                stamps(&folder.join(&entry.name), depth, hash);
            }
            continue;
        }
        let written = entry.modified.map_or(0, |time| time.as_nanos());
        hash.update(format!("{}\0{}\0{written}\0", entry.name, entry.size));
    }
    hash.update("/");
}

struct Reader<'a, 't> {
    take: &'a mut Take<'t>,
    summary: Summary,
}

/// Documents published together: an archive, or the files of a directory. A dump of one ecosystem has all
/// documents about it, and some of them are about others, too; so an ecosystem counts as covered if a document is
/// about it alone, or if all documents are about it.
#[derive(Default)]
struct Collection {
    alone: BTreeSet<Ecosystem>,
    common: Option<BTreeSet<Ecosystem>>,
}

impl Collection {
    fn add(&mut self, reading: &osv::Reading) {
        if let ([one], false) = (reading.about.as_slice(), reading.others) {
            self.alone.insert(*one);
        }
        match &mut self.common {
            Some(common) => common.retain(|ecosystem| reading.about.contains(ecosystem)),
            None => self.common = Some(reading.about.iter().copied().collect()),
        }
    }

    fn covered(self) -> impl Iterator<Item = Ecosystem> {
        self.alone.into_iter().chain(self.common.into_iter().flatten())
    }
}

impl Reader<'_, '_> {
    fn directory(&mut self, folder: &Path, depth: usize) -> Result<(), String> {
        let entries = file::entries(folder)
            .map_err(|error| format!("cannot read {}: {}", folder.display(), in_words(&error)))?;
        let mut collection = Collection::default();
        for entry in entries {
            let path = folder.join(&entry.name);
            let lower = entry.name.to_ascii_lowercase();
            if entry.directory {
                if let Some(depth) = depth.checked_sub(1) {
                    self.directory(&path, depth)?;
                }
            } else if lower.ends_with(".zip") {
                self.archive(&path)?;
            } else if lower.ends_with(".json") {
                match file::read(&path, DOCUMENT_MAX) {
                    Ok(bytes) => self.document(&entry.name, &bytes, &mut collection),
                    Err(error) => self.summary.broken(&entry.name, &in_words(&error)),
                }
            }
        }
        collection.covered().for_each(|ecosystem| self.summary.cover(ecosystem));
        Ok(())
    }

    fn archive(&mut self, path: &Path) -> Result<(), String> {
        let bytes = file::read(path, ARCHIVE_MAX)
            .map_err(|error| format!("cannot read {}: {}", path.display(), in_words(&error)))?;
        let damaged = |what: &str| format!("{} is not an OSV archive: {what}", path.display());
        let finder = memmem::Finder::new(HEADER);
        let mut inflater = DeflateDecoder::new(&bytes[..0]);
        let (mut at, mut files) = (0, 0_usize);
        // The directory at the end is written last: an archive without one was cut off.
        let listed = listed(&bytes).ok_or_else(|| damaged("it was cut off, or is none at all"))?;
        let mut document = Vec::new();
        let mut collection = Collection::default();
        while let Some(found) = bytes.get(at..).and_then(|rest| finder.find(rest)) {
            at += found;
            let Some(header) = header(&bytes, at) else {
                at += HEADER.len();
                continue;
            };
            files += 1;
            let rest = &bytes[header.start..];
            let content = header.packed.map_or(rest, |packed| &rest[..packed]);
            at = header.start;
            document.clear();
            let read = match header.method {
                _ if header.flags & ENCRYPTED != 0 => Err("it is encrypted".to_owned()),
                STORED if header.packed.is_some() => {
                    document.extend_from_slice(content);
                    Ok(())
                }
                DEFLATED => {
                    inflater.reset(content);
                    let read = (&mut inflater).take(DOCUMENT_MAX + 1).read_to_end(&mut document);
                    if header.packed.is_none() {
                        at += usize::try_from(inflater.total_in()).unwrap_or(0);
                    }
                    read.map(drop).map_err(|error| in_words(&error))
                }
                _ => Err("its compression method is not supported".to_owned()),
            };
            at += header.packed.unwrap_or(0);
            let name = String::from_utf8_lossy(header.name).into_owned();
            if name.ends_with(".json") {
                match read {
                    Ok(()) if document.len() as u64 > DOCUMENT_MAX => {
                        self.summary.broken(&name, "it is too large")
                    }
                    Ok(()) if !listed.contains(&(header.name, crc32fast::hash(&document))) => {
                        return Err(damaged("a file in it is not as its directory says"));
                    }
                    Ok(()) => self.document(&name, &document, &mut collection),
                    Err(why) => self.summary.broken(&name, &why),
                }
            }
            if self.summary.count > COUNT_MAX {
                return Err(damaged("it has too many files"));
            }
        }
        collection.covered().for_each(|ecosystem| self.summary.cover(ecosystem));
        match files {
            0 => Err(damaged("it is empty")),
            files if files < listed.len() => Err(damaged("it has fewer files than its directory says")),
            _ => Ok(()),
        }
    }

    fn document(&mut self, name: &str, bytes: &[u8], collection: &mut Collection) {
        self.summary.count += 1;
        let reading = match osv::read(bytes) {
            Ok(reading) => reading,
            Err(why) => return self.summary.broken(name, &why),
        };
        collection.add(&reading);
        reading.about.iter().for_each(|ecosystem| self.summary.mention(*ecosystem));
        for (ecosystem, advisory) in reading.advisories {
            if advisory.date > self.summary.newest {
                self.summary.newest.clone_from(&advisory.date);
            }
            (self.take)(ecosystem, advisory);
        }
    }
}

/// The names and checksums of the files in an archive, by its central directory: APPNOTE.TXT of PKWARE, sections
/// 4.3.12 to 4.3.16. `None` if it is incomplete.
fn listed(bytes: &[u8]) -> Option<HashSet<(&[u8], u32)>> {
    let short = |at: usize| Some(usize::from(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?)));
    let number = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let long = |at: usize| usize::try_from(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?)).ok();
    let end = memmem::rfind(bytes, b"PK\x05\x06")?;
    let (mut count, mut at) = (short(end + 10)?, usize::try_from(number(end + 16)?).ok()?);
    if count == 0xffff || at == 0xffff_ffff {
        let wide = memmem::rfind(&bytes[..end], b"PK\x06\x06")?;
        (count, at) = (long(wide + 32)?, long(wide + 48)?);
    }
    let mut all = HashSet::new();
    for _ in 0..count {
        let entry = bytes.get(at..)?.strip_prefix(b"PK\x01\x02")?;
        let name = short(at + 28)?;
        all.insert((entry.get(42..42 + name)?, number(at + 16)?));
        at += 46 + name + short(at + 30)? + short(at + 32)?;
    }
    Some(all)
}
