//! Default literals of unset variables: `${X:-…}`, `getenv("X", "…")`, `x || "…"`, `x | default("…")`.

use super::BLANKS_MAX;
use crate::engine::charset;
use crate::model::Span;

/// The most bytes of an expression that are looked at.
const AHEAD: usize = 200;

/// The literal in the expression at `at`. Moves `looked` to behind what was looked at.
pub(super) fn literal(hay: &[u8], at: usize, looked: &mut usize) -> Option<Span> {
    let rest = hay.get(at..)?;
    let quote = usize::from(matches!(rest.first(), Some(b'"' | b'\'' | b'`')));
    match rest.get(quote..)? {
        [b'$', b'{', ..] => in_braces(hay, at + quote + 2, looked),
        [b'{', b'{', ..] => of_filter(hay, at + quote + 2, looked),
        [first, ..] if quote == 0 && (first.is_ascii_alphabetic() || matches!(first, b'$' | b'_')) => {
            in_expression(hay, at, looked)
        }
        _ => None,
    }
}

/// The rest of the line from `at` on, as far as it is looked at.
fn line<'a>(hay: &'a [u8], at: usize, looked: &mut usize) -> &'a [u8] {
    let window = &hay[at.min(hay.len())..hay.len().min(at + AHEAD)];
    *looked = (*looked).max(at + AHEAD + 1);
    memchr::memchr(b'\n', window).map_or(window, |newline| &window[..newline])
}

/// `NAME:-literal}` and its like; `at` is behind the bracket.
pub(super) fn in_braces(hay: &[u8], at: usize, looked: &mut usize) -> Option<Span> {
    let line = line(hay, at, looked);
    let name = line.iter().take_while(|b| charset::IDENT.has(**b) || **b == b'.').count();
    let close = memchr::memchr(b'}', line)?;
    let operator = match line.get(name..close)? {
        _ if name == 0 => return None,
        [b':', b'-' | b'=', ..] => 2,
        [b':', b'?' | b'+', ..] => return None,
        // `${my-name:…}` has its sign behind the dash.
        [b'-', rest @ ..] if line[..name].iter().any(u8::is_ascii_lowercase) && rest.contains(&b':') => {
            memchr::memchr(b':', &line[name..close])? + 1
        }
        [b'-' | b'=' | b':', ..] => 1,
        _ => return None,
    };
    let text = &line[name + operator..close];
    let inner = match text {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => inner,
        _ => text,
    };
    let start = at + name + operator + (text.len() - inner.len()) / 2;
    let literal =
        !inner.is_empty() && inner.iter().all(|b| b.is_ascii_graphic()) && !matches!(inner[0], b'$' | b'{');
    literal.then(|| Span::new(start, start + inner.len()))
}

/// `name | default('literal')`, `name | default "literal"`; `at` is in the expression.
pub(super) fn of_filter(hay: &[u8], at: usize, looked: &mut usize) -> Option<Span> {
    let line = line(hay, at, looked);
    let found = memchr::memmem::find(line, b"default")?;
    let before = line[..found].trim_ascii_end().last();
    let behind = found + b"default".len();
    let skip = line[behind..].iter().take(4).take_while(|b| matches!(b, b' ' | b'(')).count();
    if before != Some(&b'|') || skip == 0 {
        return None;
    }
    string(line, behind + skip).map(|inner| Span::new(at + inner.start, at + inner.end))
}

/// After a fallback operator at `at`, if a string follows: `||`, `??`, `?:`,
/// `or`.
pub(super) fn operator(hay: &[u8], at: usize) -> Option<usize> {
    let rest = hay.get(at..)?;
    let length = match rest {
        [b'|', b'|', ..] | [b'?', b'?' | b':', ..] | [b'/', b'/', ..] => 2,
        [b'o', b'r', b' ', ..] => 3,
        _ => return None,
    };
    let blanks = rest[length..].iter().take(BLANKS_MAX).take_while(|b| matches!(b, b' ' | b'\t')).count();
    matches!(rest.get(length + blanks), Some(b'"' | b'\'' | b'`')).then_some(at + length)
}

