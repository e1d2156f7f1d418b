//! Joins the lines of a Dockerfile to instructions: continuation lines, comments and blank lines between them, and
//! here-documents.

use crate::model::Span;

use super::words::{self, Heredoc, Line};
use super::{Keyword, Mistake, Text};

/// The most here-documents of one instruction.
const HEREDOCS_MAX: usize = 50;
/// After this many unterminated here-documents, no end is searched for.
const MISSED_MAX: u32 = 3;

pub(super) struct Lines<'a> {
    file: &'a str,
    at: usize,
    number: u32,
    escape: char,
    /// Unterminated here-documents.
    missed: u32,
}

impl<'a> Lines<'a> {
    pub(super) fn new(file: &'a str) -> Self {
        let at = if file.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let mut lines = Self { file, at, number: 0, escape: '\\', missed: 0 };
        lines.directives();
        lines
    }

    /// The line continuation character.
    pub(super) const fn escape(&self) -> char {
        self.escape
    }

    /// Parser directives such as `# escape=`, which come first.
    fn directives(&mut self) {
        let start = (self.at, self.number);
        while let Some(line) = self.line() {
            let comment = self.file[line.range()].trim().strip_prefix('#');
            let Some((name, value)) = comment.and_then(|comment| comment.split_once('=')) else { break };
            let name = name.trim();
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                break;
            }
            if name.eq_ignore_ascii_case("escape") && value.trim() == "`" {
                self.escape = '`';
            }
        }
        (self.at, self.number) = start;
    }

    /// The next line, without its line ending.
    fn line(&mut self) -> Option<Span> {
        let rest = self.file.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        let start = self.at;
        self.at += (length + 1).min(rest.len());
        self.number += 1;
        Some(Span::new(start, start + self.file[start..start + length].trim_end_matches('\r').len()))
    }

    /// The part of a line before its continuation character, if it has one.
    fn goes_on(&self, line: Span) -> Option<Span> {
        let text = self.file[line.range()].trim_end_matches([' ', '\t']);
        let before = text.strip_suffix(self.escape)?;
        // An escaped escape character does not continue the line.
        (!before.ends_with(self.escape)).then(|| Span::new(line.start, line.start + before.len()))
    }

    /// The next instruction, or an error.
    pub(super) fn next(&mut self) -> Option<Result<Line, Mistake>> {
        let (first, number) = loop {
            let line = self.line()?;
            let text = self.file[line.range()].trim_start();
            if !text.is_empty() && !text.starts_with('#') {
                break (Span::new(line.end - text.len(), line.end), self.number);
            }
        };
        let mut text = Text::default();
        let (mut line, mut end) = (first, first.end);
        loop {
            let part = self.goes_on(line);
            text.push(self.file, part.unwrap_or(line));
            end = end.max(line.end);
            if part.is_none() {
                break;
            }
            // Comments and blank lines do not end it.
            let next = loop {
                let Some(next) = self.line() else { break None };
                let text = self.file[next.range()].trim();
                if !text.is_empty() && !text.starts_with('#') {
                    break Some(next);
                }
            };
            match next {
                Some(next) => line = next,
                None => break,
            }
        }
        Some(self.instruction(text, first.start, end, number))
    }

    fn instruction(&mut self, text: Text, start: usize, end: usize, number: u32) -> Result<Line, Mistake> {
        let mistake = |message: String| Mistake { line: number, message };
        let (mut from, mut length) = words::name(&text.text, 0);
        let mut keyword = Keyword::parse(&text.text[from..from + length]);
        let is_trigger = keyword == Some(Keyword::Onbuild);
        if is_trigger {
            (from, length) = words::name(&text.text, from + length);
            keyword = Keyword::parse(&text.text[from..from + length]);
        }
        let Some(keyword) = keyword else {
            let word = &text.text[from..from + length];
            let is_template = ["{{", "{%", "<%", "%%", "#{", "@"].iter().any(|start| word.starts_with(start));
            return Err(mistake(if is_template {
                "this line is one of a template, which is not filled in".to_owned()
            } else {
                "this line starts with no instruction of a Dockerfile".to_owned()
            }));
        };
        let name = text.locate(from..from + length);
        let mut heredocs = Vec::new();
        let mut end = end;
        if matches!(keyword, Keyword::Run | Keyword::Copy | Keyword::Add) && self.missed < MISSED_MAX {
            let before = (self.at, self.number);
            for mut heredoc in words::heredocs(&text.text[from + length..]).into_iter().take(HEREDOCS_MAX) {
                let body = self.at;
                let Some((body_end, behind)) = self.body(&heredoc) else {
                    (self.at, self.number) = before;
                    self.missed += 1;
                    return Err(mistake("a here-document that starts on this line has no end".to_owned()));
                };
                heredoc.body = Text::of(self.file, Span::new(body, body_end));
                end = behind;
                heredocs.push(heredoc);
            }
        }
        let behind = from + length;
        Ok(Line {
            keyword,
            is_trigger,
            name,
            span: Span::new(start, end),
            text: text.behind(behind),
            heredocs,
        })
    }

    /// The end of a here-document's body, and its last line.
    fn body(&mut self, heredoc: &Heredoc) -> Option<(usize, usize)> {
        loop {
            let line = self.line()?;
            let text = &self.file[line.range()];
            let text = if heredoc.strips { text.trim_start_matches('\t') } else { text };
            if text == heredoc.name {
                return Some((line.start, line.end));
            }
        }
    }
}
