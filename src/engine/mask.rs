//! Masks secrets in shown lines: detected ones, further occurrences of their bytes, rests of values that were read too
//! short, and values of secret-like names.
//!
//! Every format shows lines through [`hidden`], and only lines with a finding. It errs on the side of masking.

mod tail;
mod telling;
mod touching;

use std::collections::HashSet;

use crate::model::Span;

pub use touching::Touching;

/// Bytes from which a secret is looked for at further places of its line.
const COPY_MIN: usize = 6;

/// What has to be hidden of `line`, a line of `text` or a part of one: in order, apart from each other, each
/// with the count of its leading bytes that only name a kind. `masked` holds what was detected anywhere
/// in the text, in the same form.
#[must_use]
pub fn hidden(text: &[u8], line: Span, masked: &[(Span, usize)]) -> Vec<(Span, usize)> {
    let mut parts = with_copies(text, line, masked);
    let quotes = tail::Quotes::of(text, line);
    for (secret, _) in &mut parts {
        secret.end = tail::end(text, line, &quotes, *secret);
    }
    for value in telling::values(text, line, &quotes) {
        // What starts where a secret does is that secret, and keeps the start that may be shown.
        match parts.iter_mut().find(|(secret, _)| secret.start == value.start) {
            Some((secret, _)) => secret.end = secret.end.max(value.end),
            None => parts.push((value, 0)),
        }
    }
    merged(parts, line)
}

/// The secrets that touch `line`, and every further place of their bytes on it: what was seen once must
/// not be shown where it was not seen.
fn with_copies(text: &[u8], line: Span, masked: &[(Span, usize)]) -> Vec<(Span, usize)> {
    let mut parts: Vec<(Span, usize)> =
        masked.iter().filter(|(secret, _)| secret.overlaps(line)).copied().collect();
    // The same secret many times on a line has its places looked for once.
    let mut known: HashSet<Span> = parts.iter().map(|(secret, _)| *secret).collect();
    let secrets: HashSet<&[u8]> =
        known.iter().map(|secret| &text[secret.range()]).filter(|secret| secret.len() >= COPY_MIN).collect();
    for secret in secrets {
        for at in memchr::memmem::find_iter(&text[line.range()], secret) {
            let copy = Span::new(line.start + at, line.start + at + secret.len());
            if known.insert(copy) {
                parts.push((copy, 0));
            }
        }
    }
    parts
}

/// The parts clipped to `line`, overlapping ones joined, in order.
fn merged(parts: Vec<(Span, usize)>, line: Span) -> Vec<(Span, usize)> {
    let mut parts: Vec<(Span, usize)> = parts
        .into_iter()
        .filter(|(part, _)| part.overlaps(line))
        .map(|(part, public)| {
            let clipped = Span::new(part.start.max(line.start), part.end.min(line.end));
            (clipped, if clipped.start == part.start { public } else { 0 })
        })
        .collect();
    parts.sort_unstable();
    let mut joined: Vec<(Span, usize)> = Vec::new();
    for (part, public) in parts {
        match joined.last_mut() {
            Some((last, shown)) if part.start < last.end => {
                // Two kinds may see one secret: the start that names it is public for both. Where
                // they disagree on where it ends, the smaller part is public.
                *shown = match part.start == last.start {
                    true if part == *last => (*shown).max(public),
                    true => (*shown).min(public),
                    false => *shown,
                };
                last.end = last.end.max(part.end);
            }
            _ => joined.push((part, public)),
        }
    }
    joined
}
