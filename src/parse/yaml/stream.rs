//! Several documents in one text: each is parsed separately, so an error affects only one.

use std::ops::Range;

use super::{Document, Kind, Mistake, Value, read_first};
use crate::model::Span;

/// The most mappings merged into one, directly or indirectly.
const MERGES_MAX: usize = 64;
/// The most entries of a mapping, including merged ones.
const MERGED_MAX: usize = 1000;

/// A document's part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its bytes.
    pub range: Range<usize>,
    /// Its first line, from 1.
    pub line: u32,
}

/// The documents of a text, separated by lines of three dashes; nothing else in YAML starts with these.
pub fn pieces(bytes: &[u8]) -> impl Iterator<Item = Piece> {
    let is_mark = |at: usize| matches!(bytes.get(at + 3), None | Some(b' ' | b'\t' | b'\r' | b'\n'));
    let marks = memchr::memmem::find_iter(bytes, b"\n---").map(|at| at + 1);
    let ends = marks.filter(move |at| is_mark(*at)).chain([bytes.len()]);
    let (mut start, mut line) = (0, 1);
    ends.map(move |end| {
        let piece = Piece { range: start..end, line };
        let lines = memchr::memchr_iter(b'\n', &bytes[start..end]).count();
        line = line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        start = end;
        piece
    })
}

/// Parses one document of `bytes` as far as possible, and returns the error, if any. Locations refer to `bytes`.
#[must_use]
pub fn read(bytes: &[u8], piece: &Piece) -> (Document, Option<Mistake>) {
    let (mut document, mut mistake) = read_first(without_directives(&bytes[piece.range.clone()]), false);
    for node in &mut document.nodes {
        let Span { start, end } = node.span;
        node.span = Span::new(start + piece.range.start, end + piece.range.start);
        node.line = node.line.saturating_add(piece.line - 1);
    }
    if let Some(mistake) = &mut mistake {
        mistake.line = mistake.line.saturating_add(piece.line - 1);
    }
    (document, mistake)
}

/// `piece` without trailing directives of the next document.
fn without_directives(mut piece: &[u8]) -> &[u8] {
    while let Some(end) = piece.iter().rposition(|byte| !byte.is_ascii_whitespace()) {
        let start = memchr::memrchr(b'\n', &piece[..end]).map_or(0, |at| at + 1);
        if piece[start] != b'%' || start == 0 {
            break;
        }
        piece = &piece[..start];
    }
    piece
}

impl Document {
    /// True if a mapping has a key that is not a scalar, as an unquoted `{{ value }}` does: it is a template.
    #[must_use]
    pub fn has_compound_key(&self) -> bool {
        let is_compound = |key: &usize| {
            matches!(self.nodes.get(*key).map(|node| &node.kind), Some(Kind::List(_) | Kind::Map(_)))
        };
        self.nodes.iter().any(|node| match &node.kind {
            Kind::Map(nodes) => nodes.as_chunks::<2>().0.iter().any(|[key, _]| is_compound(key)),
            _ => false,
        })
    }
}

impl<'a> Value<'a> {
    /// An identifier within its document.
    #[must_use]
    pub fn id(self) -> usize {
        std::ptr::from_ref(self.node).addr()
    }

    /// The entry called `key`.
    #[must_use]
    pub fn entry(self, key: &str) -> Option<(Self, Self)> {
        self.entries().find(|(name, _)| name.text() == Some(key))
    }

    /// Its entries, including those merged by `<<`; its own come first, and win.
    #[must_use]
    pub fn merged(self) -> Vec<(Self, Self)> {
        let mut all: Vec<(Self, Self)> = Vec::new();
        let mut known = std::collections::HashSet::new();
        let mut seen = Vec::new();
        let mut rest = vec![self];
        while let Some(map) = rest.pop() {
            if seen.len() >= MERGES_MAX || seen.contains(&map.id()) {
                continue;
            }
            seen.push(map.id());
            let mut bases = Vec::new();
            for (key, value) in map.entries() {
                if key.text() == Some("<<") {
                    bases.extend(value.is_map().then_some(value).into_iter().chain(value.items()));
                } else if all.len() < MERGED_MAX && key.text().is_none_or(|name| known.insert(name)) {
                    all.push((key, value));
                }
            }
            // The first of several wins.
            rest.extend(bases.into_iter().rev());
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_one_by_one() {
        let text = "\u{feff}# one\n%YAML 1.2\n---\na: é\n--- # two\r\nb: [\n---not\n---\nc: |\n  ---\n  d\n...\n%YAML 1.2\n---\n{e: f}";
        let bytes = text.as_bytes();
        let pieces: Vec<Piece> = pieces(bytes).collect();
        assert_eq!(pieces.iter().map(|piece| piece.line).collect::<Vec<_>>(), [1, 3, 5, 8, 14]);
        assert_eq!(pieces.last().map(|piece| piece.range.end), Some(bytes.len()));
        let read: Vec<_> = pieces.iter().skip(1).map(|piece| read(bytes, piece)).collect();
        for (at, key, value, line) in [(0, "a", "é", 4), (3, "e", "f", 15)] {
            let found = read[at].0.root().get(key).expect("there");
            assert_eq!((&text[found.span().range()], found.line()), (value, line));
            assert_eq!(read[at].1, None);
        }
        assert_eq!(read[1].1.as_ref().map(|mistake| mistake.line >= 6), Some(true));
        assert_eq!(read[2].0.root().get("c").and_then(Value::text), Some("---\nd\n"));
        assert_eq!(read[2].1, None);
    }

    #[test]
    fn mappings_are_merged() {
        let text =
            "a: &a {x: 1, y: 1}\nb: &b {<<: *a, y: 2, z: 2}\nc: {<<: [*b, *a], z: 3}\nd: &d {<<: *d}\n";
        let document = super::super::read(text.as_bytes()).expect("it is well formed");
        let of = |key| document.root().get(key).expect("there").merged();
        let shown: Vec<_> = of("c").iter().map(|(key, value)| (key.text(), value.text())).collect();
        let pair = |key, value| (Some(key), Some(value));
        assert_eq!(shown, [pair("z", "3"), pair("y", "2"), pair("x", "1")]);
        assert!(of("d").is_empty());
        let mut bomb = "a0: &a0 {x: 1}\n".to_owned();
        for level in 1..200 {
            bomb += &format!("a{level}: &a{level} {{<<: [{}]}}\n", format!("*a{}, ", level - 1).repeat(10));
        }
        let document = super::super::read(bomb.as_bytes()).expect("it is well formed");
        assert!(document.root().get("a199").expect("there").merged().is_empty());
    }

    #[test]
    fn what_a_template_leaves_out_is_no_text() {
        let is_template =
            |text: &str| super::super::read(text.as_bytes()).map(|read| read.has_compound_key());
        assert_eq!(is_template("a: {{ .Values.a }}\n"), Ok(true));
        assert_eq!(is_template("a: '{{ .Values.a }}'\nb: {c: d}\n"), Ok(false));
    }
}
