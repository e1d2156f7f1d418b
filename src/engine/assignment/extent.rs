//! Where the value of an assignment starts and ends: quotes, escaped or not, wrappers around them, and what
//! ends a value without quotes.

use super::bare::{self, Lead};
use super::fallback;
use super::{BLANKS_MAX, Link, STEP_MAX, VALUE_MAX, skip_blanks};
use crate::engine::charset::{self, CharSet};
use crate::engine::walks::{Class, Walks};
use crate::model::Span;

/// What ends the text of an element.
const ELEMENT_STOPS: CharSet = CharSet::EMPTY.with_all(b"<\n\r");

/// Facts about an assignment before its value is read.
#[derive(Clone, Copy)]
pub(super) struct Given {
    /// How name and value are linked.
    pub(super) link: Link,
    /// What stands before the name.
    pub(super) lead: Lead,
    /// True for `name:`, which YAML has.
    pub(super) mapping: bool,
}

/// Where a value stands.
#[derive(Clone, Copy)]
pub(super) struct Value {
    /// All of it, from its first sign to its last.
    pub(super) span: Span,
    /// Its longest piece, if split: the most informative one.
    pub(super) part: Span,
    /// True if it is quoted.
    pub(super) quoted: bool,
}

impl Value {
    /// A value that is written in one piece.
    pub(super) const fn whole(span: Span, quoted: bool) -> Self {
        Self { span, part: span, quoted }
    }
}

