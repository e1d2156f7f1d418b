//! YAML line by line: block mappings and lists, quoted and block scalars, simple flow mappings.

use super::{DEPTH_MAX, PAIRS_MAX, Pair, line_end, lines, name_values, trimmed};
use crate::model::Span;

/// An open mapping.
struct Open<'a> {
    indent: usize,
    /// Its name.
    name: &'a [u8],
    /// Its last key.
    key: &'a [u8],
    id: usize,
}

/// Each scalar with its key.
pub(super) fn pairs(text: &[u8]) -> Vec<Pair<'_>> {
    let mut pairs = scan(text);
    name_values(text, &mut pairs);
    pairs
}

/// The same without joining names and values.
pub(super) fn scan(text: &[u8]) -> Vec<Pair<'_>> {
    let mut pairs = Vec::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    let (mut ids, mut skip_to) = (0, 0);
    for line in lines(text) {
        if line.start < skip_to || pairs.len() >= PAIRS_MAX {
            continue;
        }
        let bytes = &text[line.range()];
        if bytes.starts_with(b"---") || bytes.starts_with(b"...") {
            open.clear();
            ids += 1;
            continue;
        }
        let mut indent = bytes.iter().take_while(|b| **b == b' ').count();
        let mut at = line.start + indent;
        let mut item = false;
        while matches!(&text[at..line.end], [b'-'] | [b'-', b' ' | b'\t', ..]) {
            let step = 1 + text[at + 1..line.end].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
            at += step;
            indent += step;
            item = true;
        }
        if at >= line.end || text[at] == b'#' {
            continue;
        }
        let depth = indent;
        // A new item starts a new mapping even at the same indent.
        open.retain(|mapping| mapping.indent < depth || (mapping.indent == depth && !item));
        let name = open
            .iter()
            .rev()
            .find(|mapping| mapping.indent < depth)
            .map_or(&text[..0], |mapping| mapping.key);
        let Some((key, mut value)) = key_and_value(text, at, line.end) else {
            if item {
                let scalar = scalar(text, Span::new(at, line.end));
                // `- NAME=value` in a container's environment.
                let sign = memchr::memchr(b'=', &text[scalar.range()]).filter(|sign| {
                    text[scalar.start..scalar.start + sign]
                        .iter()
                        .all(|b| b.is_ascii_alphanumeric() || *b == b'_')
                });
                pairs.push(match sign {
                    Some(sign) if sign > 0 => {
                        let value = super::unquoted(text, Span::new(scalar.start + sign + 1, scalar.end));
                        Pair {
                            key: &text[scalar.start..scalar.start + sign],
                            under: name,
                            value,
                            parent: ids,
                        }
                    }
                    _ => Pair { key: name, under: name, value: scalar, parent: ids },
                });
            }
            continue;
        };
        if open.last().is_none_or(|mapping| mapping.indent < depth) {
            ids += 1;
            if open.len() < DEPTH_MAX {
                open.push(Open { indent: depth, name, key, id: ids });
            }
        }
        let Some(mapping) = open.last_mut() else { continue };
        mapping.key = key;
        let (under, parent) = (mapping.name, mapping.id);
        value = untagged(text, value);
        let scalar = match text[value.range()].first() {
            None => continue,
            Some(b'|' | b'>') => {
                let block =
                    block(text, line.end, text[line.start..].iter().take_while(|b| **b == b' ').count());
                skip_to = block.end;
                trimmed(text, block)
            }
            Some(b'{' | b'[') => {
                ids += 1;
                flow(text, value, key, ids, &mut pairs);
                continue;
            }
            // A tag changes the meaning of the value, for example to a reference or a ciphertext.
            Some(b'&' | b'*' | b'!') => continue,
            Some(_) => scalar(text, value),
        };
        pairs.push(Pair { key, under, value: scalar, parent });
    }
    pairs
}

/// The key on the rest of the line, and the span after its colon.
fn key_and_value(text: &[u8], at: usize, end: usize) -> Option<(&[u8], Span)> {
    let rest = &text[at..end];
    let (key, colon) = match rest.first()? {
        quote @ (b'"' | b'\'') => {
            let close = 1 + memchr::memchr(*quote, &rest[1..])?;
            let colon = close + 1 + rest[close + 1..].iter().take_while(|b| **b == b' ').count();
            (&rest[1..close], colon)
        }
        b'{' | b'[' => return None,
        _ => {
            let colon = memchr::memchr_iter(b':', rest)
                .find(|at| matches!(rest.get(at + 1), None | Some(b' ' | b'\t')))?;
            (rest[..colon].trim_ascii_end(), colon)
        }
    };
    if rest.get(colon) != Some(&b':') || key.len() > 200 {
        return None;
    }
    Some((key, trimmed(text, Span::new(at + colon + 1, end))))
}

