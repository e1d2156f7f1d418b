//! Archives and compressed files: gzip, tar, zip and its family, nested in any way.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

use crate::engine::decode::budget::{Budget, Layer};
use crate::engine::decode::entry::{Flow, Metered, Visit, What};
use crate::engine::decode::metadata::Metadata;
use crate::engine::decode::{tar, text, zip};
use crate::engine::{Engine, Text};
use crate::model::{Blob, RepoPath};
use crate::parse::tar::is_one;
use crate::parse::zip::ends_like_one;

/// Most bytes scanned per file of an archive.
const FILE_MAX: usize = 16 << 20;
/// The most bytes of a zip archive that is not in memory yet: its entries are looked for in all of it.
const ZIP_MAX: usize = 256 << 20;
/// The most bytes behind compressed data that are looked at.
const BEHIND_MAX: u64 = 1 << 20;
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
        /// True if there is more in it than may be unpacked.
        cut: bool,
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
        _ if is_one(bytes) => Some(Kind::Tar),
        _ if ends_like_one(bytes) => Some(Kind::Zip),
        _ => None,
    }
}

/// How `bytes` are packed, if that is a way in which nothing is unpacked here.
#[must_use]
pub fn packed_otherwise(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("zstd"),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some("xz"),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Some("bzip2"),
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Some("7z"),
        [b'R', b'a', b'r', b'!', 0x1a, 7, ..] => Some("rar"),
        [4, 0x22, 0x4d, 0x18, ..] => Some("lz4"),
        _ => None,
    }
}

