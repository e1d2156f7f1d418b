//! XML configuration: elements, attributes, CDATA. Nothing is expanded or fetched.

use super::{DEPTH_MAX, PAIRS_MAX, Pair, trimmed};
use crate::model::Span;

/// An open element.
struct Open<'a> {
    name: &'a [u8],
    /// The value of its `name`, `key` or `id` attribute.
    label: Option<&'a [u8]>,
    /// The text of the last `key` element in it, which names the next value in property lists.
    listed: Option<&'a [u8]>,
    id: usize,
}

/// Each text and each attribute, under every name: that of its element or attribute, that given by a sibling
/// `name` or `key`, and that of a preceding `key` element.
pub(super) fn pairs(text: &[u8]) -> Vec<Pair<'_>> {
    let mut pairs = Vec::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    let (mut at, mut ids) = (0, 0);
    while let Some(found) = memchr::memchr(b'<', &text[at..]) {
        let tag = at + found;
        inner_text(text, Span::new(at, tag), &mut open, &mut pairs);
        if pairs.len() >= PAIRS_MAX {
            break;
        }
        let rest = &text[tag..];
        at = if rest.starts_with(b"<!--") {
            until(text, tag + 4, b"-->")
        } else if rest.starts_with(b"<![CDATA[") {
            let end = until(text, tag + 9, b"]]>");
            inner_text(text, Span::new(tag + 9, end.saturating_sub(3).max(tag + 9)), &mut open, &mut pairs);
            end
        } else if rest.starts_with(b"<?") {
            until(text, tag + 2, b"?>")
        } else if rest.starts_with(b"<!") {
            until(text, tag + 2, b">")
        } else if rest.starts_with(b"</") {
            let name = name(&rest[2..]);
            // An unmatched end tag is skipped; unclosed inner elements are closed.
            if let Some(depth) = open.iter().rposition(|element| element.name == name) {
                open.truncate(depth);
            }
            until(text, tag + 2, b">")
        } else {
            ids += 1;
            element(text, tag, ids, &mut open, &mut pairs)
        };
    }
    pairs
}

/// Reads the start tag at `tag`; returns its end.
fn element<'a>(
    text: &'a [u8],
    tag: usize,
    id: usize,
    open: &mut Vec<Open<'a>>,
    pairs: &mut Vec<Pair<'a>>,
) -> usize {
    let element = name(&text[tag + 1..]);
    if element.is_empty() {
        return tag + 1;
    }
    let mut at = tag + 1 + element.len();
    let first = pairs.len();
    let mut label = None;
    let mut closed = false;
    while at < text.len() {
        match text[at] {
            b'>' => {
                at += 1;
                break;
            }
            b'<' => break,
            b'/' => {
                closed = text.get(at + 1) == Some(&b'>');
                at += 1;
            }
            byte if is_name(byte) => {
                let attribute = name(&text[at..]);
                at += attribute.len();
                at += blanks(&text[at..]);
                if text.get(at) != Some(&b'=') {
                    continue;
                }
                at += 1 + blanks(&text[at + 1..]);
                let Some(quote @ (b'"' | b'\'')) = text.get(at) else { continue };
                let Some(length) = memchr::memchr(*quote, &text[at + 1..]) else { break };
                let value = Span::new(at + 1, at + 1 + length);
                if is_label(attribute) && label.is_none() {
                    label = Some(&text[value.range()]);
                }
                pairs.push(Pair { key: attribute, under: element, value, parent: id });
                at = value.end + 1;
            }
            _ => at += 1,
        }
    }
    // `<add key="X" value="y"/>`, `<property name="X" value="y"/>`
    if let Some(label) = label {
        for pair in &mut pairs[first..] {
            if pair.key.eq_ignore_ascii_case(b"value") {
                pair.key = label;
            }
        }
    }
    if !closed {
        if open.len() >= DEPTH_MAX {
            open.remove(0);
        }
        open.push(Open { name: element, label, listed: None, id });
    }
    at.max(tag + 1)
}

fn inner_text<'a>(text: &'a [u8], span: Span, open: &mut [Open<'a>], pairs: &mut Vec<Pair<'a>>) {
    let value = trimmed(text, span);
    let [outer @ .., inner] = open else { return };
    if value.is_empty() {
        return;
    }
    let outer = outer.last_mut();
    let (under, outer_label) = outer.as_ref().map_or((&text[..0], None), |outer| (outer.name, outer.label));
    let mut keys = vec![inner.name];
    keys.extend(inner.label);
    // `<setting name="X"><value>y</value></setting>`
    keys.extend(outer_label.filter(|_| inner.name.eq_ignore_ascii_case(b"value")));
    if let Some(outer) = outer {
        if inner.name == b"key" {
            outer.listed = Some(&text[value.range()]);
        } else {
            keys.extend(outer.listed.take());
        }
    }
    pairs.extend(keys.into_iter().map(|key| Pair { key, under, value, parent: inner.id }));
}

fn is_label(attribute: &[u8]) -> bool {
    [&b"name"[..], b"key", b"id"].iter().any(|label| attribute.eq_ignore_ascii_case(label))
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':') || byte >= 0x80
}

fn name(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.iter().take(128).take_while(|b| is_name(**b)).count()]
}

fn blanks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| b.is_ascii_whitespace()).count()
}

fn until(text: &[u8], from: usize, mark: &[u8]) -> usize {
    let from = from.min(text.len());
    memchr::memmem::find(&text[from..], mark).map_or(text.len(), |found| from + found + mark.len())
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown;
    use super::*;

    fn has(text: &str, key: &str, value: &str) -> bool {
        shown(text, pairs).contains(&(key.to_owned(), value.to_owned()))
    }

    #[test]
    fn elements_and_attributes() {
        let text = "<?xml version='1.0'?><!-- <Pass>no</Pass> --><s><Server host='h'><Pass encoding=\"base64\">abc=</Pass><User>me</User></Server><p><![CDATA[a<b]]></p></s>";
        assert!(
            has(text, "Pass", "abc=")
                && has(text, "encoding", "base64")
                && has(text, "host", "h")
                && has(text, "p", "a<b")
                && !has(text, "Pass", "no")
        );
    }

    #[test]
    fn names_given_beside_a_value() {
        assert!(has("<add key=\"ApiToken\" value=\"abc\" />", "ApiToken", "abc"));
        assert!(has("<add value=\"abc\" key=\"ApiToken\" />", "ApiToken", "abc"));
        assert!(has(
            "<setting name=\"MailPassword\" serializeAs=\"String\"><value>abc</value></setting>",
            "MailPassword",
            "abc"
        ));
        assert!(has("<entry key=\"db.password\">abc</entry>", "db.password", "abc"));
        assert!(has("<dict><key>Password</key><string>abc</string></dict>", "Password", "abc"));
    }

    #[test]
    fn entities_are_not_expanded() {
        let text = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><x>&b;</x>";
        assert!(has(text, "x", "&b;"));
    }
}
