//! Settings in JSON with comments, TOML and YAML as one kind of document, with the location of every value.
//!
//! A text is read up to the first error, which is reported with its line. Sizes, depths and counts are bounded as
//! for YAML.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::lines::{LineIndex, number};
use super::tree::json::{self, Dialect};
use super::tree::{Id, Kind, Tree};
use super::yaml::{self, Builder, Document, Mistake, Style};
use crate::model::Span;

/// The deepest nesting of TOML tables.
const DEPTH_MAX: usize = 128;

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON, with comments and trailing commas.
    Json,
    /// TOML.
    Toml,
    /// YAML; only the first document is read.
    Yaml,
}

impl Format {
    /// The format of the file `name`, by its extension.
    #[must_use]
    pub fn of(name: &[u8]) -> Option<Self> {
        let ending = memchr::memrchr(b'.', name).map(|dot| name[dot + 1..].to_ascii_lowercase())?;
        match ending.as_slice() {
            b"json" | b"jsonc" | b"json5" | b"hook" => Some(Self::Json),
            _ if name.ends_with(b".code-workspace") => Some(Self::Json),
            b"toml" => Some(Self::Toml),
            b"yml" | b"yaml" => Some(Self::Yaml),
            _ => None,
        }
    }
}

/// Parses `bytes` as far as possible, and returns the errors. Locations of strings include their quotes.
#[must_use]
pub fn read(bytes: &[u8], format: Format) -> (Document, Option<Mistake>) {
    if format == Format::Yaml {
        return yaml::read_partial(bytes);
    }
    let (body, shift) = match yaml::text_of(bytes) {
        Ok(text) => text,
        Err(mistake) => return (Builder::default().finish(), Some(mistake)),
    };
    let mut writer = Writer { builder: Builder::default(), lines: LineIndex::new(body.as_bytes()), shift };
    let mistake = match format {
        Format::Json => of_json(body, &mut writer),
        Format::Toml | Format::Yaml => of_toml(body, &mut writer),
    };
    let mistake =
        mistake.map(|(at, message)| Mistake { line: number(writer.lines.line(at.min(body.len()))), message });
    (writer.builder.finish(), mistake)
}

/// Builds a document.
struct Writer {
    builder: Builder,
    lines: LineIndex,
    /// Bytes of the file before the text.
    shift: usize,
}

/// Where a text stops being readable, and why.
type Failure = (usize, String);

impl Writer {
    fn place(&self, span: Span) -> (u32, Span) {
        (number(self.lines.line(span.start)), Span::new(span.start + self.shift, span.end + self.shift))
    }

    fn scalar(&mut self, span: Span, text: String, style: Style) -> Result<(), Failure> {
        let (line, place) = self.place(span);
        self.builder.scalar(line, place, text, style).map_err(|why| (span.start, why.to_owned()))
    }

    fn open(&mut self, span: Span, is_map: bool) -> Result<(), Failure> {
        let (line, place) = self.place(span);
        self.builder.open(line, place, is_map).map_err(|why| (span.start, why.to_owned()))
    }
}

fn of_json(text: &str, writer: &mut Writer) -> Option<Failure> {
    if text.trim_start().is_empty() {
        return None;
    }
    let read = json::read(text, Dialect::Relaxed).partial;
    let put = read.tree.root().map_or(Ok(()), |root| json_value(&read.tree, root, writer));
    put.err().or_else(|| read.error.map(|(at, why)| (at, format!("it {why}"))))
}

/// The reader bounds the depth of the tree.
fn json_value(tree: &Tree<'_>, id: Id, writer: &mut Writer) -> Result<(), Failure> {
    let (kind, span) = (tree.kind(id), tree.span(id));
    match kind {
        Kind::Object | Kind::Array => {
            let is_map = kind == Kind::Object;
            writer.open(span, is_map)?;
            for child in tree.children(id) {
                if is_map {
                    let key = tree.key_span(child);
                    let place = Span::new(key.start.saturating_sub(1), key.end + 1);
                    writer.scalar(place, tree.key(child).into_owned(), Style::Quoted)?;
                }
                json_value(tree, child, writer)?;
            }
            writer.builder.close();
            Ok(())
        }
        Kind::Plain | Kind::Escaped | Kind::Made => {
            let text = tree.text(id).unwrap_or_default().into_owned();
            writer.scalar(Span::new(span.start.saturating_sub(1), span.end + 1), text, Style::Quoted)
        }
        Kind::Number | Kind::Bool | Kind::Null => {
            writer.scalar(span, tree.piece(id).to_owned(), Style::Plain)
        }
    }
}

fn of_toml(text: &str, writer: &mut Writer) -> Option<Failure> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let put = toml_table(table.get_ref(), Span::new(0, text.len()), 0, text, writer);
    let error = || {
        let first = errors.first()?;
        let at = first.span().map_or(0, |span| span.start);
        Some((at, format!("it is not TOML: {}", crate::model::text::escaped(first.message()))))
    };
    put.err().or_else(error)
}

fn toml_table(
    table: &DeTable<'_>,
    span: Span,
    depth: usize,
    text: &str,
    writer: &mut Writer,
) -> Result<(), Failure> {
    writer.open(within(text, span.start..span.end), true)?;
    for (key, value) in table {
        writer.scalar(within(text, key.span()), key.get_ref().to_string(), Style::Plain)?;
        toml_value(value, depth + 1, text, writer)?;
    }
    writer.builder.close();
    Ok(())
}

