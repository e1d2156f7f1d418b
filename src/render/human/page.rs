//! The lines that a human report is made of: colours, indentation, wrapping.

use std::fmt;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

use crate::model::text::escaped;
use crate::render::Options;

const PLAIN: Style = Style::new();
pub(super) const BOLD: Style = PLAIN.bold();
pub(super) const ERROR: Style = AnsiColor::BrightRed.on_default().bold();
pub(super) const WARNING: Style = AnsiColor::BrightYellow.on_default().bold();
pub(super) const NOTE: Style = AnsiColor::BrightCyan.on_default().bold();
pub(super) const NOTICE: Style = PLAIN.bold();
pub(super) const GOOD: Style = AnsiColor::BrightGreen.on_default().bold();
/// Line numbers, bars and arrows.
pub(super) const FRAME: Style = AnsiColor::BrightBlue.on_default().bold();

/// Text narrower than this is not wrapped: a word a line reads worse than a long line.
const NARROWEST: usize = 24;

/// Where the report is written to, and how.
pub(super) struct Page<'a> {
    pub(super) options: &'a Options,
    pub(super) out: &'a mut dyn Write,
}

/// `text` in `style`, if there are colours.
pub(super) struct Painted<'a> {
    style: Style,
    text: &'a str,
}

impl fmt::Display for Painted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.style.render(), self.text, self.style.render_reset())
    }
}

impl<'a> Page<'a> {
    pub(super) fn new(options: &'a Options, out: &'a mut dyn Write) -> Self {
        Self { options, out }
    }

    pub(super) fn paint<'t>(&self, style: Style, text: &'t str) -> Painted<'t> {
        Painted { style: if self.options.color { style } else { PLAIN }, text }
    }

    pub(super) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A blank line behind a list that had entries.
    pub(super) fn blank_after(&mut self, any: bool) -> io::Result<()> {
        if any { self.blank() } else { Ok(()) }
    }

    /// `label: text`
    pub(super) fn heading(&mut self, style: Style, label: &str, text: &str) -> io::Result<()> {
        let label = escaped(label);
        let (label, text) = (self.paint(style, &label), self.paint(BOLD, text));
        writeln!(self.out, "{label}: {text}")
    }

    /// `--> text`, below the first letters of a heading.
    pub(super) fn arrow(&mut self, indent: usize, text: &str) -> io::Result<()> {
        let arrow = self.paint(FRAME, "-->");
        writeln!(self.out, "{:indent$}{arrow} {text}", "")
    }

    /// `= label: text`, wrapped.
    pub(super) fn detail(&mut self, indent: usize, label: &str, text: &str) -> io::Result<()> {
        let used = indent + label.len() + 5;
        let room = match self.options.width {
            0 => usize::MAX,
            width => width.saturating_sub(used).max(NARROWEST),
        };
        let mut lines = wrapped(text, room).into_iter();
        self.detail_unwrapped(indent, label, lines.next().unwrap_or(""))?;
        lines.try_for_each(|line| writeln!(self.out, "{:used$}{line}", ""))
    }

    /// `= label: text`, for what has to stay in one piece.
    pub(super) fn detail_unwrapped(&mut self, indent: usize, label: &str, text: &str) -> io::Result<()> {
        let (sign, label) = (self.paint(FRAME, "="), self.paint(BOLD, label));
        writeln!(self.out, "{:indent$} {sign} {label}: {text}", "")
    }
}

/// `text` cut at spaces into lines of at most `room` columns; longer words stay whole.
fn wrapped(text: &str, room: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let (mut start, mut end, mut columns) = (0, 0, 0);
    for word in text.split_inclusive(' ') {
        let width = word.trim_end().width();
        if end > start && columns + width > room {
            lines.push(text[start..end].trim_end());
            (start, columns) = (end, 0);
        }
        end += word.len();
        columns += word.width();
    }
    lines.push(text[start..end].trim_end());
    lines
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn wraps_at_spaces() {
        assert_eq!(wrapped("", 4), [""]);
        assert_eq!(wrapped("one two three", usize::MAX), ["one two three"]);
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("one two three", 6), ["one", "two", "three"]);
        assert_eq!(wrapped("unbreakable a b", 4), ["unbreakable", "a b"]);
        assert_eq!(wrapped("漢字 漢字", 8), ["漢字", "漢字"]);
    }
}