/// The last argument of a call that looks something up, or the string behind an operator.
fn in_expression(hay: &[u8], from: usize, looked: &mut usize) -> Option<Span> {
    let line = line(hay, from, looked);
    // Most values are words, and end before a bracket or operator comes.
    let whole = |inner: Span| Span::new(from + inner.start, from + inner.end);
    let mut at = 0;
    let (mut calls, mut word) = (Vec::new(), 0);
    while at < line.len() {
        match line[at] {
            b'"' | b'\'' | b'`' => {
                let inner = string(line, at)?;
                let rest = line[inner.end + 1..].trim_ascii_start();
                let (name, start, commas) = calls.last().copied().unwrap_or((0, 0, 0));
                let before = line[..at].trim_ascii_end();
                let named = before.ends_with(b"=") || before.ends_with(b":");
                let second = commas > 0 && (before.ends_with(b",") || named);
                let alone = commas == 0 && is_last_resort(&line[..start]);
                if (alone || second && (looks_up(&line[name..start]) || is_last_resort(&line[..start])))
                    && (matches!(rest.first(), Some(b')' | b',')) || alone && rest.starts_with(b"."))
                {
                    return Some(whole(inner));
                }
                at = inner.end + 1;
            }
            b'(' => {
                calls.push((word, at, 0));
                at += 1;
                word = at;
            }
            b')' => {
                calls.pop()?;
                at += 1;
                word = at;
            }
            b',' => {
                calls.last_mut()?.2 += 1;
                at += 1;
                word = at;
            }
            b';' | b'#' | b'}' | b'<' => return None,
            b'|' | b'?' | b'/' | b'o' if at > 0 && matches!(line[at - 1], b' ' | b')' | b']' | b'(') => {
                if let Some(behind) = operator(line, at) {
                    let blanks = line[behind..].iter().take_while(|b| b.is_ascii_whitespace()).count();
                    return string(line, behind + blanks).map(whole);
                }
                at += 1;
            }
            b' ' | b'\t' => {
                at += 1;
                // Words of a sentence.
                let next = line.get(at)?;
                if calls.is_empty()
                    && next.is_ascii_alphanumeric()
                    && !line[at..].starts_with(b"or ")
                    && !line[at..].starts_with(b"if ")
                {
                    return None;
                }
                word = at;
            }
            _ => at += 1,
        }
    }
    None
}

/// True for the name of a function that looks up what its first argument names.
fn looks_up(name: &[u8]) -> bool {
    const PARTS: &[&[u8]] = &[
        b"env",
        b"get",
        b"fetch",
        b"property",
        b"config",
        b"setting",
        b"default",
        b"coalesce",
        b"nvl",
        b"ifnull",
        b"lookup",
    ];
    let lower = name.to_ascii_lowercase();
    PARTS.iter().any(|part| crate::engine::value::contains(&lower, part))
}

/// True if what stands before the bracket is a method that gives its argument if there is nothing else.
fn is_last_resort(before: &[u8]) -> bool {
    const NAMES: &[&[u8]] = &[
        b".unwrap_or",
        b".orelse",
        b".or_else",
        b".getorelse",
        b".ifempty",
        b".withdefault",
        b".or_default",
    ];
    let tail = before[before.len().saturating_sub(16)..].to_ascii_lowercase();
    NAMES.iter().any(|name| tail.ends_with(name))
}

/// The inside of the string whose quote is at `at`.
fn string(line: &[u8], at: usize) -> Option<Span> {
    let quote = *line.get(at).filter(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    let mut end = at + 1;
    while end < line.len() {
        match line[end] {
            b'\\' => end += 2,
            byte if byte == quote => return (end > at + 1).then(|| Span::new(at + 1, end)),
            _ => end += 1,
        }
    }
    None
}
