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
use crate::parse::zip::{DEFLATED, ENCRYPTED, HEADER, STORED, header};

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