/// The value without an anchor (`&x`) or a neutral tag (`!!str`).
fn untagged(text: &[u8], mut value: Span) -> Span {
    let leaves = |bytes: &[u8]| {
        [&b"&"[..], b"!!str ", b"!!binary ", b"!!python/", b"! ", b"!unsafe ", b"!str "]
            .iter()
            .any(|start| bytes.starts_with(start))
    };
    while leaves(&text[value.range()]) {
        let Some(blank) = memchr::memchr(b' ', &text[value.range()]) else { break };
        value = trimmed(text, Span::new(value.start + blank, value.end));
    }
    value
}

/// A plain or quoted scalar on one line.
fn scalar(text: &[u8], value: Span) -> Span {
    let bytes = &text[value.range()];
    if let Some(quote @ (b'"' | b'\'')) = bytes.first() {
        let mut end = 1;
        while end < bytes.len() {
            match bytes[end] {
                b'\\' if *quote == b'"' => end += 2,
                b'\'' if *quote == b'\'' && bytes.get(end + 1) == Some(&b'\'') => end += 2,
                byte if byte == *quote => return Span::new(value.start + 1, value.start + end),
                _ => end += 1,
            }
        }
    }
    let comment = (1..bytes.len()).find(|at| bytes[*at] == b'#' && bytes[at - 1].is_ascii_whitespace());
    let end = value.start + comment.unwrap_or(bytes.len());
    trimmed(text, Span::new(value.start, end))
}

/// The lines of a block scalar: those that follow and are indented more than `indent`.
fn block(text: &[u8], head_end: usize, indent: usize) -> Span {
    let start = memchr::memchr(b'\n', &text[head_end..]).map_or(text.len(), |newline| head_end + newline + 1);
    let mut end = start;
    while end < text.len() {
        let line = &text[end..line_end(text, end)];
        let lead = line.iter().take_while(|b| **b == b' ').count();
        if !line.trim_ascii().is_empty() && lead <= indent {
            break;
        }
        end = memchr::memchr(b'\n', &text[end..]).map_or(text.len(), |newline| end + newline + 1);
    }
    Span::new(start, end)
}

/// `{a: x, b: "y"}` on one line.
fn flow<'a>(text: &'a [u8], value: Span, name: &'a [u8], parent: usize, pairs: &mut Vec<Pair<'a>>) {
    let mut start = value.start;
    let mut quote = None;
    for at in value.start..=value.end {
        let byte = if at < value.end { text[at] } else { b',' };
        match (byte, quote) {
            (b'"' | b'\'', None) => quote = Some(byte),
            (byte, Some(open)) if byte == open => quote = None,
            (b',' | b'{' | b'}' | b'[' | b']', None) => {
                let part = trimmed(text, Span::new(start, at.max(start)));
                match key_and_value(text, part.start, part.end) {
                    Some((key, value)) if !value.is_empty() => {
                        pairs.push(Pair { key, under: name, value: scalar(text, value), parent })
                    }
                    None if !part.is_empty() => {
                        pairs.push(Pair { key: name, under: name, value: scalar(text, part), parent })
                    }
                    _ => {}
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown;
    use super::*;

    #[test]
    fn mappings_lists_and_scalars() {
        let text = "users:\n- name: admin\n  user:\n    token: \"a b\" # note\n    password: it's # note\nlist:\n  - one\n  - key: v\nflow: {a: x, \"b\": 'y'}\nblock: |\n  line1\n  line2: z\nlast: end\n";
        let expected = [
            ("name", "admin"),
            ("token", "a b"),
            ("password", "it's"),
            ("list", "one"),
            ("key", "v"),
            ("a", "x"),
            ("b", "y"),
            ("block", "line1\n  line2: z"),
            ("last", "end"),
        ];
        assert_eq!(shown(text, pairs), expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    #[test]
    fn names_of_what_a_key_stands_in() {
        let text = b"a:\n  b:\n    c: 1\n  d: 2\ne: 3\n";
        let under: Vec<&[u8]> = pairs(text).iter().map(|pair| pair.under).collect();
        assert_eq!(under, [&b"b"[..], b"a", b""]);
    }

    #[test]
    fn environment_lists() {
        let found = shown(
            "env:\n  - name: DB_PASSWORD\n    value: s3same\n  - name: PORT\n    value: 80\n  - MAIL_PASSWORD=abc\n",
            pairs,
        );
        assert!(found.contains(&("MAIL_PASSWORD".to_owned(), "abc".to_owned())));
        assert!(
            found.contains(&("DB_PASSWORD".to_owned(), "s3same".to_owned()))
                && found.contains(&("PORT".to_owned(), "80".to_owned()))
        );
    }
}
