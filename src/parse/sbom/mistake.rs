//! Errors of a document: limited in number, with lines.

pub(super) use crate::model::text::short;

/// The most errors reported for one document; of further ones only the number.
pub const MISTAKES_MAX: usize = 20;

/// The severity of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Inconsistent, but fully read.
    Odd,
    /// A part was skipped.
    Broken,
    /// Nothing could be read.
    Unreadable,
}

/// An error in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: u32,
    /// Its severity.
    pub grade: Grade,
    /// The message, to follow the name of the file.
    pub message: String,
}

/// Collects errors by byte offset.
#[derive(Default)]
pub(super) struct Mistakes {
    list: Vec<(usize, Grade, String)>,
    more: usize,
}

impl Mistakes {
    pub(super) fn push(&mut self, at: usize, grade: Grade, message: String) {
        // The error that made a document unreadable is always kept.
        if self.list.len() < MISTAKES_MAX || grade == Grade::Unreadable {
            self.list.push((at, grade, message));
        } else {
            self.more += 1;
        }
    }

    /// The errors with their lines in `text`.
    pub(super) fn finish(mut self, text: &str) -> Vec<Mistake> {
        self.list.sort();
        let mut lines = Lines::new(text);
        let listed = self.list.into_iter();
        let mut all: Vec<Mistake> =
            listed.map(|(at, grade, message)| Mistake { line: lines.at(at), grade, message }).collect();
        if self.more > 0 {
            let message = format!("has {} more such mistakes", self.more);
            all.push(Mistake { line: all.last().map_or(1, |last| last.line), grade: Grade::Odd, message });
        }
        all
    }
}

/// Computes line numbers incrementally. Going back recounts from the start.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u32,
}

impl<'a> Lines<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, line: 1 }
    }

    /// The line of the byte `at`.
    pub(super) fn at(&mut self, at: usize) -> u32 {
        let at = at.min(self.bytes.len());
        if at < self.at {
            (self.at, self.line) = (0, 1);
        }
        let between = self.bytes.get(self.at..at).unwrap_or_default();
        self.line = self.line.saturating_add(memchr::memchr_iter(b'\n', between).count() as u32);
        self.at = at;
        self.line
    }
}
