//! Caches run lengths, so that repeated queries about the same bytes are free.
//!
//! Where one literal follows another, each of them starts a walk over the bytes behind it, and many rules
//! share a literal. Every walk is bounded, but thousands of bytes a place are too many. What was walked over
//! stays known here, by the class of the bytes, so that a text is walked over once a class.

use std::cell::{Cell, OnceCell};
use std::ops::Range;

use super::charset::CharSet;

/// Bytes that a class is walked over without a look at what is known: most runs are shorter.
const SHORT: usize = 16;
/// Classes that may be known at a time: three times those of the built-in rules.
const SLOTS: usize = 128;
/// Slots that a class may have; if others have all of them, it takes the first.
const PROBES: usize = 4;

/// A class of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    set: CharSet,
    /// True for all bytes that are not in the set.
    rest: bool,
}

impl Class {
    /// The bytes of `set`.
    #[must_use]
    pub const fn of(set: CharSet) -> Self {
        Self { set, rest: false }
    }

    /// All bytes but those of `set`.
    #[must_use]
    pub const fn but(set: CharSet) -> Self {
        Self { set, rest: true }
    }

    #[inline]
    const fn has(self, byte: u8) -> bool {
        self.set.has(byte) != self.rest
    }

    #[inline]
    fn run(self, bytes: &[u8]) -> usize {
        bytes.iter().take_while(|byte| self.has(**byte)).count()
    }

    const fn slot(self) -> usize {
        let mixed =
            self.set.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.set.1.wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
        (mixed.wrapping_add(self.rest as u64).wrapping_mul(0xff51_afd7_ed55_8ccd) >> 57) as usize
    }
}

/// A run that was walked over.
#[derive(Clone, Copy)]
struct Walk {
    class: Class,
    from: usize,
    /// One past the last byte that is known to be of the class.
    to: usize,
    /// True if the byte there is not.
    ends: bool,
}

/// What was gone through in search of something.
#[derive(Clone, Copy, Default)]
struct Gone {
    from: usize,
    /// Where it was met, or up to where it was not.
    to: usize,
    met: bool,
}

/// Things that may be searched for, see [`Walks::first`].
const FIRSTS: usize = 6;

/// What is known of the runs of one text, and what finding it out has cost.
#[derive(Default)]
pub struct Walks {
    /// For each number of [`Walks::first`] what was gone through.
    firsts: [Cell<Gone>; FIRSTS],
    /// Made when the first long run is met.
    runs: OnceCell<Box<[Cell<Option<Walk>>; SLOTS]>>,
    cost: Cell<u64>,
}

impl Walks {
    /// Length of the run of `class` that starts at `at`, at most `max`. All calls are about the same text.
    #[inline]
    pub fn run(&self, class: Class, hay: &[u8], at: usize, max: usize) -> usize {
        let rest = &hay[at..];
        let first = class.run(&rest[..rest.len().min(SHORT).min(max)]);
        if first < SHORT || first == max { first } else { self.long(class, hay, at, max) }
    }

    #[inline(never)]
    fn long(&self, class: Class, hay: &[u8], at: usize, max: usize) -> usize {
        let slot = self.slot(class);
        let known = slot.get().filter(|walk| walk.class == class && (walk.from..walk.to).contains(&at));
        let mut walk = known.unwrap_or(Walk { class, from: at, to: at, ends: false });
        let goal = at.saturating_add(max).min(hay.len());
        if !walk.ends && walk.to < goal {
            let more = class.run(&hay[walk.to..goal]);
            self.pay(more as u64);
            walk.to += more;
            walk.ends = walk.to < goal;
        }
        slot.set(Some(walk));
        walk.to.min(goal) - at
    }

    /// The first place in `range` of which `is_it` is true, or its end. All calls about the same text and with
    /// the same `number`, which is below [`FIRSTS`], ask the same of a place.
    pub(super) fn first(&self, number: usize, range: Range<usize>, is_it: impl Fn(usize) -> bool) -> usize {
        let known =
            Some(self.firsts[number].get()).filter(|gone| (gone.from..=gone.to).contains(&range.start));
        let mut gone = known.unwrap_or(Gone { from: range.start, to: range.start, met: false });
        let before = gone.to;
        while !gone.met && gone.to < range.end {
            gone.met = is_it(gone.to);
            gone.to += usize::from(!gone.met);
        }
        self.pay(2 * (gone.to - before) as u64);
        self.firsts[number].set(gone);
        gone.to.min(range.end)
    }

    /// Where the last run of `class` is kept.
    fn slot(&self, class: Class) -> &Cell<Option<Walk>> {
        let runs = self.runs.get_or_init(|| Box::new([const { Cell::new(None) }; SLOTS]));
        let slots = (0..PROBES).map(|probe| &runs[(class.slot() + probe) % SLOTS]);
        let ours = slots.clone().find(|slot| slot.get().is_none_or(|walk| walk.class == class));
        ours.unwrap_or(&runs[class.slot()])
    }

    /// Adds to what the looking has cost, in units of about a nanosecond.
    #[inline]
    pub(super) fn pay(&self, cost: u64) {
        self.cost.set(self.cost.get() + cost);
    }

    /// What the looking has cost since this was last asked.
    #[inline]
    pub(super) fn take_cost(&self) -> u64 {
        self.cost.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::charset;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_remembered_is_what_is_there(
            text in "[a-c0-2 \n-]{0,400}|[ab]{0,300}[ -]?[abé]{0,200}",
            asked in prop::collection::vec((0usize..600, 0usize..200, 0usize..4), 1..40),
        ) {
            let hay = text.as_bytes();
            let walks = Walks::default();
            let classes = [
                Class::of(charset::ALNUM),
                Class::of(charset::HEX),
                Class::but(CharSet::EMPTY.with_all(b" \n")),
                Class::of(charset::WORD),
            ];
            for (at, max, class) in asked {
                let at = at.min(hay.len());
                let expected = hay[at..].iter().take(max).take_while(|byte| classes[class].has(**byte)).count();
                prop_assert_eq!(walks.run(classes[class], hay, at, max), expected);
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_met_first_is_what_is_there(
            text in "[a-c0-2 ]{0,300}",
            asked in prop::collection::vec((0usize..400, 0usize..200, 0usize..2), 1..40),
        ) {
            let hay = text.as_bytes();
            let walks = Walks::default();
            let tests: [fn(u8) -> bool; 2] = [|byte| byte == b' ', |byte| byte == b'2'];
            for (start, len, number) in asked {
                let start = start.min(hay.len());
                let range = start..hay.len().min(start + len);
                let expected = range.clone().find(|at| tests[number](hay[*at])).unwrap_or(range.end);
                prop_assert_eq!(walks.first(number, range, |at| tests[number](hay[at])), expected);
            }
        }
    }

    #[test]
    fn a_text_is_walked_over_once() {
        let hay = vec![b'a'; 100_000];
        let walks = Walks::default();
        for at in 0..90_000 {
            walks.run(Class::of(charset::WORD), &hay, at, 5000);
        }
        assert!(walks.take_cost() <= hay.len() as u64);
    }
}
