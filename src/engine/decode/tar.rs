//! Tar archives within the budget.

use std::io::Read;

use crate::engine::decode::archive::Flow;
use crate::engine::decode::budget::Budget;
use crate::model::RepoPath;
use crate::parse::tar::{End, walk};

/// Calls `file` with name and content of each regular file.
pub(super) fn each(
    archive: &mut dyn Read,
    path: &RepoPath,
    budget: &Budget,
    file: &mut dyn FnMut(&[u8], &mut dyn Read) -> Flow,
) {
    if !matches!(walk(archive, &mut |name, content| file(name, content) == Flow::Go), Ok(End::Whole)) {
        budget.undecoded(path);
    }
}
