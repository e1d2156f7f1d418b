//! The lines over which a run is wrapped.

use super::{GAP_MAX, WRAP_MIN, is_member, members};
use crate::model::Span;

/// The characters of a run that may be wrapped: over lines of equal length, each in quotes of its
/// own or not, or over `\n` escapes.
pub(super) struct Lines {
    pub(super) characters: Vec<u8>,
    pub(super) stretches: Vec<(usize, usize)>,
    pub(super) span: Span,
}

impl Lines {
    pub(super) fn collect(hay: &[u8], start: usize, end: usize) -> Self {
        let mut lines = Self {
            characters: hay[start..end].to_vec(),
            stretches: vec![(0, start)],
            span: Span::new(start, end),
        };
        let mut end = lines.slashes(hay, end);
        let width = lines.characters.len();
        if width < WRAP_MIN || !width.is_multiple_of(4) || hay.get(end) == Some(&b'=') {
            return lines;
        }
        while let Some(next) = line_after(hay, end) {
            let before = lines.characters.len();
            let next_end = next + members(&hay[next..hay.len().min(next + width + 1)]);
            lines.characters.extend_from_slice(&hay[next..next_end]);
            lines.stretches.push((before, next));
            let next_end = lines.slashes(hay, next_end);
            let length = lines.characters.len() - before;
            if length > width || (length < width && !ends_run(hay, next_end, length)) {
                lines.characters.truncate(before);
                lines.stretches.retain(|(characters, _)| *characters < before);
                break;
            }
            end = next_end;
            lines.span.end = end;
            if length < width {
                break;
            }
        }
        lines
    }

    /// Takes in what follows `\/`, which JSON may write for a slash. Gives the end.
    fn slashes(&mut self, hay: &[u8], mut end: usize) -> usize {
        while hay[end..].starts_with(b"\\/") {
            let length = members(&hay[end + 1..]);
            self.stretches.push((self.characters.len(), end + 1));
            self.characters.extend_from_slice(&hay[end + 1..end + 1 + length]);
            end += 1 + length;
            self.span.end = self.span.end.max(end);
        }
        end
    }
}

/// Where the run goes on behind the line that ends at `end`, if it may.
fn line_after(hay: &[u8], end: usize) -> Option<usize> {
    let mut at = end;
    let mut newline = false;
    while at < hay.len().min(end + GAP_MAX) {
        match &hay[at..] {
            [b'\n', ..] | [b'\\', b'n', ..] => {
                newline = true;
                at += if hay[at] == b'\n' { 1 } else { 2 };
            }
            [b'\\', b'r' | b'"' | b'\n' | b'\r', ..] => {
                at += 2 - usize::from(matches!(hay[at + 1], b'\n' | b'\r'))
            }
            [b' ' | b'\t' | b'\r' | b'"' | b'\'' | b'`' | b',' | b'#' | b'*' | b'.' | b'&' | b'>', ..] => {
                at += 1
            }
            [b'+' | b'\\', b' ' | b'\t' | b'\r' | b'\n', ..] => at += 1,
            [b'/', b'/', ..] if newline => at += 2,
            [byte, ..] if newline && is_member(*byte) => return Some(at),
            _ => return None,
        }
    }
    None
}

/// True if the last line of a run, with `length` characters, may end at `end`: a word of the text
/// that happens to stand on the next line is followed by something else.
fn ends_run(hay: &[u8], end: usize, length: usize) -> bool {
    let padding = hay[end..].iter().take(3).take_while(|byte| **byte == b'=').count();
    let free = !matches!(hay.get(end + padding), Some(byte) if is_member(*byte) || matches!(byte, b':' | b'=' | b' ' | b'(' | b'.'));
    length > 0 && free && if padding > 0 { (length + padding).is_multiple_of(4) } else { length % 4 != 1 }
}
