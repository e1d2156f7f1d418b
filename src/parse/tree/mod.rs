//! A document as a flat list of nodes, for JSON, YAML and XML: values borrow from the text, locations are kept.
//!
//! An XML element with attributes or elements is an object, whose members are its attributes and elements in
//! order, its own text a member without a name; any other element is a string.

pub(super) mod json;
pub(super) mod yaml;

use std::borrow::Cow;

use crate::model::Span;

/// The most nodes of one document: 24 bytes each.
pub(super) const NODES_MAX: usize = 6_000_000;
/// The deepest nesting.
pub(super) const DEPTH_MAX: usize = 128;

/// The kind of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    /// Its text is a slice of the document.
    Plain,
    /// A string with escapes or references.
    Escaped,
    /// A string assembled from pieces: `start` is its number.
    Made,
    Number,
    Bool,
    Null,
}

/// A node: its location, and the next node after its descendants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    key_escaped: bool,
    key: (u32, u32),
    /// The location of the value; of a string the inside.
    pub(super) start: u32,
    pub(super) end: u32,
    next: u32,
}

/// The number of a node.
pub(super) type Id = u32;

/// The name of a member: its location, and whether it has escapes.
pub(super) type Key = (u32, u32, bool);

/// A document up to the first error.
pub(super) struct Partial<'a> {
    pub(super) tree: Tree<'a>,
    /// The offset of the first error, and its message.
    pub(super) error: Option<(usize, String)>,
}

/// The document. The first node is the top-level value.
pub(super) struct Tree<'a> {
    pub(super) text: &'a str,
    nodes: Vec<Node>,
    made: Vec<String>,
    xml: bool,
}

impl<'a> Tree<'a> {
    pub(super) fn new(text: &'a str, xml: bool) -> Self {
        // A node takes a dozen bytes in a dense document, some thirty in a formatted one.
        Self { text, nodes: Vec::with_capacity((text.len() / 24).min(NODES_MAX)), made: Vec::new(), xml }
    }

    /// True if no further node fits.
    pub(super) const fn is_full(&self) -> bool {
        self.nodes.len() >= NODES_MAX
    }

    pub(super) fn push(&mut self, kind: Kind, key: Option<Key>, start: usize, end: usize) -> Id {
        let id = self.nodes.len() as u32;
        let (from, to, key_escaped) = key.unwrap_or((0, 0, false));
        let (start, end) = (start as u32, end as u32);
        self.nodes.push(Node { kind, key_escaped, key: (from, to), start, end, next: id + 1 });
        id
    }

    /// Adds a string that is not in the text verbatim.
    pub(super) fn push_made(&mut self, key: Option<Key>, text: String) -> Id {
        let number = self.made.len();
        self.made.push(text);
        self.push(Kind::Made, key, number, number)
    }

    /// Closes a container: all nodes since are in it.
    pub(super) fn close(&mut self, id: Id, end: usize) {
        let next = self.nodes.len() as u32;
        if let Some(node) = self.nodes.get_mut(id as usize) {
            node.next = next;
            node.end = end as u32;
        }
    }

    /// Turns the object `id`, which has no members, into its text.
    pub(super) fn make_string(&mut self, id: Id, kind: Kind, start: usize, end: usize) {
        if let Some(node) = self.nodes.get_mut(id as usize) {
            (node.kind, node.start, node.end) = (kind, start as u32, end as u32);
        }
    }

    /// Stores an assembled text; returns its number, for [`Tree::make_string`].
    pub(super) fn keep(&mut self, text: String) -> usize {
        self.made.push(text);
        self.made.len() - 1
    }

    /// The top-level value.
    pub(super) fn root(&self) -> Option<Id> {
        (!self.nodes.is_empty()).then_some(0)
    }

    pub(super) const fn is_xml(&self) -> bool {
        self.xml
    }

    pub(super) fn len(&self) -> u32 {
        self.nodes.len() as u32
    }

    pub(super) fn kind(&self, id: Id) -> Kind {
        self.nodes.get(id as usize).map_or(Kind::Null, |node| node.kind)
    }

    /// The offset of the value; 0 for an assembled one.
    pub(super) fn at(&self, id: Id) -> u32 {
        match self.nodes.get(id as usize) {
            Some(node) if node.kind == Kind::Made => node.key.0,
            Some(node) => node.start,
            None => 0,
        }
    }

