//! YAML 1.2, with the location of every value. Sizes, depths and counts are bounded; an alias refers to its value,
//! never copies it.

pub mod stream;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::tree::yaml::Places;
use crate::model::Span;

/// The largest text in bytes.
pub(super) const BYTES_MAX: usize = 1 << 20;
/// The deepest nesting.
const DEPTH_MAX: usize = 128;
/// The most values of one document.
const NODES_MAX: usize = 200_000;
/// The most entries of a mapping that are read; many aliases may lead to one mapping.
const ENTRIES_MAX: usize = 1000;

/// A document.
#[derive(Clone, Debug)]
pub struct Document {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug)]
struct Node {
    line: u32,
    span: Span,
    kind: Kind,
}

/// The style of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Plain.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// A literal block after `|`.
    Literal,
    /// A folded block after `>`.
    Folded,
}

#[derive(Clone, Debug)]
enum Kind {
    Scalar(String, Style),
    List(Vec<usize>),
    /// Keys and values alternately.
    Map(Vec<usize>),
    /// An alias to a value that contains it.
    Nothing,
}

/// A syntax error, or an exceeded limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: u32,
    /// The message.
    pub message: String,
}

/// A value of a document.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    document: &'a Document,
    node: &'a Node,
}

/// Parses the first document of `bytes`.
///
/// # Errors
/// The first error.
pub fn read(bytes: &[u8]) -> Result<Document, Mistake> {
    let (document, mistake) = read_first(bytes, true);
    mistake.map_or(Ok(document), Err)
}

/// Parses the first document of `bytes` as far as possible, and returns the error, if any: a syntax error, or
/// further non-empty documents.
#[must_use]
pub fn read_partial(bytes: &[u8]) -> (Document, Option<Mistake>) {
    read_first(bytes, false)
}

/// The text of a file, and the size of a byte order mark before it.
///
/// # Errors
/// If it is too large, or not UTF-8.
pub(super) fn text_of(bytes: &[u8]) -> Result<(&str, usize), Mistake> {
    let mistake = |line, message: &str| Mistake { line, message: message.to_owned() };
    if bytes.len() > BYTES_MAX {
        return Err(mistake(1, "it is larger than 1 MiB"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        mistake(number(1 + memchr::memchr_iter(b'\n', before).count()), "it is not UTF-8")
    })?;
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok((body, text.len() - body.len()))
}

fn read_first(bytes: &[u8], stops: bool) -> (Document, Option<Mistake>) {
    let (body, shift) = match text_of(bytes) {
        Ok(text) => text,
        Err(mistake) => return (Builder::default().finish(), Some(mistake)),
    };
    let (document, mistake) = parse(body, shift, &[], stops);
    let Some(first) = &mistake else { return (document, mistake) };
    // The parser requires the closing bracket of a multi-line list to be indented; others do not.
    let Some((indented, put_in)) = with_brackets_indented(body) else { return (document, mistake) };
    let again = parse(&indented, shift, &put_in, stops);
    match &again.1 {
        Some(second) if second.line <= first.line => (document, mistake),
        _ => again,
    }
}

/// `text` with a space before each bracket that starts its line, and the positions of these spaces; `None` if
/// there is none.
fn with_brackets_indented(text: &str) -> Option<(String, Vec<usize>)> {
    let mut indented = String::with_capacity(text.len() + 64);
    let mut put_in = Vec::new();
    for line in text.split_inclusive('\n') {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        if line[blanks..].starts_with([']', '}']) {
            put_in.push(indented.len());
            indented.push(' ');
        }
        indented.push_str(line);
    }
    (!put_in.is_empty()).then_some((indented, put_in))
}

/// Parses the first document of `text`, into which spaces were inserted at some positions, in order; `shift` bytes
/// of the file precede it.
fn parse(text: &str, shift: usize, put_in: &[usize], stops: bool) -> (Document, Option<Mistake>) {
    let mistake = |line, message: &str| Mistake { line, message: message.to_owned() };
    let mut places = Places::new(text);
    let mut builder = Builder::default();
    let mut is_done = false;
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let line = number(error.marker().line());
                return (builder.finish(), Some(mistake(line, error.info())));
            }
        };
        let line = number(span.start.line());
        if is_done {
            match event {
                // An empty document is an empty plain scalar.
                Event::Scalar(text, ScalarStyle::Plain, ..) if text.is_empty() => {}
                Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(_) => {
                    let why = mistake(line, "a second document starts here; only the first one is read");
                    return (builder.finish(), Some(why));
                }
                _ => {}
            }
            continue;
        }
        let (mut start, mut end) = (places.byte(span.start), places.byte(span.end));
        let is_block = matches!(event, Event::Scalar(_, ScalarStyle::Literal | ScalarStyle::Folded, ..));
        if matches!(event, Event::Scalar(..)) && !is_block {
            let own = bare(text.get(start..end).unwrap_or_default());
            (start, end) = (start + own.start, start + own.end);
        }
        let place = |at: usize| at - put_in.partition_point(|blank| *blank < at) + shift;
        let (start, end) = (place(start), place(end));
        match builder.take(event, line, Span::new(start, end.max(start))) {
            Ok(Next::More) => {}
            Ok(Next::Done) if stops => break,
            Ok(Next::Done) => is_done = true,
            Err(message) => return (builder.finish(), Some(mistake(line, message))),
        }
    }
    (builder.finish(), None)
}

