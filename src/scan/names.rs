//! Scanning file names, which git publishes like contents.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;

use super::collect::{Collector, Found, missed};
use super::introduced::Sorted;

use crate::engine::{Engine, Text};
use crate::model::{Blob, Problem, Region, RepoPath, SkipReason, Span};
use crate::source::{Item, Named, Source, matching};

impl Collector<'_> {
    /// Stores the path of an item of a source of current files.
    pub(super) fn keep_name(&self, item: &Item<'_>, source: usize) {
        let path = match item {
            Item::Blob(blob) | Item::Stored(blob) => blob.path,
            Item::Large(large) if large.origin.is_none() => large.path,
            // Excluded files are not reported here either; a nested repository is published elsewhere.
            Item::Skipped(_, SkipReason::Excluded | SkipReason::NestedRepository) => return,
            Item::Skipped(path, _) if !self.sources.get(source).is_some_and(|source| source.is_history()) => {
                path
            }
            Item::Skipped(..) | Item::Large(_) | Item::Historic(..) | Item::Tip(_) | Item::Problem(_) => {
                return;
            }
        };
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.push((source, path.clone()));
    }

    /// Scans the names in the sources; current names that `base` has are not new.
    pub(super) fn look_at_names(&self, base: Option<&dyn Source>) -> Sorted {
        let looked = catch_unwind(AssertUnwindSafe(|| self.found_in_names(base)));
        looked.unwrap_or_else(|_| {
            self.gather(|all| {
                all.broken = true;
                let message = "a check crashed on file names; please report this as a bug".to_owned();
                all.problems.push(Problem { path: None, message });
            });
            Sorted::default()
        })
    }

    fn found_in_names(&self, base: Option<&dyn Source>) -> Sorted {
        let seen = |names: &[u8]| {
            let (spans, unseen) = tokens(self.engine, names);
            if unseen > 0 {
                let message = format!("in file names: {}", missed(unseen));
                self.gather(|all| all.problems.push(Problem { path: None, message }));
            }
            spans.into_iter().map(|(span, _)| span).collect()
        };
        let mut today = std::mem::take(&mut *self.names.lock().unwrap_or_else(PoisonError::into_inner));
        // They come directory by directory, each sorted.
        today.sort();
        today.dedup();
        let mut sorted = Sorted::default();
        let mut reported = HashSet::new();
        for number in matching(today.iter().map(|(_, path)| path.as_bytes()), &seen) {
            let (source, path) = &today[number];
            let Some(known) = self.sources.get(*source).map(|source| source.known_name(path)) else {
                continue;
            };
            let known = known.max(base.map_or(0, |base| base.known_name(path)));
            let named = Named { path: path.clone(), known, origin: None };
            self.name(&named, *source, &mut reported, &mut sorted);
        }
        for (source, names) in self.sources.iter().map(|source| source.names(&seen)).enumerate() {
            names.iter().for_each(|named| self.name(named, source, &mut reported, &mut sorted));
        }
        sorted
    }

    /// Adds the findings in one name. A finding in a directory name is reported for one file in it.
    fn name(
        &self,
        named: &Named,
        source: usize,
        reported: &mut HashSet<(usize, usize, Vec<u8>)>,
        sorted: &mut Sorted,
    ) {
        let path = named.path.as_bytes();
        let blob = Blob { path: &named.path, bytes: path, tracked: true };
        let text = self.engine.scan_names(&blob);
        let Text::Scanned { hits, .. } = &text else { return };
        let ends: Vec<(usize, usize)> =
            hits.iter().map(|hit| (hit.span.start, end_of_name(path, hit.span.end))).collect();
        let mut found = Found::default();
        found.add(self.engine, &blob, &text, self.settings);
        for (mut finding, (start, end)) in found.findings.into_iter().zip(ends) {
            // In a history a name occurs in many commits; the first one is reported.
            let is_new = named.origin.is_some() || reported.insert((source, start, path[..end].to_vec()));
            if !is_new {
                continue;
            }
            finding.message.push_str(", in a file name");
            finding.place.origin = named.origin.clone().map(Box::new);
            finding.place.span = Span::new(0, 0);
            finding.place.region = Region::TOP;
            finding.place.snippet = None;
            finding.place.line_hash = None;
            if end <= named.known { sorted.before.push(finding) } else { sorted.new.push(finding) }
        }
    }
}

/// The end of the path component that contains `at`.
fn end_of_name(path: &[u8], at: usize) -> usize {
    memchr::memchr(b'/', &path[at..]).map_or(path.len(), |slash| at + slash)
}

/// Tokens in names, one per line, with the number of leading bytes that may be shown; and the number of places not
/// evaluated.
pub(super) fn tokens(engine: &Engine, names: &[u8]) -> (Vec<(Span, usize)>, u64) {
    let path = RepoPath::from("");
    match engine.scan_names(&Blob { path: &path, bytes: names, tracked: true }) {
        Text::Scanned { hits, missed, .. } => {
            (hits.iter().map(|hit| (hit.secret.unwrap_or(hit.span), hit.public)).collect(), missed)
        }
        Text::Binary(_) => (Vec::new(), 0),
    }
}
