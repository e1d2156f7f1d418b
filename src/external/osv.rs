//! A dump of OSV: JSON files in a directory, or archives of them such as `all.zip`.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::Path;

use flate2::bufread::DeflateDecoder;
use memchr::memmem;

use crate::external::file::{self, in_words};
use crate::parse::advisory::{Advisories, Unread, osv};
use crate::parse::zip::{DEFLATED, ENCRYPTED, HEADER, STORED, header};

/// A document larger than this is not read.
const DOCUMENT_MAX: u64 = 8 << 20;
/// An archive larger than this is not read.
const ARCHIVE_MAX: u64 = 2 << 30;
/// Folders within folders that are gone into.
const DEPTH_MAX: usize = 4;
/// Documents that are read.
const COUNT_MAX: usize = 5_000_000;

/// Reads those documents of the dump at `path` that are about a package in `wanted`, see [`osv::key`].
///
/// # Errors
/// Why there is none.
pub(super) fn read(path: &Path, wanted: &HashSet<String>) -> Result<Advisories, String> {
    let mut dump = Dump { wanted, all: Vec::new(), count: 0, newest: String::new(), unread: Vec::new() };
    if file::is_directory(path) {
        dump.directory(path, DEPTH_MAX)?;
    } else {
        dump.archive(path)?;
    }
    if dump.count == 0 {
        return Err(format!(
            "{} holds no advisory of OSV: neither JSON files nor an archive of them",
            path.display()
        ));
    }
    let mut advisories = Advisories::new(dump.all);
    (advisories.count, advisories.newest, advisories.unread) = (dump.count, dump.newest, dump.unread);
    advisories.origin = "the dump of --osv-db".to_owned();
    Ok(advisories)
}

struct Dump<'a> {
    wanted: &'a HashSet<String>,
    all: Vec<crate::parse::advisory::Advisory>,
    count: usize,
    newest: String,
    unread: Vec<Unread>,
}

impl Dump<'_> {
    fn directory(&mut self, folder: &Path, depth: usize) -> Result<(), String> {
        let entries = file::entries(folder)
            .map_err(|error| format!("cannot read {}: {}", folder.display(), in_words(&error)))?;
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
                    Ok(bytes) => self.document(&entry.name, &bytes),
                    Err(error) => self.broken(&entry.name, in_words(&error)),
                }
            }
        }
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
                    Ok(()) => self.document(&name, &document),
                    Err(why) => self.broken(&name, why),
                }
            }
            if self.count > COUNT_MAX {
                return Err(damaged("it has too many files"));
            }
        }
        if files == 0 { Err(damaged("there is no file in it")) } else { Ok(()) }
    }

    fn document(&mut self, name: &str, bytes: &[u8]) {
        self.count += 1;
        match osv::parse(bytes) {
            Ok(all) => {
                for (_, advisory) in all {
                    if advisory.date > self.newest {
                        self.newest.clone_from(&advisory.date);
                    }
                    if self.wanted.contains(&advisory.package) {
                        self.all.push(advisory);
                    }
                }
            }
            Err(why) => self.broken(name, why),
        }
    }

    fn broken(&mut self, name: &str, why: String) {
        // A dump of nothing else needs no list.
        if self.unread.len() < 1000 {
            self.unread.push(Unread { package: String::new(), file: name.to_owned(), why });
        }
    }
}
