//! Decodes the bytes of a lock file: byte order marks, UTF-16, binary data, merge conflicts.

use std::borrow::Cow;

use super::{Format, MISTAKES_MAX};
use crate::parse::cargo::Mistake;
use crate::parse::lines::line_of;

/// The text of a file, without its byte order mark, and encoding errors.
#[derive(Default)]
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) mistakes: Vec<Mistake>,
}

impl Decoded<'_> {
    fn refused(line: usize, message: &str) -> Self {
        let message = format!("{message}; its packages were not checked");
        Self { text: Cow::Borrowed(""), mistakes: vec![Mistake { line, message }] }
    }
}

/// True for formats whose tools respect the byte order mark.
const fn may_be_utf16(format: Format) -> bool {
    matches!(format, Format::Requirements | Format::MaybeRequirements | Format::NuGet)
}

/// Reads the text of a lock file.
pub(super) fn decode(format: Format, bytes: &[u8]) -> Decoded<'_> {
    let mut decoded = match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return Decoded::refused(1, "UTF-32"),
        [0xff, 0xfe, rest @ ..] => utf16(format, rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(format, rest, u16::from_be_bytes),
        _ => utf8(format, bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)),
    };
    if let Some(at) = memchr::memchr(0, decoded.text.as_bytes()) {
        let line = line_of(decoded.text.as_bytes(), at);
        return Decoded::refused(line, "not text: there is a NUL byte in it");
    }
    if has_lone_cr(decoded.text.as_bytes()) {
        // Classic Mac line endings: many tools accept them, and no offset changes.
        decoded.text = Cow::Owned(with_lf(&decoded.text));
    }
    decoded
}

fn utf8(format: Format, bytes: &[u8]) -> Decoded<'_> {
    let text = String::from_utf8_lossy(bytes);
    let mut mistakes = Vec::new();
    if let Cow::Owned(_) = &text {
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let Err(error) = std::str::from_utf8(line) else { continue };
            // A damaged comment loses nothing.
            let before = line.get(..error.valid_up_to()).unwrap_or_default();
            if has_comments(format) && memchr::memchr(b'#', before).is_some() {
                continue;
            }
            let message = "not UTF-8; what this line says may be wrong".to_owned();
            mistakes.push(Mistake { line: index + 1, message });
            if mistakes.len() >= MISTAKES_MAX {
                break;
            }
        }
    }
    Decoded { text, mistakes }
}

const fn has_comments(format: Format) -> bool {
    matches!(format, Format::Requirements | Format::MaybeRequirements | Format::Yarn | Format::Gradle)
}

fn utf16(format: Format, bytes: &[u8], order: fn([u8; 2]) -> u16) -> Decoded<'static> {
    let (units, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    let mut damaged = !rest.is_empty();
    for unit in char::decode_utf16(units.iter().map(|unit| order(*unit))) {
        text.push(unit.unwrap_or_else(|_| {
            damaged = true;
            '\u{fffd}'
        }));
    }
    let mut mistakes = Vec::new();
    if !may_be_utf16(format) {
        let message = format!("UTF-16, which {} does not read; save it as UTF-8", format.tool());
        mistakes.push(Mistake { line: 1, message });
    } else if damaged {
        let message = "damaged UTF-16; some of it may be wrong".to_owned();
        mistakes.push(Mistake { line: 1, message });
    }
    Decoded { text: Cow::Owned(text), mistakes }
}

fn has_lone_cr(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', bytes).any(|at| bytes.get(at + 1) != Some(&b'\n'))
}

fn with_lf(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\r', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        out.push(if rest.starts_with('\n') { '\r' } else { '\n' });
    }
    out.push_str(rest);
    out
}

/// A text with merge conflicts.
pub(super) struct Conflict {
    /// The text of each side: the other side's lines are blanked, so no offset changes.
    pub(super) sides: [String; 2],
    /// The lines at which conflicts start.
    lines: Vec<usize>,
}

impl Conflict {
    pub(super) fn mistakes(&self) -> impl Iterator<Item = Mistake> + '_ {
        self.lines.iter().map(|line| Mistake {
            line: *line,
            message: "a merge conflict; both sides were checked, resolve it".to_owned(),
        })
    }
}

/// The part of a conflict that a line belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Common,
    Ours,
    /// The common base, if the conflict shows it.
    Base,
    Theirs,
}

