//! Values away from their name: in a block below it, under a `value` or `default` key, or in a sibling element or
//! member.
//!
//! Reading starts at the name, whatever the file: nothing is parsed, and the distance is bounded.

use super::extent::{self, Given, Value};
use super::{BLANKS_MAX, Link, Looked, WORDS_MAX, bare};
use crate::engine::charset;
use crate::engine::walks::Walks;
use crate::model::Span;

/// Most bytes after a name in which its value is searched.
const AHEAD: usize = 1024;
/// Most bytes before a name that are examined for its context.
const BEFORE: usize = 256;

/// A value, and how it is linked to its name.
pub(super) type Found = (Value, Link);

/// The name whose value is searched, with its context.
pub(super) struct Away<'h, 'w> {
    pub(super) hay: &'h [u8],
    pub(super) walks: &'w Walks,
    /// Where the name starts.
    pub(super) name: usize,
    /// True if a quote closes it.
    pub(super) closed: bool,
}

/// Keys whose value belongs to their parent, or to a sibling `name`; lower case, letters only.
fn is_value_key(key: &[u8]) -> bool {
    const KEYS: &[&str] = &[
        "value",
        "default",
        "defaultvalue",
        "currentvalue",
        "plaintextvalue",
        "parametervalue",
        "stringvalue",
        "initialvalue",
        "argumentvalue",
        "paramvalue",
        "with",
    ];
    // Most other keys fail on the last letter.
    let last = key.iter().rev().find(|b| b.is_ascii_alphabetic()).map(u8::to_ascii_lowercase);
    (4..=20).contains(&key.len())
        && matches!(last, Some(b'e' | b't' | b'h'))
        && KEYS.contains(&letters(key).as_str())
}

/// Keys whose value is a name.
fn is_name_key(key: &[u8]) -> bool {
    let key = letters(key);
    key.len() <= 20
        && (key.ends_with("name") && key != "username" || key.ends_with("key") || key == "variable")
}

fn letters(key: &[u8]) -> String {
    key.iter().filter(|b| b.is_ascii_alphabetic()).map(|b| char::from(b.to_ascii_lowercase())).collect()
}

/// Tokens before a member.
const IN_MEMBER: charset::CharSet = charset::IDENT.with(b'.').with(b' ').with(b':').with(b'=').with(b'-');

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

const fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$')
}

impl Away<'_, '_> {
    /// The value of a name that is itself the value of a `name` or `key`, or the text or attribute of an element.
    /// `at` is behind the name, its quote and blanks.
    pub(super) fn beside(&self, at: usize, looked: &mut Looked) -> Option<Found> {
        match self.hay.get(at) {
            Some(b'<') if self.hay[at..].starts_with(b"</") => self.of_element_text(at, looked),
            Some(b'>') if self.closed => self.of_element(at, looked),
            Some(byte) if self.closed && byte.is_ascii_alphabetic() => self.of_element(at, looked),
            None | Some(b',' | b'\n' | b'\r' | b';' | b'#') => self.of_member(at, looked),
            _ => None,
        }
    }

    /// The value below a name: `at` is after its operator. `Some(None)` if it has none; `None` if it is not below.
    pub(super) fn below(&self, at: usize, mapping: bool, looked: &mut Looked) -> Option<Option<Found>> {
        let mut start = at + blanks(self.hay, at);
        if mapping && start > at {
            match extent::untagged(self.hay, start, &mut looked.end) {
                Some(behind) => start = behind,
                None => return Some(None),
            }
        }
        match self.hay.get(start)? {
            b'{' => self.of_object(start, looked),
            b'|' | b'>' if mapping => self.of_block(start, looked),
            b'\n' | b'\r' if mapping => self.of_children(start, looked),
            _ => None,
        }
    }

