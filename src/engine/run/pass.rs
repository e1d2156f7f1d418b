//! What is known of a text while it is looked at, and what looking at it may still cost.
//!
//! Literals may stand side by side, and each leads to a walk, a judgement or both. What comes out does not
//! depend on what is kept here, so that it is only a matter of time: the same bytes are not walked over
//! twice, the same value not assessed twice. What is left is paid for by the bytes of the text (see
//! [`Purse`]); a place that cannot be paid for is not assessed, and counted.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Range;

use crate::engine::decode::{Layer, Purse};
use crate::engine::shape::{Match, Shape};
use crate::engine::walks::Walks;
use crate::model::{Blob, Span};

/// What it costs to look at a place at all, see [`Walks::pay`].
const PLACE: u64 = 25;
/// Refused values that are remembered; of two with the same slot the later one stays.
const REFUSED: usize = 64;
/// Tokens of one check with the same end that are assessed although those before them were refused.
const SAME_END_MAX: u32 = 16;

/// A pass over a text.
pub(in crate::engine) struct Pass<'a> {
    pub(super) blob: Blob<'a>,
    pub(super) walks: Walks,
    layer: Layer<'a>,
    /// Up to where the bytes of the text have paid.
    paid: Cell<usize>,
    /// The last shape tried: position and result.
    matched: Cell<Option<(u16, usize, Option<Match>)>>,
    /// Values that were refused: by which check and shape, and where.
    refused: RefCell<Vec<Option<Refused>>>,
    /// The last token of each check.
    ended: RefCell<HashMap<u16, Ended>>,
    /// The last window in which keywords were looked for, in lower case.
    around: RefCell<(Span, Vec<u8>)>,
    /// Whether checks with globs apply to the file.
    applies: RefCell<Vec<(u16, bool)>>,
    /// What was found of each check's pattern around its last anchor.
    chains: RefCell<Vec<(u16, Chain)>>,
}

/// A value rejected by a check, and its key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) check: u16,
    pub(super) value: Span,
    /// The shape or name it also depends on.
    pub(super) by: (usize, usize),
}

/// The matches of a pattern that a search from a place on has found, one behind the other.
#[derive(Default)]
pub(super) struct Chain {
    /// Where the search started.
    pub(super) start: usize,
    /// Start and end of each.
    pub(super) matches: Vec<(usize, usize)>,
    /// Up to where no other one starts; 0 if nothing is known.
    pub(super) end: usize,
}

/// Whether a search that starts later finds what an earlier one has found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It does.
    Known,
    /// It does if it finds one of the matches.
    Perhaps,
    /// It is not known.
    Unknown,
}

impl Chain {
    /// Leaves out what lies before the `window` around the anchor at `at`, and says how far the rest is what a
    /// search in that would find.
    pub(super) fn goes_on(&mut self, window: &Range<usize>, at: usize) -> Standing {
        if self.end == 0
            || self.start > window.start
            || self.end <= window.start
            || self.end > at + 1 && !self.ends_behind(at)
        {
            return Standing::Unknown;
        }
        let gone = self.matches.partition_point(|(_, end)| *end <= window.start);
        self.matches.drain(..gone);
        match self.matches.first() {
            // The search would start within a match.
            Some((start, _)) if *start < window.start => {
                self.matches.remove(0);
                Standing::Perhaps
            }
            _ => Standing::Known,
        }
    }

    /// True if the last match goes beyond the anchor at `at`, and so everything before it is known.
    fn ends_behind(&self, at: usize) -> bool {
        self.matches.last().is_some_and(|(start, end)| *start <= at && *end > at)
    }
}

/// A token, which may end where a later one does.
#[derive(Clone, Copy)]
struct Ended {
    start: usize,
    end: usize,
    fate: Fate,
    /// How many with this end were refused.
    refused: u32,
}

/// The result for a token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// No keyword stands around it.
    Alone,
    /// It was taken, and nothing speaks against it.
    Taken,
    /// It was assessed and refused, or lowered.
    Refused,
}

impl<'a> Pass<'a> {
    pub(super) fn new(blob: &Blob<'a>, layer: Layer<'a>) -> Self {
        Self::from(blob, 0, layer)
    }

    /// A pass over the bytes from `start` on; those before have paid in another one.
    pub(super) fn from(blob: &Blob<'a>, start: usize, layer: Layer<'a>) -> Self {
        Self {
            blob: *blob,
            walks: Walks::default(),
            layer,
            paid: Cell::new(start),
            matched: Cell::new(None),
            refused: RefCell::default(),
            ended: RefCell::default(),
            around: RefCell::new((Span::new(0, 0), Vec::new())),
            applies: RefCell::default(),
            chains: RefCell::default(),
        }
    }

    /// Takes in what the bytes before `at` pay.
    #[inline]
    pub(super) fn come_to(&self, at: usize) {
        let paid = self.paid.get();
        if at > paid {
            self.layer.earn(at - paid);
            self.paid.set(at);
        }
    }

