//! Texts in which a project says what it does: its security policy, README, guide for contributors. Taken apart into
//! blocks with the place of each: paragraphs, items of lists, rows of tables, each below its headings.

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

/// Bytes of a text that are read; what stands behind them is left out.
pub const TEXT_MAX: usize = 256 << 10;
/// Blocks of a text that are kept.
const BLOCKS_MAX: usize = 20_000;

/// A text, block by block.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// The blocks in their order, headings left out.
    pub blocks: Vec<Block>,
    /// The headings in their order.
    pub headings: Vec<Heading>,
    /// True if it has more than was read.
    pub is_cut: bool,
}

/// A heading.
#[derive(Clone, Debug)]
pub struct Heading {
    /// From 1, the most general, on.
    pub level: u8,
    /// What it says.
    pub text: String,
    /// The number of the heading that it stands below.
    pub above: Option<usize>,
}

/// What a block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A paragraph.
    Paragraph,
    /// An item of a list; whether its box is checked, if it has one.
    Item(Option<bool>),
    /// A row of a table, by the number of the table; the first one is its header.
    Row(usize),
    /// Code, or what is shown as such.
    Code,
    /// What readers do not see.
    Comment,
}

/// A block.
#[derive(Clone, Debug)]
pub struct Block {
    /// What it is.
    pub kind: Kind,
    /// The number of the heading that it stands below.
    pub heading: Option<usize>,
    /// The number of the block that leads to it: the item that it is part of, the paragraph that ends with a colon.
    pub lead: Option<usize>,
    /// True within a quotation, or a note set apart.
    pub is_quoted: bool,
    /// What it says; a row of a table has a piece for each cell, everything else has one.
    pub pieces: Vec<Piece>,
}

impl Block {
    /// All that it says.
    #[must_use]
    pub fn text(&self) -> String {
        let pieces: Vec<&str> = self.pieces.iter().map(|piece| piece.text.as_str()).collect();
        pieces.join(" ")
    }
}

/// A run of text without marks, and where each part of it stands.
#[derive(Clone, Debug, Default)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Where parts of it start, in the text and in the file.
    parts: Vec<(usize, usize)>,
    /// Where it ends in the file.
    end: usize,
    /// What of it is set as code.
    pub code: Vec<Range<usize>>,
    /// Its links and images.
    pub links: Vec<Link>,
}

/// A link or an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What of the text it is set on.
    pub text: Range<usize>,
    /// Where it leads.
    pub target: String,
    /// Where it stands in the file.
    pub span: Span,
    /// True for an image.
    pub is_image: bool,
}

impl Piece {
    /// Where `range` of the text stands in the file.
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

    /// Where all of it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        self.locate(0..self.text.len())
    }

    /// True if the byte at `at` is set as code.
    #[must_use]
    pub fn is_code(&self, at: usize) -> bool {
        self.code.iter().any(|range| range.contains(&at))
    }

    /// Adds `text`, which stands at `at` of the file.
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

/// Adds `range` without the blanks around it, if anything is left.
fn add(text: &str, range: Range<usize>, all: &mut Vec<Range<usize>>) {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    let trimmed = part.trim();
    if !trimmed.is_empty() {
        all.push(start..start + trimmed.len());
    }
}

impl Text {
    /// Reads the file called `name`: reStructuredText and AsciiDoc by their endings, anything else as Markdown.
    #[must_use]
    pub fn read(name: &[u8], bytes: &[u8]) -> Self {
        let is_cut = bytes.len() > TEXT_MAX;
        let bytes = &bytes[..bytes.len().min(TEXT_MAX)];
        // What is no UTF-8 from some byte on is read up to there.
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

    /// The headings that `block` stands below, the nearest first.
    pub fn headings_of(&self, block: &Block) -> impl Iterator<Item = &Heading> {
        let mut next = block.heading;
        std::iter::from_fn(move || {
            let heading = self.headings.get(next?)?;
            next = heading.above;
            Some(heading)
        })
        .take(16)
    }

    /// The blocks that lead to `block`, the nearest first.
    pub fn leads_of(&self, block: &Block) -> impl Iterator<Item = &Block> {
        let mut next = block.lead;
        std::iter::from_fn(move || {
            let lead = self.blocks.get(next?)?;
            next = lead.lead;
            Some(lead)
        })
        .take(16)
    }

    /// The tables: for each the numbers of its rows, the header first.
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

/// Puts a text together, block by block, for the readers of all formats.
#[derive(Default)]
struct Builder {
    text: Text,
    /// The number of the table that is being read.
    table: usize,
    /// The last paragraph, which may lead to what follows.
    before: Option<usize>,
}

impl Builder {
    fn heading(&mut self, level: u8, piece: &Piece) {
        let above = self.text.headings.iter().rposition(|heading| heading.level < level);
        self.text.headings.push(Heading { level, text: piece.text.trim().to_owned(), above });
        self.before = None;
    }

    /// Adds a block; its number.
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

    /// Says that what follows is no longer led to by the paragraph before.
    fn end_list(&mut self) {
        self.before = None;
    }
}