/// An archive, in memory or as it comes in.
pub(super) enum Packed<'a> {
    Whole(&'a [u8]),
    Stream(&'a mut dyn Read),
}

impl Engine {
    /// Unpacks `blob` if it is an archive or a compressed file. Calls `visit` for each text file in it, with the path
    /// `archive!/name`.
    pub fn inside(&self, blob: &Blob<'_>, visit: &mut dyn FnMut(&Blob<'_>, Text<'_>)) -> Inside {
        let Some(kind) = kind(blob.bytes) else { return Inside::NotPacked };
        let budget = Budget::of(blob.bytes.len());
        budget.stored(blob.bytes.len());
        let files = self.unpack(kind, Packed::Whole(blob.bytes), blob, &budget, visit);
        looked(files, budget)
    }

    /// The same for an archive that comes in as a stream, whose name is that of `blob`. At most `most` bytes are read
    /// and unpacked together.
    pub fn inside_stream(
        &self,
        blob: &Blob<'_>,
        content: &mut dyn Read,
        most: usize,
        visit: &mut dyn FnMut(&Blob<'_>, Text<'_>),
    ) -> Inside {
        let budget = Budget::of_stream(most);
        let mut content = Stored(Metered { inner: content, budget: &budget });
        let mut head = Vec::with_capacity(HEAD);
        // What cannot be read here is met again when the archive is taken.
        let _ = Read::take(&mut content, HEAD as u64).read_to_end(&mut head);
        let Some(kind) = kind(&head) else { return Inside::NotPacked };
        let files = self.unpack(
            kind,
            Packed::Stream(&mut io::Cursor::new(head).chain(content)),
            blob,
            &budget,
            visit,
        );
        looked(files, budget)
    }

    /// Shows what an archive holds; how many texts that are.
    fn unpack(
        &self,
        kind: Kind,
        packed: Packed<'_>,
        blob: &Blob<'_>,
        budget: &Budget,
        visit: &mut dyn FnMut(&Blob<'_>, Text<'_>),
    ) -> usize {
        let mut files = 0;
        if let Some(layer) = Layer::top(budget).inner(blob.path) {
            each_file(kind, packed, blob.path, layer, &mut |what, path, bytes, layer| {
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
        files
    }
}

fn looked(files: usize, budget: Budget) -> Inside {
    Inside::Looked {
        files,
        missed: budget.missed(),
        cut: budget.was_cut(),
        undecoded: budget.into_undecoded(),
    }
}

/// Bytes that were stored, and pay for what is looked at.
struct Stored<'a, R>(Metered<'a, R>);

impl<R: Read> Read for Stored<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        self.0.budget.stored(count);
        Ok(count)
    }
}

/// Calls `visit` for every file packed in an archive that may be text, those of archives in the
/// archive too. `layer` is that of the archive's content.
pub(super) fn each_file(
    kind: Kind,
    packed: Packed<'_>,
    path: &RepoPath,
    layer: Layer<'_>,
    visit: &mut Visit<'_>,
) {
    let mut metadata = Metadata::default();
    let mut held = Vec::new();
    let mut bytes: &[u8] = b"";
    // What is in an archive has its length from that.
    let is_stream = matches!(packed, Packed::Stream(_)) && layer.depth == 1;
    let content: &mut dyn Read = match packed {
        Packed::Whole(whole) => {
            bytes = whole;
            &mut &*whole
        }
        Packed::Stream(content) if kind == Kind::Zip => {
            let read = Read::take(&mut *content, ZIP_MAX as u64).read_to_end(&mut held);
            if read.is_err() || held.len() == ZIP_MAX {
                layer.budget.undecoded(path);
            }
            bytes = &held;
            content
        }
        Packed::Stream(content) => content,
    };
    match kind {
        Kind::Gzip => gzip(content, (path, is_stream), layer, &mut metadata, visit),
        Kind::Zip => zip::each(bytes, path, layer, &mut metadata, &mut |name, file| {
            take(file, &inner_path(path, name), path, layer, visit)
        }),
        Kind::Tar => tar::each(content, (path, is_stream), layer.budget, &mut metadata, &mut |name, file| {
            take(file, &inner_path(path, name), path, layer, visit)
        }),
    }
    metadata.show(path, layer, visit);
}

fn gzip(
    content: &mut dyn Read,
    (path, is_stream): (&RepoPath, bool),
    layer: Layer<'_>,
    metadata: &mut Metadata,
    visit: &mut Visit<'_>,
) {
    let mut fields = Metadata::default();
    let member = Some(GzDecoder::new(Ahead { inner: content, held: Vec::new(), at: 0, failed: None }));
    let inner = Members { member, fields: &mut fields, is_entered: false, is_odd: false };
    let mut file = Metered { inner, budget: layer.budget };
    let mut head = Vec::with_capacity(HEAD);
    // Damage is handled when the file is read.
    let _ = Read::take(&mut file, HEAD as u64).read_to_end(&mut head);
    if kind(&head) == Some(Kind::Tar) {
        // `a.tar.gz` is one archive and not one in another.
        let mut file = io::Cursor::new(head).chain(file);
        tar::each(&mut file, (path, is_stream), layer.budget, metadata, &mut |name, file| {
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

/// Reads ahead, so that two bytes are seen at once wherever there are two more.
struct Ahead<R> {
    inner: R,
    held: Vec<u8>,
    at: usize,
    /// Why there is no more, to be said once what was read is taken.
    failed: Option<io::Error>,
}

impl<R: Read> Read for Ahead<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Ahead<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        const PIECE: u64 = 32 << 10;
        if self.held.len() - self.at < 2 {
            self.held.drain(..self.at);
            self.at = 0;
            while self.held.len() < 2 {
                if let Some(error) = self.failed.take() {
                    return Err(error);
                }
                match Read::take(&mut self.inner, PIECE).read_to_end(&mut self.held) {
                    Ok(0) => break,
                    Ok(_) => {}
                    Err(error) => self.failed = Some(error),
                }
            }
        }
        Ok(&self.held[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
    }
}

/// Decompresses gzip, one member after the other, and keeps what their headers say.
struct Members<'f, R> {
    /// There at all times.
    member: Option<GzDecoder<Ahead<R>>>,
    fields: &'f mut Metadata,
    /// True once the header of this member was looked at.
    is_entered: bool,
    /// True once other data followed the last one.
    is_odd: bool,
}

impl<R: Read> Read for Members<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.is_odd {
                return Err(io::Error::other("trailing data after the compressed data"));
            }
            let Some(member) = &mut self.member else { return Ok(0) };
            if let Some(header) = member.header().filter(|_| !self.is_entered) {
                self.is_entered = true;
                header.filename().into_iter().for_each(|name| self.fields.name(name));
                header.comment().into_iter().for_each(|comment| self.fields.rest(comment));
                header.extra().into_iter().for_each(|extra| self.fields.rest(extra));
            }
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let ahead = member.get_mut();
            if !ahead.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
                let mut rest = Vec::new();
                Read::take(&mut *ahead, BEHIND_MAX + 1).read_to_end(&mut rest)?;
                self.fields.rest(&rest);
                // What fills up a block of a tape hides nothing.
                self.is_odd = rest.len() as u64 > BEHIND_MAX || rest.iter().any(|byte| *byte != 0);
                if rest.is_empty() {
                    return Ok(0);
                }
                continue;
            }
            self.member = self.member.take().map(|member| GzDecoder::new(member.into_inner()));
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
    if read.is_ok() && packed.is_none() && text(&bytes).is_some() {
        read = Read::take(&mut *file, (FILE_MAX - HEAD) as u64).read_to_end(&mut bytes);
        if bytes.len() == FILE_MAX {
            layer.budget.undecoded(path);
        }
    }
    if read.is_err() || packed_otherwise(&bytes).is_some() {
        layer.budget.undecoded(path);
    }
    match packed {
        Some(kind) => {
            if let Some(layer) = layer.inner(path) {
                let content = &mut io::Cursor::new(bytes).chain(file);
                each_file(kind, Packed::Stream(content), path, layer, visit);
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
