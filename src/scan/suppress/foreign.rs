//! Marks of other tools for the secrets on a line: `gitleaks:allow` and the like.

use std::ops::Range;

use crate::scan::suppress::Mark;
use crate::scan::suppress::marks::{MAX_MARKS, line_ends, places};

/// Prefixes of the marks, which the engine searches for.
pub(in crate::scan) const MARKS: [&str; 8] = [
    "gitleaks:allow",
    "betterleaks:allow",
    "trufflehog:ignore",
    "kingfisher:ignore",
    "pragma: allowlist",
    "pragma:allowlist",
    "pragma: whitelist",
    "pragma:whitelist",
];

/// The text after a pragma, its name, and the offset of its line.
const PRAGMAS: [(&[u8], &str, u32); 2] =
    [(b"nextline", "pragma: allowlist nextline secret", 1), (b"", "pragma: allowlist secret", 0)];

/// The marks of other tools that start `within` a part of `text`.
pub(super) fn marks(text: &[u8], within: Range<usize>) -> Vec<Mark> {
    let mut marks = Vec::new();
    for start in MARKS {
        let (mut line, mut counted) = (1, 0);
        for at in places(text, within.clone(), start.as_bytes()) {
            let behind = &text[at + start.len()..];
            let (name, below) = match start.strip_prefix("pragma:") {
                None => (start, 0),
                Some(_) => match pragma(behind) {
                    Some(pragma) => pragma,
                    None => continue,
                },
            };
            line += line_ends(&text[counted..at]);
            counted = at;
            let is_again = |mark: &Mark| (mark.line, mark.foreign) == (line + below, Some(name));
            if marks.last().is_some_and(is_again) {
                continue;
            }
            marks.push(Mark {
                line: line + below,
                checks: Vec::new(),
                reason: String::new(),
                foreign: Some(name),
                reach: None,
            });
            if marks.len() == MAX_MARKS {
                return marks;
            }
        }
    }
    marks
}

/// The pragma after its first word: `secret` must follow.
fn pragma(behind: &[u8]) -> Option<(&'static str, u32)> {
    let word = |text: &'_ [u8]| text.iter().take_while(|b| matches!(b, b' ' | b'-' | b'\t')).count();
    PRAGMAS.iter().find_map(|(more, name, below)| {
        let rest = &behind[word(behind)..];
        let rest = rest.strip_prefix(*more)?;
        let rest = if more.is_empty() { rest } else { &rest[word(rest)..] };
        rest.starts_with(b"secret").then_some((*name, *below))
    })
}

#[cfg(test)]
mod tests {
    use super::{MARKS, marks};

    /// A text with the mark of that number; written out, it would be a mark of this very file.
    fn read(number: usize, behind: &str) -> Vec<(u32, &'static str)> {
        let text = format!("\r\n\nx = 1 # {}{behind}\ny", MARKS[number]);
        marks(text.as_bytes(), 0..text.len()).iter().map(|mark| (mark.line, mark.foreign.unwrap())).collect()
    }

    #[test]
    fn marks_are_for_their_line() {
        for (number, mark) in MARKS.iter().enumerate().take(4) {
            assert_eq!(read(number, " because"), [(3, *mark)]);
        }
        for number in 4..8 {
            assert_eq!(read(number, " secret"), [(3, "pragma: allowlist secret")]);
        }
    }

    #[test]
    fn pragmas_say_what_they_allow() {
        assert_eq!(read(4, " nextline secret"), [(4, "pragma: allowlist nextline secret")]);
        assert_eq!(read(4, ""), []);
        assert_eq!(read(4, " secre"), []);
        assert_eq!(read(4, " nextline"), []);
    }
}
