//! The files of a zip archive: jar, whl, docx, nupkg and their like.
//!
//! The archive is read forward, header by header, without its central directory: damaged or concatenated archives are
//! read as far as possible, files missing in the directory are not hidden, and overlapping files cannot blow up.

use std::io::Read;

use flate2::bufread::DeflateDecoder;
use memchr::memmem;

use crate::engine::decode::budget::Layer;
use crate::engine::decode::entry::{Flow, Metered};
use crate::engine::decode::metadata::Metadata;
use crate::model::RepoPath;
use crate::parse::zip::{DEFLATED, ENCRYPTED, HEADER, Part, STORED, header, parts};

/// Calls `file` with name and content of each file; metadata goes to `metadata`.
pub(super) fn each(
    bytes: &[u8],
    path: &RepoPath,
    layer: Layer<'_>,
    metadata: &mut Metadata,
    file: &mut dyn FnMut(&[u8], &mut dyn Read) -> Flow,
) {
    let finder = memmem::Finder::new(HEADER);
    let mut inflater = DeflateDecoder::new(&bytes[..0]);
    let (mut at, mut entries) = (0, 0usize);
    // Up to where everything was looked at.
    let mut done = 0;
    while let Some(found) = finder.find(&bytes[at..]) {
        at += found;
        let Some(header) = header(bytes, at) else {
            at += HEADER.len();
            continue;
        };
        entries += 1;
        gap(bytes.get(done..at).unwrap_or_default(), metadata);
        metadata.name(header.name);
        metadata.rest(header.extra);
        let rest = &bytes[header.start..];
        let content = header.packed.map_or(rest, |packed| &rest[..packed]);
        at = header.start;
        done = at;
        if header.name.ends_with(b"/") && header.packed.is_none_or(|packed| packed == 0) {
            continue;
        }
        let flow = match header.method {
            _ if header.flags & ENCRYPTED != 0 || !matches!(header.method, STORED | DEFLATED) => {
                layer.budget.undecoded(path);
                // Without its length it ends where the next header stands.
                done += header.packed.unwrap_or_else(|| finder.find(rest).unwrap_or(rest.len()));
                Flow::Go
            }
            STORED => {
                // Without its length a stored file ends where the next header stands.
                let content =
                    &content[..header.packed.unwrap_or_else(|| finder.find(rest).unwrap_or(rest.len()))];
                done += content.len();
                file(header.name, &mut Metered { inner: content, budget: layer.budget })
            }
            _ => {
                inflater.reset(content);
                let flow = file(header.name, &mut Metered { inner: &mut inflater, budget: layer.budget });
                if header.packed.is_none() {
                    at += inflater.total_in() as usize;
                    done = at;
                }
                flow
            }
        };
        if flow == Flow::Stop {
            return layer.budget.undecoded(path);
        }
        at = (at + header.packed.unwrap_or(0)).min(bytes.len());
        done = done.max(at);
    }
    gap(bytes.get(done..).unwrap_or_default(), metadata);
    if entries == 0 {
        layer.budget.undecoded(path);
    }
}

/// Adds data between files, or after the last one.
fn gap(bytes: &[u8], metadata: &mut Metadata) {
    parts(bytes, &mut |part| match part {
        Part::Name(name) => metadata.name(name),
        Part::Rest(rest) => metadata.rest(rest),
    });
}
