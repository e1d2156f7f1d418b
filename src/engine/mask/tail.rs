//! Finds the end of the value that contains a secret, from its line alone.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use crate::engine::names::{self, Announced};
use crate::engine::walks::Walks;
use crate::model::Span;

/// What may stand behind a value and belong to the line: `),`, `";`.
const CLOSERS: &[u8] = b",;:)]}>";
/// Longest run of them that is not part of a secret.
const CLOSERS_MAX: usize = 3;

/// The quoted parts of a line, and what else is known of it.
pub(super) struct Quotes {
    parts: Vec<Quoted>,
    /// The last word that was gone through.
    word: Cell<Span>,
    /// Of the text in which it stands.
    pub(super) walks: Walks,
    /// Where walks over the line ended that came through a place.
    ends: RefCell<HashMap<Through, Option<usize>>>,
    /// What the names on the line announce.
    names: RefCell<HashMap<Box<[u8]>, Option<Announced>>>,
}

/// A place on the way of a walk, and all on which it depends how it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Through {
    /// On the way to this quote behind so many backslashes.
    Closing(usize, u8, usize),
    /// On the way to the end of a value that ends at the second place if nothing follows at the first.
    Value(usize, usize, usize, bool),
}

/// Every so many bytes the place of a walk is noted: a later one goes on to the same end.
const NOTED: usize = 64;

/// The inside of two quotes; up to the end of the line if nothing closes it.
#[derive(Clone, Copy)]
struct Quoted {
    inside: Span,
}

impl Quotes {
    /// Finds the quoted parts of `line`. A quote behind a letter or digit is an apostrophe or belongs to a
    /// value, but for the letters of `b"…"` and its like.
    pub(super) fn of(text: &[u8], line: Span) -> Self {
        let mut parts = Vec::new();
        let mut at = line.start;
        while at < line.end {
            let quote = text[at];
            if is_quote(quote) && opens(text, line, at) {
                let end = closing(text, at + 1, line.end, quote, 0).unwrap_or(line.end);
                parts.push(Quoted { inside: Span::new(at + 1, end) });
                at = end;
            }
            at += 1;
        }
        Self {
            parts,
            word: Cell::new(Span::new(0, 0)),
            walks: Walks::default(),
            ends: RefCell::default(),
            names: RefCell::default(),
        }
    }

    /// The quoted part that holds the byte at `at`.
    fn around(&self, at: usize) -> Option<Quoted> {
        let index = self.parts.partition_point(|part| part.inside.start <= at);
        self.parts[..index].last().copied().filter(|part| at < part.inside.end)
    }

    /// What is known of a walk that comes `through` a place, of which the first that did tells in the end.
    fn known(&self, through: Through, way: &mut Vec<Through>) -> Option<Option<usize>> {
        let known = self.ends.borrow().get(&through).copied();
        if known.is_none() {
            way.push(through);
        }
        known
    }

    fn ended(&self, way: Vec<Through>, end: Option<usize>) -> Option<usize> {
        if !way.is_empty() {
            self.ends.borrow_mut().extend(way.into_iter().map(|through| (through, end)));
        }
        end
    }

    /// The same as [`closing`], up to the end of the line.
    fn closing(&self, text: &[u8], from: usize, limit: usize, quote: u8, slashes: usize) -> Option<usize> {
        let mut way = Vec::new();
        let mut at = from;
        while at < limit {
            let stop = limit.min((at / NOTED + 1) * NOTED);
            match closing_before(text, at, stop, limit, quote, slashes) {
                Ok(end) => return self.ended(way, Some(end)),
                Err(next) => at = next,
            }
            if let Some(end) = self.known(Through::Closing(at, quote, slashes), &mut way) {
                return self.ended(way, end);
            }
        }
        self.ended(way, None)
    }

    /// What `name` announces; the same name is assessed once.
    pub(super) fn announced(&self, name: &[u8]) -> Option<Announced> {
        if let Some(known) = self.names.borrow().get(name) {
            return *known;
        }
        let announced = names::announced(name);
        self.names.borrow_mut().insert(name.into(), announced);
        announced
    }

    /// True if the byte at `at` stands in quotes.
    pub(super) fn hold(&self, at: usize) -> bool {
        self.around(at).is_some()
    }
}

const fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

fn opens(text: &[u8], line: Span, at: usize) -> bool {
    let before = &text[line.start..at];
    let letters = before.iter().rev().take(3).take_while(|b| b.is_ascii_alphanumeric()).count();
    let prefix = letters <= 2 && before[before.len() - letters..].iter().all(u8::is_ascii_alphabetic);
    letters == 0 || prefix && (text[at] == b'"' || letters == 1)
}

