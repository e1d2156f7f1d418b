//! Recognises self-identifying tokens.

use super::builtin;
use super::rule::{Matcher, Rule};
use super::value;
use super::walks::Walks;

/// The shortest value that is looked at, in bytes.
const LENGTH_MIN: usize = 16;
/// The longest.
const LENGTH_MAX: usize = 2000;

/// The rule whose token `text` is, by its form alone.
#[must_use]
pub(crate) fn token(text: &[u8]) -> Option<&'static Rule> {
    let may_be = (LENGTH_MIN..=LENGTH_MAX).contains(&text.len())
        && text.iter().all(u8::is_ascii_graphic)
        && !value::is_placeholder(text);
    let walks = Walks::default();
    builtin::RULES.iter().filter(|_| may_be).find(|rule| {
        let Matcher::Token { shapes, near } = &rule.matcher else { return false };
        let is_it = near.is_empty()
            && !rule.proof_required
            && shapes
                .iter()
                .any(|shape| shape.match_at(text, 0, &walks).is_some_and(|found| found.end == text.len()));
        is_it && !rule.allow.iter().any(|public| public.as_bytes() == text)
    })
}
