//! How much context a literal's use depends on.
//!
//! A delta leaves most of a text unchanged. Earlier results stay valid if nothing changed within their reach, which is
//! computed here per match.

use super::pass::Pass;
use super::{Engine, Use};
use crate::engine::charset::CharSet;
use crate::engine::hit::Hit;
use crate::engine::rule::Matcher;
use crate::engine::shape::Shape;
use crate::engine::{Run, assignment, near, pem, url};

/// Bytes around a literal on which it depends what its uses see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    /// Bytes before its first; more than there are if the start of the text was met.
    pub(super) back: u32,
    /// Bytes from its first on; more than there are if the end of the text was met.
    pub(super) ahead: u32,
}

impl Reach {
    pub(super) fn new(back: usize, ahead: usize) -> Self {
        let narrow = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self { back: narrow(back), ahead: narrow(ahead) }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self { back: self.back.max(other.back), ahead: self.ahead.max(other.ahead) }
    }
}

/// The bytes that the shapes of a check are made of, and how many of them at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alphabet {
    /// `None` if some are not ASCII.
    set: Option<CharSet>,
    longest: usize,
}

impl Alphabet {
    pub(super) fn of(shapes: &[Shape]) -> Self {
        let set = shapes.iter().try_fold(CharSet::EMPTY, |all, shape| {
            let more = shape.alphabet()?;
            Some(CharSet(all.0 | more.0, all.1 | more.1))
        });
        Self { set, longest: shapes.iter().map(Shape::longest).max().unwrap_or(0) }
    }

    /// One past the last byte that matching at `at` looks at: the first that no shape has, and two that
    /// tell whether a token may end before it.
    fn end(self, hay: &[u8], at: usize) -> usize {
        let length = match self.set {
            Some(set) => set.run(&hay[at..], self.longest),
            None => self.longest,
        };
        at + length + 3
    }
}

/// Bytes before a token that tell whether it may start there: the longest escape.
const ESCAPE: usize = 6;

impl Engine {
    /// Runs one use of the literal at `at` and tells its reach.
    pub(super) fn run_use(
        &self,
        what: Use,
        pass: &Pass<'_>,
        literal: usize,
        at: usize,
        hits: &mut Vec<Hit>,
    ) -> Reach {
        let hay = pass.blob.bytes;
        match what {
            Use::Shape(check, number, same) => {
                let found = self.token(pass, check, usize::from(number), same, at, hits);
                let Matcher::Token { shapes, near } = self.rule(check).matcher else {
                    return Reach::default();
                };
                let shape = &shapes[usize::from(number)];
                let alphabet =
                    self.shapes[usize::from(same)].get_or_init(|| Alphabet::of(std::slice::from_ref(shape)));
                let end = alphabet.end(hay, at);
                let reach = Reach::new(shape.before_max + ESCAPE, end - at);
                match found {
                    Some(found) if !near.is_empty() => reach.and(Reach::new(
                        at.saturating_sub(found.start) + near::AROUND,
                        found.end.saturating_sub(at) + near::AROUND,
                    )),
                    _ => reach,
                }
            }
            Use::Keyword(check) => {
                let looked = self.near(pass, check, at, literal, hits);
                let end = looked.tried.map_or(0, |tried| self.alphabets[usize::from(check)].end(hay, tried));
                Reach::new(looked.back, looked.end.max(end) - at)
            }
            Use::Assigned(check) => {
                let assignment::Looked { back, end } = self.assigned(pass, check, at, literal, hits);
                Reach::new(back, end - at)
            }
            Use::Pattern(check) => {
                self.pattern(pass, check, at, hits);
                let reach = self.pattern_reach(check);
                Reach::new(reach, reach)
            }
            Use::Url => {
                self.url(pass, at, hits);
                let (back, ahead) = url::reach(hay, at);
                Reach::new(back, ahead)
            }
            Use::Pem => {
                self.pem(pass, at, hits);
                let labelled = |label: &[u8]| {
                    self.pem_rules.iter().any(|check| match self.rule(*check).matcher {
                        Matcher::Pem { labels } => labels.iter().any(|known| known.as_bytes() == label),
                        _ => false,
                    })
                };
                Reach::new(0, pem::end(hay, at, &labelled) - at)
            }
            Use::Content(_) | Use::Foreign(..) | Use::Mark | Use::Escape => Reach::default(),
        }
    }

    /// The alphabets of the checks whose values only their surroundings tell; of others nothing.
    pub(super) fn alphabets(checks: &[crate::engine::Check]) -> Vec<Alphabet> {
        let shapes = |check: &crate::engine::Check| match check.run {
            Run::Rule(rule) => match rule.matcher {
                Matcher::Near { shapes, .. } => shapes,
                _ => &[],
            },
            _ => &[],
        };
        checks.iter().map(|check| Alphabet::of(shapes(check))).collect()
    }
}