/// Where the value of which `secret` is a part ends; not before the secret.
pub(super) fn end(text: &[u8], line: Span, quotes: &Quotes, secret: Span) -> usize {
    let at = secret.end;
    if at >= line.end || secret.start < line.start {
        return at;
    }
    let before = &text[line.start..secret.start];
    let rest = &text[at..line.end];
    if is_login(before) {
        return at + end_of_login(rest);
    }
    if before.ends_with(b"<![CDATA[") {
        return at + memchr::memmem::find(rest, b"]]>").unwrap_or(rest.len());
    }
    if is_element(before) {
        return at + memchr::memchr(b'<', rest).unwrap_or(rest.len());
    }
    if let Some(quote) = before.last().copied().filter(|byte| is_quote(*byte)) {
        let slashes = before[..before.len() - 1].iter().rev().take_while(|b| **b == b'\\').count();
        let opened = secret.start - 1 - slashes;
        return match quotes.closing(text, at, line.end, quote, slashes) {
            Some(close) => {
                goes_on(text, line, quotes, close, slashes, is_assigned(&text[line.start..opened])).max(at)
            }
            None => line.end,
        };
    }
    match quotes.around(secret.start) {
        // Read beyond the closing quote: what was read is right.
        Some(around) if around.inside.end < at => at,
        Some(around) if around.inside.end < line.end => match is_over(&text[at..around.inside.end]) {
            true if !joins(&text[around.inside.end + 1..line.end], false) => at,
            _ => goes_on(text, line, quotes, around.inside.end, 0, false),
        },
        Some(_) => line.end,
        None if is_member(before) => line.end,
        None => word(text, at, line.end, &quotes.word),
    }
}

/// The end of the word that goes on at `at`; `at` itself if only what closes something follows.
/// Parts that stand in one word go on to the same end, which is `known` from the one before.
fn word(text: &[u8], at: usize, limit: usize, known: &Cell<Span>) -> usize {
    let same = known.get();
    let is_same = (same.start..=same.end).contains(&at)
        && same.end <= limit
        && (at == same.start || text[at - 1] != b'\\');
    let mut end = if is_same { same.end } else { at };
    while end < limit && !text[end].is_ascii_whitespace() {
        // An escaped blank is part of a word.
        end += if text[end] == b'\\' && text.get(end + 1) == Some(&b' ') { 2 } else { 1 };
    }
    let end = end.min(limit);
    known.set(Span::new(if is_same { same.start } else { at }, end));
    if is_over(&text[at..end]) { at } else { end }
}

fn is_over(rest: &[u8]) -> bool {
    rest.len() <= CLOSERS_MAX && rest.iter().all(|b| CLOSERS.contains(b) || matches!(b, b'.' | b'!' | b'?'))
}

/// True if the password of a URL follows: `scheme://user:`.
fn is_login(before: &[u8]) -> bool {
    let near = &before[before.len().saturating_sub(1024 + 3)..];
    let Some(slash) = memchr::memrchr(b'/', near) else { return false };
    let (scheme, user) = near.split_at(slash + 1);
    let ends_user = |b: &u8| matches!(b, b'?' | b'#' | b';' | b'&' | b'=' | b'"' | b'\'' | 0..=b' ');
    scheme.ends_with(b"://") && !user.iter().any(ends_user)
}

/// The bytes up to the last `@` of the word, behind which only the host stands; all of the word if there is
/// none.
fn end_of_login(rest: &[u8]) -> usize {
    let word = rest.iter().take_while(|b| !matches!(b, b'"' | b'\'' | b'`' | b'<' | b'>' | 0..=b' ')).count();
    memchr::memrchr(b'@', &rest[..word]).unwrap_or(word)
}

/// True if the value of a connection string follows that is not its first: `Server=db;Password=`.
fn is_member(before: &[u8]) -> bool {
    let Some(name) = before.trim_ascii_end().strip_suffix(b"=") else { return false };
    let length = name
        .iter()
        .rev()
        .take(32)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'_'))
        .count();
    let others = &name[..name.len() - length];
    length > 0 && others.ends_with(b";") && memchr::memchr(b'=', others).is_some()
}

/// True if the text of an element follows.
fn is_element(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    before.ends_with(b">")
        && !before.ends_with(b"=>")
        && !before.ends_with(b"->")
        && memchr::memchr(b'<', before).is_some()
}

