//! Where the value of an assignment starts and ends: quotes, escaped or not, wrappers around them, and what
//! ends a value without quotes.

use super::bare::{self, Lead};
use super::{BLANKS_MAX, Link, STEP_MAX, VALUE_MAX, skip_blanks};
use crate::engine::charset::{self, CharSet};
use crate::engine::walks::{Class, Walks};
use crate::model::Span;

/// What ends the text of an element.
const ELEMENT_STOPS: CharSet = CharSet::EMPTY.with_all(b"<\n\r");

/// What is known of an assignment before its value is read.
#[derive(Clone, Copy)]
pub(super) struct Given {
    /// How name and value are linked.
    pub(super) link: Link,
    /// What stands before the name.
    pub(super) lead: Lead,
    /// True for `name:`, which YAML has.
    pub(super) mapping: bool,
}

/// Where the value that starts at or after `at` stands, and whether it is quoted. Moves `looked` to
/// behind what was looked at.
pub(super) fn value(
    hay: &[u8],
    mut at: usize,
    given: Given,
    walks: &Walks,
    looked: &mut usize,
) -> Option<(Span, bool)> {
    let Given { link, lead, mapping } = given;
    if skip_blanks(hay, &mut at) > 0 && mapping {
        at = untagged(hay, at, looked)?;
    }
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
            let end = closing(hay, start, *quote, slashes, looked);
            walks.pay(end.unwrap_or(*looked).saturating_sub(start) as u64);
            let end = end?;
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
            let end = match link {
                Link::Element => {
                    let end = at + walks.run(Class::but(ELEMENT_STOPS), hay, at, VALUE_MAX);
                    *looked = end + 1;
                    end
                }
                _ => bare::end(hay, at, lead, walks, looked),
            };
            (end > at).then_some((Span::new(at, end), false))
        }
    }
}

/// Behind the tags and anchors of YAML that stand before a value and leave it as it is. Nothing if a tag
/// says that something else than the value is meant: what it names, or what it decrypts.
fn untagged(hay: &[u8], mut at: usize, looked: &mut usize) -> Option<usize> {
    /// Tags of what is a string or its bytes.
    const LITERAL: &[&[u8]] = &[
        b"!",
        b"!!str",
        b"!!binary",
        b"!str",
        b"!unsafe",
        b"!!python/str",
        b"!!python/unicode",
        b"!<tag:yaml.org,2002:str>",
        b"!<tag:yaml.org,2002:binary>",
    ];
    for _ in 0..3 {
        let rest = &hay[at.min(hay.len())..];
        let word = rest.iter().take(TAG_MAX).take_while(|b| !b.is_ascii_whitespace()).count();
        let gap = rest[word..].iter().take(BLANKS_MAX).take_while(|b| matches!(b, b' ' | b'\t')).count();
        *looked = at + word + gap + 2;
        let alone = matches!(rest.get(word + gap), None | Some(b'\n' | b'\r' | b'#'));
        match &rest[..word] {
            [b'&', name @ ..]
                if gap > 0 && !name.is_empty() && name.iter().all(|b| charset::WORD.has(*b)) => {}
            tag if gap > 0 && !alone && LITERAL.contains(&tag) => {}
            [b'!', b'!', name @ ..] if is_tag(name) => return None,
            [b'!', name @ ..] if gap > 0 && !alone && is_tag(name) => return None,
            _ => break,
        }
        at += word + gap;
    }
    Some(at)
}

/// The longest tag or anchor of YAML that is read, in bytes.
const TAG_MAX: usize = 64;

/// True for what follows the sign of a tag: `secret`, `env_var`, `<tag:…>`.
fn is_tag(name: &[u8]) -> bool {
    name.first().is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'<' | b'!'))
        && name.iter().all(|b| {
            charset::WORD.has(*b) || matches!(b, b'.' | b':' | b'/' | b',' | b'<' | b'>' | b'!' | b'|')
        })
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
    const PARTS: &[&[u8]] = &[
        b"env",
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
    ];
    let lower = function.to_ascii_lowercase();
    PARTS
        .iter()
        .any(|word| lower == *word || (word.len() > 2 && crate::engine::value::contains(&lower, word)))
}

/// The closing quote of a value that starts at `start`, on the same line. A doubled quote goes on, and so does
/// a part of a shell's word in which the quote is written otherwise, if another one closes.
fn closing(hay: &[u8], start: usize, quote: u8, slashes: usize, looked: &mut usize) -> Option<usize> {
    let limit = hay.len().min(start + VALUE_MAX);
    *looked = start + VALUE_MAX + 1;
    let mut at = start;
    let mut candidate = None;
    while at < limit {
        let byte = hay[at];
        if byte == b'\n' {
            *looked = at + 1;
            break;
        }
        if byte == b'\\' {
            let run = hay[at..limit].iter().take_while(|b| **b == b'\\').count();
            // Inside a string of another language the quotes are escaped, so is the closing one.
            if slashes > 0 && run == slashes && hay.get(at + run) == Some(&quote) {
                *looked = at + run + 1;
                return Some(at);
            }
            at += if slashes > 0 || run % 2 == 1 { run + 1 } else { run };
            continue;
        }
        if byte == quote && slashes == 0 {
            let step = match &hay[at + 1..] {
                [next, ..] if *next == quote && at > start => 2,
                [b'\\', b'\'', b'\'', ..] if quote == b'\'' => 4,
                [b'"', b'\'', b'"', b'\'', ..] if quote == b'\'' => 5,
                _ => {
                    *looked = at + QUOTE_STEP;
                    return Some(at);
                }
            };
            candidate.get_or_insert(at);
            at += step;
            continue;
        }
        at += 1;
    }
    // A backslash may be one of the value's own between single quotes.
    let literal = || {
        let line = &hay[start..at.min(limit)];
        (quote == b'\'' && slashes == 0)
            .then(|| memchr::memchr(quote, line))
            .flatten()
            .map(|found| start + found)
    };
    candidate.or_else(literal)
}

/// Bytes from a closing quote on that tell that it is one.
const QUOTE_STEP: usize = 6;
