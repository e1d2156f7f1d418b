//! Tar archives within the budget.

use std::io::Read;

use crate::engine::decode::budget::Budget;
use crate::engine::decode::entry::Flow;
use crate::engine::decode::metadata::Metadata;
use crate::model::RepoPath;
use crate::parse::tar::{End, Part, walk_all};

/// Calls `file` with name and content of each regular file; metadata goes to `metadata`. A stream needs an end marker:
/// nothing else says that it was not cut off between two files.
pub(super) fn each(
    archive: &mut dyn Read,
    (path, is_stream): (&RepoPath, bool),
    budget: &Budget,
    metadata: &mut Metadata,
    file: &mut dyn FnMut(&[u8], &mut dyn Read) -> Flow,
) {
    let part = &mut |part: Part<'_>| match part {
        Part::Name(name) => metadata.name(name),
        Part::Rest(rest) => metadata.rest(rest),
    };
    let walked = walk_all(archive, &mut |name, content| file(name, content) == Flow::Go, part);
    let is_whole = match walked {
        Ok(End::Whole) => true,
        Ok(End::Unmarked) => !is_stream,
        Ok(End::Early) | Err(_) => false,
    };
    if !is_whole {
        budget.undecoded(path);
    }
}
