//! The engine as a prefilter: tells the texts of the history apart in which nothing can be found.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::engine::{Copied, Engine, Prefiltered, decode};
use crate::model::RepoPath;
use crate::scan::suppress::Suppression;
use crate::source::objects::Delta;
use crate::source::{Prefilter, PrefilterState};

/// Prefilters with the checks of an engine; the ignores of the settings tell paths apart, too.
pub(super) struct Checks<'a>(pub(super) &'a Engine, pub(super) &'a [Suppression]);

impl Prefilter for Checks<'_> {
    fn inspect(&self, bytes: &[u8], base: Option<(&PrefilterState, &Delta)>) -> PrefilterState {
        // A panic is our bug; the text is then scanned in full, which reports a repeated panic.
        let prefiltered = catch_unwind(AssertUnwindSafe(|| {
            let base = base.and_then(|(known, delta)| Some((prefiltered(known)?, delta)));
            let Some((base, delta)) = base else { return self.0.prefilter(bytes) };
            let copied = |copy: &crate::source::objects::Copy| Copied {
                from: copy.src as usize,
                to: copy.dst as usize,
                len: copy.len as usize,
            };
            self.0.prefilter_delta(bytes, base, delta.copies.iter().map(copied))
        }));
        PrefilterState(Box::new(prefiltered.ok()))
    }

    fn is_clean(&self, known: &PrefilterState) -> bool {
        prefiltered(known).is_some_and(Prefiltered::is_clean)
    }

    fn cost(&self, known: &PrefilterState, bytes: usize) -> u64 {
        prefiltered(known).map_or(bytes as u64, Prefiltered::cost)
    }

    fn wants_name(&self, path: &RepoPath) -> bool {
        self.0.wants_name(path)
    }

    fn is_minor(&self, path: &RepoPath) -> bool {
        self.0.is_minor(path)
    }

    fn is_judged_alike(&self, before: &RepoPath, after: &RepoPath) -> bool {
        self.0.is_judged_alike(before, after)
            && self.1.iter().all(|ignore| ignore.is_for(before) == ignore.is_for(after))
    }

    fn is_text(&self, bytes: &[u8]) -> bool {
        decode::text(bytes).is_some()
    }
}

fn prefiltered(known: &PrefilterState) -> Option<&Prefiltered> {
    known.0.downcast_ref::<Option<Prefiltered>>()?.as_ref()
}