/// The range of the value itself in `source`: without an anchor and a tag before it, and blanks and comments after
/// it.
fn bare(source: &str) -> std::ops::Range<usize> {
    let mut text = source;
    while text.starts_with(['&', '!']) {
        let length = text.find(char::is_whitespace).unwrap_or(text.len());
        text = text[length..].trim_start();
    }
    let start = source.len() - text.len();
    let bytes = text.as_bytes();
    let end = match bytes.first() {
        Some(quote @ (b'"' | b'\'')) => {
            let mut at = 1;
            while at < bytes.len() {
                match bytes[at] {
                    b'\\' if *quote == b'"' => at += 1,
                    byte if byte == *quote && *quote == b'\'' && bytes.get(at + 1) == Some(quote) => at += 1,
                    byte if byte == *quote => break,
                    _ => {}
                }
                at += 1;
            }
            (at + 1).min(bytes.len())
        }
        _ => {
            let comment =
                memchr::memchr_iter(b'#', bytes).find(|at| *at > 0 && bytes[*at - 1].is_ascii_whitespace());
            text[..comment.unwrap_or(text.len())].trim_end().len()
        }
    };
    start..start + end
}

fn number(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX).max(1)
}

enum Next {
    More,
    Done,
}

/// Builds a document without recursion: from YAML events, or from another format.
#[derive(Default)]
pub(super) struct Builder {
    nodes: Vec<Node>,
    /// The open lists and mappings.
    open: Vec<usize>,
    /// Anchored values by the parser's number, once complete.
    anchors: std::collections::HashMap<usize, usize>,
    /// The anchor numbers of those in `open`.
    named: Vec<usize>,
}