    /// The value of a `value` or `default` in the object that opens at `at`; none if it is not an object.
    pub(super) fn of_object(&self, at: usize, looked: &mut Looked) -> Option<Option<Found>> {
        let first = self.hay[at + 1..].iter().take(AHEAD).position(|b| !b.is_ascii_whitespace())?;
        // A bracketed list or string is not an object, and a template has two brackets.
        if matches!(self.hay[at + 1 + first], b'{' | b'%') {
            return None;
        }
        let member = self.member(at + 1, None, looked);
        if member.is_none() && matches!(self.hay[at + 1 + first], b'"' | b'\'' | b'`') {
            return None;
        }
        if member.is_none() && !self.is_object(at + 1 + first) {
            return None;
        }
        Some(member.and_then(|member| self.given(member, looked)))
    }

    /// True if the name of a member stands at `at`, or nothing does.
    fn is_object(&self, at: usize) -> bool {
        let rest = &self.hay[at..];
        let key = rest.iter().take(BLANKS_MAX).take_while(|b| is_key(**b)).count();
        let behind = &rest[key..];
        rest[0] == b'}' || key > 0 && matches!(behind, [b':' | b'=', ..] | [b' ', b'=' | b'{' | b'"', ..])
    }

    /// The key, and where what it is given starts, of the next `value` or `default` from `at` on: up to the end of
    /// what `at` stands in, or of the lines that start at `column`.
    fn member(&self, mut at: usize, column: Option<usize>, looked: &mut Looked) -> Option<(usize, usize)> {
        let hay = self.hay;
        let limit = hay.len().min(at + AHEAD);
        looked.end = looked.end.max(limit + 1);
        self.walks.pay((limit - at) as u64);
        let (mut depth, mut fresh) = (0usize, true);
        while at < limit {
            let byte = hay[at];
            match byte {
                b'\n' => {
                    at += 1;
                    fresh = true;
                    let indent = blanks(hay, at);
                    let Some(column) = column.filter(|_| depth == 0) else { continue };
                    match hay.get(at + indent) {
                        None => return None,
                        Some(b'\n' | b'\r' | b'#') => {}
                        Some(_) if indent < column => return None,
                        Some(b'-') if indent == column && hay.get(at + indent + 1) == Some(&b' ') => {
                            return None;
                        }
                        // The next table of a TOML file.
                        Some(b'[') if indent == column => return None,
                        // Deeper lines belong to the line before.
                        Some(_) if indent > column => at = line_end(hay, at),
                        Some(_) => at += indent,
                    }
                }
                b'"' | b'\'' | b'`' => {
                    let Some(end) = quoted_end(hay, at, limit) else {
                        at += 1;
                        continue;
                    };
                    if fresh
                        && depth == 0
                        && is_value_key(&hay[at + 1..end])
                        && let Some(value) = operator(hay, end + 1)
                    {
                        return Some((at, value));
                    }
                    (at, fresh) = (end + 1, false);
                }
                b'{' | b'[' | b'(' => (at, depth, fresh) = (at + 1, depth + 1, true),
                b'}' | b']' | b')' => {
                    depth = depth.checked_sub(1)?;
                    (at, fresh) = (at + 1, false);
                }
                b',' | b';' => (at, fresh) = (at + 1, true),
                b'#' if fresh || is_blank(hay[at - 1]) => at = line_end(hay, at),
                b'/' if hay[at..].starts_with(b"//") && (fresh || is_blank(hay[at - 1])) => {
                    at = line_end(hay, at)
                }
                _ if byte.is_ascii_alphabetic() && fresh => {
                    let end = at + hay[at..limit].iter().take_while(|b| is_key(**b)).count();
                    if depth == 0
                        && is_value_key(&hay[at..end])
                        && let Some(value) = operator(hay, end)
                    {
                        return Some((at, value));
                    }
                    (at, fresh) = (end, false);
                }
                _ if fresh => {
                    fresh = is_blank(byte) || byte == b'\r';
                    at += 1;
                }
                _ => at += 1 + IN_MEMBER.run(&hay[at + 1..limit], AHEAD),
            }
        }
        None
    }

