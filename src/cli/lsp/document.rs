//! A document as the editor has it: its text, the changes to it, and places in it.

use lsp_types::{Position, PositionEncodingKind, Range, TextDocumentContentChangeEvent};

use crate::model::{Region, Span};

/// What a column counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    #[default]
    Utf16,
    Utf32,
}

impl Encoding {
    /// The first of these names that is known.
    pub(super) fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let known = |name: &str| [Self::Utf8, Self::Utf16, Self::Utf32].into_iter().find(|one| one.is(name));
        names.into_iter().find_map(known).unwrap_or_default()
    }

    fn is(self, name: &str) -> bool {
        self.kind().as_str() == name
    }

    pub(super) const fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    const fn units(self, c: char) -> u32 {
        match self {
            Self::Utf8 => c.len_utf8() as u32,
            Self::Utf16 => c.len_utf16() as u32,
            Self::Utf32 => 1,
        }
    }
}

/// The text of a document.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) text: String,
    encoding: Encoding,
    /// Where each line starts.
    lines: Vec<usize>,
}

impl Document {
    pub(super) fn new(text: String, encoding: Encoding) -> Self {
        let lines = starts(&text);
        Self { text, encoding, lines }
    }

    /// Makes one change. What lies outside of the text is taken to be at its nearest end.
    pub(super) fn change(&mut self, change: TextDocumentContentChangeEvent) {
        let Some(range) = change.range else {
            *self = Self::new(change.text, self.encoding);
            return;
        };
        let (start, end) = (self.offset(range.start), self.offset(range.end));
        self.text.replace_range(start.min(end)..end.max(start), &change.text);
        self.lines = starts(&self.text);
    }

    /// A line without its end; 0 is the first.
    pub(super) fn line(&self, number: usize) -> &str {
        let Some(start) = self.lines.get(number) else { return "" };
        let end = self.lines.get(number + 1).copied().unwrap_or(self.text.len());
        self.text[*start..end].trim_end_matches(['\n', '\r'])
    }

    /// Where a line starts; 0 is the first.
    pub(super) fn start(&self, number: usize) -> usize {
        self.lines.get(number).copied().unwrap_or(self.text.len())
    }

    /// What lines end in: as the first one does.
    pub(super) fn line_end(&self) -> &'static str {
        let first = &self.text[..self.lines.get(1).copied().unwrap_or(0)];
        if first.ends_with("\r\n") { "\r\n" } else { "\n" }
    }

    /// The byte at a position.
    fn offset(&self, position: Position) -> usize {
        let Some(start) = self.lines.get(position.line as usize) else { return self.text.len() };
        let line = self.line(position.line as usize);
        let mut units = 0;
        let before = line.char_indices().find(|(_, c)| {
            units += self.encoding.units(*c);
            units > position.character
        });
        start + before.map_or(line.len(), |(at, _)| at)
    }

    /// The position of a byte.
    fn position(&self, offset: usize) -> Position {
        let line = self.lines.partition_point(|start| *start <= offset).saturating_sub(1);
        let before = self.text.get(self.lines[line]..offset).unwrap_or_default();
        Position::new(line as u32, before.chars().map(|c| self.encoding.units(c)).sum())
    }

    /// The range of these bytes.
    pub(super) fn range(&self, span: Span) -> Range {
        Range::new(self.position(span.start), self.position(span.end))
    }

    /// The range of a region; the first line if that is empty.
    pub(super) fn of_region(&self, region: Region) -> Range {
        let column = |line: u32, column: u32| {
            let line = line.saturating_sub(1);
            let mut left = column.saturating_sub(1);
            let mut units = 0;
            for c in self.line(line as usize).chars() {
                if left == 0 {
                    break;
                }
                left = left.saturating_sub(c.len_utf16() as u32);
                units += self.encoding.units(c);
            }
            Position::new(line, units)
        };
        let start = column(region.start_line, region.start_column);
        let end = column(region.end_line, region.end_column);
        if start < end {
            return Range::new(start, end);
        }
        Range::new(Position::new(start.line, 0), column(region.start_line, u32::MAX))
    }
}

/// Where lines start: behind LF, CR or both, as findings count them.
fn starts(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let ends = memchr::memchr2_iter(b'\n', b'\r', bytes)
        .filter(|at| bytes[*at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'));
    std::iter::once(0).chain(ends.map(|at| at + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(range: Option<[u32; 4]>, text: &str) -> TextDocumentContentChangeEvent {
        let range = range.map(|[a, b, c, d]| Range::new(Position::new(a, b), Position::new(c, d)));
        TextDocumentContentChangeEvent { range, range_length: None, text: text.to_owned() }
    }

    #[test]
    fn columns_count_what_was_agreed_on() {
        // Four bytes, two units of UTF-16, one character.
        for (encoding, columns) in
            [(Encoding::Utf8, [7, 13]), (Encoding::Utf16, [4, 8]), (Encoding::Utf32, [3, 6])]
        {
            let mut document = Document::new("a\r\né🔑 = 🔑b\rc".to_owned(), encoding);
            let region = Region { start_line: 2, start_column: 5, end_line: 2, end_column: 9 };
            let range = document.of_region(region);
            assert_eq!([range.start.character, range.end.character], columns, "{encoding:?}");
            assert_eq!(range, document.range(Span::new(10, 16)));
            document.change(change(Some([1, columns[0], 1, columns[1]]), "X"));
            assert_eq!(document.text, "a\r\né🔑 Xb\rc");
        }
    }

    #[test]
    fn changes_outside_of_the_text_do_no_harm() {
        let mut document = Document::new("ab\ncd".to_owned(), Encoding::Utf16);
        document.change(change(Some([7, 9, 8, 1]), "!"));
        assert_eq!(document.text, "ab\ncd!");
        document.change(change(Some([1, 99, 0, 1]), "-"));
        assert_eq!(document.text, "a-");
        // A line does not include its end.
        document.change(change(None, "x\r\ny"));
        document.change(change(Some([0, 9, 0, 9]), "z"));
        assert_eq!((document.text.as_str(), document.line(1), document.line_end()), ("xz\r\ny", "y", "\r\n"));
        assert_eq!((document.line(9), document.of_region(Region::TOP).end.character), ("", 2));
        // Half of a pair of surrogates is all of it.
        let mut document = Document::new("🔑".to_owned(), Encoding::Utf16);
        document.change(change(Some([0, 1, 0, 1]), "a"));
        assert_eq!(document.text, "a🔑");
    }

    #[test]
    fn encodings_are_chosen_as_the_client_prefers_them() {
        assert_eq!(Encoding::of(["x", "utf-32", "utf-8"]), Encoding::Utf32);
        assert_eq!(Encoding::of([]), Encoding::Utf16);
    }
}
