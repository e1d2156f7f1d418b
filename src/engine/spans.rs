//! A set of bytes of a text, kept as spans: whether another span touches it takes a look at one of them.

use std::collections::BTreeMap;

use crate::model::Span;

/// Spans that do not overlap, by their start.
#[derive(Default)]
pub(super) struct Spans(BTreeMap<usize, usize>);

impl Spans {
    /// True if some byte of `span` is in the set.
    pub(super) fn overlaps(&self, span: Span) -> bool {
        self.0.range(..span.end).next_back().is_some_and(|(_, end)| *end > span.start)
    }

    /// Adds the bytes of `span`.
    pub(super) fn add(&mut self, span: Span) {
        let mut all = span;
        while let Some((start, end)) = self.0.range(..all.end).next_back().map(|(start, end)| (*start, *end))
        {
            if end <= all.start {
                break;
            }
            self.0.remove(&start);
            all = Span::new(all.start.min(start), all.end.max(end));
        }
        if !all.is_empty() {
            self.0.insert(all.start, all.end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_set_touches_what_its_spans_touch(
            spans in prop::collection::vec((0usize..200, 1usize..40), 0..20),
            asked in prop::collection::vec((0usize..220, 1usize..40), 1..20),
        ) {
            let spans: Vec<Span> = spans.into_iter().map(|(start, len)| Span::new(start, start + len)).collect();
            let mut set = Spans::default();
            spans.iter().for_each(|span| set.add(*span));
            for (start, len) in asked {
                let span = Span::new(start, start + len);
                prop_assert_eq!(set.overlaps(span), spans.iter().any(|one| one.overlaps(span)));
            }
        }
    }
}
