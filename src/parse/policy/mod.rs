//! Texts in which a project describes its practices: security policy, README, contributing guide. Parsed into
//! blocks with locations: paragraphs, list items, table rows, each below its headings.

mod asciidoc;
pub mod declared;
mod markdown;
pub mod mood;
mod rst;
pub mod table;
pub mod version;
pub mod words;

use std::ops::Range;

use crate::model::Span;

/// The most bytes of a text that are read.
pub const TEXT_MAX: usize = 256 << 10;
/// The most blocks of a text.
const BLOCKS_MAX: usize = 20_000;

/// A text as blocks.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// The blocks in order, without headings.
    pub blocks: Vec<Block>,
    /// The headings in order.
    pub headings: Vec<Heading>,
    /// True if it was not read to its end.
    pub is_cut: bool,
}

/// A heading.
#[derive(Clone, Debug)]
pub struct Heading {
    /// From 1, the most general.
    pub level: u8,
    /// Its text.
    pub text: String,
    /// The index of the parent heading.
    pub above: Option<usize>,
}

/// The kind of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A paragraph.
    Paragraph,
    /// A list item; whether its checkbox is checked, if it has one.
    Item(Option<bool>),
    /// A table row, with the index of the table; the first one is its header.
    Row(usize),
    /// Code, or preformatted text.
    Code,
    /// Invisible text.
    Comment,
}

/// A block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its kind.
    pub kind: Kind,
    /// The index of its heading.
    pub heading: Option<usize>,
    /// The index of its lead: the item that it is part of, or the paragraph ending with a colon.
    pub lead: Option<usize>,
    /// True within a quotation or an admonition.
    pub is_quoted: bool,
    /// Its text; a table row has a piece per cell, everything else has one.
    pub pieces: Vec<Piece>,
}

impl Block {
    /// Its whole text.
    #[must_use]
    pub fn text(&self) -> String {
        let pieces: Vec<&str> = self.pieces.iter().map(|piece| piece.text.as_str()).collect();
        pieces.join(" ")
    }
}

/// A run of text without markup, with locations.
#[derive(Clone, Debug, Default)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// The start of each part, in the text and in the file.
    parts: Vec<(usize, usize)>,
    /// Its end in the file.
    end: usize,
    /// The ranges set as code.
    pub code: Vec<Range<usize>>,
    /// Its links and images.
    pub links: Vec<Link>,
}

/// A link or an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The range of the text that it covers.
    pub text: Range<usize>,
    /// Its target.
    pub target: String,
    /// Its location in the file.
    pub span: Span,
    /// True for an image.
    pub is_image: bool,
}

impl Piece {
    /// The location of `range` in the file.
    #[must_use]
    pub fn locate(&self, range: Range<usize>) -> Span {
        let part = |at: usize| {
            let number = self.parts.partition_point(|(start, _)| *start <= at).checked_sub(1)?;
            self.parts.get(number).copied()
        };
        let Some((text, file)) = part(range.start) else { return Span::new(self.end, self.end) };
        let start = (file + (range.start - text)).min(self.end);
        let last = range.end.saturating_sub(1).max(range.start);
        let end = part(last).map_or(start, |(text, file)| file + (last - text) + 1);
        Span::new(start, end.clamp(start, self.end.max(start)))
    }

    /// Its whole location.
    #[must_use]
    pub fn span(&self) -> Span {
        self.locate(0..self.text.len())
    }

    /// True if the byte at `at` is set as code.
    #[must_use]
    pub fn is_code(&self, at: usize) -> bool {
        self.code.iter().any(|range| range.contains(&at))
    }

    /// Appends `text`, located at `at` in the file.
    fn push(&mut self, text: &str, at: Range<usize>) {
        self.parts.push((self.text.len(), at.start));
        self.text.push_str(text);
        self.end = self.end.max(at.end);
    }

    /// Its sentences.
    #[must_use]
    pub fn sentences(&self) -> Vec<Range<usize>> {
        let mut all = Vec::new();
        let mut start = 0;
        for (at, c) in self.text.char_indices() {
            let ends = match c {
                '。' | '！' | '？' | '\n' => true,
                '.' | '!' | '?' => {
                    let rest = &self.text[at + 1..];
                    let rest = rest.trim_start_matches(['*', '_', '"', '\'', ')', '”', '’']);
                    let next = rest.trim_start();
                    let is_gap = next.len() < rest.len() || next.is_empty();
                    let is_short = ["e.g", "i.e", "etc", "vs", "approx", "incl", "cf", "no"]
                        .iter()
                        .any(|word| ends_with_word(&self.text[..at], word));
                    is_gap && !next.starts_with(|c: char| c.is_lowercase()) && !(is_short && c == '.')
                }
                _ => false,
            };
            if ends && !self.is_code(at) {
                let end = at + c.len_utf8();
                add(&self.text, start..end, &mut all);
                start = end;
            }
        }
        add(&self.text, start..self.text.len(), &mut all);
        all
    }
}

