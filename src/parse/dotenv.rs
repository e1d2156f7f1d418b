//! Dotenv files: `KEY=value` with quotes, `export`, comments and multi-line values.
//!
//! There is no standard; this parses what the common loaders (Node, Ruby, Python, Docker, shells) agree on, and
//! otherwise whatever reveals more of a value.

use crate::model::Span;

/// One assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The name.
    pub key: &'a [u8],
    /// Where the name stands.
    pub key_span: Span,
    /// The location of the value, without quotes.
    pub value: Span,
}

/// The assignments of `text` in order, and the 1-based numbers of lines that are neither an assignment, a comment
/// nor blank.
#[must_use]
pub fn entries(text: &[u8]) -> (Vec<Entry<'_>>, Vec<usize>) {
    let (mut entries, mut odd) = (Vec::new(), Vec::new());
    let mut at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut line = 1;
    while at < text.len() {
        let end = line_end(text, at);
        let content = &text[at..end];
        let trimmed = content.trim_ascii();
        let next = if trimmed.is_empty() || trimmed[0] == b'#' {
            end + 1
        } else if let Some((entry, next)) = entry(text, at, end) {
            entries.push(entry);
            next
        } else {
            odd.push(line);
            end + 1
        };
        line += memchr::memchr_iter(b'\n', &text[at..next.min(text.len())]).count();
        at = next;
    }
    (entries, odd)
}

/// Parses the assignment on the line `start..end`; returns it and where to continue.
fn entry(text: &[u8], start: usize, end: usize) -> Option<(Entry<'_>, usize)> {
    let mut at = start + blanks(&text[start..end]);
    if let Some(rest) = text[at..end].strip_prefix(b"export") {
        let gap = blanks(rest);
        if gap > 0 {
            at += b"export".len() + gap;
        }
    }
    let key_len = text[at..end]
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
        .count();
    let (key_start, key_end) = (at, at + key_len);
    at = key_end + blanks(&text[key_end..end]);
    if key_len == 0 || !matches!(text.get(at), Some(b'=' | b':')) || at >= end {
        return None;
    }
    at += 1;
    at += blanks(&text[at..end]);
    let entry = |value: Span| Entry {
        key: &text[key_start..key_end],
        key_span: Span::new(key_start, key_end),
        value,
    };
    if let Some(quote @ (b'"' | b'\'' | b'`')) = text[at..end].first().copied()
        && let Some(close) = closing(text, at + 1, quote)
        && ends_behind(text, close)
    {
        return Some((entry(Span::new(at + 1, close)), line_end(text, close) + 1));
    }
    // Unquoted: up to a comment after a blank.
    let value = &text[at..end];
    let comment = (1..value.len()).find(|i| value[*i] == b'#' && value[*i - 1].is_ascii_whitespace());
    let value = value[..comment.unwrap_or(value.len())].trim_ascii_end();
    // A word of several quoted parts: `'it''s'`.
    let around = match value {
        [first @ (b'"' | b'\'' | b'`'), .., last] if value.len() > 1 && first == last => 1,
        _ => 0,
    };
    Some((entry(Span::new(at + around, at + value.len() - around)), end + 1))
}

/// True if the value ends at the quote at `close`.
fn ends_behind(text: &[u8], close: usize) -> bool {
    text.get(close + 1).is_none_or(|next| next.is_ascii_whitespace() || matches!(next, b'#' | b';' | b','))
}

/// The closing quote; a backslash escapes a double quote. Values end within 64 KiB.
fn closing(text: &[u8], from: usize, quote: u8) -> Option<usize> {
    let mut at = from;
    let limit = text.len().min(from + 64 * 1024);
    while at < limit {
        match text[at] {
            b'\\' if quote == b'"' => at += 2,
            byte if byte == quote => return Some(at),
            _ => at += 1,
        }
    }
    None
}

fn blanks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| matches!(b, b' ' | b'\t')).count()
}

fn line_end(text: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &text[at.min(text.len())..]).map_or(text.len(), |newline| at + newline)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let string = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        entries(text.as_bytes())
            .0
            .iter()
            .map(|e| (string(e.key), string(&text.as_bytes()[e.value.range()])))
            .collect()
    }

    #[test]
    fn the_usual_forms() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            read("A=1\nexport B = two # note\nC=\"x # y\"\nD='it''s'\n# no\nE=\nF: yaml\n"),
            [
                pair("A", "1"),
                pair("B", "two"),
                pair("C", "x # y"),
                pair("D", "it''s"),
                pair("E", ""),
                pair("F", "yaml"),
            ]
        );
    }

    #[test]
    fn values_over_several_lines() {
        let text = "KEY=\"-----BEGIN\nabc\n-----END\"\nNEXT=1\r\n";
        assert_eq!(read(text)[0].1, "-----BEGIN\nabc\n-----END");
        assert_eq!(read(text)[1], ("NEXT".to_owned(), "1".to_owned()));
    }

    #[test]
    fn odd_lines_are_told() {
        assert_eq!(entries(b"A=1\n<<<<<<< HEAD\nB=2\n").1, [2]);
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            for entry in entries(&bytes).0 {
                prop_assert!(entry.value.end <= bytes.len() && entry.value.start <= entry.value.end);
            }
        }
    }
}
