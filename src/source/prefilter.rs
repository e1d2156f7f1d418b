//! What a source of many versions of the same files asks of whoever scans them.

use std::any::Any;
use std::fmt;

use crate::model::RepoPath;
use crate::source::objects::Delta;

/// What a [`Prefilter`] knows of a text; only it can tell what that is.
pub struct PrefilterState(pub Box<dyn Any + Send>);

impl fmt::Debug for PrefilterState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrefilterState")
    }
}

/// Tells texts in which nothing can be found from all others, without their names, and looks only at
/// what differs from a text that it has seen.
pub trait Prefilter: Sync {
    /// Looks at `bytes`; `base` is what is known of the text that they were made from, and how.
    fn inspect(&self, bytes: &[u8], base: Option<(&PrefilterState, &Delta)>) -> PrefilterState;

    /// True if nothing is reported of the text under any name, but those of [`Self::wants_name`].
    fn is_clean(&self, known: &PrefilterState) -> bool;

    /// What it has cost to find out what is known of a text of so many bytes, in bytes of ordinary text that are
    /// looked at whole.
    fn cost(&self, _known: &PrefilterState, bytes: usize) -> u64 {
        bytes as u64
    }

    /// True if something may be reported of a file at `path` for its name, whatever its content.
    fn wants_name(&self, path: &RepoPath) -> bool;

    /// True if what stands at `path` is worth less than elsewhere: in tests, examples and documentation. Of a
    /// text with several paths another one is shown.
    fn is_minor(&self, _path: &RepoPath) -> bool {
        false
    }

    /// True if a text is judged the same at both paths, which have the same last name.
    fn is_judged_alike(&self, _before: &RepoPath, _after: &RepoPath) -> bool {
        true
    }

    /// True if `bytes` are a text.
    fn is_text(&self, bytes: &[u8]) -> bool;
}

/// Lets everything through: each text is to be looked at whole, under its name.
pub(super) struct PassAll;

impl Prefilter for PassAll {
    fn inspect(&self, _bytes: &[u8], _base: Option<(&PrefilterState, &Delta)>) -> PrefilterState {
        PrefilterState(Box::new(()))
    }

    fn is_clean(&self, _known: &PrefilterState) -> bool {
        false
    }

    fn wants_name(&self, _path: &RepoPath) -> bool {
        false
    }

    fn is_text(&self, _bytes: &[u8]) -> bool {
        true
    }
}
