//! Reads git's index, once: its bytes are checked, and parsed, where they are.

use std::fs;
use std::path::Path;

use gix::bstr::ByteSlice as _;
use gix::index::{File, State, decode};

use super::nesting;

/// The largest index that is read, in bytes; what is made of it is bounded by the same.
const BYTES_MAX: usize = 1 << 30;

/// Reads the index at `path`, whose entries are then in order. Its checksum is compared if `verified`.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn read(path: &Path, hash: gix::hash::Kind, verified: bool) -> Result<State, String> {
    let options = decode::Options {
        // Threads of its own would cost more than they save, and would not be the pool's.
        thread_limit: Some(1),
        min_extension_block_in_bytes_for_threading: usize::MAX,
        expected_checksum: None,
        alloc_limit_bytes: Some(BYTES_MAX),
    };
    let bytes = bytes(path)?;
    if verified {
        verify(&bytes, hash)?;
    }
    // Nobody asks when it was written.
    let time = State::new(hash).timestamp();
    let (mut state, _) = State::from_bytes(&bytes, time, hash, options).map_err(|error| error.to_string())?;
    drop(bytes);
    if state.link().is_some() {
        nesting::check_shared(path)?;
        let file = File::at(path, hash, !verified, options).map_err(|error| error.to_string())?;
        state = State::from(file);
    }
    let mut previous: &[u8] = b"";
    for entry in state.entries() {
        let path = entry.path(&state).as_bytes();
        // Every search relies on it.
        if path < previous {
            return Err("its entries are not in order".to_owned());
        }
        previous = path;
    }
    Ok(state)
}

/// The bytes of the index, or of a shared one, at `path`; they nest no deeper than can be read.
///
/// # Errors
/// If it is too large, nests too deep, or cannot be read, in words.
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

/// Compares the checksum at the end of `bytes` with theirs, unless git was told to write none.
fn verify(bytes: &[u8], hash: gix::hash::Kind) -> Result<(), String> {
    // What is too short for one is told by the parser.
    let Some(length) = bytes.len().checked_sub(hash.len_in_bytes()) else { return Ok(()) };
    let (content, written) = bytes.split_at(length);
    if written.iter().all(|byte| *byte == 0) {
        return Ok(());
    }
    let mut hasher = gix::hash::hasher(hash);
    hasher.update(content);
    let is_same = hasher.try_finalize().is_ok_and(|id| id.as_bytes() == written);
    if is_same { Ok(()) } else { Err("its checksum is not that of its bytes".to_owned()) }
}
