//! Archives and compressed files: gzip, tar, zip and its family, nested in any way.

use std::io::{self, Read};

use flate2::bufread::GzDecoder;

use crate::engine::decode::budget::{Budget, Layer};
use crate::engine::decode::entry::{Flow, Metered, Visit, What};
use crate::engine::decode::metadata::Metadata;
use crate::engine::decode::{tar, text, zip};
use crate::engine::{Engine, Text};
use crate::model::{Blob, RepoPath};
use crate::parse::zip::ends_like_one;

/// Most bytes scanned per file of an archive.
const FILE_MAX: usize = 16 << 20;
/// Leading bytes that decide whether a file is unpacked.
const HEAD: usize = 512;
/// The longest name of a file in an archive that is kept, in bytes.
const NAME_MAX: usize = 512;
/// Fixed budget cost per file, so that a million empty ones count.
const FILE_COST: usize = 64;

/// The result of unpacking a non-text file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inside {
    /// Not packed, or in an unknown format.
    NotPacked,
    /// Unpacked.
    Looked {
        /// Text files that were found in it.
        files: usize,
        /// Where something could not be unpacked: damaged, encrypted or out of bounds.
        undecoded: Vec<RepoPath>,
        /// Places that were not evaluated, because there are too many.
        missed: u64,
    },
}

/// Archive formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Gzip,
    Zip,
    Tar,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zip => "zip",
            Self::Tar => "tar",
        }
    }
}

/// How `bytes` are packed, if they are.
pub(super) fn kind(bytes: &[u8]) -> Option<Kind> {
    match bytes {
        [0x1f, 0x8b, 8, ..] => Some(Kind::Gzip),
        [b'P', b'K', 3, 4, ..] => Some(Kind::Zip),
        _ if bytes.get(257..262) == Some(b"ustar") => Some(Kind::Tar),
        _ if ends_like_one(bytes) => Some(Kind::Zip),
        _ => None,
    }
}

impl Engine {
    /// Unpacks `blob` if it is an archive or a compressed file. Calls `visit` for each text file in it, with the path
    /// `archive!/name`.
    pub fn inside(&self, blob: &Blob<'_>, visit: &mut dyn FnMut(&Blob<'_>, Text<'_>)) -> Inside {
        let Some(kind) = kind(blob.bytes) else { return Inside::NotPacked };
        let budget = Budget::of(blob.bytes.len());
        budget.stored(blob.bytes.len());
        let mut files = 0;
        if let Some(layer) = Layer::top(&budget).inner(blob.path) {
            each_file(kind, blob.bytes, blob.path, layer, &mut |what, path, bytes, layer| {
                let inner = Blob { path, bytes, tracked: blob.tracked };
                let text = match what {
                    What::Names => self.names_layer(&inner, layer),
                    What::File | What::Notes => self.scan_layer(&inner, layer),
                };
                if let Text::Scanned { .. } = text {
                    files += usize::from(what == What::File);
                    visit(&inner, text);
                }
            });
        }
        Inside::Looked { files, missed: budget.missed(), undecoded: budget.into_undecoded() }
    }
}

/// Calls `visit` for every possible text file in `bytes`, including nested archives. `layer` is that of the content.
pub(super) fn each_file(kind: Kind, bytes: &[u8], path: &RepoPath, layer: Layer<'_>, visit: &mut Visit<'_>) {
    let mut metadata = Metadata::default();
    match kind {
        Kind::Gzip => gzip(bytes, path, layer, &mut metadata, visit),
        Kind::Zip => zip::each(bytes, path, layer, &mut metadata, &mut |name, file| {
            take(file, &inner_path(path, name), path, layer, visit)
        }),
        Kind::Tar => {
            tar::each(&mut &*bytes, path, layer.budget, &mut metadata, &mut |name, file| {
                take(file, &inner_path(path, name), path, layer, visit)
            });
        }
    }
    metadata.show(path, layer, visit);
}

fn gzip(bytes: &[u8], path: &RepoPath, layer: Layer<'_>, metadata: &mut Metadata, visit: &mut Visit<'_>) {
    let mut fields = Metadata::default();
    let inner =
        Members { member: GzDecoder::new(bytes), fields: &mut fields, is_entered: false, is_odd: false };
    let mut file = Metered { inner, budget: layer.budget };
    let mut head = Vec::with_capacity(HEAD);
    // Damage is handled when the file is read.
    let _ = Read::take(&mut file, HEAD as u64).read_to_end(&mut head);
    if kind(&head) == Some(Kind::Tar) {
        // `a.tar.gz` is one archive and not one in another.
        let mut file = io::Cursor::new(head).chain(file);
        tar::each(&mut file, path, layer.budget, metadata, &mut |name, file| {
            take(file, &inner_path(path, name), path, layer, visit)
        });
        drop(file);
        metadata.join(&fields);
        return;
    }
    let name = path.file_name();
    let name = name.strip_suffix(b".gz").or_else(|| name.strip_suffix(b".tgz")).unwrap_or(name);
    take(&mut io::Cursor::new(head).chain(file), &inner_path(path, name), path, layer, visit);
    metadata.join(&fields);
}