/// Both sides of a text with merge conflicts; `None` without a conflict.
pub(super) fn sides(text: &str) -> Option<Conflict> {
    memchr::memmem::find(text.as_bytes(), b"<<<<<<<")?;
    let mut part = Part::Common;
    let mut conflict = Conflict {
        sides: [String::with_capacity(text.len()), String::with_capacity(text.len())],
        lines: Vec::new(),
    };
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let next = match (marker(line), part) {
            (Some(b'<'), _) => {
                if conflict.lines.len() < MISTAKES_MAX {
                    conflict.lines.push(index + 1);
                }
                Some(Part::Ours)
            }
            (Some(b'|'), Part::Ours) => Some(Part::Base),
            (Some(b'='), Part::Ours | Part::Base) => Some(Part::Theirs),
            (Some(b'>'), Part::Theirs) => Some(Part::Common),
            _ => None,
        };
        let keep = match (next, part) {
            (Some(_), _) | (None, Part::Base) => [false, false],
            (None, Part::Common) => [true, true],
            (None, Part::Ours) => [true, false],
            (None, Part::Theirs) => [false, true],
        };
        part = next.unwrap_or(part);
        for (side, keep) in conflict.sides.iter_mut().zip(keep) {
            match keep {
                true => side.push_str(line),
                false => side.extend(line.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' })),
            }
        }
    }
    (!conflict.lines.is_empty()).then_some(conflict)
}

/// The character that a conflict marker repeats seven times.
fn marker(line: &str) -> Option<u8> {
    let bytes = line.as_bytes();
    let first = *bytes.first().filter(|byte| matches!(byte, b'<' | b'|' | b'=' | b'>'))?;
    let same = bytes.iter().take_while(|byte| **byte == first).count();
    (same == 7 && matches!(bytes.get(7), None | Some(b' ' | b'\n' | b'\r'))).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::{Format, decode, sides};

    fn parsed(format: Format, bytes: &[u8]) -> (String, Vec<usize>) {
        let decoded = decode(format, bytes);
        (decoded.text.into_owned(), decoded.mistakes.iter().map(|mistake| mistake.line).collect())
    }

    #[test]
    fn encodings_that_are_read_and_those_that_are_not() {
        let text = "tin==1.0\n";
        let utf16 = |order: fn(u16) -> [u8; 2], mark: [u8; 2]| -> Vec<u8> {
            mark.into_iter().chain(text.encode_utf16().flat_map(order)).collect()
        };
        let (little, big) = (utf16(u16::to_le_bytes, [0xff, 0xfe]), utf16(u16::to_be_bytes, [0xfe, 0xff]));
        for bytes in [text.as_bytes(), b"\xef\xbb\xbftin==1.0\n", &little, &big] {
            assert_eq!(parsed(Format::Requirements, bytes), (text.to_owned(), vec![]));
        }
        // The packages are parsed, although the tool would reject the file.
        assert_eq!(parsed(Format::Yarn, &little), (text.to_owned(), vec![1]));
        for bytes in [&little[2..], b"\xff\xfe\0\0t\0\0\0", b"a\nb\0c"] {
            let (text, lines) = parsed(Format::Requirements, bytes);
            assert!(text.is_empty() && lines.len() == 1, "{bytes:?}");
        }
        assert_eq!(parsed(Format::Requirements, &little[..little.len() - 1]).1, [1]);
    }

    #[test]
    fn damaged_lines_are_mistakes_and_comments_are_not() {
        assert_eq!(parsed(Format::Requirements, b"# \xe4\na==1\nb==\xe4\n").1, [3]);
        assert_eq!(parsed(Format::Gemfile, b"GEM\n\xe4\n").1, [2]);
    }

    #[test]
    fn line_ends_of_every_kind() {
        assert_eq!(parsed(Format::Yarn, b"a\rb\r\nc\r").0, "a\nb\r\nc\n");
    }

    #[test]
    fn both_sides_keep_their_places() {
        let text = "a\n<<<<<<< ours\n\u{e9}\n||||||| base\nx\n=======\nc\n>>>>>>> theirs\nd\n";
        let conflict = sides(text).expect("there is one");
        let shown = |side: &str| side.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(conflict.sides.each_ref().map(|side| shown(side)), ["a \u{e9} d", "a c d"]);
        for side in &conflict.sides {
            assert_eq!((side.len(), side.lines().count()), (text.len(), 9));
            assert_eq!(side.find('d'), text.rfind('d'));
        }
        assert_eq!(conflict.lines, [2]);
        // Half a conflict is one; a lookalike is not.
        assert!(sides("<<<<<<< HEAD\na\n").is_some());
        for text in ["=======\n", "<<<<<<<< a\n", "# <<<<<<< a\n", "<<<<<<<a\n"] {
            assert!(sides(text).is_none(), "{text}");
        }
    }
}
