//! AsciiDoc: headings, paragraphs, lists, tables, links and listings.

use super::rst::{bullet, lines};
use super::table::Line;
use super::{Builder, Kind, Link, Piece, Text};
use crate::model::Span;

/// Delimiters of listings, examples and quotations.
const FENCES: [&str; 6] = ["----", "....", "====", "____", "****", "++++"];

/// Reads `text`.
pub(super) fn read(text: &str) -> Text {
    let lines = lines(text);
    let mut builder = Builder::default();
    let mut at = 0;
    while let Some((start, line)) = lines.get(at).copied() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with("//") && !trimmed.starts_with("////") {
            at += 1;
            continue;
        }
        let level = line.bytes().take_while(|byte| *byte == b'=').count();
        if (1..=6).contains(&level) && line[level..].starts_with(' ') {
            let mut piece = Piece::default();
            inline(&mut piece, line[level..].trim(), start + level + 1);
            builder.heading(u8::try_from(level).unwrap_or(6), &piece);
            at += 1;
            continue;
        }
        let is_fence = FENCES.contains(&trimmed) || trimmed.starts_with("```") || trimmed == "////";
        if is_fence {
            let end =
                lines[at + 1..].iter().position(|(_, next)| next.trim() == trimmed || next.trim() == "```");
            let end = end.map_or(lines.len(), |end| at + 1 + end);
            let mut piece = Piece::default();
            for (start, line) in &lines[at + 1..end] {
                piece.push(line, *start..start + line.len());
                piece.push("\n", start + line.len()..start + line.len());
            }
            let kind = if trimmed == "////" { Kind::Comment } else { Kind::Code };
            builder.block(kind, vec![piece], None, false);
            at = end + 1;
            continue;
        }
        if trimmed == "|===" {
            let end = lines[at + 1..].iter().position(|(_, next)| next.trim() == "|===");
            let end = end.map_or(lines.len(), |end| at + 1 + end);
            table(&mut builder, &lines[at + 1..end]);
            at = end + 1;
            continue;
        }
        // Attributes of the document and of the next block.
        if trimmed.starts_with(':') && trimmed[1..].contains(':')
            || trimmed.starts_with('[') && trimmed.ends_with(']')
        {
            at += 1;
            continue;
        }
        let stars = line.bytes().take_while(|byte| *byte == b'*').count();
        let mark = if stars > 0 && line[stars..].starts_with(' ') { stars + 1 } else { bullet(line).0 };
        let dots = line.bytes().take_while(|byte| *byte == b'.').count();
        let mark = if mark == 0 && dots > 0 && line[dots..].starts_with(' ') { dots + 1 } else { mark };
        let mut end = at + 1;
        while lines.get(end).is_some_and(|(_, next)| {
            let is_item = next.starts_with(['*', '-', '.', '=']) || bullet(next).0 > 0;
            !next.trim().is_empty() && !is_item && next.trim() != "|==="
        }) {
            end += 1;
        }
        let mut piece = Piece::default();
        for (number, (start, line)) in lines[at..end].iter().enumerate() {
            let skip = if number == 0 { mark } else { 0 };
            if number > 0 {
                piece.push(" ", *start..*start);
            }
            inline(&mut piece, line[skip..].trim_end(), start + skip);
        }
        let is_note =
            ["NOTE:", "TIP:", "IMPORTANT:", "WARNING:", "CAUTION:"].iter().any(|n| trimmed.starts_with(n));
        let kind = if mark > 0 { Kind::Item(None) } else { Kind::Paragraph };
        builder.block(kind, vec![piece], None, is_note);
        at = end;
    }
    builder.text
}