impl Builder {
    /// Adds a scalar; an error names the exceeded limit.
    pub(super) fn scalar(
        &mut self,
        line: u32,
        span: Span,
        text: String,
        style: Style,
    ) -> Result<(), &'static str> {
        self.add(line, span, Kind::Scalar(text, style)).map(drop)
    }

    /// Opens a mapping or a list: what is added next is in it, for a mapping keys and values alternately.
    pub(super) fn open(&mut self, line: u32, span: Span, is_map: bool) -> Result<(), &'static str> {
        let kind = if is_map { Kind::Map(Vec::new()) } else { Kind::List(Vec::new()) };
        self.enter(line, span, kind, 0)
    }

    /// Closes the innermost container.
    pub(super) fn close(&mut self) {
        self.open.pop();
        self.named.pop();
    }

    /// An empty text is an empty document.
    pub(super) fn finish(mut self) -> Document {
        if self.nodes.is_empty() {
            self.nodes.push(Node { line: 1, span: Span::new(0, 0), kind: Kind::Nothing });
        }
        Document { nodes: self.nodes }
    }

    fn take(&mut self, event: Event<'_>, line: u32, span: Span) -> Result<Next, &'static str> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                };
                let node = self.add(line, span, Kind::Scalar(text.into_owned(), style))?;
                self.anchors.extend((anchor > 0).then_some((anchor, node)));
            }
            Event::SequenceStart(anchor, _) => self.enter(line, span, Kind::List(Vec::new()), anchor)?,
            Event::MappingStart(anchor, _) => self.enter(line, span, Kind::Map(Vec::new()), anchor)?,
            Event::SequenceEnd | Event::MappingEnd => {
                if let (Some(node), Some(anchor)) = (self.open.pop(), self.named.pop()) {
                    if let Some(node) = self.nodes.get_mut(node) {
                        node.span.end = span.end.max(node.span.start);
                    }
                    self.anchors.extend((anchor > 0).then_some((anchor, node)));
                }
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => self.hang(*node),
                None => drop(self.add(line, span, Kind::Nothing)?),
            },
            Event::DocumentEnd => return Ok(Next::Done),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
        }
        Ok(Next::More)
    }

    fn enter(&mut self, line: u32, span: Span, kind: Kind, anchor: usize) -> Result<(), &'static str> {
        if self.open.len() >= DEPTH_MAX {
            return Err("it is nested too deep");
        }
        let node = self.add(line, span, kind)?;
        self.open.push(node);
        self.named.push(anchor);
        Ok(())
    }

    fn add(&mut self, line: u32, span: Span, kind: Kind) -> Result<usize, &'static str> {
        if self.nodes.len() >= NODES_MAX {
            return Err("it has too many values");
        }
        let node = self.nodes.len();
        self.nodes.push(Node { line, span, kind });
        self.hang(node);
        Ok(node)
    }

    /// Adds `node` to the innermost container.
    fn hang(&mut self, node: usize) {
        let Some(parent) = self.open.last() else { return };
        if let Some(Node { kind: Kind::List(nodes) | Kind::Map(nodes), .. }) = self.nodes.get_mut(*parent) {
            nodes.push(node);
        }
    }
}

impl Document {
    /// Every value of the document, including keys, once each, by their start.
    pub fn values(&self) -> impl Iterator<Item = Value<'_>> {
        self.nodes.iter().map(|node| Value { document: self, node })
    }

    /// The top-level value.
    #[must_use]
    pub fn root(&self) -> Value<'_> {
        Value { document: self, node: self.nodes.first().expect("no document is made without a value") }
    }
}

impl<'a> Value<'a> {
    fn at(self, node: usize) -> Option<Self> {
        Some(Self { node: self.document.nodes.get(node)?, ..self })
    }

    /// Its first line, from 1; for a block after `|` or `>` that of its text.
    #[must_use]
    pub fn line(self) -> u32 {
        self.node.line
    }

    /// Its text, if it is a scalar, including numbers and booleans.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        match &self.node.kind {
            Kind::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    /// Its location: with its quotes, for a block from its first line on.
    #[must_use]
    pub fn span(self) -> Span {
        self.node.span
    }

    /// The style of its text; plain if it is not a scalar.
    #[must_use]
    pub fn style(self) -> Style {
        match self.node.kind {
            Kind::Scalar(_, style) => style,
            _ => Style::Plain,
        }
    }

    /// True if it is empty: no text, list or mapping.
    #[must_use]
    pub fn is_nothing(self) -> bool {
        match &self.node.kind {
            Kind::Nothing => true,
            Kind::Scalar(text, style) => *style == Style::Plain && matches!(text.as_str(), "" | "~" | "null"),
            Kind::List(_) | Kind::Map(_) => false,
        }
    }