    /// What is given behind the operator of a member.
    fn given(&self, (key, at): (usize, usize), looked: &mut Looked) -> Option<Found> {
        let mapping = self.hay[at - 1] == b':';
        let start = at + blanks(self.hay, at);
        match self.hay.get(start)? {
            b'{' | b'[' => return None,
            b'|' | b'>' if mapping => return self.of_block(start, looked).flatten(),
            _ => {}
        }
        let (lead, _) = bare::lead(self.hay, key);
        let given = Given { link: Link::Assigned, lead, mapping };
        let value = extent::value(self.hay, at, given, self.walks, &mut looked.end)?;
        Some((value, Link::Assigned))
    }

    /// The value of a name that a `name` or `key` before it is given, in the same object, call or block.
    fn of_member(&self, at: usize, looked: &mut Looked) -> Option<Found> {
        let hay = self.hay;
        let floor = self.name.saturating_sub(BEFORE);
        let line =
            memchr::memrchr(b'\n', &hay[floor..self.name]).map_or(floor, |newline| floor + newline + 1);
        // Before the name: its key and an operator, and the start of a path or a quote.
        let before = &hay[line..self.name];
        let own = before.iter().rev().take_while(|b| is_key(**b) || **b == b'/').count();
        let before = &before[..before.len() - own];
        let before = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
        let before = before.trim_ascii_end();
        let before = before.strip_suffix(b":").or_else(|| before.strip_suffix(b"="))?.trim_ascii_end();
        let before = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
        let length = before.iter().rev().take(24).take_while(|b| is_key(**b)).count();
        let (lead, key) = before.split_at(before.len() - length);
        looked.back = looked.back.max(BEFORE + WORDS_MAX);
        if !is_name_key(key) {
            return None;
        }
        // Alone on its line it has siblings, which start at the same column.
        let alone = lead.iter().all(|b| matches!(b, b' ' | b'\t' | b'-' | b'"' | b'\''));
        let quote = usize::from(matches!(lead.last(), Some(b'"' | b'\'')));
        let column = (alone && (line > floor || line == 0)).then(|| lead.len() - quote);
        if column.is_none() && matches!(hay.get(at), None | Some(b'\n' | b'\r' | b'#')) {
            return None;
        }
        let member = self.member(at, column, looked)?;
        self.given(member, looked)
    }

    /// The lines of a block scalar whose header is at `at`, if they are one value; none if it is not a header.
    fn of_block(&self, at: usize, looked: &mut Looked) -> Option<Option<Found>> {
        let hay = self.hay;
        let head =
            hay[at + 1..].iter().take(3).take_while(|b| matches!(b, b'+' | b'-' | b'0'..=b'9')).count();
        let end = at + 1 + head;
        let end = end + blanks(hay, end);
        if !matches!(hay.get(end), Some(b'\n' | b'\r' | b'#')) {
            return None;
        }
        let (indent, _) = self.indent(at, looked);
        let limit = hay.len().min(at + AHEAD);
        looked.end = looked.end.max(limit + 1);
        self.walks.pay((limit - at) as u64);
        let (mut found, mut own) = (None, None);
        let mut next = next_line(hay, end);
        while let Some(line) = next.filter(|line| *line < limit) {
            let end = line_end(hay, line);
            let lead = blanks(hay, line);
            next = next_line(hay, line);
            if line + lead >= end {
                continue;
            }
            if lead <= indent || own.is_some_and(|own| lead < own) {
                break;
            }
            own.get_or_insert(lead);
            let text = hay[line + lead..end].trim_ascii_end();
            if text.starts_with(b"#") {
                continue;
            }
            // Several lines are a document or a key block, which other rules handle.
            if found.replace(Span::new(line + lead, line + lead + text.len())).is_some() {
                return Some(None);
            }
        }
        Some(found.map(|span| (Value::whole(span, true), Link::Assigned)))
    }

