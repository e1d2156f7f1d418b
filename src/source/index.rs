//! Reads and validates git's index once.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use gix::bstr::ByteSlice as _;
use gix::index::{Entry, State, decode};

use super::{digest, nesting};

/// The largest index in bytes.
const BYTES_MAX: usize = 1 << 30;

/// Reads the index at `path`, whose entries are then in order. `verified` compares its checksum.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(path: &Path, hash: gix::hash::Kind, verified: bool) -> Result<State, String> {
    let options = decode::Options {
        // Threads of gix's own cost more than they save, and are not the pool's.
        thread_limit: Some(1),
        min_extension_block_in_bytes_for_threading: usize::MAX,
        expected_checksum: None,
        alloc_limit_bytes: Some(BYTES_MAX),
    };
    let bytes = bytes(path)?;
    if verified {
        verify(&bytes, hash)?;
    }
    // The timestamp is not used.
    let time = State::new(hash).timestamp();
    let parsed = |bytes: &[u8]| {
        let state = State::from_bytes(bytes, time, hash, options);
        state.map(|(state, _)| state).map_err(|error| error.to_string())
    };
    let mut state = parsed(&bytes)?;
    drop(bytes);
    if let Some(link) = state.link() {
        let name = format!("sharedindex.{}", link.shared_index_checksum);
        let shared =
            self::bytes(&path.with_file_name(name)).map_err(|why| format!("its shared part: {why}"))?;
        if verified {
            verify(&shared, hash)?;
        }
        state = joined(&parsed(&shared)?, state)?;
    }
    let mut previous: &[u8] = b"";
    for entry in state.entries() {
        let path = entry.path(&state).as_bytes();
        // Every search relies on the order.
        if path < previous {
            return Err("its entries are not in order".to_owned());
        }
        previous = path;
    }
    Ok(state)
}

/// Joins a split index: the entries of `shared` that `split` neither removes nor replaces, and its own. gix can
/// join them, but maps the shared one, see [`super::objects`] (`gitformat-index(5)`, "Split index").
fn joined(shared: &State, mut split: State) -> Result<State, String> {
    let damaged = || "what it says of its shared part is damaged".to_owned();
    let bitmaps = split.link().and_then(|link| link.bitmaps.clone());
    let mut own = split.entries().iter();
    let mut all: Vec<(Entry, Vec<u8>)> =
        shared.entries().iter().map(|entry| (entry.clone(), entry.path(shared).to_vec())).collect();
    let mut touched = HashSet::new();
    if let Some(bitmaps) = bitmaps {
        let replace = |at: usize| {
            let (entry, _) = all.get_mut(at)?;
            // A replaced entry has its path in the shared part only.
            *entry = own.next().filter(|new| new.path(&split).is_empty())?.clone();
            touched.insert(at).then_some(())
        };
        bitmaps.replace.for_each_set_bit(replace).ok_or_else(damaged)?;
        let mut deleted = HashSet::new();
        let delete = |at: usize| {
            (at < shared.entries().len() && !touched.contains(&at)).then(|| deleted.insert(at)).map(|_| ())
        };
        bitmaps.delete.for_each_set_bit(delete).ok_or_else(damaged)?;
        let mut at = 0;
        all.retain(|_| {
            at += 1;
            !deleted.contains(&(at - 1))
        });
    }
    all.extend(own.map(|new| (new.clone(), new.path(&split).to_vec())));
    split.remove_entries(|_, _, _| true);
    for (entry, path) in all {
        split.dangerously_push_entry(entry.stat, entry.id, entry.flags, entry.mode, path.as_bstr());
    }
    split.sort_entries();
    Ok(split)
}

/// The bytes of the index, or of a shared one, at `path`; their nesting is bounded.
///
/// # Errors
/// If it is too large, nests too deep, or cannot be read.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = path.metadata().map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    if metadata.len() > BYTES_MAX as u64 {
        return Err("it is larger than 1 GiB".to_owned());
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "git's index, which is a regular file of the repository's own"
    )]
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    nesting::check(&bytes)?;
    Ok(bytes)
}

/// Verifies the checksum at the end of `bytes`, unless git was configured to write none.
fn verify(bytes: &[u8], hash: gix::hash::Kind) -> Result<(), String> {
    // The parser rejects what is too short for a checksum.
    let Some(length) = bytes.len().checked_sub(hash.len_in_bytes()) else { return Ok(()) };
    let (content, written) = bytes.split_at(length);
    if written.iter().all(|byte| *byte == 0) {
        return Ok(());
    }
    // This detects damage only: anyone who writes an index writes the checksum, too.
    let is_same = digest::is_of(hash, written, &[content]);
    if is_same { Ok(()) } else { Err("its checksum is not that of its bytes".to_owned()) }
}
