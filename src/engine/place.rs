//! Lines: regions, and the snippet shown in a report.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use crate::engine::mask;
use crate::model::{Region, Secret, Snippet, Span};

/// Bytes of a line on either side of a finding's start that its snippet is made from.
const WINDOW: usize = 2048;
/// Findings in so many bytes of a long line share what their snippets are made from.
const BLOCK: usize = 8192;
/// Characters of a line shown around what is marked.
const SHOWN: usize = 120;
/// The most bytes of a character.
const CHAR_MAX: usize = 4;

/// What stands before a part of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// Its bytes.
    pub bytes: usize,
    /// The line ends in it.
    pub lines: u32,
    /// UTF-16 units since the last of them.
    pub units: u32,
}

impl Before {
    /// What stands before the part that follows `part`, which ends where [`is_cut`] says that it may.
    #[must_use]
    pub fn and(self, part: &[u8]) -> Self {
        let mut ends = line_ends(part);
        let last =
            ends.next().map(|first| (first, ends.fold((1u32, first), |(count, _), at| (count + 1, at))));
        let bytes = self.bytes + part.len();
        match last {
            None => Self { bytes, units: self.units.saturating_add(utf16_len(part)), ..self },
            Some((_, (count, end))) => {
                Self { bytes, lines: self.lines.saturating_add(count), units: utf16_len(&part[end..]) }
            }
        }
    }
}

/// True if a text may be cut at `at`: no line end and no character is cut there.
#[must_use]
pub fn is_cut(text: &[u8], at: usize) -> bool {
    let is_continued = |byte: &u8| byte & 0xc0 == 0x80;
    let Some(byte) = text.get(at) else { return true };
    let before = &text[..at];
    let crlf = *byte == b'\n' && before.ends_with(b"\r");
    // No character has more than three such bytes.
    let within = is_continued(byte) && !before.iter().rev().take(4).all(is_continued);
    !crlf && !within
}

/// Where the lines of `text` start, but for the first.
fn line_ends(text: &[u8]) -> impl Iterator<Item = usize> + '_ {
    memchr::memchr2_iter(b'\n', b'\r', text).filter_map(|at| {
        // `\r\n` is one line end, at the `\n`.
        (text[at] == b'\n' || text.get(at + 1) != Some(&b'\n')).then_some(at + 1)
    })
}

/// A line, and what is hidden of it: each span with how many bytes of it may be shown.
type Hidden = (Span, Rc<[(Span, usize)]>);

/// The lines of a text.
pub struct Lines<'a> {
    text: &'a [u8],
    /// What stands before the text, if it is a part of one.
    before: Before,
    /// Byte offset at which each line starts.
    starts: Vec<usize>,
    /// Line, offset and UTF-16 units before it, as last asked for.
    walked: Cell<(usize, usize, u32)>,
    /// What is hidden of a part of the text, as last asked for.
    hidden: RefCell<Option<Hidden>>,
    /// What is masked of the text.
    touching: OnceCell<mask::Touching>,
}

impl<'a> Lines<'a> {
    /// Finds the lines of `text`. A line ends with `\n`, or with `\r` alone.
    #[must_use]
    pub fn new(text: &'a [u8]) -> Self {
        Self::within(text, Before::default())
    }

    /// The lines of a part of a text; their regions are those that they have in all of it.
    #[must_use]
    pub fn within(text: &'a [u8], before: Before) -> Self {
        let starts = std::iter::once(0).chain(line_ends(text)).collect();
        let walked = Cell::new((usize::MAX, 0, 0));
        Self { text, before, starts, walked, hidden: RefCell::new(None), touching: OnceCell::new() }
    }

