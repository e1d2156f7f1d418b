//! Escapes: `%3D`, `\u003d`, `\x3d`, `&#61;`, `&quot;`.
//!
//! The one pass over all literals meets the [`triggers`]; only the lines on which it did are
//! unescaped and looked at again.

use std::ops::Range;

use crate::model::Span;

/// Bytes of a long line that are unescaped before and behind an escape.
const REACH: usize = 4096;
/// A line up to this length is unescaped as a whole.
const LINE_MAX: usize = 4 * REACH;

/// Literals that trigger unescaping of a line; case is ignored. Escapes of non-printable characters hide nothing. Two
/// kinds are too common in source text: there it takes two in a row, or a secret-like name.
pub(in crate::engine) fn triggers() -> Vec<String> {
    const SINGLE: &[&str] = &[
        r"\u002",
        r"\u003",
        r"\u004",
        r"\u005",
        r"\u006",
        r"\u007",
        r"\x22:\x22",
        "&quot;",
        "&#34;",
        "&#39;",
        "&#61;",
        "&#x22;",
        "&#x27;",
        "&#x3d;",
        ";&#x",
        ";&#3",
        ";&#4",
        ";&#5",
        ";&#6",
        ";&#9",
        ";&#1",
        "password%3d",
        "passwd%3d",
        "pwd%3d",
        "token%3d",
        "secret%3d",
        "key%3d",
        "auth%3d",
    ];
    let mut all: Vec<String> = SINGLE.iter().map(|text| (*text).to_owned()).collect();
    for byte in b' '..=b'~' {
        all.push(format!(r"\x{byte:02x}\x"));
        all.push(format!("%{byte:02x}%"));
    }
    all
}

/// The parts of `hay` around `triggers` (in any order) to unescape: each a line, or of a long line
/// what is near. They do not overlap, nor what was unescaped before, up to `done`.
pub(in crate::engine) fn windows(hay: &[u8], triggers: &[usize], done: usize) -> Vec<Range<usize>> {
    let mut triggers = triggers.to_vec();
    triggers.sort_unstable();
    let mut windows: Vec<Range<usize>> = Vec::new();
    for at in triggers {
        let done = windows.last().map_or(done, |window| window.end);
        if at < done {
            continue;
        }
        let floor = at.saturating_sub(LINE_MAX).max(done);
        let start = memchr::memrchr(b'\n', &hay[floor..at]).map_or(floor, |newline| floor + newline + 1);
        let ceiling = hay.len().min(at + LINE_MAX);
        let end = memchr::memchr(b'\n', &hay[at..ceiling]).map_or(ceiling, |newline| at + newline);
        if end - start <= LINE_MAX {
            windows.push(start..end);
        } else {
            windows.push(start.max(at.saturating_sub(REACH))..end.min(at + REACH));
        }
    }
    windows
}

/// The line around a trigger `at` a place, without its newline; `None` if it is longer than is
/// unescaped as a whole.
pub(in crate::engine) fn line(hay: &[u8], at: usize) -> Option<Range<usize>> {
    let floor = at.saturating_sub(LINE_MAX);
    let start = match memchr::memrchr(b'\n', &hay[floor..at]) {
        Some(newline) => floor + newline + 1,
        None if floor == 0 => 0,
        None => return None,
    };
    let ceiling = hay.len().min(start + LINE_MAX + 1);
    let end = match memchr::memchr(b'\n', hay.get(at..ceiling)?) {
        Some(newline) => at + newline,
        None if ceiling == hay.len() => ceiling,
        None => return None,
    };
    (end - start <= LINE_MAX).then_some(start..end)
}

/// A text without escapes, and where its bytes come from.
#[derive(Debug)]
pub(super) struct Unescaped {
    pub(super) bytes: Vec<u8>,
    pieces: Vec<Piece>,
}

/// Bytes that were copied, or that one escape stands for.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Offset in the text without escapes.
    to: usize,
    /// Offset in the source.
    from: usize,
    /// Bytes of the escape; 0 if the bytes were copied.
    escape: usize,
}

impl Unescaped {
    /// Where the bytes of `span` come from.
    pub(super) fn source(&self, span: Span) -> Span {
        let start = match self.piece(span.start) {
            piece if piece.escape > 0 => piece.from,
            piece => piece.from + (span.start - piece.to),
        };
        let last = span.end.max(span.start + 1) - 1;
        let end = match self.piece(last) {
            piece if piece.escape > 0 => piece.from + piece.escape,
            piece => piece.from + (last - piece.to) + 1,
        };
        Span::new(start, end)
    }

    fn piece(&self, at: usize) -> Piece {
        self.pieces[self.pieces.partition_point(|piece| piece.to <= at) - 1]
    }
}

