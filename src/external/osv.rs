//! A dump of OSV: JSON files in a directory, or archives of them such as `all.zip`.

use std::collections::{BTreeSet, HashSet};
use std::io::Read as _;
use std::path::Path;

use flate2::bufread::DeflateDecoder;
use memchr::memmem;

use crate::external::file::{self, in_words};
use crate::parse::advisory::{Advisories, Advisory, Unread, osv};
use crate::parse::lockfile::Ecosystem;
use crate::parse::zip::{DEFLATED, ENCRYPTED, HEADER, STORED, header};

/// A document larger than this is not read.
const DOCUMENT_MAX: u64 = 8 << 20;
/// An archive larger than this is not read.
const ARCHIVE_MAX: u64 = 2 << 30;
/// Folders within folders that are gone into.
const DEPTH_MAX: usize = 4;
/// Documents that are read.
const COUNT_MAX: usize = 5_000_000;

/// What a dump says.
pub(super) struct Dump {
    /// Those advisories that were wanted.
    pub(super) advisories: Advisories,
    /// The ecosystems that it is a dump of.
    covered: BTreeSet<Ecosystem>,
}

impl Dump {
    /// True if what it does not say about a package of `ecosystem` is not known to OSV.
    pub(super) fn covers(&self, ecosystem: Ecosystem) -> bool {
        self.covered.contains(&ecosystem)
    }
}

/// Reads the dump at `path`, and keeps what is about a package in `wanted`, see [`osv::key`]. `origin` says
/// what it is.
///
/// # Errors
/// Why there is none.
pub(super) fn read(path: &Path, wanted: &HashSet<String>, origin: &str) -> Result<Dump, String> {
    let mut reader = Reader {
        wanted,
        all: Vec::new(),
        count: 0,
        newest: String::new(),
        unread: Vec::new(),
        covered: BTreeSet::new(),
    };
    if file::is_directory(path) {
        reader.directory(path, DEPTH_MAX)?;
    } else {
        reader.archive(path)?;
    }
    let Reader { all, count, newest, unread, covered, .. } = reader;
    if count == 0 {
        return Err(format!(
            "{} holds no advisory of OSV: neither JSON files nor an archive of them",
            path.display()
        ));
    }
    let mut advisories = Advisories::new(all);
    (advisories.count, advisories.newest, advisories.unread) = (count, newest, unread);
    advisories.origin = origin.to_owned();
    Ok(Dump { advisories, covered })
}

struct Reader<'a> {
    wanted: &'a HashSet<String>,
    all: Vec<Advisory>,
    count: usize,
    newest: String,
    unread: Vec<Unread>,
    covered: BTreeSet<Ecosystem>,
}

/// Documents that were published together: an archive, or the files of a folder. A dump of one ecosystem has
/// all documents about it, and some of them are about others, too; so only those ecosystems count of which it
/// has a document that is about no other, and those that all of its documents are about.
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

impl Reader<'_> {
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
                    Err(error) => self.broken(&entry.name, in_words(&error)),
                }
            }
        }
        self.covered.extend(collection.covered());
        Ok(())
    }

    fn archive(&mut self, path: &Path) -> Result<(), String> {
        let bytes = file::read(path, ARCHIVE_MAX)
            .map_err(|error| format!("cannot read {}: {}", path.display(), in_words(&error)))?;
        let damaged = |what: &str| format!("{} is no archive of OSV: {what}", path.display());
        let finder = memmem::Finder::new(HEADER);
        let mut inflater = DeflateDecoder::new(&bytes[..0]);
        let (mut at, mut files) = (0, 0_usize);
        // The directory at the end is written last: an archive without one was cut off.
        if memmem::rfind(&bytes, b"PK\x05\x06").is_none() {
            return Err(damaged("it was cut off, or is none at all"));
        }
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
                _ => Err("it is packed in a way that is not known here".to_owned()),
            };
            at += header.packed.unwrap_or(0);
            let name = String::from_utf8_lossy(header.name).into_owned();
            if name.ends_with(".json") {
                match read {
                    Ok(()) if document.len() as u64 > DOCUMENT_MAX => {
                        self.broken(&name, "it is too large".to_owned())
                    }
                    Ok(()) => self.document(&name, &document, &mut collection),
                    Err(why) => self.broken(&name, why),
                }
            }
            if self.count > COUNT_MAX {
                return Err(damaged("it has too many files"));
            }
        }
        self.covered.extend(collection.covered());
        if files == 0 { Err(damaged("there is no file in it")) } else { Ok(()) }
    }

    fn document(&mut self, name: &str, bytes: &[u8], collection: &mut Collection) {
        self.count += 1;
        let reading = match osv::read(bytes) {
            Ok(reading) => reading,
            Err(why) => return self.broken(name, why),
        };
        collection.add(&reading);
        for (_, advisory) in reading.advisories {
            if advisory.date > self.newest {
                self.newest.clone_from(&advisory.date);
            }
            if self.wanted.contains(&advisory.package) {
                self.all.push(advisory);
            }
        }
    }

    fn broken(&mut self, name: &str, why: String) {
        // A dump of nothing else needs no list.
        if self.unread.len() < 1000 {
            self.unread.push(Unread { package: String::new(), file: name.to_owned(), why });
        }
    }
}
