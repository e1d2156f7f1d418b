//! Markdown in GitHub's dialect.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{Builder, Kind, Link, Piece, Text};
use crate::model::Span;

/// The deepest nesting of lists and quotations.
const DEPTH_MAX: usize = 64;

/// Parses `text`. A text that consists of one Markdown code block, as assistants write it, is parsed within that
/// block.
pub(super) fn read(text: &str) -> Text {
    let read = blocks(text, 0);
    if let [only] = read.blocks.as_slice()
        && only.kind == Kind::Code
        && read.headings.is_empty()
        && let Some((start, inner)) = fenced(text)
    {
        return blocks(inner, start);
    }
    read
}

/// The content of the Markdown code block that `text` consists of.
fn fenced(text: &str) -> Option<(usize, &str)> {
    let start = text.find("```")?;
    let line = text[start..].find('\n')? + start + 1;
    let info = text[start..line].trim_matches(['`', ' ', '\n', '\r']);
    let end = text.rfind("```").filter(|end| *end >= line)?;
    let is_markdown = ["md", "markdown"].iter().any(|name| info.eq_ignore_ascii_case(name));
    is_markdown.then(|| (line, &text[line..end]))
}

/// The open elements.
#[derive(Default)]
struct Open {
    builder: Builder,
    piece: Piece,
    /// The open items: their index, once they are added.
    items: Vec<Option<usize>>,
    quotes: usize,
    checked: Option<bool>,
    cells: Vec<Piece>,
    links: Vec<(usize, String, Range<usize>, bool)>,
    /// Struck-out text.
    struck: usize,
    level: u8,
    in_code: bool,
    in_table: bool,
    /// True within metadata.
    hidden: bool,
}

impl Open {
    /// Adds the collected text as a block.
    fn flush(&mut self) {
        let piece = std::mem::take(&mut self.piece);
        let checked = self.checked.take();
        let is_quoted = self.quotes > 0;
        let Some(item) = self.items.last().copied() else {
            self.builder.block(Kind::Paragraph, vec![piece], None, is_quoted);
            return;
        };
        // What follows the first paragraph of an item belongs to it.
        let around = self.items.iter().rev().skip(1).find_map(|item| *item);
        let (kind, lead) = match item {
            None => (Kind::Item(checked), around),
            Some(first) => (Kind::Paragraph, Some(first)),
        };
        let before = self.builder.before;
        let number = self.builder.block(kind, vec![piece], lead, is_quoted);
        self.builder.before = before;
        if let Some(last) = self.items.last_mut()
            && last.is_none()
        {
            *last = number;
        }
    }

    fn text(&mut self, text: &str, at: Range<usize>) {
        if self.struck == 0 && !self.hidden {
            self.piece.push(text, at);
        }
    }
}

fn blocks(text: &str, shift: usize) -> Text {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut open = Open::default();
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        let range = range.start + shift..range.end + shift;
        match event {
            Event::Start(tag) => start(&mut open, tag, range),
            Event::End(tag) => end(&mut open, tag, range),
            Event::Text(text) => open.text(&text, range),
            Event::Code(code) => {
                let start = open.piece.text.len();
                // The text follows the backquotes.
                let quotes = (range.len().saturating_sub(code.len())) / 2;
                open.text(&code, range.start + quotes..range.end.saturating_sub(quotes));
                let end = open.piece.text.len();
                open.piece.code.push(start..end);
            }
            Event::SoftBreak => open.text(" ", range),
            Event::HardBreak => open.text("\n", range),
            Event::InlineHtml(html) if html.to_ascii_lowercase().starts_with("<br") => open.text("\n", range),
            // A placeholder in angle brackets: `<your email>`.
            Event::InlineHtml(html) if is_stand_in(&html) => open.text(&html, range),
            Event::TaskListMarker(checked) => open.checked = Some(checked),
            Event::Html(html) if open.items.is_empty() && !open.in_table => {
                html_block(&mut open, &html, range)
            }
            Event::Rule => open.builder.end_list(),
            Event::InlineHtml(_)
            | Event::Html(_)
            | Event::FootnoteReference(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_) => {}
        }
    }
    open.builder.text
}

/// True for a tag-like placeholder to be filled in.
fn is_stand_in(html: &str) -> bool {
    let lower = html.to_ascii_lowercase();
    !lower.contains('=')
        && ["your", "email", "e-mail", "insert", "contact"].iter().any(|word| lower.contains(word))
}

/// A block of HTML: a comment, or something visible.
fn html_block(open: &mut Open, html: &str, range: Range<usize>) {
    if html.trim_start().starts_with("<!--") {
        let mut piece = Piece::default();
        piece.push(html, range);
        let before = open.builder.before;
        open.builder.block(Kind::Comment, vec![piece], None, false);
        open.builder.before = before;
    }
}