/// True if an assignment or a bracket stands before a quote, perhaps with the letters of `b"…"` between.
fn is_assigned(before: &[u8]) -> bool {
    let letters = before.iter().rev().take(2).take_while(|b| b.is_ascii_alphabetic() || **b == b'@').count();
    matches!(before[..before.len() - letters].trim_ascii_end().last(), Some(b'=' | b':' | b'('))
}

/// The quote that closes what is open at `from`, before `limit`: where its backslashes start if it was
/// opened with some. A backslash hides what follows it.
pub(super) fn closing(text: &[u8], from: usize, limit: usize, quote: u8, slashes: usize) -> Option<usize> {
    closing_before(text, from, limit, limit, quote, slashes).ok()
}

/// The same before `stop`; an error that says where to go on if it is not met.
fn closing_before(
    text: &[u8],
    from: usize,
    stop: usize,
    limit: usize,
    quote: u8,
    slashes: usize,
) -> Result<usize, usize> {
    let mut at = from;
    while at < stop {
        if text[at] == b'\\' {
            let run = text[at..limit].iter().take_while(|b| **b == b'\\').count();
            if slashes > 0 && run == slashes && text.get(at + run) == Some(&quote) {
                return Ok(at);
            }
            at += if slashes > 0 || run % 2 == 1 { run + 1 } else { run };
        } else if text[at] == quote && slashes == 0 {
            return Ok(at);
        } else {
            at += 1;
        }
    }
    Err(at)
}

/// Where a value ends of which a quoted part ends at `close`: there, unless another part follows at once
/// (a doubled quote, a part in other quotes, letters) or is joined to it by an operator. `bare` means that no operator
/// is needed, since this is not a word list.
fn goes_on(text: &[u8], line: Span, quotes: &Quotes, close: usize, slashes: usize, bare: bool) -> usize {
    let mut way = Vec::new();
    let mut end = close;
    let mut at = (close + slashes + 1).min(line.end);
    let mut note = at;
    while at < line.end {
        if at >= note {
            note = at + NOTED - at % NOTED;
            let through = Through::Value(at, end, slashes, bare);
            if let Some(known) = quotes.known(through, &mut way) {
                end = known.unwrap_or(end);
                break;
            }
        }
        let rest = &text[at..line.end];
        // A doubled quote, or one of another kind.
        let escaped = rest.iter().take_while(|b| **b == b'\\').count();
        let doubled = escaped == slashes && rest.get(escaped).is_some_and(|b| is_quote(*b));
        let open = if doubled {
            at + slashes
        } else if ends(rest, slashes) {
            match joined(rest, bare) {
                Some(open) => at + open,
                None => break,
            }
        } else {
            // In a run of signs that close something the next one ends nothing, either.
            let closers = rest.iter().take_while(|b| CLOSERS.contains(b)).count();
            at += if rest[0] == b'\\' { 2 } else { closers.max(1) };
            end = at.min(line.end);
            continue;
        };
        let slashes = if doubled { slashes } else { 0 };
        end = quotes.closing(text, open + 1, line.end, text[open], slashes).unwrap_or(line.end);
        at = end + slashes + 1;
    }
    quotes.ended(way, Some(end)).unwrap_or(end)
}

/// True if what follows a closing quote does not belong to the value.
fn ends(rest: &[u8], slashes: usize) -> bool {
    let closers = rest.iter().take_while(|b| CLOSERS.contains(b)).count();
    match &rest[closers..] {
        [] | [0..=b' ', ..] | [b'/', b'>', ..] | [b'<', b'/', ..] => true,
        [b'\\', b'n' | b'r' | b't', ..] => true,
        [b'"' | b'\'' | b'`', ..] | [b'\\', b'"' | b'\'', ..] => closers > 0 || slashes > 0,
        _ => false,
    }
}

fn joins(rest: &[u8], bare: bool) -> bool {
    joined(rest, bare).is_some()
}

/// The quote behind an operator that joins two strings.
fn joined(rest: &[u8], bare: bool) -> Option<usize> {
    let blanks = |from: usize| rest[from..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let mut at = blanks(0);
    let gap = at > 0;
    let operator = rest[at..]
        .iter()
        .take(2)
        .take_while(|b| matches!(b, b'+' | b'.' | b'&' | b'%' | b'|' | b'~' | b'<' | b'>' | b'^'))
        .count();
    at += operator;
    at += blanks(at);
    // The letters of `b"…"`.
    let letters = rest[at..].iter().take(2).take_while(|b| b.is_ascii_alphabetic() || **b == b'@').count();
    (rest.get(at + letters).is_some_and(|b| is_quote(*b)) && (operator > 0 || bare && gap))
        .then_some(at + letters)
}