/// Rows with their cells on one line, or one cell per line and an empty line after each row.
fn table(builder: &mut Builder, lines: &[Line<'_>]) {
    let mut rows: Vec<Vec<Piece>> = Vec::new();
    let mut columns = 0;
    let mut row: Vec<Piece> = Vec::new();
    for (start, line) in lines {
        if line.trim().is_empty() {
            if !row.is_empty() {
                rows.push(std::mem::take(&mut row));
            }
            continue;
        }
        let mut at = 0;
        let cells: Vec<Piece> = line
            .split('|')
            .enumerate()
            .filter_map(|(number, part)| {
                let from = at;
                at += part.len() + 1;
                let mut piece = Piece::default();
                inline(&mut piece, part.trim(), start + from + (part.len() - part.trim_start().len()));
                (number > 0).then_some(piece)
            })
            .collect();
        if cells.len() > 1 {
            if !row.is_empty() {
                rows.push(std::mem::take(&mut row));
            }
            columns = cells.len();
            rows.push(cells);
        } else {
            row.extend(cells);
            if columns > 0 && row.len() == columns {
                rows.push(std::mem::take(&mut row));
            }
        }
    }
    if !row.is_empty() {
        rows.push(row);
    }
    builder.table += 1;
    for cells in rows {
        builder.block(Kind::Row(builder.table), cells, None, false);
    }
    builder.end_list();
}

/// Reads inline markup: code, emphasis and links.
fn inline(piece: &mut Piece, text: &str, at: usize) {
    let mut rest = 0;
    while rest < text.len() {
        let next = text[rest..].find(['`', '*', '[']).map_or(text.len(), |next| rest + next);
        let before = &text[rest..next];
        let Some(mark) = text[next..].chars().next() else {
            piece.push(before, at + rest..at + next);
            return;
        };
        let close = match mark {
            '`' => text[next + 1..].find('`'),
            '[' => text[next + 1..].find(']'),
            _ => None,
        };
        let word = before.rfind(char::is_whitespace).map_or(0, |blank| blank + 1);
        let target = &before[word..];
        let is_link = mark == '['
            && ["http", "link:", "mailto:", "xref:", "image:"].iter().any(|s| target.starts_with(s));
        let Some(length) = close.filter(|_| mark == '`' || is_link) else {
            piece.push(before, at + rest..at + next);
            rest = next + mark.len_utf8();
            if mark == '[' {
                piece.push("[", at + next..at + rest);
            }
            continue;
        };
        let inner = next + 1..next + 1 + length;
        let shown = if mark == '`' { before } else { &before[..word] };
        piece.push(shown, at + rest..at + rest + shown.len());
        let start = piece.text.len();
        piece.push(&text[inner.clone()], at + inner.start..at + inner.end);
        let range = start..piece.text.len();
        if mark == '`' {
            piece.code.push(range);
        } else {
            let is_image = target.starts_with("image:");
            let target = target.trim_start_matches("link:").trim_start_matches("xref:");
            let target = target.trim_start_matches("image:").trim_start_matches(':').to_owned();
            let span = Span::new(at + rest + word, at + inner.end + 1);
            piece.links.push(Link { text: range, target, span, is_image });
        }
        rest = inner.end + 1;
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::policy::{Kind, Text};

    #[test]
    fn tables_lists_and_links() {
        let text = "= Policy\n:toc:\n\n== Supported\n\n|===\n|Version |Supported\n\n|1.x\n|yes\n\n|0.x |no\n|===\n\n\
                    * see link:docs/a.md[the docs] and `b`\n* https://c.d[there]\n\n----\ncode\n----\n";
        let read = Text::read(b"SECURITY.adoc", text.as_bytes());
        let shown: Vec<String> = read.blocks.iter().map(|block| block.text()).collect();
        assert_eq!(
            shown.iter().map(|text| text.trim()).collect::<Vec<_>>(),
            ["Version Supported", "1.x yes", "0.x no", "see the docs and b", "there", "code"]
        );
        assert_eq!(read.blocks[3].pieces[0].links[0].target, "docs/a.md");
        assert_eq!(read.blocks[4].pieces[0].links[0].target, "https://c.d");
        assert_eq!((read.headings.len(), &read.blocks[5].kind), (2, &Kind::Code));
    }
}