/// True if the last word of `text` is `word`.
fn ends_with_word(text: &str, word: &str) -> bool {
    text.len() >= word.len()
        && text.is_char_boundary(text.len() - word.len())
        && text[text.len() - word.len()..].eq_ignore_ascii_case(word)
        && !text[..text.len() - word.len()].ends_with(|c: char| c.is_alphanumeric() || c == '.')
}

/// Adds `range`, trimmed, unless it is empty.
fn add(text: &str, range: Range<usize>, all: &mut Vec<Range<usize>>) {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    let trimmed = part.trim();
    if !trimmed.is_empty() {
        all.push(start..start + trimmed.len());
    }
}

impl Text {
    /// Parses the file `name`: reStructuredText and AsciiDoc by extension, anything else as Markdown.
    #[must_use]
    pub fn read(name: &[u8], bytes: &[u8]) -> Self {
        let is_cut = bytes.len() > TEXT_MAX;
        let bytes = &bytes[..bytes.len().min(TEXT_MAX)];
        // Invalid UTF-8 ends the text.
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        };
        let lower = name.to_ascii_lowercase();
        let ends = |endings: &[&[u8]]| endings.iter().any(|ending| lower.ends_with(ending));
        let mut read = if ends(&[b".rst"]) {
            rst::read(text)
        } else if ends(&[b".adoc", b".asciidoc"]) {
            asciidoc::read(text)
        } else {
            markdown::read(text)
        };
        read.is_cut |= is_cut || text.len() < bytes.len();
        read
    }

    /// The headings above `block`, the nearest first.
    pub fn headings_of(&self, block: &Block) -> impl Iterator<Item = &Heading> {
        let mut next = block.heading;
        std::iter::from_fn(move || {
            let heading = self.headings.get(next?)?;
            next = heading.above;
            Some(heading)
        })
        .take(16)
    }

    /// The leads of `block`, the nearest first.
    pub fn leads_of(&self, block: &Block) -> impl Iterator<Item = &Block> {
        let mut next = block.lead;
        std::iter::from_fn(move || {
            let lead = self.blocks.get(next?)?;
            next = lead.lead;
            Some(lead)
        })
        .take(16)
    }

    /// The tables: for each the indexes of its rows, the header first.
    #[must_use]
    pub fn tables(&self) -> Vec<Vec<usize>> {
        let mut tables: Vec<Vec<usize>> = Vec::new();
        let mut last = None;
        for (number, block) in self.blocks.iter().enumerate() {
            let Kind::Row(table) = block.kind else { continue };
            if last == Some(table) {
                if let Some(rows) = tables.last_mut() {
                    rows.push(number);
                }
            } else {
                tables.push(vec![number]);
                last = Some(table);
            }
        }
        tables
    }
}

/// Builds a text, block by block, for the parsers of all formats.
#[derive(Default)]
struct Builder {
    text: Text,
    /// The index of the current table.
    table: usize,
    /// The last paragraph, which may lead the next block.
    before: Option<usize>,
}

impl Builder {
    fn heading(&mut self, level: u8, piece: &Piece) {
        let above = self.text.headings.iter().rposition(|heading| heading.level < level);
        self.text.headings.push(Heading { level, text: piece.text.trim().to_owned(), above });
        self.before = None;
    }

    /// Adds a block; returns its index.
    fn block(
        &mut self,
        kind: Kind,
        pieces: Vec<Piece>,
        lead: Option<usize>,
        is_quoted: bool,
    ) -> Option<usize> {
        if self.text.blocks.len() >= BLOCKS_MAX {
            self.text.is_cut = true;
            return None;
        }
        if pieces.iter().all(|piece| piece.text.trim().is_empty() && piece.links.is_empty()) {
            return None;
        }
        let number = self.text.blocks.len();
        let is_leading = |text: &str| text.trim_end_matches(['*', '_', ' ', '\n']).ends_with([':', '：']);
        let lead = lead.or(self.before.filter(|_| kind != Kind::Paragraph));
        match &kind {
            Kind::Paragraph => {
                let leads = pieces.first().is_some_and(|piece| is_leading(&piece.text));
                self.before = leads.then_some(number);
            }
            Kind::Code | Kind::Comment => {}
            Kind::Item(_) | Kind::Row(_) => {}
        }
        let heading = self.text.headings.len().checked_sub(1);
        self.text.blocks.push(Block { kind, heading, lead, is_quoted, pieces });
        Some(number)
    }

    /// Ends the lead of the previous paragraph.
    fn end_list(&mut self) {
        self.before = None;
    }
}
