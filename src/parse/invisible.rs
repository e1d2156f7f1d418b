//! Invisible characters in sequences long enough to carry information, and characters that change text direction.

use crate::model::Span;

/// The most runs of one text.
const RUNS_MAX: usize = 100;
/// Shorter runs of zero-width characters are accidental.
const ZERO_WIDTH_MIN: usize = 4;

/// The kind of hidden characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invisible {
    /// Variation selectors: one selects a glyph, several in a row carry bytes.
    Selectors,
    /// Tag characters, which mirror ASCII; legitimate only in flags.
    Tags,
    /// Zero-width characters.
    ZeroWidth,
    /// Bidirectional controls, which make text read differently from how it runs.
    Direction {
        /// True if it is not closed on its line, or is an override.
        open: bool,
    },
}

/// A run of such characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Their kind.
    pub kind: Invisible,
    /// Where they stand.
    pub span: Span,
    /// How many.
    pub count: usize,
}

/// Extensions of source code, where reordered text runs differently from how it reads.
const CODE: [&str; 54] = [
    "rs", "c", "h", "cc", "cpp", "cxx", "hh", "hpp", "m", "mm", "cs", "fs", "vb", "java", "kt", "kts",
    "scala", "groovy", "gradle", "go", "py", "pyi", "rb", "php", "js", "jsx", "mjs", "cjs", "ts", "tsx",
    "mts", "cts", "vue", "svelte", "swift", "sh", "bash", "zsh", "fish", "ps1", "pl", "pm", "lua", "sql",
    "r", "jl", "dart", "ex", "exs", "erl", "hs", "ml", "zig", "tf",
];
/// Words in paths of translations.
const TRANSLATIONS: [&str; 8] =
    ["locale", "locales", "i18n", "l10n", "lang", "langs", "languages", "translations"];

/// True if the file at `path` is source code, and not a translation.
#[must_use]
pub fn is_code(path: &[u8]) -> bool {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    let extension = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    let is_source = name.contains(&b'.')
        && CODE.iter().any(|one| extension.eq_ignore_ascii_case(one.as_bytes()))
        || matches!(name, b"Makefile" | b"Dockerfile" | b"Jenkinsfile" | b"Rakefile" | b"Gemfile")
        || path.starts_with(b".github/");
    let mut words = path.split(|byte| !byte.is_ascii_alphanumeric());
    is_source && !words.any(|word| TRANSLATIONS.iter().any(|one| word.eq_ignore_ascii_case(one.as_bytes())))
}

/// The kind of a character that may hide something, and its length in bytes.
fn group(bytes: &[u8]) -> Option<(Invisible, usize)> {
    let found = match *bytes.first_chunk()? {
        [0xe2, 0x80, 0x8b..=0x8f]
        | [0xe2, 0x81, 0xa0..=0xa4]
        | [0xe2, 0xa0, 0x80]
        | [0xef, 0xbb, 0xbf]
        | [0xef, 0xbe, 0xa0] => Invisible::ZeroWidth,
        [0xe2, 0x80, 0xaa..=0xae] | [0xe2, 0x81, 0xa6..=0xa9] => Invisible::Direction { open: false },
        [0xef, 0xb8, 0x80..=0x8f] => Invisible::Selectors,
        [0xf3, 0xa0, third] => {
            let fourth = *bytes.get(3)?;
            let is_rest = (0x80..=0xbf).contains(&fourth);
            return match third {
                0x80 | 0x81 if is_rest => Some((Invisible::Tags, 4)),
                0x84..=0x86 if is_rest => Some((Invisible::Selectors, 4)),
                0x87 if (0x80..=0xaf).contains(&fourth) => Some((Invisible::Selectors, 4)),
                _ => None,
            };
        }
        _ => return None,
    };
    Some((found, 3))
}

/// The suspicious runs in `text`, at most a hundred; each bidirectional control separately.
#[must_use]
pub fn runs(text: &[u8]) -> Vec<Run> {
    let mut runs = Vec::new();
    if text.is_ascii() {
        return runs;
    }
    let mut seen = 0;
    for at in memchr::memchr3_iter(0xe2, 0xef, 0xf3, text) {
        if at < seen {
            continue;
        }
        let Some((kind, length)) = group(&text[at..]) else { continue };
        let (mut end, mut count) = (at + length, 1);
        while let Some((_, length)) = group(&text[end..]).filter(|(next, _)| *next == kind) {
            (end, count) = (end + length, count + 1);
        }
        seen = end;
        let span = Span::new(at, end);
        let hides = match kind {
            // Twice the same form is a typing accident.
            Invisible::Selectors => count > 2 || count == 2 && !is_repeated(&text[at..end]),
            Invisible::Tags => !is_flag(text, at, end),
            Invisible::ZeroWidth => count >= ZERO_WIDTH_MIN,
            Invisible::Direction { .. } => !is_range(text, at, end),
        };
        if hides {
            runs.push(Run { kind: settled(kind, text, span), span, count });
            if runs.len() == RUNS_MAX {
                break;
            }
        }
    }
    runs
}