    /// The 0-based line that holds the byte at `offset`.
    #[must_use]
    pub fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset) - 1
    }

    /// The bytes of a 0-based line, without its end.
    #[must_use]
    pub fn line(&self, line: usize) -> Span {
        let start = self.starts[line];
        let mut end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        while end > start && matches!(self.text[end - 1], b'\n' | b'\r') {
            end -= 1;
        }
        Span::new(start, end)
    }

    /// Lines and columns of `span`. The end never runs past the end of its line.
    #[must_use]
    pub fn region(&self, span: Span) -> Region {
        let last_byte = span.end.max(span.start + 1) - 1;
        let (first, last) = (self.line_of(span.start), self.line_of(last_byte.min(self.text.len())));
        let end = span.end.min(self.line(last).end).max(self.line(last).start);
        let start_column = self.column(first, span.start.min(self.line(first).end));
        // Findings come by their starts: from one to the next each byte of a line is counted once.
        let end_column = match first == last && end >= span.start {
            true => start_column.saturating_add(utf16_len(&self.text[span.start.min(end)..end])),
            false => self.column(last, end),
        };
        let one_based =
            |line: usize| u32::try_from(line + 1).unwrap_or(u32::MAX).saturating_add(self.before.lines);
        Region {
            start_line: one_based(first),
            start_column,
            end_line: one_based(last),
            // An empty region is drawn nowhere: mark one unit at least.
            end_column: if first == last { end_column.max(start_column + 1) } else { end_column },
        }
    }

    /// The 1-based column of `offset`. Goes on from where it was last asked on the same line, so
    /// that thousands of findings on one long line cost one walk over it.
    fn column(&self, line: usize, offset: usize) -> u32 {
        let (known_line, known_offset, known_units) = self.walked.get();
        let start = self.line(line).start;
        let (from, units) = if known_line == line && (start..=offset).contains(&known_offset) {
            (known_offset, known_units)
        } else {
            (start, if line == 0 { self.before.units } else { 0 })
        };
        let units = units.saturating_add(utf16_len(&self.text[from..offset]));
        self.walked.set((line, offset, units));
        units.saturating_add(1)
    }

    /// What has to be hidden of the line at `at`, of a long one of the part around; and that part. `masked` is the
    /// same in all calls: findings that stand side by side ask about the same part.
    #[must_use]
    pub fn hidden(&self, at: usize, masked: &[(Span, usize)]) -> (Span, Rc<[(Span, usize)]>) {
        let line = self.line(self.line_of(at));
        let block = at - at % BLOCK;
        let start = line.start.max(block.saturating_sub(WINDOW));
        let part = Span::new(start, line.end.min(block.saturating_add(BLOCK + WINDOW)).max(start));
        let mut known = self.hidden.borrow_mut();
        match &*known {
            Some((span, hidden)) if *span == part => (part, Rc::clone(hidden)),
            _ => {
                let touching = self.touching.get_or_init(|| mask::Touching::of(masked)).within(part);
                let hidden: Rc<[(Span, usize)]> = mask::hidden(self.text, part, &touching).into();
                *known = Some((part, Rc::clone(&hidden)));
                (part, hidden)
            }
        }
    }

    /// The first line of `span`, cut around what is marked; hidden of it is what [`mask::hidden`] says.
    /// `masked` holds each secret with the count of its leading bytes that may be shown.
    #[must_use]
    pub fn snippet(&self, span: Span, masked: &[(Span, usize)]) -> Snippet {
        // Only what may be shown of a long line is looked at.
        let (line, hidden) = self.hidden(span.start, masked);
        let mark = Span::new(span.start.clamp(line.start, line.end), span.end.clamp(line.start, line.end));
        self.drawn(line, &hidden, mark, beginning(self.text, line, &hidden, mark))
    }

    /// The part `line` from `start` on, cut around `mark`; text beyond the cut is not computed.
    fn drawn(&self, line: Span, hidden: &[(Span, usize)], mark: Span, start: usize) -> Snippet {
        let mut out = Shown { text: String::new(), chars: 0, mark: None };
        let mut at = start;
        let plain = |out: &mut Shown, at: usize, end: usize| {
            let far = at.max(mark.start).saturating_add(CHAR_MAX * (SHOWN + 2));
            out.plain(self.text, Span::new(at, end.min(far)), mark);
        };
        for (secret, public) in &hidden[hidden.partition_point(|(secret, _)| secret.end <= start)..] {
            plain(&mut out, at, secret.start);
            if out.is_full() {
                break;
            }
            let redacted = Secret::new(&self.text[secret.range()]).redacted(*public);
            out.push(redacted.text(), secret.overlaps(mark));
            at = secret.end;
        }
        if !out.is_full() {
            plain(&mut out, at, line.end);
        }
        let (mark_start, mark_end) = out.mark.unwrap_or((0, 1));
        cut(&out.text, mark_start, mark_end, start > line.start)
    }
}