    /// The source text of this value, with its brackets.
    pub(super) fn piece(&self, id: Id) -> &'a str {
        let node = self.nodes.get(id as usize).filter(|node| node.kind != Kind::Made);
        node.and_then(|node| self.text.get(node.start as usize..node.end as usize)).unwrap_or("")
    }

    /// The values directly in a container.
    pub(super) fn children(&self, id: Id) -> Children<'_, 'a> {
        let end = match self.nodes.get(id as usize) {
            Some(node) if matches!(node.kind, Kind::Object | Kind::Array) => node.next,
            _ => id + 1,
        };
        Children { tree: self, at: id + 1, end }
    }

    /// The items of an array or element; empty for anything else.
    pub(super) fn items(&self, id: Option<Id>) -> impl Iterator<Item = Id> + '_ {
        let container = id.filter(|id| self.xml || self.kind(*id) == Kind::Array);
        container.into_iter().flat_map(|id| self.children(id))
    }

    /// The raw name of a member, with escapes.
    pub(super) fn raw_key(&self, id: Id) -> &'a str {
        let key = self.nodes.get(id as usize).map_or((0, 0), |node| node.key);
        self.text.get(key.0 as usize..key.1 as usize).unwrap_or("")
    }

    /// The name of a member.
    pub(super) fn key(&self, id: Id) -> Cow<'a, str> {
        let raw = self.raw_key(id);
        match self.nodes.get(id as usize) {
            Some(node) if node.key_escaped => Cow::Owned(unescape(raw)),
            _ => Cow::Borrowed(raw),
        }
    }

    /// The location of a member's name, without its quotes.
    pub(super) fn key_span(&self, id: Id) -> Span {
        let key = self.nodes.get(id as usize).map_or((0, 0), |node| node.key);
        Span::new(key.0 as usize, key.1 as usize)
    }

    /// The location of a value; of a string the inside. An assembled one has that of its name.
    pub(super) fn span(&self, id: Id) -> Span {
        match self.nodes.get(id as usize) {
            Some(node) if node.kind == Kind::Made => self.key_span(id),
            Some(node) => Span::new(node.start as usize, node.end as usize),
            None => Span::new(0, 0),
        }
    }

    /// The members of an object; empty for anything else.
    pub(super) fn members(&self, id: Option<Id>) -> impl Iterator<Item = Id> + '_ {
        let object = id.filter(|id| self.kind(*id) == Kind::Object);
        object.into_iter().flat_map(|id| self.children(id))
    }

    /// True if this is the name of the member.
    pub(super) fn is_key(&self, id: Id, key: &str) -> bool {
        let raw = self.raw_key(id);
        raw == key || self.nodes.get(id as usize).is_some_and(|node| node.key_escaped) && unescape(raw) == key
    }

    /// The member of this name; of several the last one, as in most JSON parsers.
    pub(super) fn get(&self, id: Id, key: &str) -> Option<Id> {
        if self.kind(id) != Kind::Object {
            return None;
        }
        let mut found = None;
        for child in self.children(id) {
            if self.is_key(child, key) {
                found = Some(child);
            }
        }
        found
    }

    /// The text of a string or a number; of an element its own text.
    pub(super) fn text(&self, id: Id) -> Option<Cow<'a, str>> {
        let node = *self.nodes.get(id as usize)?;
        let text = match node.kind {
            Kind::Plain | Kind::Number => Cow::Borrowed(self.piece(id)),
            Kind::Escaped => Cow::Owned(unescape(self.piece(id))),
            Kind::Made => Cow::Owned(self.made.get(node.start as usize)?.clone()),
            Kind::Object if self.xml => {
                let own = self.children(id).find(|child| self.raw_key(*child).is_empty())?;
                return if self.kind(own) == Kind::Object { None } else { self.text(own) };
            }
            Kind::Object | Kind::Array | Kind::Bool | Kind::Null => return None,
        };
        Some(text)
    }

    /// The text of the member of this name, unless it is empty.
    pub(super) fn member(&self, id: Id, key: &str) -> Option<Cow<'a, str>> {
        some(self.text(self.get(id, key)?)?)
    }
}

/// `text`, trimmed, unless it is empty.
pub(super) fn some(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let trimmed = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    (!trimmed.is_empty()).then_some(trimmed)
}

/// The values directly in a container, in order.
pub(super) struct Children<'t, 'a> {
    tree: &'t Tree<'a>,
    at: Id,
    end: Id,
}

impl Iterator for Children<'_, '_> {
    type Item = Id;

    fn next(&mut self) -> Option<Id> {
        if self.at >= self.end {
            return None;
        }
        let id = self.at;
        self.at = self.tree.nodes.get(id as usize)?.next;
        Some(id)
    }
}

/// Unescapes a JSON string; an unpaired surrogate becomes U+FFFD.
pub(super) fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let mut chars = rest[at + 1..].chars();
        let Some(escape) = chars.next() else { return out };
        rest = chars.as_str();
        match escape {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'u' => {
                let Some(first) = unit(rest) else { continue };
                rest = &rest[4..];
                let second = rest.strip_prefix("\\u").and_then(unit);
                if let (0xd800..0xdc00, Some(low @ 0xdc00..0xe000)) = (first, second) {
                    rest = &rest[6..];
                    let code = 0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00);
                    out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                } else {
                    out.push(char::from_u32(first).unwrap_or('\u{fffd}'));
                }
            }
            other => out.push(other),
        }
    }
    out.push_str(rest);
    out
}

/// The four hexadecimal digits at the start.
fn unit(text: &str) -> Option<u32> {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn escapes() {
        assert_eq!(unescape(r#"a\"b\\c\/\n\u0041\ud83d\ude00"#), "a\"b\\c/\nA😀");
        assert_eq!(unescape(r"\ud83d \ude00 \ud83d\u0041 \u12"), "\u{fffd} \u{fffd} \u{fffd}A 12");
        assert_eq!(unescape("\\"), "");
    }
}