    /// The value on the lines below `name:`, which is their scalar, or what a `value` or `default` there is given.
    fn of_children(&self, at: usize, looked: &mut Looked) -> Option<Option<Found>> {
        let hay = self.hay;
        let (indent, explicit) = self.indent(at, looked);
        let limit = hay.len().min(at + AHEAD);
        looked.end = looked.end.max(at + 2 * BLANKS_MAX);
        let mut line = next_line(hay, at)?;
        for _ in 0..3 {
            let rest = hay[line..limit.max(line)].trim_ascii_start();
            if !rest.starts_with(b"#") && line < line_end(hay, line) {
                break;
            }
            line = next_line(hay, line).filter(|line| *line < limit)?;
        }
        let lead = blanks(hay, line);
        let start = line + lead;
        let first = *hay.get(start)?;
        if explicit
            || lead <= indent
            || matches!(first, b'"' | b'\'' | b'`' | b'-' | b'{' | b'[' | b'&' | b'*' | b'!')
        {
            return None;
        }
        let end = line_end(hay, start).min(limit);
        let text = hay[start..end].trim_ascii_end();
        let key = text.iter().take_while(|b| is_key(**b) || **b == b' ').count();
        if text.get(key) == Some(&b':') && matches!(text.get(key + 1), None | Some(b' ')) {
            let member = self.member(start, Some(lead), looked);
            return Some(member.and_then(|member| self.given(member, looked)));
        }
        looked.end = looked.end.max(end + 2 * BLANKS_MAX);
        // It goes on if the next line is as deep.
        let goes_on = next_line(hay, start)
            .is_some_and(|next| blanks(hay, next) > indent && next < line_end(hay, next));
        let single = !goes_on && !text.iter().any(u8::is_ascii_whitespace);
        Some(single.then(|| (Value::whole(Span::new(start, start + text.len()), false), Link::Assigned)))
    }

    /// The column that what stands below the key in the line of `at` has to be beyond; and whether the line is a
    /// key that was marked as one (`? key`), whose value follows elsewhere.
    fn indent(&self, at: usize, looked: &mut Looked) -> (usize, bool) {
        let hay = self.hay;
        let floor = at.saturating_sub(BEFORE);
        looked.back = looked.back.max(BEFORE + WORDS_MAX);
        let line = memchr::memrchr(b'\n', &hay[floor..at]).map_or(floor, |newline| floor + newline + 1);
        let mut column = blanks(hay, line);
        while hay[line + column..at].starts_with(b"- ") {
            let step = 2 + blanks(hay, line + column + 2);
            // The key of an item may stand anywhere behind the dash.
            if hay[line + column + step..at]
                .iter()
                .all(|b| is_key(*b) || matches!(b, b'"' | b'\'' | b':' | b' '))
            {
                column += step;
            } else {
                break;
            }
        }
        (column, hay[line..at].trim_ascii_start().starts_with(b"? "))
    }

    /// `<key>name</key><string>value</string>`, `<param-name>name</param-name> <param-value>value</param-value>`.
    fn of_element_text(&self, at: usize, looked: &mut Looked) -> Option<Found> {
        let hay = self.hay;
        let name = charset::WORD.run(&hay[at + 2..], 40);
        let tag = letters(&hay[at + 2..at + 2 + name]);
        let names = tag.ends_with("key") || tag.ends_with("name") || tag.ends_with("prop") || tag == "id";
        if !names || hay.get(at + 2 + name) != Some(&b'>') {
            return None;
        }
        looked.end = looked.end.max(at + 400);
        let next = at + 3 + name;
        let next = next + hay[next..].iter().take(BLANKS_MAX).take_while(|b| b.is_ascii_whitespace()).count();
        let rest = hay.get(next + 1..).filter(|_| hay.get(next) == Some(&b'<'))?;
        let name = charset::WORD.run(rest, 40);
        let tag = letters(&rest[..name]);
        let holds = matches!(tag.as_str(), "string" | "data" | "val")
            || tag.ends_with("value")
            || tag.ends_with("prop");
        holds.then(|| self.content(next + 1 + name, looked)).flatten()
    }

