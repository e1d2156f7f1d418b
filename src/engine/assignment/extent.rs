//! Where the value of an assignment starts and ends: quotes, escaped or not, wrappers around them, and what
//! ends a value without quotes.

use super::{BLANKS_MAX, Link, STEP_MAX, VALUE_MAX, skip_blanks};
use crate::engine::charset;
use crate::model::Span;

/// Where the value that starts at or after `at` stands, and whether it is quoted. Moves `looked` to
/// behind what was looked at.
pub(super) fn value(hay: &[u8], mut at: usize, link: Link, looked: &mut usize) -> Option<(Span, bool)> {
    let before = at;
    skip_blanks(hay, &mut at);
    if matches!(hay.get(at), Some(b'\n' | b'\r'))
        && !matches!(link, Link::Beside | Link::Flag | Link::Element)
    {
        // On the next line only a quoted value belongs to the name.
        let mut next = at + hay[at..].iter().take(2).take_while(|b| matches!(b, b'\n' | b'\r')).count();
        skip_blanks(hay, &mut next);
        if !matches!(hay.get(next), Some(b'"' | b'\'' | b'`')) {
            return None;
        }
        at = next;
    }
    skip_wrapper(hay, &mut at);
    *looked = at + STEP_MAX;
    let slashes = hay[at.min(hay.len())..].iter().take(3).take_while(|b| **b == b'\\').count();
    match hay.get(at + slashes) {
        Some(quote @ (b'"' | b'\'' | b'`')) => {
            let start = at + slashes + 1;
            let end = closing(hay, start, *quote, slashes, looked)?;
            // Quotes within quotes, for a value that goes into another program: `'"…"'`.
            let nested = match &hay[start..end] {
                [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => !inner.is_empty(),
                _ => false,
            };
            Some((Span::new(start + usize::from(nested), end - usize::from(nested)), true))
        }
        _ if slashes > 0 => None,
        // A call without a quote passes a variable.
        _ if link == Link::Passed => None,
        _ if link == Link::Compared => None,
        _ => {
            if link == Link::Element {
                // The text of an element may stand on a line of its own.
                at += hay[at..].iter().take(BLANKS_MAX).take_while(|b| b.is_ascii_whitespace()).count();
            }
            let stop: fn(u8) -> bool = match link {
                Link::Element => |b| matches!(b, b'<' | b'\n' | b'\r'),
                _ => |b| {
                    matches!(
                        b,
                        0..=b' '
                            | b'"'
                            | b'\''
                            | b'`'
                            | b';'
                            | b','
                            | b'<'
                            | b'>'
                            | b')'
                            | b']'
                            | b'}'
                            | b'|'
                            | b'\\'
                            | 0x7f
                    )
                },
            };
            let mut end = at + hay[at..].iter().take(VALUE_MAX).take_while(|b| !stop(**b)).count();
            *looked = end + 1;
            // In a query string the value ends at the next parameter.
            if link == Link::Assigned
                && before == at
                && !hay[at..end].is_empty()
                && let Some(amp) = memchr::memchr(b'&', &hay[at..end])
            {
                end = at + amp;
            }
            // Behind an element's text stands its tag, behind other values perhaps the end of a sentence.
            while end > at
                && link != Link::Element
                && (matches!(hay[end - 1], b'.' | b':' | b'!' | b'?') || hay[end - 1].is_ascii_whitespace())
            {
                end -= 1;
            }
            (end > at).then_some((Span::new(at, end), false))
        }
    }
}

/// Skips string prefixes (`b"`, `r"`, `@"`) and constructors in front of a quoted value.
fn skip_wrapper(hay: &[u8], at: &mut usize) {
    for _ in 0..2 {
        let rest = &hay[(*at).min(hay.len())..];
        let word = rest
            .iter()
            .take(40)
            .take_while(|b| charset::IDENT.has(**b) || matches!(b, b'.' | b'@' | b'$' | b'!'))
            .count();
        match rest.get(word) {
            Some(b'"' | b'\'') if word > 0 && word <= 2 => {
                *at += word;
                return;
            }
            Some(b'(')
                if word > 0
                    && matches!(rest.get(word + 1), Some(b'"' | b'\'' | b'`'))
                    && !reads_elsewhere(&rest[..word]) =>
            {
                *at += word + 1;
                return;
            }
            // `new String("…")`
            Some(b' ') if rest.starts_with(b"new ") => *at += 4,
            _ => return,
        }
    }
}

/// Functions whose argument names the secret instead of being it.
fn reads_elsewhere(function: &[u8]) -> bool {
    let lower = function.to_ascii_lowercase();
    [
        &b"env"[..],
        b"get",
        b"config",
        b"read",
        b"load",
        b"find",
        b"fetch",
        b"lookup",
        b"query",
        b"param",
        b"input",
        b"prompt",
        b"t",
        b"gettext",
        b"_",
        b"translate",
        b"require",
        b"import",
        b"select",
        b"by",
        b"sel",
        b"file",
        b"path",
        b"require",
        b"ref",
        b"var",
        b"log",
        b"print",
        b"format",
        b"error",
        b"hash",
    ]
    .iter()
    .any(|word| lower == *word || (word.len() > 2 && crate::engine::value::contains(&lower, word)))
}

/// The closing quote of a value that starts at `start`, on the same line.
fn closing(hay: &[u8], start: usize, quote: u8, slashes: usize, looked: &mut usize) -> Option<usize> {
    let mut at = start;
    let limit = hay.len().min(start + VALUE_MAX);
    *looked = start + VALUE_MAX + 1;
    while at < limit {
        let byte = hay[at];
        if byte == b'\n' {
            *looked = at + 1;
            return None;
        }
        if byte == b'\\' {
            let run = hay[at..limit].iter().take_while(|b| **b == b'\\').count();
            // Inside a string of another language the quotes are escaped, so is the closing one.
            if slashes > 0 && run == slashes && hay.get(at + run) == Some(&quote) {
                *looked = at + run + 1;
                return Some(at);
            }
            at += run + 1;
            continue;
        }
        if byte == quote && slashes == 0 {
            *looked = at + 1;
            return Some(at);
        }
        at += 1;
    }
    None
}