    /// True if it is a list.
    #[must_use]
    pub fn is_list(self) -> bool {
        matches!(self.node.kind, Kind::List(_))
    }

    /// Its items; empty if it is not a list.
    pub fn items(self) -> impl Iterator<Item = Self> {
        let nodes = match &self.node.kind {
            Kind::List(nodes) => nodes.as_slice(),
            _ => &[],
        };
        nodes.iter().filter_map(move |node| self.at(*node))
    }

    /// Its first thousand entries; empty if it is not a mapping.
    pub fn entries(self) -> impl Iterator<Item = (Self, Self)> {
        let nodes = match &self.node.kind {
            Kind::Map(nodes) => nodes.as_slice(),
            _ => &[],
        };
        let pairs = nodes.as_chunks::<2>().0.iter().take(ENTRIES_MAX);
        pairs.filter_map(move |[key, value]| Some((self.at(*key)?, self.at(*value)?)))
    }

    /// The value at `key`.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Self> {
        self.entries().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// True if it is a mapping.
    #[must_use]
    pub fn is_map(self) -> bool {
        matches!(self.node.kind, Kind::Map(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_lines() {
        let text = "\u{feff}# one\na: &x\n  - b\n  - {c: 'd', e: |\n";
        assert!(read(text.as_bytes()).is_err());
        let text = "# one\na: &x\n  - b\n  - {c: 'd'}\nf: |\n  g\n  h\ni: *x\n";
        let document = read(text.as_bytes()).expect("it is well formed");
        let root = document.root();
        let items: Vec<_> = root.get("a").expect("there").items().map(Value::line).collect();
        assert_eq!(items, [3, 4]);
        assert_eq!(root.get("f").and_then(Value::text), Some("g\nh\n"));
        assert_eq!(root.get("f").map(Value::line), Some(6));
        let alias = root.get("i").expect("there").items().nth(1).and_then(|item| item.get("c"));
        assert_eq!(alias.and_then(Value::text), Some("d"));
    }

    #[test]
    fn values_stand_where_they_do_however_the_file_is_written() {
        let plain = "---\na: &x one\n'b' : \"tw\u{f6}\" # c\nd: [*x, { e: f }]\ng: |2-\n    h\n   i\nj: >-\n  k\n\n  l\nm:\n- n\n...\n";
        let marked = format!("\u{feff}{plain}");
        let windows = plain.replace('\n', "\r\n");
        let both = format!("\u{feff}%YAML 1.2\r\n{windows}");
        let tabs = plain.replace(" # c", "\t# c").replace("a: &x one", "a:\t&x\tone");
        for (text, line) in [(plain, 1), (&marked, 1), (&windows, 1), (&both, 2), (&tabs, 1)] {
            let document = read(text.as_bytes()).expect("it is well formed");
            let root = document.root();
            let shown = |value: Value<'_>| (text[value.span().range()].to_owned(), value.line() - line);
            let keys: Vec<_> = root.entries().map(|(key, _)| shown(key).0).collect();
            assert_eq!(keys, ["a", "'b'", "d", "g", "j", "m"], "{text:?}");
            let of = |key| shown(root.get(key).expect("there"));
            assert_eq!(of("a"), ("one".to_owned(), 1), "{text:?}");
            assert_eq!(of("b"), ("\"tw\u{f6}\"".to_owned(), 2), "{text:?}");
            let items: Vec<_> = root.get("d").expect("there").items().map(shown).collect();
            // An aliased value has the location of its anchor.
            assert_eq!(items[0], ("one".to_owned(), 1), "{text:?}");
            assert_eq!(items[1].0, "{ e: f }", "{text:?}");
            let (block, at) = of("g");
            assert!(at == 5 && block.trim_start().starts_with('h'), "{block:?} {at}");
            assert_eq!(root.get("j").map(Value::line), Some(line + 8), "{text:?}");
            assert_eq!(root.get("m").and_then(|m| m.items().next()).map(shown).map(|(_, at)| at), Some(12));
        }
        let quoted = "a: 'it''s' # c\nb: \"\\\" #\" # c\nc: one#two # c\n# d\nd: !!str 'x'\n";
        let document = read(quoted.as_bytes()).expect("it is well formed");
        let values = document.root().entries().map(|(_, value)| &quoted[value.span().range()]);
        assert_eq!(values.collect::<Vec<_>>(), ["'it''s'", "\"\\\" #\"", "one#two", "'x'"]);
        let (first, mistake) = read_partial(b"a: 1\r\n---\r\nb: 2\r\n");
        assert_eq!(first.root().get("a").and_then(Value::text), Some("1"));
        assert_eq!(mistake.map(|mistake| mistake.line), Some(3));
        assert_eq!(read_partial(b"---\na: 1\n---\n").1, None);
        assert!(read(b"a:\n\tb: 1\n").is_err());
    }

    #[test]
    fn what_is_no_yaml_is_told_with_its_line() {
        let line = |bytes: &[u8]| read(bytes).map(drop).map_err(|mistake| mistake.line);
        assert_eq!(line(b"a: b\nc: [\n"), Err(3));
        assert_eq!(line(b"a: b\n\xff"), Err(2));
        assert_eq!(line(b"a: *unknown\n"), Err(1));
        assert_eq!(line(b""), Ok(()));
        assert_eq!(line(b"---\n...\n"), Ok(()));
        let keys = read(b"{a, b: }").expect("it is well formed");
        assert_eq!(keys.root().entries().count(), 2);
    }

    #[test]
    fn brackets_may_close_where_their_key_starts() {
        let text = "on:\n  push:\n    branches: [\n      a,\n      b\n    ]\nc: {\n  d: 'é'\n}\ne: f\n";
        let document = read(text.as_bytes()).expect("it is read like others do");
        let root = document.root();
        let branches = root.get("on").and_then(|on| on.get("push")?.get("branches")).expect("there");
        assert_eq!(branches.items().filter_map(Value::text).collect::<Vec<_>>(), ["a", "b"]);
        for (key, value, line) in [("c", "{\n  d: 'é'\n}", 7), ("e", "f", 10)] {
            let found = root.get(key).expect("there");
            assert_eq!((&text[found.span().range()], found.line()), (value, line));
        }
        assert_eq!(read(b"a: [\n]\nb: [\n").map(drop).map_err(|mistake| mistake.line), Err(4));
    }

    #[test]
    fn hostile_texts_are_bounded() {
        let deep = "- ".repeat(100_000);
        assert_eq!(
            read(deep.as_bytes()).map(drop).map_err(|mistake| mistake.message).err().as_deref(),
            Some("it is nested too deep")
        );
        assert!(read("[".repeat(100_000).as_bytes()).is_err());
        assert!(read("- a\n".repeat(250_000).as_bytes()).is_err());
        assert!(read(&vec![b'a'; BYTES_MAX + 1]).is_err());
        // Each list contains the one before ten times, and none contains itself.
        let mut bomb = "a0: &a0 [x]\n".to_owned();
        for level in 1..100 {
            bomb += &format!("a{level}: &a{level} [{}]\n", format!("*a{}, ", level - 1).repeat(10));
        }
        let document = read(bomb.as_bytes()).expect("it is well formed");
        assert!(document.nodes.len() < 300, "{}", document.nodes.len());
        let document = read(b"&a [b, *a]").expect("it is well formed");
        let texts: Vec<_> = document.root().items().map(Value::text).collect();
        assert_eq!(texts, [Some("b"), None]);
        assert_eq!(document.root().items().flat_map(Value::items).count(), 0);
    }
}
