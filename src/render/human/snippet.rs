//! The line of a finding with carets under the marked part.

use std::io;
use std::ops::Range;

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

use super::page::{FRAME, Page};
use crate::model::text::{escape_into, is_log_command};
use crate::model::{Region, Snippet};

/// Columns for a tab.
const TAB: &str = "    ";
/// Stands for what was cut off at either end.
const CUT: &str = "…";
/// A line is not cut to less than this.
const NARROWEST: usize = 24;

/// One character as it is shown.
struct Cell {
    text: String,
    width: usize,
}

pub(super) fn write(
    page: &mut Page<'_>,
    indent: usize,
    style: Style,
    snippet: &Snippet,
    region: Region,
) -> io::Result<()> {
    let cells = cells(&snippet.text);
    let mark_start = snippet.mark_start.min(cells.len());
    let mark = mark_start..snippet.mark_start.saturating_add(snippet.mark_len).min(cells.len());

    let room = match page.options.width {
        0 => usize::MAX,
        width => width.saturating_sub(indent + 3).max(NARROWEST),
    };
    let shown = window(&cells, &mark, room);
    let mark = mark.start.max(shown.start)..mark.end.min(shown.end);
    let before = if shown.start > 0 { CUT } else { "" };
    let after = if shown.end < cells.len() { CUT } else { "" };
    let text: String = cells[shown.clone()].iter().map(|cell| cell.text.as_str()).collect();
    let text = format!("{before}{text}{after}");

    let gap = before.width() + columns(&cells[shown.start..mark.start]);
    let carets = "^".repeat(columns(&cells[mark]).max(1));
    let rest = match region.end_line {
        last if last > region.start_line => format!(" and on to line {last}"),
        _ => String::new(),
    };

    let line = region.start_line.to_string();
    let (line, bar) = (page.paint(FRAME, &line), page.paint(FRAME, "|"));
    let marked = format!("{carets}{rest}");
    let marked = page.paint(style, &marked);
    writeln!(page.out, "{:indent$} {bar}", "")?;
    writeln!(page.out, "{line} {bar} {}", text.trim_end())?;
    writeln!(page.out, "{:indent$} {bar} {:gap$}{marked}", "", "")?;
    writeln!(page.out, "{:indent$} {bar}", "")
}

/// The characters of a line, as they are shown.
fn cells(line: &str) -> Vec<Cell> {
    line.char_indices().map(|(at, c)| cell(line, at, c)).collect()
}

fn cell(line: &str, at: usize, c: char) -> Cell {
    let mut text = String::new();
    match c {
        '\t' => text.push_str(TAB),
        '#' if is_log_command(line, at) => text.push_str("\\u{23}"),
        c => escape_into(c.encode_utf8(&mut [0; 4]), &mut text),
    }
    let width = text.width();
    Cell { text, width }
}

fn columns(cells: &[Cell]) -> usize {
    cells.iter().map(|cell| cell.width).sum()
}

/// The part of the line that fits into `room` columns and shows the mark, or its beginning.
fn window(cells: &[Cell], mark: &Range<usize>, room: usize) -> Range<usize> {
    if columns(cells) <= room {
        return 0..cells.len();
    }
    // Both ends may need a sign for what was cut off.
    let room = room - 2 * CUT.width();
    let start = if columns(&cells[..mark.end]) <= room {
        0
    } else {
        // The mark begins in the left third: what stands before it gives it a context.
        let mut before = room / 3;
        let mut start = mark.start;
        while start > 0 && cells[start - 1].width <= before {
            start -= 1;
            before -= cells[start].width;
        }
        start
    };
    let mut left = room;
    let fitting = cells[start..].iter().take_while(|cell| match left.checked_sub(cell.width) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    });
    start..start + fitting.count()
}

#[cfg(test)]
mod tests {
    use super::{cell, cells, window};

    #[test]
    fn a_short_line_is_whole() {
        assert_eq!(window(&cells("0123456789"), &(2..4), 10), 0..10);
    }

    #[test]
    fn a_mark_near_the_start_keeps_the_start() {
        assert_eq!(window(&cells(&"x".repeat(50)), &(2..10), 30), 0..28);
    }

    #[test]
    fn a_far_mark_stands_in_the_left_third() {
        assert_eq!(window(&cells(&"x".repeat(500)), &(300..310), 32), 290..320);
        // At the end of the line, nothing follows.
        assert_eq!(window(&cells(&"x".repeat(310)), &(300..310), 32), 290..310);
    }

    #[test]
    fn a_long_mark_shows_its_beginning() {
        assert_eq!(window(&cells(&"x".repeat(500)), &(100..400), 32), 90..120);
    }

    #[test]
    fn wide_and_escaped_characters_count_as_shown() {
        assert_eq!(cell("", 0, '漢').width, 2);
        assert_eq!(cell("", 0, '\t').width, 4);
        assert_eq!((cell("", 0, '\u{1b}').text.as_str(), cell("", 0, '\u{1b}').width), ("\\u{1b}", 6));
        assert_eq!(window(&cells(&"漢".repeat(50)), &(0..1), 31), 0..14);
    }
}
