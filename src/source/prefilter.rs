//! What a source of many versions of the same files needs from a scanner.

use std::any::Any;
use std::fmt;

use crate::model::RepoPath;
use crate::source::objects::Delta;

/// What a [`Prefilter`] knows of a text; opaque to the source.
pub struct PrefilterState(pub Box<dyn Any + Send>);

impl fmt::Debug for PrefilterState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrefilterState")
    }
}

/// Recognises texts in which nothing can be found, without their names, and inspects only what differs from a
/// known text.
pub trait Prefilter: Sync {
    /// Inspects `bytes`; `base` is the state of their delta base, and the delta.
    fn inspect(&self, bytes: &[u8], base: Option<(&PrefilterState, &Delta)>) -> PrefilterState;

    /// True if nothing is reported of the text under any name, except those of [`Self::wants_name`].
    fn is_clean(&self, known: &PrefilterState) -> bool;

    /// The cost of inspecting a text of `bytes` bytes, in bytes of ordinary text scanned whole.
    fn cost(&self, _known: &PrefilterState, bytes: usize) -> u64 {
        bytes as u64
    }

    /// True if a file at `path` may be reported because of its name.
    fn wants_name(&self, path: &RepoPath) -> bool;

    /// True if findings at `path` matter less: in tests, examples and documentation. Of several paths of a text,
    /// another one is shown.
    fn is_minor(&self, _path: &RepoPath) -> bool {
        false
    }

    /// True if a text gets the same verdict at both paths, which have the same last name.
    fn is_judged_alike(&self, _before: &RepoPath, _after: &RepoPath) -> bool {
        true
    }

    /// True if `bytes` are a text.
    fn is_text(&self, bytes: &[u8]) -> bool;
}

/// Passes everything: each text is scanned whole, under its name.
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
