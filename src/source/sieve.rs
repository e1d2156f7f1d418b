//! What a source of many versions of the same files asks of whoever scans them.

use std::any::Any;
use std::fmt;

use crate::model::RepoPath;
use crate::source::objects::Delta;

/// What a [`Sieve`] knows of a text; only it can tell what that is.
pub struct Known(pub Box<dyn Any + Send>);

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known")
    }
}

/// Tells texts in which nothing can be found from all others, without their names, and looks only at
/// what differs from a text that it has seen.
pub trait Sieve: Sync {
    /// Looks at `bytes`; `base` is what is known of the text that they were made from, and how.
    fn sift(&self, bytes: &[u8], base: Option<(&Known, &Delta)>) -> Known;

    /// True if nothing is reported of the text under any name, but those of [`Self::wants_name`].
    fn is_clean(&self, known: &Known) -> bool;

    /// What it has cost to find out what is known of a text of so many bytes, in bytes of ordinary text that are
    /// looked at whole.
    fn cost(&self, _known: &Known, bytes: usize) -> u64 {
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
pub(super) struct Open;

impl Sieve for Open {
    fn sift(&self, _bytes: &[u8], _base: Option<(&Known, &Delta)>) -> Known {
        Known(Box::new(()))
    }

    fn is_clean(&self, _known: &Known) -> bool {
        false
    }

    fn wants_name(&self, _path: &RepoPath) -> bool {
        false
    }

    fn is_text(&self, _bytes: &[u8]) -> bool {
        true
    }
}