/// Decompresses gzip, member by member, and keeps header fields.
struct Members<'a, 'f> {
    member: GzDecoder<&'a [u8]>,
    fields: &'f mut Metadata,
    /// True once the header of this member was looked at.
    is_entered: bool,
    /// True once other data followed the last one.
    is_odd: bool,
}

impl Read for Members<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.is_odd {
                return Err(io::Error::other("trailing data after the compressed data"));
            }
            if let Some(header) = self.member.header().filter(|_| !self.is_entered) {
                self.is_entered = true;
                header.filename().into_iter().for_each(|name| self.fields.name(name));
                header.comment().into_iter().for_each(|comment| self.fields.rest(comment));
                header.extra().into_iter().for_each(|extra| self.fields.rest(extra));
            }
            let count = self.member.read(buffer)?;
            let rest = *self.member.get_ref();
            if count > 0 || buffer.is_empty() || rest.is_empty() {
                return Ok(count);
            }
            if !rest.starts_with(&[0x1f, 0x8b]) {
                self.fields.rest(rest);
                *self.member.get_mut() = &[];
                // Tape block padding hides nothing.
                self.is_odd = rest.iter().any(|byte| *byte != 0);
                continue;
            }
            self.member = GzDecoder::new(rest);
            self.is_entered = false;
        }
    }
}

/// Reads one file; unpacks it if packed, otherwise visits it.
fn take(
    file: &mut dyn Read,
    path: &RepoPath,
    archive: &RepoPath,
    layer: Layer<'_>,
    visit: &mut Visit<'_>,
) -> Flow {
    if !layer.budget.spend(FILE_COST) {
        layer.budget.ran_out();
        layer.budget.undecoded(archive);
        return Flow::Stop;
    }
    let mut bytes = Vec::with_capacity(HEAD);
    let mut read = Read::take(&mut *file, HEAD as u64).read_to_end(&mut bytes);
    let packed = kind(&bytes);
    if read.is_ok() && (packed.is_some() || text(&bytes).is_some()) {
        read = Read::take(&mut *file, (FILE_MAX - HEAD) as u64).read_to_end(&mut bytes);
        if bytes.len() == FILE_MAX {
            layer.budget.undecoded(path);
        }
    }
    if read.is_err() {
        layer.budget.undecoded(path);
    }
    match packed {
        Some(kind) => {
            if let Some(layer) = layer.inner(path) {
                each_file(kind, &bytes, path, layer, visit);
            }
        }
        // The readable part of a damaged file is scanned.
        None if !bytes.is_empty() => visit(What::File, path, &bytes, layer),
        None => {}
    }
    if layer.budget.left() == 0 { Flow::Stop } else { Flow::Go }
}

/// The path of a file in an archive. The name is sanitised: it cannot leave the archive, is bounded, and cannot imitate
/// another path.
fn inner_path(archive: &RepoPath, name: &[u8]) -> RepoPath {
    let name = &name[name.len().saturating_sub(NAME_MAX)..];
    let mut path = archive.as_bytes().to_vec();
    path.push(b'!');
    let before = path.len();
    for part in name.split(|byte| matches!(byte, b'/' | b'\\')) {
        match part {
            b"" | b"." => {}
            b".." => path.extend_from_slice(b"/__"),
            part => {
                path.push(b'/');
                path.extend_from_slice(part);
            }
        }
    }
    if path.len() == before {
        path.extend_from_slice(b"/unnamed");
    }
    RepoPath::new(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_harmless() {
        for (name, expected) in [
            ("a/b.txt", "x.zip!/a/b.txt"),
            ("../../etc/passwd", "x.zip!/__/__/etc/passwd"),
            ("/etc//./passwd", "x.zip!/etc/passwd"),
            ("a\\..\\b", "x.zip!/a/__/b"),
            ("", "x.zip!/unnamed"),
            ("./", "x.zip!/unnamed"),
        ] {
            assert_eq!(inner_path(&RepoPath::from("x.zip"), name.as_bytes()).lossy(), expected);
        }
        assert!(inner_path(&RepoPath::from("x.zip"), &[b'a'; 100_000]).as_bytes().len() < 600);
    }
}
