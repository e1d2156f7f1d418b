//! Tar archives within the budget.

use std::io::Read;

use crate::engine::decode::budget::Budget;
use crate::engine::decode::entry::Flow;
use crate::engine::decode::metadata::Metadata;
use crate::model::RepoPath;
use crate::parse::tar::{End, Part, walk_all};

/// Calls `file` with name and content of each regular file; metadata goes to `metadata`.
pub(super) fn each(
    archive: &mut dyn Read,
    path: &RepoPath,
    budget: &Budget,
    metadata: &mut Metadata,
    file: &mut dyn FnMut(&[u8], &mut dyn Read) -> Flow,
) {
    let part = &mut |part: Part<'_>| match part {
        Part::Name(name) => metadata.name(name),
        Part::Rest(rest) => metadata.rest(rest),
    };
    let walked = walk_all(archive, &mut |name, content| file(name, content) == Flow::Go, part);
    if !matches!(walked, Ok(End::Whole)) {
        budget.undecoded(path);
    }
}
