//! Text assembled from lines of a file that remembers where each byte comes from.

use std::borrow::Cow;
use std::ops::Range;

use crate::model::Span;

/// A text with the locations of its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// The start of each part: in the text, and in the file.
    parts: Vec<(usize, usize)>,
}

impl Text {
    /// The bytes of `file` at `span`.
    pub(super) fn of(file: &str, span: Span) -> Self {
        let mut text = Self::default();
        text.push(file, span);
        text
    }

    /// Appends the bytes of `file` at `span`.
    pub(super) fn push(&mut self, file: &str, span: Span) {
        if let Some(part) = file.get(span.range()).filter(|part| !part.is_empty()) {
            self.parts.push((self.text.len(), span.start));
            self.text.push_str(part);
        }
    }

    /// The text after `at`, trimmed.
    pub(super) fn behind(self, at: usize) -> Self {
        let behind = self.text.get(at..).unwrap_or_default();
        let start = at + behind.len() - behind.trim_start().len();
        let text = behind.trim().to_owned();
        let part = |(from, place): (usize, usize)| match start.checked_sub(from) {
            Some(gone) => (0, place + gone),
            None => (from - start, place),
        };
        let first = self.parts.partition_point(|(from, _)| *from <= start).saturating_sub(1);
        Self { text, parts: self.parts.into_iter().skip(first).map(part).collect() }
    }

    /// The location of `range` in the file.
    #[must_use]
    pub fn locate(&self, range: Range<usize>) -> Span {
        let start = self.place(range.start);
        let end = if range.end > range.start { self.place(range.end - 1) + 1 } else { start };
        Span::new(start, end.max(start))
    }

    fn place(&self, at: usize) -> usize {
        let behind = self.parts.partition_point(|(start, _)| *start <= at);
        match behind.checked_sub(1).and_then(|part| self.parts.get(part)) {
            Some((start, place)) => place + at.min(self.text.len()) - start,
            None => self.parts.first().map_or(0, |(_, place)| *place),
        }
    }
}

/// `bytes` as text of the same length: each byte that is not UTF-8 becomes `?`.
pub(super) fn same_length(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    Cow::Owned(text)
}
