//! The engine as a sieve: tells the texts of the history apart in which nothing can be found.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::engine::{Copied, Engine, Sifted, decode};
use crate::model::RepoPath;
use crate::scan::suppress::Suppression;
use crate::source::objects::Delta;
use crate::source::{Known, Sieve};

/// Sifts with the checks of an engine; the ignores of the settings tell paths apart, too.
pub(super) struct Checks<'a>(pub(super) &'a Engine, pub(super) &'a [Suppression]);

impl Sieve for Checks<'_> {
    fn sift(&self, bytes: &[u8], base: Option<(&Known, &Delta)>) -> Known {
        // A panic is a bug of ours; the text is then scanned whole, and that is told if it breaks again.
        let sifted = catch_unwind(AssertUnwindSafe(|| {
            let base = base.and_then(|(known, delta)| Some((sifted(known)?, delta)));
            let Some((base, delta)) = base else { return self.0.sift(bytes) };
            let copied = |copy: &crate::source::objects::Copy| Copied {
                from: copy.src as usize,
                to: copy.dst as usize,
                len: copy.len as usize,
            };
            self.0.sift_delta(bytes, base, delta.copies.iter().map(copied))
        }));
        Known(Box::new(sifted.ok()))
    }

    fn is_clean(&self, known: &Known) -> bool {
        sifted(known).is_some_and(Sifted::is_clean)
    }

    fn cost(&self, known: &Known, bytes: usize) -> u64 {
        sifted(known).map_or(bytes as u64, Sifted::cost)
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

fn sifted(known: &Known) -> Option<&Sifted> {
    known.0.downcast_ref::<Option<Sifted>>()?.as_ref()
}