fn start(open: &mut Open, tag: Tag<'_>, range: Range<usize>) {
    match tag {
        Tag::Heading { level, .. } => {
            open.piece = Piece::default();
            open.level = match level {
                HeadingLevel::H1 => 1,
                HeadingLevel::H2 => 2,
                HeadingLevel::H3 => 3,
                HeadingLevel::H4 => 4,
                HeadingLevel::H5 => 5,
                HeadingLevel::H6 => 6,
            };
        }
        Tag::BlockQuote(_) => {
            open.flush();
            open.quotes += 1;
        }
        Tag::CodeBlock(_) => {
            open.flush();
            open.in_code = true;
        }
        Tag::List(_) if !open.items.is_empty() => {
            open.flush();
        }
        Tag::Item if open.items.len() < DEPTH_MAX => open.items.push(None),
        Tag::Table(_) => {
            open.builder.table += 1;
            open.in_table = true;
        }
        Tag::TableHead | Tag::TableRow => open.cells = Vec::new(),
        Tag::TableCell | Tag::Paragraph => open.piece = Piece::default(),
        Tag::Link { dest_url, .. } => {
            open.links.push((open.piece.text.len(), dest_url.into_string(), range, false))
        }
        Tag::Image { dest_url, .. } => {
            open.links.push((open.piece.text.len(), dest_url.into_string(), range, true));
        }
        Tag::Strikethrough => open.struck += 1,
        Tag::MetadataBlock(_) => open.hidden = true,
        _ => {}
    }
}

fn end(open: &mut Open, tag: TagEnd, range: Range<usize>) {
    match tag {
        TagEnd::Heading(_) => {
            let piece = std::mem::take(&mut open.piece);
            open.builder.heading(open.level, &piece);
        }
        TagEnd::Paragraph => open.flush(),
        TagEnd::BlockQuote(_) => {
            open.flush();
            open.quotes = open.quotes.saturating_sub(1);
        }
        TagEnd::CodeBlock => {
            let piece = std::mem::take(&mut open.piece);
            let before = open.builder.before;
            open.builder.block(Kind::Code, vec![piece], None, open.quotes > 0);
            open.builder.before = before;
            open.in_code = false;
        }
        TagEnd::Item => {
            if !open.piece.text.trim().is_empty() || !open.piece.links.is_empty() {
                open.flush();
            }
            open.items.pop();
        }
        TagEnd::List(_) if open.items.is_empty() => open.builder.end_list(),
        TagEnd::Table => {
            open.in_table = false;
            open.builder.end_list();
        }
        TagEnd::TableCell => {
            let cell = std::mem::take(&mut open.piece);
            open.cells.push(cell);
        }
        TagEnd::TableHead | TagEnd::TableRow => {
            let cells = std::mem::take(&mut open.cells);
            let kind = Kind::Row(open.builder.table);
            let lead = open.items.iter().rev().find_map(|item| *item);
            open.builder.block(kind, cells, lead, open.quotes > 0);
        }
        TagEnd::Link | TagEnd::Image => {
            if let Some((start, target, _, is_image)) = open.links.pop() {
                let text = start..open.piece.text.len();
                let span = Span::new(range.start, range.end);
                open.piece.links.push(Link { text, target, span, is_image });
            }
        }
        TagEnd::Strikethrough => open.struck = open.struck.saturating_sub(1),
        TagEnd::MetadataBlock(_) => open.hidden = false,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::policy::{Kind, Text};

    #[test]
    fn blocks_stand_where_they_do() {
        let text = "# Policy\n\nWe do this:\n\n- **One** thing. And `code`\n  - below &lt;2.1\n- [x] two\n\n\
                    | Version | Ok |\n|--|--|\n| `1.x` | :x: |\n\n> quoted\n\n```\ncode\n```\n<!-- hidden -->\n\
                    See [a](b.md) and <https://c.d>.\n";
        let read = Text::read(b"SECURITY.md", text.as_bytes());
        let shown: Vec<(String, Option<usize>, bool)> =
            read.blocks.iter().map(|block| (block.text(), block.lead, block.is_quoted)).collect();
        let is = |number: usize, text: &str, lead: Option<usize>| {
            assert_eq!((shown[number].0.trim(), shown[number].1), (text, lead), "{shown:?}");
        };
        is(0, "We do this:", None);
        is(1, "One thing. And code", Some(0));
        is(2, "below <2.1", Some(1));
        is(3, "two", Some(0));
        is(4, "Version Ok", None);
        is(5, "1.x :x:", None);
        is(6, "quoted", None);
        assert!(shown[6].2 && read.blocks[7].kind == Kind::Code && read.blocks[8].kind == Kind::Comment);
        let item = &read.blocks[1].pieces[0];
        let sentences: Vec<&str> = item.sentences().into_iter().map(|range| &item.text[range]).collect();
        assert_eq!(sentences, ["One thing.", "And code"]);
        let span = item.locate(item.sentences()[1].clone());
        assert_eq!(&text[span.range()], "And `code");
        let links: Vec<&str> = read
            .blocks
            .iter()
            .flat_map(|b| &b.pieces)
            .flat_map(|p| &p.links)
            .map(|l| l.target.as_str())
            .collect();
        assert_eq!(links, ["b.md", "https://c.d"]);
    }

    #[test]
    fn a_policy_within_a_fence_is_read() {
        let read = Text::read(b"SECURITY.md", b"```md\n# A\n\ntext\n```\n");
        assert_eq!((read.headings.len(), read.blocks.len()), (1, 1));
        assert_eq!(read.blocks[0].pieces[0].span().start, 11);
    }
}
