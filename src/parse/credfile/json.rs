//! Tolerant JSON: comments, trailing commas and truncated ends are accepted.

use super::{DEPTH_MAX, PAIRS_MAX, Pair, flags, name_values};
use crate::model::Span;

/// An open object or array.
struct Open<'a> {
    /// Its name, or that of its container.
    name: &'a [u8],
    /// The name of the current member.
    key: Option<&'a [u8]>,
    id: usize,
    object: bool,
}

/// Each string and number with the name of its member.
pub fn pairs(text: &[u8]) -> Vec<Pair<'_>> {
    let mut pairs = scan(text);
    name_values(text, &mut pairs);
    pairs
}

/// The same, reading `args` as the flags of a command.
pub(super) fn commands(text: &[u8]) -> Vec<Pair<'_>> {
    let mut pairs = pairs(text);
    flags(text, &mut pairs);
    pairs
}

fn scan(text: &[u8]) -> Vec<Pair<'_>> {
    let mut pairs = Vec::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    let (mut at, mut ids, mut too_deep) = (0, 0, 0usize);
    while at < text.len() && pairs.len() < PAIRS_MAX {
        match text[at] {
            b'{' | b'[' if open.len() >= DEPTH_MAX => {
                too_deep += 1;
                at += 1;
            }
            byte @ (b'{' | b'[') => {
                ids += 1;
                let name = open.last().map_or(&text[..0], |outer| outer.key.unwrap_or(outer.name));
                open.push(Open { name, key: None, id: ids, object: byte == b'{' });
                at += 1;
            }
            b'}' | b']' => {
                if too_deep > 0 {
                    too_deep -= 1;
                } else {
                    open.pop();
                    if let Some(outer) = open.last_mut() {
                        outer.key = None;
                    }
                }
                at += 1;
            }
            b'"' => {
                let (string, behind) = string(text, at);
                at = behind;
                let Some(inner) = open.last_mut() else { continue };
                if inner.object && inner.key.is_none() {
                    inner.key = Some(&text[string.range()]);
                } else if too_deep == 0 {
                    pairs.push(pair(inner, string));
                    inner.key = None;
                }
            }
            b'0'..=b'9' | b'-' => {
                let end = at
                    + text[at..]
                        .iter()
                        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-'))
                        .count();
                if let Some(inner) = open.last_mut()
                    && inner.key.is_some()
                    && too_deep == 0
                {
                    pairs.push(pair(inner, Span::new(at, end)));
                    inner.key = None;
                }
                at = end;
            }
            b',' => {
                if let Some(inner) = open.last_mut() {
                    inner.key = None;
                }
                at += 1;
            }
            b'/' if text.get(at + 1) == Some(&b'/') => at = super::line_end(text, at),
            b'/' if text.get(at + 1) == Some(&b'*') => {
                at = memchr::memmem::find(&text[at + 2..], b"*/").map_or(text.len(), |end| at + 2 + end + 2);
            }
            _ => at += 1,
        }
    }
    pairs
}

fn pair<'a>(inner: &Open<'a>, value: Span) -> Pair<'a> {
    Pair { key: inner.key.unwrap_or(inner.name), under: inner.name, value, parent: inner.id }
}

/// The inside of the string that opens at `at`, and the offset after it. A string that spans lines is not a
/// string.
fn string(text: &[u8], at: usize) -> (Span, usize) {
    let mut end = at + 1;
    while end < text.len() {
        match text[end] {
            b'\\' => end += 2,
            b'"' => return (Span::new(at + 1, end), end + 1),
            b'\n' => break,
            _ => end += 1,
        }
    }
    let end = end.min(text.len());
    (Span::new(at + 1, end), end)
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown;
    use super::*;

    #[test]
    fn members_and_elements() {
        let text = "// note\n{\"host\": \"h\", /* \"x\": 1 */ \"pass\\\"word\": \"a\\\"b\", \"n\": 123456, \"list\": [\"p\", \"q\"], \"o\": {\"t\": \"v\",},}";
        let found = shown(text, pairs);
        let expected = [
            ("host", "h"),
            ("pass\\\"word", "a\\\"b"),
            ("n", "123456"),
            ("list", "p"),
            ("list", "q"),
            ("t", "v"),
        ];
        assert_eq!(found, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    #[test]
    fn depth_is_bounded() {
        let text = format!("{}\"a\":\"b\"", "{\"x\":".repeat(100_000));
        assert!(pairs(text.as_bytes()).is_empty());
        let text = "{\"x\":[\"deep\"],\"token\":\"v\"}";
        assert_eq!(shown(text, pairs).last(), Some(&("token".to_owned(), "v".to_owned())));
    }
}
