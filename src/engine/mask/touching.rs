//! Which of the secrets of a text touch a part of it, without a look at each.

use crate::model::Span;

/// What was detected in a text, by its starts.
pub struct Touching {
    /// Each with its number and the count of its leading bytes that may be shown.
    spans: Vec<(Span, usize, usize)>,
    /// The furthest end up to each.
    ends: Vec<usize>,
}

impl Touching {
    /// Of `masked`: spans, each with the count of its leading bytes that may be shown.
    #[must_use]
    pub fn of(masked: &[(Span, usize)]) -> Self {
        let mut spans: Vec<(Span, usize, usize)> =
            masked.iter().enumerate().map(|(number, (span, public))| (*span, number, *public)).collect();
        spans.sort_unstable();
        let ends = spans.iter().scan(0, |furthest, (span, ..)| {
            *furthest = span.end.max(*furthest);
            Some(*furthest)
        });
        Self { ends: ends.collect(), spans }
    }

    /// Those that touch `part`, in the order in which they were given.
    #[must_use]
    pub fn within(&self, part: Span) -> Vec<(Span, usize)> {
        let last = self.spans.partition_point(|(span, ..)| span.start <= part.end);
        let first = self.ends.partition_point(|end| *end < part.start).min(last);
        let mut touching: Vec<_> =
            self.spans[first..last].iter().filter(|(span, ..)| span.overlaps(part)).collect();
        touching.sort_unstable_by_key(|(_, number, _)| *number);
        touching.into_iter().map(|(span, _, public)| (*span, *public)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn those_that_touch_a_part_are_found(
            spans in prop::collection::vec((0usize..200, 0usize..60, 0usize..4), 0..30),
            parts in prop::collection::vec((0usize..220, 0usize..60), 1..20),
        ) {
            let masked: Vec<(Span, usize)> = spans
                .into_iter()
                .map(|(start, length, public)| (Span::new(start, start + length), public))
                .collect();
            let touching = Touching::of(&masked);
            for (start, length) in parts {
                let part = Span::new(start, start + length);
                let expected: Vec<(Span, usize)> =
                    masked.iter().filter(|(span, _)| span.overlaps(part)).copied().collect();
                prop_assert_eq!(touching.within(part), expected);
            }
        }
    }
}