    /// `<string name="name" x="y">value</string>`: `at` is behind the attribute that holds the name.
    fn of_element(&self, at: usize, looked: &mut Looked) -> Option<Found> {
        let hay = self.hay;
        let floor = self.name.saturating_sub(BEFORE);
        looked.back = looked.back.max(BEFORE + WORDS_MAX);
        let open = floor + memchr::memrchr(b'<', &hay[floor..self.name])?;
        let before = &hay[open + 1..self.name];
        let attribute = before[..before.len().min(before.iter().rposition(|b| *b == b'=')?)].trim_ascii_end();
        let key = &attribute[attribute.len() - attribute.iter().rev().take_while(|b| is_key(**b)).count()..];
        let tag = before.first()?;
        let named = matches!(letters(key).as_str(), "name" | "key" | "id");
        if !named || !tag.is_ascii_alphabetic() || before.contains(&b'>') {
            return None;
        }
        self.content(at, looked)
    }

    /// The text of the element in whose start tag `at` stands: its own, that of a `value` or `string` in it, or a
    /// section of characters.
    pub(super) fn content(&self, mut at: usize, looked: &mut Looked) -> Option<Found> {
        let hay = self.hay;
        for _ in 0..2 {
            let window = &hay[at..hay.len().min(at + BEFORE)];
            looked.end = looked.end.max(at + BEFORE + 1);
            let close = memchr::memchr2(b'>', b'<', window).filter(|close| window[*close] == b'>')?;
            if close > 0 && window[close - 1] == b'/' {
                return None;
            }
            at += close + 1;
            at += hay[at..].iter().take(BLANKS_MAX).take_while(|b| b.is_ascii_whitespace()).count();
            looked.end = looked.end.max(at + BLANKS_MAX);
            let tags: [&[u8]; 2] = [b"<value", b"<string"];
            let inner = tags.iter().find(|tag| hay[at..].starts_with(tag));
            match inner {
                Some(tag) => at += tag.len(),
                None => break,
            }
        }
        let value = extent::element(hay, at, self.walks, &mut looked.end)?;
        Some((value, Link::Element))
    }
}

/// The first line behind that of `at`.
fn next_line(hay: &[u8], at: usize) -> Option<usize> {
    let window = &hay[at..hay.len().min(at + AHEAD)];
    memchr::memchr(b'\n', window).map(|newline| at + newline + 1).filter(|next| *next < hay.len())
}

/// The end of the line that `at` is in, or of what is looked at of it.
fn line_end(hay: &[u8], at: usize) -> usize {
    let window = &hay[at..hay.len().min(at + AHEAD)];
    let end = memchr::memchr(b'\n', window).map_or(at + window.len(), |newline| at + newline);
    if end > at && hay[end - 1] == b'\r' { end - 1 } else { end }
}

fn blanks(hay: &[u8], at: usize) -> usize {
    hay[at.min(hay.len())..].iter().take(2 * BLANKS_MAX).take_while(|b| is_blank(**b)).count()
}

/// The quote that closes the one at `at`, on the same line.
fn quoted_end(hay: &[u8], at: usize, limit: usize) -> Option<usize> {
    let mut end = at + 1;
    while end < limit {
        match hay[end] {
            b'\\' => end += 2,
            b'\n' => return None,
            byte if byte == hay[at] => return Some(end),
            _ => end += 1,
        }
    }
    None
}

/// Behind the operator at `at`, if there is one.
fn operator(hay: &[u8], at: usize) -> Option<usize> {
    let at = at + blanks(hay, at);
    match hay.get(at..)? {
        [b'=', b'=' | b'~', ..] | [b':', b':', ..] => None,
        [b'=', b'>', ..] | [b':', b'=', ..] => Some(at + 2),
        [b'=' | b':', ..] => Some(at + 1),
        _ => None,
    }
}