/// True for the end of a character range, as in a regular expression that searches for these characters.
fn is_range(text: &[u8], start: usize, end: usize) -> bool {
    let is_dashed = |dash: Option<&u8>, other: Option<&u8>| {
        dash == Some(&b'-') && other.is_some_and(|byte| !byte.is_ascii())
    };
    let mut before = text[..start].iter().rev();
    is_dashed(text.get(end), text.get(end + 1)) || is_dashed(before.next(), before.next())
}

fn is_repeated(run: &[u8]) -> bool {
    let (first, second) = run.split_at(run.len() / 2);
    first == second
}

/// True for the tags of a flag: after a black flag, closed by a cancel tag.
fn is_flag(text: &[u8], start: usize, end: usize) -> bool {
    text[..start].ends_with("\u{1f3f4}".as_bytes()) && text[start..end].ends_with("\u{e007f}".as_bytes())
}

/// Determines whether a bidirectional control is closed.
fn settled(kind: Invisible, text: &[u8], span: Span) -> Invisible {
    /// How many bytes of the line are searched on either side.
    const NEAR: usize = 500;
    if !matches!(kind, Invisible::Direction { .. }) {
        return kind;
    }
    let from = span.start.saturating_sub(NEAR);
    let start = memchr::memrchr(b'\n', &text[from..span.start]).map_or(from, |end| from + end + 1);
    let to = text.len().min(span.end + NEAR);
    let end = memchr::memchr(b'\n', &text[span.end..to]).map_or(to, |end| span.end + end);
    let (mut depth, mut overrides) = (0_i32, false);
    for at in memchr::memchr_iter(0xe2, &text[start..end]).map(|at| start + at) {
        match text.get(at + 1..at + 3) {
            Some([0x80, 0xad | 0xae]) => overrides = true,
            Some([0x80, 0xaa | 0xab] | [0x81, 0xa6..=0xa8]) => depth += 1,
            Some([0x80, 0xac] | [0x81, 0xa9]) => depth -= 1,
            _ => {}
        }
    }
    Invisible::Direction { open: overrides || depth != 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Invisible, usize)> {
        runs(text.as_bytes()).iter().map(|run| (run.kind, run.count)).collect()
    }

    #[test]
    fn runs_that_carry_something_are_found() {
        assert_eq!(kinds("a\u{fe00}\u{fe01}b"), [(Invisible::Selectors, 2)]);
        assert_eq!(kinds("a\u{e0100}\u{e01ef}\u{e0150}"), [(Invisible::Selectors, 3)]);
        assert_eq!(kinds("x\u{e0041}"), [(Invisible::Tags, 1)]);
        assert_eq!(kinds("x\u{200b}\u{200c}\u{feff}\u{2060}"), [(Invisible::ZeroWidth, 4)]);
        assert_eq!(kinds("a = \"\u{202e}x\"\n"), [(Invisible::Direction { open: true }, 1)]);
        let closed = Invisible::Direction { open: false };
        assert_eq!(kinds("a = \"\u{2067}x\u{2069}\"\n"), [(closed, 1), (closed, 1)]);
    }

    #[test]
    fn what_people_write_is_not() {
        let scotland = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}";
        let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}";
        for text in [
            "\u{feff}plain",
            "\u{26a0}\u{fe0f} care",
            "\u{26a0}\u{fe0f}\u{fe0f}",
            scotland,
            family,
            "\u{645}\u{6cc}\u{200c}\u{631}",
            "\u{ff0c}\u{3002}",
            "\u{e000}\u{f3a0}",
            "const BIDI = /[\u{202a}-\u{202e}\u{2066}-\u{2069}]/g;",
        ] {
            assert_eq!(kinds(text), [], "{text:?}");
        }
        // Tags without a flag.
        assert_eq!(kinds(&scotland[4..]), [(Invisible::Tags, 6)]);
    }

    #[test]
    fn so_many_runs_are_listed_and_no_more() {
        assert_eq!(kinds(&"x\u{e0041}".repeat(1000)).len(), RUNS_MAX);
        assert_eq!(runs(b"\xe2\x80\xf3\xa0\x84\xef\xb8"), []);
    }
}
