//! reStructuredText: headings, paragraphs, lists, tables, links and literal blocks.

use std::ops::Range;

use super::table::{Line, boxed, is_border, simple};
use super::{Builder, Kind, Link, Piece, Text};
use crate::model::Span;

/// The lines of `text` with their offsets.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut at = 0;
    text.split('\n')
        .map(|line| {
            let start = at;
            at += line.len() + 1;
            (start, line.strip_suffix('\r').unwrap_or(line))
        })
        .collect()
}

/// Underline characters of headings.
const MARKS: &str = "=-~^\"'`#*+.:_<>";

/// Reads `text`.
pub(super) fn read(text: &str) -> Text {
    let lines = lines(text);
    let mut reader = Reader { builder: Builder::default(), levels: Vec::new() };
    reader.run(&lines, false);
    reader.builder.text
}

struct Reader {
    builder: Builder,
    /// The heading styles in order of appearance; with and without an overline.
    levels: Vec<(char, bool)>,
}

impl Reader {
    fn run(&mut self, lines: &[Line<'_>], is_quoted: bool) {
        let mut at = 0;
        let mut is_literal = false;
        while let Some((start, line)) = lines.get(at).copied() {
            let trimmed = line.trim();
            if trimmed.is_empty() {
                at += 1;
                continue;
            }
            if is_literal && line.starts_with([' ', '\t']) {
                let end = indented(lines, at);
                self.code(&lines[at..end], is_quoted);
                (at, is_literal) = (end, false);
                continue;
            }
            is_literal = false;
            if let Some(heading) = self.heading(lines, at) {
                at = heading;
                continue;
            }
            if let Some(directive) =
                trimmed.strip_prefix("..").filter(|rest| rest.is_empty() || rest.starts_with(' '))
            {
                let end = indented(lines, at + 1);
                self.directive(directive.trim(), &lines[at + 1..end], is_quoted);
                at = end;
                continue;
            }
            if is_border(trimmed) {
                let end = at + lines[at..].iter().take_while(|(_, line)| !line.trim().is_empty()).count();
                let end = simple_end(lines, at, end);
                if self.table(&lines[at..end], is_quoted) {
                    at = end;
                    continue;
                }
            }
            let (mark, checked) = bullet(line);
            let indent = line.len() - line.trim_start().len();
            let mut end = at + 1;
            while lines.get(end).is_some_and(|(_, next)| {
                let is_deeper = mark == 0 || next.len() - next.trim_start().len() > indent;
                !next.trim().is_empty() && bullet(next).0 == 0 && is_deeper
            }) {
                end += 1;
            }
            let mut piece = Piece::default();
            for (number, (start, line)) in lines[at..end].iter().enumerate() {
                let skip = if number == 0 { mark } else { line.len() - line.trim_start().len() };
                let skip = skip.max(if number == 0 && mark == 0 { indent } else { 0 });
                if number > 0 {
                    piece.push(" ", *start..*start);
                }
                inline(&mut piece, line[skip..].trim_end(), start + skip);
            }
            let _ = start;
            is_literal = piece.text.trim_end().ends_with("::");
            let kind = if mark > 0 { Kind::Item(checked) } else { Kind::Paragraph };
            self.builder.block(kind, vec![piece], None, is_quoted);
            at = end;
        }
    }

    /// Reads a heading at line `at`; returns the next line.
    fn heading(&mut self, lines: &[Line<'_>], at: usize) -> Option<usize> {
        let line = |at: usize| lines.get(at).map(|(_, line)| line.trim_end());
        let underline = |text: &str| -> Option<char> {
            let mark = text.chars().next().filter(|mark| MARKS.contains(*mark))?;
            (text.chars().count() >= 3 && text.chars().all(|c| c == mark)).then_some(mark)
        };
        let (title, mark, over, next) = match underline(line(at)?) {
            Some(mark) => {
                let below = underline(line(at + 2)?)?;
                (at + 1, (below == mark).then_some(mark)?, true, at + 3)
            }
            None => (at, underline(line(at + 1)?)?, false, at + 2),
        };
        let (start, text) = *lines.get(title)?;
        if text.trim().is_empty() || !over && text.starts_with([' ', '\t']) {
            return None;
        }
        let known = self.levels.iter().position(|level| *level == (mark, over));
        let level = known.unwrap_or_else(|| {
            self.levels.push((mark, over));
            self.levels.len() - 1
        });
        let mut piece = Piece::default();
        inline(&mut piece, text.trim(), start);
        self.builder.heading(u8::try_from(level + 1).unwrap_or(u8::MAX), &piece);
        Some(next)
    }

    fn directive(&mut self, name: &str, body: &[Line<'_>], is_quoted: bool) {
        const CODE: [&str; 5] =
            ["code-block::", "code::", "sourcecode::", "parsed-literal::", "literalinclude::"];
        const NOTES: [&str; 8] =
            ["note::", "warning::", "important::", "tip::", "caution::", "attention::", "danger::", "hint::"];
        if CODE.iter().any(|code| name.starts_with(code)) {
            self.code(body, is_quoted);
        } else if NOTES.iter().any(|note| name.starts_with(note)) {
            self.run(body, true);
        } else if name.starts_with("list-table::") || name.starts_with("table::") {
            self.run(body, is_quoted);
        }
    }

    /// Code, or a table drawn in it.
    fn code(&mut self, body: &[Line<'_>], is_quoted: bool) {
        let drawn = body.iter().any(|(_, line)| line.contains(['│', '┃', '║']));
        if drawn && self.table(body, is_quoted) {
            return;
        }
        let mut piece = Piece::default();
        for (start, line) in body {
            piece.push(line, *start..start + line.len());
            piece.push("\n", start + line.len()..start + line.len());
        }
        self.builder.block(Kind::Code, vec![piece], None, is_quoted);
    }

    fn table(&mut self, body: &[Line<'_>], is_quoted: bool) -> bool {
        let rows = if body.first().is_some_and(|(_, line)| line.trim_start().starts_with('=')) {
            simple(body)
        } else {
            boxed(body)
        };
        if rows.len() < 2 {
            return false;
        }
        self.builder.table += 1;
        for row in rows {
            let cells = row.into_iter().map(|(start, cell)| {
                let mut piece = Piece::default();
                inline(&mut piece, cell, start);
                piece
            });
            self.builder.block(Kind::Row(self.builder.table), cells.collect(), None, is_quoted);
        }
        self.builder.end_list();
        true
    }
}

/// The line after the indented or empty ones from `at` on.
fn indented(lines: &[Line<'_>], at: usize) -> usize {
    let is_in = |line: &str| line.trim().is_empty() || line.starts_with([' ', '\t']);
    at + lines[at.min(lines.len())..].iter().take_while(|(_, line)| is_in(line)).count()
}

/// The end of a table between lines of `=`, which may contain empty lines.
fn simple_end(lines: &[Line<'_>], at: usize, end: usize) -> usize {
    if !lines[at].1.trim_start().starts_with('=') {
        return end;
    }
    let borders = lines[at..].iter().enumerate().filter(|(_, (_, line))| is_border(line.trim())).take(3);
    borders.last().map_or(end, |(last, _)| at + last + 1).max(end)
}

/// The width of a list marker; 0 if there is none.
pub(super) fn bullet(line: &str) -> (usize, Option<bool>) {
    let indent = line.len() - line.trim_start().len();
    let rest = &line[indent..];
    let mark =
        ["- ", "* ", "+ ", "• ", "#. "].iter().find(|mark| rest.starts_with(**mark)).map(|mark| mark.len());
    let number = || {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        (digits > 0 && digits < 4 && rest[digits..].starts_with(". ")).then_some(digits + 2)
    };
    match mark.or_else(number) {
        Some(mark) => (indent + mark, None),
        None => (0, None),
    }
}

/// Reads inline markup: code, emphasis and links.
fn inline(piece: &mut Piece, text: &str, at: usize) {
    let mut rest = 0;
    while rest < text.len() {
        let next = text[rest..].find(['`', '*', '<']).map_or(text.len(), |next| rest + next);
        piece.push(&text[rest..next], at + rest..at + next);
        let Some(mark) = text[next..].chars().next() else { return };
        let marked = match mark {
            '`' if text[next..].starts_with("``") => text[next + 2..].find("``").map(|end| (2, end, 2)),
            '`' => text[next + 1..].find('`').map(|end| (1, end, 1)),
            '<' => text[next + 1..].find('>').map(|end| (1, end, 1)),
            _ => None,
        };
        let Some((open, length, close)) = marked else {
            // Emphasis, or an unmatched marker.
            rest = next + mark.len_utf8();
            if mark != '*' {
                piece.push(&text[next..rest], at + next..at + rest);
            }
            continue;
        };
        let inner = next + open..next + open + length;
        let end = inner.end + close;
        rest = end + text[end..].bytes().take_while(|byte| *byte == b'_').count();
        let said = &text[inner.clone()];
        let start = piece.text.len();
        let span = Span::new(at + next, at + end);
        match said.rsplit_once(" <").filter(|_| mark == '`' && open == 1) {
            Some((label, target)) => {
                piece.push(label, at + inner.start..at + inner.start + label.len());
                let target = target.trim_end_matches('>').to_owned();
                piece.links.push(Link { text: start..piece.text.len(), target, span, is_image: false });
            }
            None => {
                piece.push(said, at + inner.start..at + inner.end);
                let text: Range<usize> = start..piece.text.len();
                if mark == '<' {
                    piece.links.push(Link { text, target: said.to_owned(), span, is_image: false });
                } else if open == 2 {
                    piece.code.push(text);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::policy::{Kind, Text};

    #[test]
    fn tables_lists_and_links() {
        let text = "Policy\n======\n\nMail <a@b.c>, see `our site <https://d.e>`__ and ``x``.\n\n\
                    Supported\n---------\n\n.. code-block:: text\n\n    ┌───┬───┐\n    │ Version │ Supported │\n    \
                    ├──┼──┤\n    │ 0.1.x │ Yes │\n    └──┴──┘\n\n- one\n  more\n- two\n\n\
                    +-----+----+\n| A   | B  |\n+=====+====+\n| 1.x | no |\n+-----+----+\n\n\
                    ======= =====\nVersion State\n======= =====\n2.x     yes\n======= =====\n\nCode::\n\n    make\n";
        let read = Text::read(b"SECURITY.rst", text.as_bytes());
        let shown: Vec<String> = read.blocks.iter().map(|block| block.text()).collect();
        assert_eq!(
            shown.iter().map(|text| text.trim()).collect::<Vec<_>>(),
            [
                "Mail a@b.c, see our site and x.",
                "Version Supported",
                "0.1.x Yes",
                "one more",
                "two",
                "A B",
                "1.x no",
                "Version State",
                "2.x yes",
                "Code::",
                "make"
            ]
        );
        assert_eq!(read.blocks[0].pieces[0].links.len(), 2);
        assert_eq!(read.headings.iter().map(|heading| heading.level).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(read.blocks[10].kind, Kind::Code);
        let span = read.blocks[2].pieces[0].span();
        assert_eq!(&text[span.range()], "0.1.x");
    }
}
