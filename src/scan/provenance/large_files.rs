//! Reading files too large for other checks.

use std::io::Read as _;

use crate::model::RepoPath;
use crate::source::Source;

/// The first `max` bytes of the file at `path`, from the first source that has it; none if unreadable.
pub(super) fn start_of(files: &[&dyn Source], path: &RepoPath, max: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = files.iter().find_map(|source| source.file(path))?.ok()?;
    file.take(max as u64).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