    /// True if what is dear can be paid from `purse`; if not, the place is counted.
    pub(super) fn may(&self, purse: Purse) -> bool {
        self.layer.budget.may(purse)
    }

    /// The same for what costs little, which may be paid on credit.
    #[inline]
    pub(super) fn may_cheaply(&self, purse: Purse) -> bool {
        self.layer.budget.may_cheaply(purse)
    }

    /// Takes from `purse` what was spent since the last time.
    #[inline]
    pub(super) fn settle(&self, purse: Purse) {
        self.layer.budget.pay(purse, PLACE + self.walks.take_cost());
    }

    /// What `shape`, the one of many alike with this number, gives around the anchor at `at`.
    #[inline]
    pub(super) fn matched(&self, number: u16, shape: &Shape, at: usize) -> Option<Match> {
        if let Some((known, place, found)) = self.matched.get()
            && (known, place) == (number, at)
        {
            return found;
        }
        let found = shape.find_around(self.blob.bytes, at, &self.walks);
        self.matched.set(Some((number, at, found)));
        found
    }

    /// True if the value was refused already.
    #[inline]
    pub(super) fn was_refused(&self, value: Refused) -> bool {
        self.refused.borrow().get(value.slot()).is_some_and(|known| *known == Some(value))
    }

    /// Notes that the value was refused.
    pub(super) fn refuse(&self, value: Refused) {
        let mut all = self.refused.borrow_mut();
        if all.is_empty() {
            all.resize(REFUSED, None);
        }
        all[value.slot()] = Some(value);
    }

    /// True if nothing can come of the token that `check` has matched, because another one of it, which ends
    /// at the same place and starts earlier, has settled that: a shorter one loses against it, and
    /// has no keyword around it that the longer one has not.
    pub(super) fn is_settled(&self, check: u16, found: &Match) -> bool {
        // Where all is wanted that is seen, the lesser ones are, too.
        if self.wants_all() {
            return false;
        }
        let ended = self.ended.borrow();
        let Some(before) =
            ended.get(&check).filter(|before| before.start < found.start && before.end == found.end)
        else {
            return false;
        };
        match before.fate {
            Fate::Alone | Fate::Taken => true,
            Fate::Refused => {
                let many = before.refused >= SAME_END_MAX;
                if many {
                    self.layer.budget.miss();
                }
                many
            }
        }
    }

    /// Records the result for a token.
    pub(super) fn end(&self, check: u16, found: &Match, fate: Fate) {
        if self.wants_all() {
            return;
        }
        let mut ended = self.ended.borrow_mut();
        let refused =
            ended.get(&check).filter(|before| before.end == found.end).map_or(0, |before| before.refused);
        let refused = refused + u32::from(fate == Fate::Refused);
        ended.insert(check, Ended { start: found.start, end: found.end, fate, refused });
    }

    /// Asks about the text in `window`, in lower case.
    pub(super) fn lower<T>(&self, window: Span, ask: impl FnOnce(&[u8]) -> T) -> T {
        let mut known = self.around.borrow_mut();
        if known.0 != window {
            self.walks.pay(window.len() as u64 / 4);
            known.0 = window;
            known.1.clear();
            known.1.extend_from_slice(&self.blob.bytes[window.range()]);
            known.1.make_ascii_lowercase();
        }
        ask(&known.1)
    }

    /// True if of hits at one place all are wanted.
    pub(super) const fn wants_all(&self) -> bool {
        self.layer.all
    }

    /// What was found of the pattern of `check` around its last anchor, which is taken out.
    pub(super) fn chain(&self, check: u16) -> Option<Chain> {
        let mut all = self.chains.borrow_mut();
        all.iter_mut().find(|(known, _)| *known == check).map(|(_, chain)| std::mem::take(chain))
    }

    /// Keeps what was found of the pattern of `check`.
    pub(super) fn keep_chain(&self, check: u16, chain: Chain) {
        let mut all = self.chains.borrow_mut();
        match all.iter_mut().find(|(known, _)| *known == check) {
            Some((_, known)) => *known = chain,
            None => all.push((check, chain)),
        }
    }

    /// Whether `check` applies to the file, which `ask` tells if it is not known.
    pub(super) fn applies(&self, check: u16, ask: impl FnOnce() -> bool) -> bool {
        let mut all = self.applies.borrow_mut();
        if let Some((_, applies)) = all.iter().find(|(known, _)| *known == check) {
            return *applies;
        }
        let applies = ask();
        all.push((check, applies));
        applies
    }
}

impl Refused {
    fn slot(&self) -> usize {
        let mixed =
            self.value.start.wrapping_mul(0x9e37_79b1) ^ self.value.end ^ usize::from(self.check) << 3;
        mixed.wrapping_mul(0x9e37_79b1) >> 8 & (REFUSED - 1)
    }
}