/// Where what a snippet may show of `line` starts: far enough before `mark` that what is left out is cut off.
fn beginning(text: &[u8], line: Span, hidden: &[(Span, usize)], mark: Span) -> usize {
    if mark.is_empty() {
        return line.start;
    }
    let (mut at, mut chars) = (mark.start, 0);
    for (secret, _) in hidden[..hidden.partition_point(|(secret, _)| secret.start < mark.start)].iter().rev()
    {
        let plain = at.saturating_sub(secret.end) / CHAR_MAX;
        if chars + plain >= SHOWN {
            break;
        }
        (at, chars) = (secret.start, chars + plain + usize::from(secret.end <= mark.start));
        if chars >= SHOWN {
            break;
        }
    }
    let start = at.saturating_sub(CHAR_MAX * SHOWN.saturating_sub(chars)).max(line.start);
    // Leading spaces are not part of it.
    let is_blank = |byte: &u8| matches!(byte, b'\t'..=b'\r' | b' ' | 0x80..);
    if text[line.start..start].iter().all(is_blank) { line.start } else { start }
}

struct Shown {
    text: String,
    chars: usize,
    /// Characters, half-open.
    mark: Option<(usize, usize)>,
}

impl Shown {
    /// True if the mark is in it, and so much behind its start that no more is shown.
    fn is_full(&self) -> bool {
        self.mark.is_some_and(|(start, _)| self.chars > start + SHOWN)
    }

    fn plain(&mut self, text: &[u8], part: Span, mark: Span) {
        for piece in [
            Span::new(part.start, mark.start.clamp(part.start, part.end)),
            Span::new(mark.start.clamp(part.start, part.end), mark.end.clamp(part.start, part.end)),
            Span::new(mark.end.clamp(part.start, part.end), part.end),
        ] {
            if !piece.is_empty() {
                self.push(&String::from_utf8_lossy(&text[piece.range()]), piece.overlaps(mark));
            }
        }
    }

    fn push(&mut self, text: &str, is_marked: bool) {
        let start = self.chars;
        self.text.push_str(text);
        self.chars += text.chars().count();
        if is_marked {
            let first = self.mark.map_or(start, |(first, _)| first);
            self.mark = Some((first, self.chars));
        }
    }
}

/// Cuts a long line to what surrounds the mark; an ellipsis stands for what was cut. Of a line that `goes_before` the
/// text only what is cut off is missing.
fn cut(text: &str, mark_start: usize, mark_end: usize, goes_before: bool) -> Snippet {
    let blanks = || text.chars().take_while(|c| c.is_whitespace()).count().min(mark_start);
    let indent = if goes_before { 0 } else { blanks() };
    let length = text.chars().count();
    let from = if mark_start.saturating_sub(indent) > SHOWN / 2 { mark_start - SHOWN / 3 } else { indent };
    let to = length.min(from + SHOWN);
    let mut out = String::new();
    if from > indent {
        out.push('…');
    }
    let lead = out.chars().count();
    out.extend(text.chars().skip(from).take(to - from));
    let mark_start = mark_start - from + lead;
    let mark_len = (mark_end.min(to) - from + lead).saturating_sub(mark_start).max(1);
    if to < length {
        out.push('…');
    }
    Snippet { text: out.trim_end().to_owned(), mark_start, mark_len }
}

