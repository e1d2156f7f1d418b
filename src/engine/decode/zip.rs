//! The files of a zip archive: jar, whl, docx, nupkg and their like.
//!
//! The archive is read from its first byte on, header by header, and its directory at the end is
//! not asked: so a damaged or joined archive gives what it has, a file that the directory leaves
//! out is not hidden, and since each byte is unpacked once, files that overlap do no harm.

use std::io::Read;

use flate2::bufread::DeflateDecoder;
use memchr::memmem;

use crate::engine::decode::archive::{Flow, Metered};
use crate::engine::decode::budget::Layer;
use crate::model::RepoPath;

const HEADER: &[u8] = b"PK\x03\x04";
const HEADER_LEN: usize = 30;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const ENCRYPTED: u16 = 1;

/// The header in front of a file.
struct Header<'a> {
    flags: u16,
    method: u16,
    /// Bytes that it takes in the archive, if the header says.
    packed: Option<usize>,
    name: &'a [u8],
    /// Where its content starts.
    start: usize,
}

/// Calls `file` with name and content of each file.
pub(super) fn each(
    bytes: &[u8],
    path: &RepoPath,
    layer: Layer<'_>,
    file: &mut dyn FnMut(&[u8], &mut dyn Read) -> Flow,
) {
    let finder = memmem::Finder::new(HEADER);
    let mut inflater = DeflateDecoder::new(&bytes[..0]);
    let (mut at, mut entries) = (0, 0usize);
    while let Some(found) = finder.find(&bytes[at..]) {
        at += found;
        let Some(header) = header(bytes, at) else {
            at += HEADER.len();
            continue;
        };
        entries += 1;
        let rest = &bytes[header.start..];
        let content = header.packed.map_or(rest, |packed| &rest[..packed]);
        at = header.start;
        if header.name.ends_with(b"/") && header.packed.is_none_or(|packed| packed == 0) {
            continue;
        }
        let flow = match header.method {
            _ if header.flags & ENCRYPTED != 0 => {
                layer.budget.undecoded(path);
                Flow::Go
            }
            STORED => {
                // Without its length a stored file ends where the next header stands.
                let content = if header.packed.is_some() {
                    content
                } else {
                    &rest[..finder.find(rest).unwrap_or(rest.len())]
                };
                file(header.name, &mut Metered { inner: content, budget: layer.budget })
            }
            DEFLATED => {
                inflater.reset(content);
                let flow = file(header.name, &mut Metered { inner: &mut inflater, budget: layer.budget });
                if header.packed.is_none() {
                    at += inflater.total_in() as usize;
                }
                flow
            }
            _ => {
                layer.budget.undecoded(path);
                Flow::Go
            }
        };
        if flow == Flow::Stop {
            return layer.budget.undecoded(path);
        }
        at = (at + header.packed.unwrap_or(0)).min(bytes.len());
    }
    if entries == 0 {
        layer.budget.undecoded(path);
    }
}

/// The header at `at`; `None` if what stands there is none.
fn header(bytes: &[u8], at: usize) -> Option<Header<'_>> {
    let fixed = bytes.get(at..at + HEADER_LEN)?;
    let short = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
    let long = |at: usize| u32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]]);
    let (flags, method) = (short(6), short(8));
    if method > 99 {
        return None;
    }
    let name_start = at + HEADER_LEN;
    let name = bytes.get(name_start..name_start + usize::from(short(26)))?;
    let start = name_start + name.len() + usize::from(short(28));
    let room = bytes.len().checked_sub(start)?;
    let extra = &bytes[name_start + name.len()..start];
    let packed = match long(18) {
        u32::MAX => long_size(extra),
        // Written as a stream: the length stands behind the content.
        0 if flags & 8 != 0 => None,
        size => Some(size as usize),
    };
    Some(Header { flags, method, packed: packed.filter(|packed| *packed <= room), name, start })
}

/// The packed size in the extra field of large archives.
fn long_size(mut extra: &[u8]) -> Option<usize> {
    while let [id_low, id_high, low, high, rest @ ..] = extra {
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        let field = rest.get(..length)?;
        if u16::from_le_bytes([*id_low, *id_high]) == 1 {
            let size = field.get(8..16)?.first_chunk::<8>()?;
            return usize::try_from(u64::from_le_bytes(*size)).ok();
        }
        extra = &rest[length..];
    }
    None
}