fn toml_value(
    value: &Spanned<DeValue<'_>>,
    depth: usize,
    text: &str,
    writer: &mut Writer,
) -> Result<(), Failure> {
    let span = within(text, value.span());
    if depth > DEPTH_MAX {
        return Err((span.start, "it is nested too deep".to_owned()));
    }
    match value.get_ref() {
        DeValue::String(string) => writer.scalar(span, string.to_string(), Style::Quoted),
        DeValue::Array(items) => {
            writer.open(span, false)?;
            for item in items {
                toml_value(item, depth + 1, text, writer)?;
            }
            writer.builder.close();
            Ok(())
        }
        DeValue::Table(table) => toml_table(table, span, depth, text, writer),
        _ => {
            let piece = text.get(span.start..span.end).unwrap_or_default().to_owned();
            writer.scalar(span, piece, Style::Plain)
        }
    }
}

/// `range` as a span of `text`, whatever the parser reports for a malformed text.
fn within(text: &str, range: std::ops::Range<usize>) -> Span {
    let end = range.end.min(text.len());
    Span::new(range.start.min(end), end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parse::yaml::Value;

    fn piece<'a>(text: &'a str, value: Option<Value<'_>>) -> &'a str {
        &text[value.expect("it is there").span().range()]
    }

    #[test]
    fn json_has_comments_and_last_commas() {
        let text =
            "\u{feff}// one\r\n{\r\n  \"a\": [1, \"b\\n\",], /* two */\r\n  \"c\": {\"d\": true,},\r\n}\r\n";
        let (document, mistake) = read(text.as_bytes(), Format::Json);
        assert_eq!(mistake, None);
        let root = document.root();
        assert_eq!(piece(text, root.get("a")), "[1, \"b\\n\",]");
        let items: Vec<_> = root.get("a").expect("there").items().filter_map(Value::text).collect();
        assert_eq!(items, ["1", "b\n"]);
        let d = root.get("c").and_then(|c| c.get("d")).expect("there");
        assert_eq!((d.text(), d.style(), d.line()), (Some("true"), Style::Plain, 4));
        let (key, _) = root.entries().nth(1).expect("there are two");
        assert_eq!(&text[key.span().range()], "\"c\"");
    }

    #[test]
    fn toml_has_places() {
        let text = "a = 'x' # c\n[b.\"c d\"]\ne = [1, \"f\"]\ng = { h = true }\n[[i]]\nj = 1\n[[i]]\nj = 2\n";
        let (document, mistake) = read(text.as_bytes(), Format::Toml);
        assert_eq!(mistake, None);
        let root = document.root();
        assert_eq!(piece(text, root.get("a")), "'x'");
        let c = root.get("b").and_then(|b| b.get("c d")).expect("there");
        assert_eq!(piece(text, c.get("e")), "[1, \"f\"]");
        assert_eq!(c.get("g").and_then(|g| g.get("h")).and_then(Value::text), Some("true"));
        let numbers = root.get("i").expect("there").items().filter_map(|item| item.get("j"));
        assert_eq!(numbers.map(Value::line).collect::<Vec<_>>(), [6, 8]);
    }

    #[test]
    fn what_stands_before_a_mistake_is_there() {
        let (document, mistake) = read(b"{\"a\": 1,\n \"b\": nothing}", Format::Json);
        assert_eq!(mistake.map(|mistake| mistake.line), Some(2));
        assert_eq!(document.root().get("a").and_then(Value::text), Some("1"));
        let (document, mistake) = read(b"a = 1\nb = =\nc = 3\n", Format::Toml);
        assert_eq!(mistake.map(|mistake| mistake.line), Some(2));
        assert_eq!(document.root().get("a").and_then(Value::text), Some("1"));
        let (_, mistake) = read(b"{\n\xff}", Format::Json);
        assert_eq!(mistake.map(|mistake| mistake.line), Some(2));
        assert_eq!(read(b" \n", Format::Json).1, None);
    }

    #[test]
    fn hostile_texts_are_bounded() {
        for (deep, format) in [("[", Format::Json), ("{\"a\":", Format::Json), ("a = [", Format::Toml)] {
            let text = format!("{deep}{}", deep.trim_start_matches("a = ").repeat(100_000));
            assert!(read(text.as_bytes(), format).1.is_some(), "{deep}");
        }
        assert!(read(format!("[{}1]", "1,".repeat(300_000)).as_bytes(), Format::Json).1.is_some());
        assert!(read(&vec![b' '; yaml::BYTES_MAX + 1], Format::Json).1.is_some());
    }

    proptest! {
        /// Locations stay within the text however it is truncated or changed.
        #[test]
        fn places_lie_in_the_text(
            text in "(\\{\"a\": \\[1, \"é\", \\{\"b\": null\\}\\], // c\n\"d\": \"e\"\\}|a = \"x\"\n\\[b.c\\]\nd = \\[1, 'é'\\]\n)",
            at in 0usize..60,
            byte in any::<u8>(),
        ) {
            let mut bytes = text.into_bytes();
            let at = at % bytes.len();
            let cut = bytes[..at].to_vec();
            bytes[at] = byte;
            for bytes in [cut, bytes] {
                for format in [Format::Json, Format::Toml, Format::Yaml] {
                    let (document, mistake) = read(&bytes, format);
                    let lines = 1 + bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
                    for value in document.values() {
                        let span = value.span();
                        prop_assert!(span.start <= span.end && span.end <= bytes.len());
                        prop_assert!(value.line() as usize <= lines + 1);
                    }
                    prop_assert!(mistake.is_none_or(|mistake| mistake.line as usize <= lines + 1));
                }
            }
        }
    }
}