fn utf16_len(bytes: &[u8]) -> u32 {
    if bytes.is_ascii() {
        return u32::try_from(bytes.len()).unwrap_or(u32::MAX - 1);
    }
    let units: usize = String::from_utf8_lossy(bytes).chars().map(char::len_utf16).sum();
    u32::try_from(units).unwrap_or(u32::MAX - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_snippet_is_that_of_the_whole_line(
            pieces in prop::collection::vec(("[a-z ]{0,40}| {0,90}|[é🔑 ]{0,50}|\t{1,3}", 0usize..3), 1..24),
            blanks in 0usize..200,
            marked in 0usize..2000,
            length in 1usize..300,
            cut in any::<prop::sample::Index>(),
        ) {
            let mut text = " ".repeat(blanks).into_bytes();
            let mut hidden = Vec::new();
            for (piece, kind) in pieces {
                let start = text.len();
                text.extend_from_slice(piece.as_bytes());
                if kind == 0 && text.len() > start {
                    hidden.push((Span::new(start, text.len()), 0));
                }
            }
            text.push(b'x');
            // Not all is text.
            let broken = cut.index(text.len());
            text[broken] = 0xf0;
            let start = marked % text.len();
            let mark = Span::new(start, text.len().min(start + length));
            let lines = Lines::new(&text);
            let line = Span::new(0, text.len());
            let short = lines.drawn(line, &hidden, mark, beginning(&text, line, &hidden, mark));
            let mut whole = Shown { text: String::new(), chars: 0, mark: None };
            let mut at = 0;
            for (secret, public) in &hidden {
                whole.plain(&text, Span::new(at, secret.start), mark);
                let redacted = Secret::new(&text[secret.range()]).redacted(*public);
                whole.push(redacted.text(), secret.overlaps(mark));
                at = secret.end;
            }
            whole.plain(&text, Span::new(at, line.end), mark);
            let (mark_start, mark_end) = whole.mark.unwrap_or((0, 1));
            prop_assert_eq!(short, super::cut(&whole.text, mark_start, mark_end, false));
        }
    }

    #[test]
    fn columns_count_utf16_units() {
        let text = "a\n🔑é = \"secret\"\n".as_bytes();
        let at = text.windows(6).position(|w| w == b"secret").unwrap();
        let lines = Lines::new(text);
        let region = lines.region(Span::new(at, at + 6));
        assert_eq!(
            (region.start_line, region.start_column, region.end_line, region.end_column),
            (2, 8, 2, 14)
        );
    }

    #[test]
    fn all_secrets_of_a_line_are_masked() {
        let text = b"first=aaaaaaaaaaaaaaaa second=bbbbbbbbbbbbbbbb";
        let lines = Lines::new(text);
        let masked = [(Span::new(6, 22), 2), (Span::new(30, 46), 0)];
        let snippet = lines.snippet(Span::new(6, 22), &masked);
        assert_eq!(snippet.text, "first=aa**** second=****");
        assert_eq!((snippet.mark_start, snippet.mark_len), (6, 6));
    }

    #[test]
    fn a_copy_of_a_secret_is_masked_too() {
        let lines = Lines::new(b"key=kX9dPq27TzLm # was kX9dPq27TzLm");
        let snippet = lines.snippet(Span::new(4, 16), &[(Span::new(4, 16), 0)]);
        assert_eq!(snippet.text, "key=**** # was ****");
    }

    #[test]
    fn line_ends_of_all_systems() {
        let lines = Lines::new(b"a\r\nb\rc\nd");
        assert_eq!(
            (0..4).map(|line| lines.line(line)).collect::<Vec<_>>(),
            [Span::new(0, 1), Span::new(3, 4), Span::new(5, 6), Span::new(7, 8)]
        );
    }

    #[test]
    fn a_long_line_is_cut_around_the_mark() {
        let text = format!("{}secret{}", "x".repeat(5000), "y".repeat(5000));
        let lines = Lines::new(text.as_bytes());
        let snippet = lines.snippet(Span::new(5000, 5006), &[]);
        assert!(snippet.text.chars().count() < 130);
        let marked: String = snippet.text.chars().skip(snippet.mark_start).take(snippet.mark_len).collect();
        assert_eq!(marked, "secret");
    }
}