/// Unescapes `window` of `hay`; `None` if nothing is escaped there.
pub(super) fn unescaped(hay: &[u8], window: Range<usize>) -> Option<Unescaped> {
    let text = &hay[..window.end];
    let mut out = Unescaped { bytes: Vec::with_capacity(window.len()), pieces: Vec::new() };
    let mut copied = window.start;
    let mut at = window.start;
    while let Some(found) = memchr::memchr3(b'%', b'\\', b'&', &text[at..]) {
        at += found;
        let Some((c, length)) = escape(&text[at..]) else {
            at += 1;
            continue;
        };
        out.copy(text, copied..at);
        out.pieces.push(Piece { to: out.bytes.len(), from: at, escape: length });
        match c {
            Decoded::Byte(byte) => out.bytes.push(byte),
            Decoded::Char(c) => out.bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        at += length;
        copied = at;
    }
    if out.pieces.is_empty() {
        return None;
    }
    out.copy(text, copied..window.end);
    Some(out)
}

impl Unescaped {
    fn copy(&mut self, text: &[u8], range: Range<usize>) {
        if !range.is_empty() {
            self.pieces.push(Piece { to: self.bytes.len(), from: range.start, escape: 0 });
            self.bytes.extend_from_slice(&text[range]);
        }
    }
}

enum Decoded {
    Byte(u8),
    Char(char),
}

/// The escape that `text` starts with, and its length.
fn escape(text: &[u8]) -> Option<(Decoded, usize)> {
    match text {
        [b'%', high, low, ..] => Some((Decoded::Byte(number(&[*high, *low])? as u8), 3)),
        [b'\\', b'x' | b'X', high, low, ..] => Some((Decoded::Byte(number(&[*high, *low])? as u8), 4)),
        [b'\\', b'u', b'{', rest @ ..] => {
            let length = rest.iter().take(7).position(|byte| *byte == b'}')?;
            Some((Decoded::Char(char::from_u32(number(&rest[..length])?)?), length + 4))
        }
        [b'\\', b'u', rest @ ..] => {
            let unit = number(rest.first_chunk::<4>()?)?;
            if let Some(c) = char::from_u32(unit) {
                return Some((Decoded::Char(c), 6));
            }
            let low = rest[4..].strip_prefix(b"\\u").and_then(|rest| number(rest.first_chunk::<4>()?))?;
            let c = char::decode_utf16([unit as u16, low as u16]).next()?.ok()?;
            Some((Decoded::Char(c), 12))
        }
        // JSON may write a slash so; it matters only beside other escapes.
        [b'\\', b'/', ..] => Some((Decoded::Byte(b'/'), 2)),
        [b'&', b'#', b'x' | b'X', rest @ ..] => {
            let length = rest.iter().take(7).position(|byte| *byte == b';')?;
            Some((Decoded::Char(char::from_u32(number(&rest[..length])?)?), length + 4))
        }
        [b'&', b'#', rest @ ..] => {
            let length = rest.iter().take(8).position(|byte| *byte == b';')?;
            let digits = std::str::from_utf8(&rest[..length]).ok()?;
            Some((Decoded::Char(char::from_u32(digits.parse().ok()?)?), length + 3))
        }
        [b'&', rest @ ..] => {
            const NAMED: &[(&[u8], u8)] = &[
                (b"quot;", b'"'),
                (b"apos;", b'\''),
                (b"amp;", b'&'),
                (b"lt;", b'<'),
                (b"gt;", b'>'),
                (b"equals;", b'='),
                (b"colon;", b':'),
            ];
            let (name, byte) = NAMED.iter().find(|(name, _)| rest.starts_with(name))?;
            Some((Decoded::Byte(*byte), name.len() + 1))
        }
        _ => None,
    }
}

/// Hex digits as a number; `None` if there is none or something else among them.
fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 6 {
        return None;
    }
    digits.iter().try_fold(0, |number, digit| Some(number << 4 | char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(text: &str) -> Option<String> {
        Some(String::from_utf8_lossy(&unescaped(text.as_bytes(), 0..text.len())?.bytes).into_owned())
    }

    #[test]
    fn every_kind_of_escape() {
        for (text, expected) in [
            ("a%3Db%3d", "a=b="),
            (r"\u0041\u00e9\ud83d\ude00 \u{41}", "Aé😀 A"),
            (r"\x41\X42", "AB"),
            ("&#65;&#x42;&#X43; &quot;&amp;&lt;", "ABC \"&<"),
            (r"%41\/b", "A/b"),
        ] {
            assert_eq!(plain(text).as_deref(), Some(expected));
        }
        for text in [
            "100% sure",
            r"\user\xray",
            "a & b &#; &nope;",
            r"\ud83d alone",
            "%",
            r"\u",
            "&#x;",
            r"\u{110000}",
        ] {
            assert_eq!(plain(text), None, "{text}");
        }
    }

    #[test]
    fn places_map_back() {
        let text = "key%3D%22abc%22";
        let out = unescaped(text.as_bytes(), 0..text.len()).unwrap();
        assert_eq!(out.bytes, b"key=\"abc\"");
        assert_eq!(out.source(Span::new(5, 8)), Span::new(9, 12));
        assert_eq!(out.source(Span::new(3, 5)), Span::new(3, 9));
    }

    #[test]
    fn lines_are_windows() {
        let hay = "one\ntwo %3d %3d\nthree\nfour %3d";
        let at: Vec<usize> = hay.match_indices("%3d").map(|(at, _)| at).collect();
        assert_eq!(windows(hay.as_bytes(), &at, 0), [4..15, 22..30]);
        let long = "x".repeat(100_000);
        let near = windows(long.as_bytes(), &[50_000, 20, 50_001], 0);
        assert_eq!(windows(hay.as_bytes(), &at, 15).first(), Some(&(22..30)));
        assert_eq!(near, [0..20 + REACH, 50_000 - REACH..50_000 + REACH]);
    }

    proptest! {
        #[test]
        fn sources_lie_inside(text in r"([%\\&#xu0-9a-f;{}]|quot;){0,80}") {
            if let Some(out) = unescaped(text.as_bytes(), 0..text.len()) {
                for at in 0..out.bytes.len() {
                    let source = out.source(Span::new(at, at + 1));
                    prop_assert!(source.end <= text.len() && !source.is_empty());
                }
            }
        }
    }
}