/// Where the value that starts at or after `at` stands. Moves `looked` to behind what was looked at.
pub(super) fn value(
    hay: &[u8],
    mut at: usize,
    given: Given,
    walks: &Walks,
    looked: &mut usize,
) -> Option<Value> {
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
    if link == Link::Element {
        return element(hay, at, walks, looked);
    }
    let broken = line_break(hay, at).filter(|_| link == Link::Assigned && !mapping);
    at = broken.unwrap_or(at);
    // Behind a blank alone a word is the value, whatever follows.
    let expression = link != Link::Beside || matches!(hay.get(at), Some(b'$' | b'{' | b'"' | b'\'' | b'`'));
    if link != Link::Compared
        && expression
        && let Some(found) = fallback::literal(hay, at, looked)
    {
        return Some(Value::whole(found, true));
    }
    if lead == Lead::Member && link == Link::Assigned && hay.get(at) == Some(&b'{') {
        return in_braces(hay, at, looked);
    }
    skip_wrapper(hay, &mut at);
    let opened = opening(hay, at);
    // A list that a call is given: choices, or the way to a value.
    if opened.is_some() && at > 0 && hay[at - 1] == b'(' && hay[at] == b'[' {
        return None;
    }
    at = opened.unwrap_or(at);
    *looked = (*looked).max(at + STEP_MAX);
    let slashes = hay[at.min(hay.len())..].iter().take(3).take_while(|b| **b == b'\\').count();
    match hay.get(at + slashes) {
        Some(quote @ (b'"' | b'\'' | b'`')) => {
            if slashes == 0
                && let Some(found) = triple(hay, at, *quote, looked)
            {
                return found;
            }
            let start = at + slashes + 1;
            let end = closing(hay, start, *quote, slashes, looked);
            walks.pay(end.unwrap_or(*looked).saturating_sub(start) as u64);
            let end = end?;
            if opened.is_some() && !is_element(hay, end + slashes + 1) {
                return None;
            }
            // Quotes within quotes, for a value that goes into another program: `'"…"'`.
            let nested = match &hay[start..end] {
                [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => !inner.is_empty(),
                // `"\"…\""`
                [b'\\', b'"', inner @ .., b'\\', b'"'] if slashes == 0 && !inner.is_empty() => {
                    return Some(Value::whole(Span::new(start + 2, end - 2), true));
                }
                _ => false,
            };
            if nested || slashes > 0 {
                let nested = usize::from(nested);
                return Some(Value::whole(Span::new(start + nested, end - nested), true));
            }
            let group = opened.is_some_and(|inner| hay[..inner].trim_ascii_end().last() == Some(&b'('));
            Some(joined(hay, Span::new(start, end), group, looked))
        }
        _ if slashes > 0 || opened.is_some() => None,
        // A call without a quote passes a variable.
        _ if link == Link::Passed => None,
        _ if link == Link::Compared => None,
        _ => {
            let end = bare::end(hay, at, lead, walks, looked);
            let value = Value::whole(Span::new(at, end), false);
            (end > at).then(|| continued(hay, value, looked))
        }
    }
}

/// The value of a member of a connection string between braces, of which a closing one is doubled in it.
fn in_braces(hay: &[u8], at: usize, looked: &mut usize) -> Option<Value> {
    let limit = hay.len().min(at + 1 + BRACES_MAX);
    *looked = (*looked).max(limit + 2);
    let mut end = at + 1;
    while end < limit {
        match &hay[end..] {
            [b'}', b'}', ..] => end += 2,
            [b'}', ..] => return (end > at + 1).then(|| Value::whole(Span::new(at + 1, end), true)),
            [b'\n' | b'\r' | b'"', ..] => return None,
            _ => end += 1,
        }
    }
    None
}

/// The longest value between braces, in bytes.
const BRACES_MAX: usize = 130;

/// The text of an element, which may stand on a line of its own and in a section of characters.
pub(super) fn element(hay: &[u8], at: usize, walks: &Walks, looked: &mut usize) -> Option<Value> {
    const SECTION: &[u8] = b"<![CDATA[";
    let blanks =
        |at: usize| hay[at..].iter().take(BLANKS_MAX).take_while(|b| b.is_ascii_whitespace()).count();
    let at = at.min(hay.len());
    let mut start = at + blanks(at);
    *looked = (*looked).max(start + SECTION.len() + 1);
    let end = if hay[start..].starts_with(SECTION) {
        start += SECTION.len();
        start += blanks(start);
        let limit = hay.len().min(start + VALUE_MAX);
        *looked = (*looked).max(limit + 1);
        walks.pay((limit - start) as u64);
        start + memchr::memmem::find(&hay[start..limit], b"]]>")?
    } else {
        let end = start + walks.run(Class::but(ELEMENT_STOPS), hay, start, VALUE_MAX);
        *looked = (*looked).max(end + 1);
        end
    };
    let text = hay[start..end].trim_ascii_end();
    let single = !text.is_empty() && memchr::memchr(b'\n', text).is_none();
    single.then(|| Value::whole(Span::new(start, start + text.len()), false))
}

/// The start of the next line, behind the backslash at `at` that lets a value go on there.
fn line_break(hay: &[u8], at: usize) -> Option<usize> {
    let mut next = match hay.get(at..)? {
        [b'\\', b'\n', ..] => at + 2,
        [b'\\', b'\r', b'\n', ..] => at + 3,
        _ => return None,
    };
    skip_blanks(hay, &mut next);
    Some(next)
}

/// A value without quotes and the lines on which it goes on, as in `.properties`.
fn continued(hay: &[u8], mut value: Value, looked: &mut usize) -> Value {
    while let Some(next) = line_break(hay, value.span.end) {
        let limit = hay.len().min(next + VALUE_MAX);
        let more = hay[next..limit].iter().take_while(|b| b.is_ascii_graphic()).count();
        *looked = (*looked).max(next + more + STEP_MAX);
        let mut end = next + more;
        let alone = matches!(hay.get(end), None | Some(b'\n' | b'\r'));
        end -= usize::from(hay[next..end].ends_with(b"\\"));
        // A flag of a command or another assignment ends the value.
        if !alone
            || end == next
            || hay[next] == b'-'
            || hay[next..end].contains(&b'=')
            || end > value.span.start + VALUE_MAX
        {
            break;
        }
        value.span.end = end;
        if end - next > value.part.len() {
            value.part = Span::new(next, end);
        }
    }
    value
}

/// Behind the bracket at `at` and blanks, if a quoted value stands there.
fn opening(hay: &[u8], at: usize) -> Option<usize> {
    if !matches!(hay.get(at), Some(b'(' | b'[' | b'{')) {
        return None;
    }
    let inner = at + 1;
    let inner = inner + hay[inner..].iter().take(BLANKS_MAX).take_while(|b| b.is_ascii_whitespace()).count();
    matches!(hay.get(inner), Some(b'"' | b'\'' | b'`')).then_some(inner)
}

/// True if the text after the string that ends at `at` shows that it is a list element, not a name.
fn is_element(hay: &[u8], at: usize) -> bool {
    let rest = &hay[at.min(hay.len())..];
    let blanks = rest.iter().take(BLANKS_MAX).take_while(|b| b.is_ascii_whitespace()).count();
    matches!(rest.get(blanks), Some(b')' | b']' | b'}' | b',' | b'+' | b'.' | b'&' | b'"' | b'\'' | b'\\'))
}

/// A triple-quoted value. `None` if not closed; `Some(None)` if not a single line.
fn triple(hay: &[u8], at: usize, quote: u8, looked: &mut usize) -> Option<Option<Value>> {
    let marks = [quote; 3];
    if !hay[at..].starts_with(&marks) {
        return None;
    }
    let limit = hay.len().min(at + 3 + VALUE_MAX);
    *looked = (*looked).max(limit + 1);
    let start = at + 3;
    let length = memchr::memmem::find(&hay[start..limit], &marks)?;
    let inner = &hay[start..start + length];
    let text = inner.trim_ascii();
    let start = start + inner.len() - inner.trim_ascii_start().len();
    let single = !text.is_empty() && memchr::memchr(b'\n', text).is_none();
    Some(single.then(|| Value::whole(Span::new(start, start + text.len()), true)))
}

/// The most pieces of which a value is put together.
const PIECES_MAX: usize = 16;

/// The string whose inside is `first`, with those that are joined to it by an operator, or in a `group` by nothing.
fn joined(hay: &[u8], first: Span, group: bool, looked: &mut usize) -> Value {
    let mut value = Value::whole(first, true);
    for _ in 0..PIECES_MAX {
        let blank = |at: usize| {
            hay[at.min(hay.len())..].iter().take(BLANKS_MAX).take_while(|b| b.is_ascii_whitespace()).count()
        };
        let at = value.span.end + 1;
        let gap = blank(at);
        let rest = &hay[(at + gap).min(hay.len())..];
        *looked = (*looked).max(at + gap + 8);
        let operator = match rest {
            [b'.', b'.', ..] | [b'|', b'|', ..] => 2,
            [b'+' | b'.' | b'~', next, ..] if *next != b'=' => 1,
            [b'&', b' ', ..] => 1,
            [b'\\', b'\n' | b'\r', ..] => 1,
            [b'"' | b'\'', ..] if group => 0,
            _ => break,
        };
        let next = at + gap + operator;
        let next = next + blank(next);
        *looked = (*looked).max(next + STEP_MAX);
        let Some(quote @ (b'"' | b'\'' | b'`')) = hay.get(next) else { break };
        let Some(end) = closing(hay, next + 1, *quote, 0, looked) else { break };
        if end > first.start + VALUE_MAX {
            break;
        }
        value.span.end = end;
        if end - next - 1 > value.part.len() {
            value.part = Span::new(next + 1, end);
        }
    }
    value
}

/// Behind the tags and anchors of YAML that stand before a value and leave it as it is. Nothing if a tag
/// says that something else than the value is meant: what it names, or what it decrypts.
pub(super) fn untagged(hay: &[u8], mut at: usize, looked: &mut usize) -> Option<usize> {
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
        *looked = (*looked).max(at + word + gap + 2);
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
    let mut end = 0;
    let found = closing_quote(hay, start, quote, slashes, &mut end);
    *looked = (*looked).max(end);
    found
}

fn closing_quote(hay: &[u8], start: usize, quote: u8, slashes: usize, looked: &mut usize) -> Option<usize> {
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
