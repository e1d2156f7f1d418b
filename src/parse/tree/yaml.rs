//! Parses YAML to a tree, event by event, without recursion. The top-level value is the list of documents.
//!
//! All scalars are strings, as written. An alias is null: its value is where the anchor is.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::{DEPTH_MAX, Id, Key, Kind, NODES_MAX, Partial, Tree};

/// Reads all documents of `text`.
pub(in crate::parse) fn read(text: &str) -> Partial<'_> {
    let mut tree = Tree::new(text, false);
    let root = tree.push(Kind::Array, None, 0, 0);
    let open = vec![Open { id: root, mapping: false, key: None }];
    let places = Places::new(text);
    let mut reader = Reader { tree, places, open };
    let error = reader.run().err();
    let end = error.as_ref().map_or(text.len(), |(at, _)| *at);
    for open in std::mem::take(&mut reader.open) {
        reader.tree.close(open.id, end);
    }
    Partial { tree: reader.tree, error }
}

/// An open mapping or list.
struct Open {
    id: Id,
    mapping: bool,
    /// The key of the next value.
    key: Option<Key>,
}

struct Reader<'a> {
    tree: Tree<'a>,
    places: Places<'a>,
    open: Vec<Open>,
}

impl Reader<'_> {
    fn run(&mut self) -> Result<(), (usize, String)> {
        for event in Parser::new_from_str(self.tree.text) {
            let (event, span) =
                event.map_err(|error| (self.places.byte(*error.marker()), error.info().to_owned()))?;
            self.take(event, span)?;
        }
        Ok(())
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), (usize, String)> {
        match event {
            Event::Scalar(value, style, _, _) => {
                let place = self.place(span, style);
                if self.awaits_key() {
                    let escaped = style == ScalarStyle::DoubleQuoted;
                    if let Some(open) = self.open.last_mut() {
                        open.key = Some((place.0 as u32, place.1 as u32, escaped));
                    }
                    return Ok(());
                }
                let key = self.room(place.0)?;
                if self.tree.text.get(place.0..place.1) == Some(value.as_ref()) {
                    let kind = if value.is_empty() { Kind::Null } else { Kind::Plain };
                    self.tree.push(kind, key, place.0, place.1);
                } else if style == ScalarStyle::Plain && place.0 == place.1 {
                    self.tree.push(Kind::Null, key, place.0, place.1);
                } else {
                    self.tree.push_made(key, value.into_owned());
                }
            }
            Event::Alias(_) => {
                let at = self.places.byte(span.start);
                self.value_expected(at)?;
                let key = self.room(at)?;
                self.tree.push(Kind::Null, key, at, at);
            }
            Event::SequenceStart(..) => self.enter(span, Kind::Array)?,
            Event::MappingStart(..) => self.enter(span, Kind::Object)?,
            Event::SequenceEnd | Event::MappingEnd => {
                let end = self.places.byte(span.end);
                if let Some(open) = self.open.pop() {
                    self.tree.close(open.id, end);
                }
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn enter(&mut self, span: Span, kind: Kind) -> Result<(), (usize, String)> {
        let at = self.places.byte(span.start);
        self.value_expected(at)?;
        if self.open.len() > DEPTH_MAX {
            return Err((at, format!("is nested deeper than {DEPTH_MAX} levels")));
        }
        let key = self.room(at)?;
        let id = self.tree.push(kind, key, at, at);
        self.open.push(Open { id, mapping: kind == Kind::Object, key: None });
        Ok(())
    }

    /// True if the next scalar is a key.
    fn awaits_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.mapping && open.key.is_none())
    }

    fn value_expected(&self, at: usize) -> Result<(), (usize, String)> {
        match self.awaits_key() {
            true => Err((at, "has a key that is not a plain text".to_owned())),
            false => Ok(()),
        }
    }

    /// The key of the next value, unless the tree is full.
    fn room(&mut self, at: usize) -> Result<Option<Key>, (usize, String)> {
        match self.tree.is_full() {
            true => Err((at, format!("holds more than {NODES_MAX} values"))),
            false => Ok(self.open.last_mut().and_then(|open| open.key.take())),
        }
    }

    /// The location of a scalar, without its quotes.
    fn place(&mut self, span: Span, style: ScalarStyle) -> (usize, usize) {
        let (start, end) = (self.places.byte(span.start), self.places.byte(span.end));
        let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
        match quoted && end >= start + 2 {
            true => (start + 1, end - 1),
            false => (start, end),
        }
    }
}

/// Converts character offsets of the parser to bytes. Events come in text order.
pub(in crate::parse) struct Places<'a> {
    text: &'a str,
    ascii: bool,
    chars: usize,
    bytes: usize,
}

impl<'a> Places<'a> {
    pub(in crate::parse) fn new(text: &'a str) -> Self {
        Self { text, ascii: text.is_ascii(), chars: 0, bytes: 0 }
    }

    pub(in crate::parse) fn byte(&mut self, mark: Marker) -> usize {
        if self.ascii {
            return mark.index().min(self.text.len());
        }
        if let Some(more) = mark.index().checked_sub(self.chars).filter(|more| *more > 0) {
            let rest = &self.text[self.bytes..];
            let step = rest.char_indices().nth(more).map_or(rest.len(), |(at, _)| at);
            (self.chars, self.bytes) = (mark.index(), self.bytes + step);
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> String {
        let Partial { tree, error } = read(text);
        assert_eq!(error, None, "{text}");
        let mut out = String::new();
        let mut rest: Vec<Id> = tree.items(tree.root()).collect();
        rest.reverse();
        while let Some(id) = rest.pop() {
            let value = tree.text(id).unwrap_or_default();
            out += &format!("{}={value}@{:?} ", tree.key(id), &text[tree.span(id).range()]);
            let mut inner: Vec<Id> = tree.children(id).collect();
            inner.reverse();
            rest.extend(inner);
        }
        out
    }

    #[test]
    fn values_have_their_places() {
        assert_eq!(
            parsed("é: 'ü'\nb: {c: \"d\"}\n"),
            "=@\"é: 'ü'\\nb: {c: \\\"d\\\"}\\n\" é=ü@\"ü\" b=@\"{c: \\\"d\\\"}\" c=d@\"d\" "
        );
        let text = "a:\n  b: 1\n  c:\n---\n- x\n";
        let tree = read(text).tree;
        let documents: Vec<Id> = tree.items(tree.root()).collect();
        assert_eq!(documents.len(), 2);
        let a = tree.get(documents[0], "a").expect("it is there");
        assert_eq!(tree.member(a, "b").as_deref(), Some("1"));
        assert_eq!(tree.get(a, "c").map(|id| tree.kind(id)), Some(Kind::Null));
    }

    #[test]
    fn what_stands_before_an_error_is_there() {
        let text = "a:\n  b: 1\n  'c\n";
        let Partial { tree, error } = read(text);
        assert!(error.is_some());
        let a = tree.items(tree.root()).next().and_then(|root| tree.get(root, "a")).expect("it was opened");
        assert_eq!(tree.member(a, "b").as_deref(), Some("1"));
    }

    #[test]
    fn hostile_texts_are_bounded() {
        for deep in ["- ", "[", "{a: "] {
            assert!(read(&deep.repeat(100_000)).error.is_some(), "{deep}");
        }
        assert!(read("? [a]\n: b\n").error.is_some());
        let bomb = "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n";
        assert!(read(bomb).tree.len() < 20);
    }
}
