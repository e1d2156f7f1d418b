//! What is wrong with a document: bounded in number, by line.

pub(super) use crate::model::text::short;

/// Mistakes of one document that are told; of more than these the number.
pub const MISTAKES_MAX: usize = 20;

/// How bad a mistake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// It was read whole, and contradicts itself or says what it should not.
    Odd,
    /// A part of it was passed over.
    Broken,
    /// Nothing of it could be read: there is nothing to judge.
    Unreadable,
}

/// Something that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: u32,
    /// How bad it is.
    pub grade: Grade,
    /// What is wrong, to stand behind the name of the file.
    pub message: String,
}

/// Takes mistakes by the byte where they are.
#[derive(Default)]
pub(super) struct Mistakes {
    list: Vec<(usize, Grade, String)>,
    more: usize,
}

impl Mistakes {
    pub(super) fn push(&mut self, at: usize, grade: Grade, message: String) {
        // What made a document unreadable is always told.
        if self.list.len() < MISTAKES_MAX || grade == Grade::Unreadable {
            self.list.push((at, grade, message));
        } else {
            self.more += 1;
        }
    }

    /// The mistakes by their lines in `text`.
    pub(super) fn finish(mut self, text: &str) -> Vec<Mistake> {
        self.list.sort();
        let mut lines = Lines::new(text);
        let told = self.list.into_iter();
        let mut all: Vec<Mistake> =
            told.map(|(at, grade, message)| Mistake { line: lines.at(at), grade, message }).collect();
        if self.more > 0 {
            let message = format!("has {} more such mistakes", self.more);
            all.push(Mistake { line: all.last().map_or(1, |last| last.line), grade: Grade::Odd, message });
        }
        all
    }
}

/// Counts lines from place to place. Going back costs a count from the start.
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
