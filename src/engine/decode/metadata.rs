//! Archive metadata: names, comments, extra fields and gaps.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use crate::engine::decode::budget::Layer;
use crate::engine::decode::entry::{Visit, What};
use crate::engine::decode::{is_plain, text};
use crate::model::RepoPath;

/// Shortest token.
const SHORTEST: usize = 12;
/// Most bytes kept of names, and of other metadata, per archive.
const NAMES_MAX: usize = 8 << 20;
const NOTES_MAX: usize = 8 << 20;

/// The metadata of an archive.
#[derive(Default)]
pub(super) struct Metadata {
    /// Names, and readable parts of binary fields; one per line.
    names: Vec<u8>,
    /// Comments, records and gaps that are text.
    notes: Vec<u8>,
    /// Entries already stored, by randomised hashes.
    known: HashSet<u64>,
    hasher: RandomState,
    /// True if metadata was dropped.
    is_cut: bool,
}

impl Metadata {
    /// Adds a name.
    pub(super) fn name(&mut self, name: &[u8]) {
        if name.len() < SHORTEST || self.names.len() + name.len() >= NAMES_MAX {
            self.is_cut |= name.len() >= SHORTEST;
            return;
        }
        if !self.known.insert(self.hasher.hash_one((false, name))) {
            return;
        }
        self.names.extend_from_slice(name);
        self.names.push(b'\n');
    }

    /// Adds data that is text, or binary with text in it.
    pub(super) fn rest(&mut self, bytes: &[u8]) {
        // Padding is mostly zeros, which are skipped in blocks.
        let zeros = bytes.as_chunks::<64>().0.iter().take_while(|block| **block == [0; 64]).count();
        let bytes = &bytes[zeros * 64..];
        let zeros = bytes.as_chunks::<8>().0.iter().take_while(|block| **block == [0; 8]).count();
        let bytes = &bytes[zeros * 8..];
        let zeros = bytes.as_rchunks::<8>().1.iter().rev().take_while(|block| **block == [0; 8]).count();
        let bytes = &bytes[..bytes.len() - zeros * 8];
        let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(start, |last| last + 1);
        let bytes = &bytes[start..end];
        if bytes.len() < SHORTEST {
            return;
        }
        let is_text = !bytes.contains(&0) && text(bytes).is_some() && is_legible(bytes);
        if !is_text {
            for run in bytes.split(|byte| !is_plain(*byte)) {
                self.name(run);
            }
            return;
        }
        if self.notes.len() + bytes.len() >= NOTES_MAX {
            self.is_cut = true;
            return;
        }
        if !self.known.insert(self.hasher.hash_one((true, bytes))) {
            return;
        }
        self.notes.extend_from_slice(bytes);
        self.notes.push(b'\n');
    }

    /// Adds all of `other`.
    pub(super) fn join(&mut self, other: &Self) {
        other.names.split(|byte| *byte == b'\n').for_each(|name| self.name(name));
        self.rest(&other.notes);
        self.is_cut |= other.is_cut;
    }

    /// Visits all of it under the `archive`.
    pub(super) fn show(self, archive: &RepoPath, layer: Layer<'_>, visit: &mut Visit<'_>) {
        if self.is_cut {
            layer.budget.undecoded(archive);
        }
        let path = |name: &str| RepoPath::new([archive.as_bytes(), b"!/", name.as_bytes()].concat());
        if !self.names.is_empty() {
            visit(What::Names, &path(".names"), &self.names, layer);
        }
        if !self.notes.is_empty() {
            visit(What::Notes, &path(".comments"), &self.notes, layer);
        }
    }
}

/// True if `bytes` are all text.
fn is_legible(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok() && bytes.iter().all(|byte| is_plain(*byte) || !byte.is_ascii())
}
