//! Inline marks: `bartizan:allow CHECK reason`, in any kind of comment.

use std::ops::{Range, RangeInclusive};

use super::{Matcher, Origin, Suppression};
use crate::engine::mask;
use crate::model::{RepoPath, Span};

/// The prefix of a mark.
const MARK: &[u8] = b"bartizan:allow";
/// Most marks per file, and checks named by them.
pub(super) const MAX_MARKS: usize = 10_000;
/// The reason for other tools' marks, which have none.
const FOREIGN_REASON: &str = "a mark of another tool, which gives no reason";
/// Most bytes read after a mark on its line.
const MAX_REASON: usize = 500;
/// Most marks read per line.
const MAX_ON_LINE: usize = 8;
/// Comment terminators, which are not part of a reason.
const COMMENT_ENDS: &[&str] = &["*/", "-->", "--}}", "#}", "%>", "*)", "-}", "]]", "\"\"\"", "'''"];

/// A `bartizan:allow` in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its line, 1-based.
    pub line: u32,
    /// Ids of the suppressed checks.
    pub checks: Vec<String>,
    /// The reason; a mark without one has no effect.
    pub reason: String,
    /// The other tool's mark that this is; one without checks covers all secrets.
    pub foreign: Option<&'static str>,
    /// The lines that it covers, if it uses another tool's ids.
    pub reach: Option<RangeInclusive<u32>>,
}

impl Mark {
    /// The same, shifted down by some lines.
    pub(in crate::scan) fn moved(self, lines: u32) -> Self {
        let reach = self.reach.map(|reach| *reach.start() + lines..=*reach.end() + lines);
        Self { line: self.line + lines, reach, ..self }
    }

    /// Its suppression, with notices only in current files: old versions cannot be fixed.
    pub(super) fn suppressions(&self, file: &RepoPath, is_today: bool) -> Vec<Suppression> {
        let lines = |reach: &RangeInclusive<u32>| *reach.start() as usize..=*reach.end() as usize;
        let mapped = |reach| {
            let mapped = |check: &String| Matcher::Mapped { check: check.clone(), lines: lines(reach) };
            self.checks.iter().map(mapped).collect()
        };
        let matchers = match self.foreign {
            Some(_) => self.reach.as_ref().map_or_else(|| vec![Matcher::ForeignMark], mapped),
            None if !is_today && self.reason.is_empty() => Vec::new(),
            None if self.checks.is_empty() => vec![Matcher::Mark(String::new())],
            None => self.checks.iter().cloned().map(Matcher::Mark).collect(),
        };
        let reason = if self.foreign.is_some() { FOREIGN_REASON } else { &self.reason };
        let suppression = |matcher| Suppression {
            matcher,
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
            expires: None,
            origin: Origin {
                by: self.foreign.unwrap_or("inline"),
                file: file.clone(),
                line: self.line as usize,
                expected: is_today && self.foreign.is_none(),
            },
            used: false,
        };
        matchers.into_iter().map(suppression).collect()
    }
}

/// The marks in `text`. Secret bytes in `masked` never become part of a reason.
///
/// A mark is `bartizan:allow CHECK reason` or `bartizan:allow CHECK,CHECK reason`, in any kind of comment. Ids are
/// lower case, so sentences about marks are not marks.
#[must_use]
pub fn inline_marks(text: &[u8], masked: &[(Span, usize)]) -> Vec<Mark> {
    inline_marks_within(text, 0..text.len(), masked)
}

/// The same, for those that start `within` a part of the text.
pub(super) fn inline_marks_within(text: &[u8], within: Range<usize>, masked: &[(Span, usize)]) -> Vec<Mark> {
    let mut marks = Vec::new();
    let masked = mask::Touching::of(masked);
    let (mut line, mut counted, mut on_line, mut named) = (1, 0, 0, 0);
    for at in places(text, within, MARK).take(MAX_MARKS) {
        let ends = line_ends(&text[counted..at]);
        line += ends;
        counted = at;
        on_line = if ends > 0 { 1 } else { on_line + 1 };
        if on_line > MAX_ON_LINE {
            continue;
        }
        let start = at + MARK.len();
        let rest = &text[start..text.len().min(start + MAX_REASON)];
        let rest = &rest[..memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())];
        let Some((checks, reason)) = read(text, Span::new(start, start + rest.len()), &masked) else {
            continue;
        };
        named += checks.len().max(1);
        if named > MAX_MARKS {
            break;
        }
        marks.push(Mark { line, checks, reason, foreign: None, reach: None });
    }
    marks
}

/// Positions of `mark` `within` a part of `text`.
pub(super) fn places<'t>(
    text: &'t [u8],
    within: Range<usize>,
    mark: &'t [u8],
) -> impl Iterator<Item = usize> + 't {
    let end = text.len().min(within.end.saturating_add(mark.len() - 1));
    let start = within.start.min(end);
    memchr::memmem::find_iter(&text[start..end], mark).map(move |at| start + at)
}

/// The checks and the reason in `rest`, the text after a mark on its line.
fn read(text: &[u8], rest: Span, masked: &mask::Touching) -> Option<(Vec<String>, String)> {
    let mut shown = text[rest.range()].to_vec();
    if shown.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
        return None; // A longer word, or the end of a quotation.
    }
    // Check ids name secrets, but no value follows them.
    let reason = Span::new(rest.start + ids_length(&shown), rest.end);
    let seen = masked.within(rest);
    let hidden = mask::hidden(text, reason, &seen);
    for (span, _) in seen.into_iter().chain(hidden) {
        let (from, to) = (span.start.max(rest.start), span.end.min(rest.end));
        shown[from - rest.start..to - rest.start].fill(b'*');
    }
    let shown = String::from_utf8_lossy(&shown);
    let mut left = shown.trim();
    for end in COMMENT_ENDS {
        left = left.strip_suffix(end).unwrap_or(left).trim_end();
    }
    let mut checks = Vec::new();
    loop {
        let (word, more) = left.split_once(char::is_whitespace).unwrap_or((left, ""));
        let word = word.strip_suffix(':').unwrap_or(word);
        left = more.trim_start();
        checks.extend(word.split(',').filter(|id| !id.is_empty()).map(str::to_owned));
        if !word.ends_with(',') || left.is_empty() {
            break;
        }
    }
    let is_id = |id: &String| id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !checks.iter().all(is_id) {
        return None;
    }
    // Leading dashes and colons are not part of a reason.
    let reason = left.trim_start_matches(|c: char| !c.is_alphanumeric() && !"`\"'([{*<".contains(c));
    let is_reason = reason.contains(char::is_alphanumeric) && !is_placeholder(reason);
    let reason = if is_reason { reason } else { "" };
    Some((checks, reason.to_owned()))
}

/// True if `reason` is still to be written: it starts with the word `TODO`.
fn is_placeholder(reason: &str) -> bool {
    let rest = reason.trim_start_matches(|c: char| !c.is_alphanumeric()).strip_prefix("TODO");
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The length of the ids at the start of `rest`.
fn ids_length(rest: &[u8]) -> usize {
    let mut at = 0;
    loop {
        at += rest[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        let word = rest[at..].iter().take_while(|b| !b.is_ascii_whitespace()).count();
        at += word;
        if word == 0 || rest[at - 1] != b',' {
            return at;
        }
    }
}

/// Line ends in `text`, counted like lines of findings: LF, CR or both.
pub(super) fn line_ends(text: &[u8]) -> u32 {
    let ends = memchr::memchr2_iter(b'\n', b'\r', text)
        .filter(|at| text[*at] == b'\n' || text.get(at + 1) != Some(&b'\n'));
    u32::try_from(ends.count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
pub(super) use tests::marked;

#[cfg(test)]
mod tests {
    use super::{MARK, inline_marks};
    use crate::model::Span;

    /// The text with real marks in it; written out, they would be marks of this very file.
    pub(in crate::scan::suppress) fn marked(text: &str) -> String {
        text.replace("MARK", std::str::from_utf8(MARK).unwrap())
    }

    #[test]
    fn marks_are_read_from_comments_of_all_kinds() {
        let text = "# MARK jwt a sample token\r\nx\r/* MARK a-b, c-d: because */\n\
            <!-- MARK e -- told in docs -->\n// MARK f --\n// MARK\n";
        let marks = inline_marks(marked(text).as_bytes(), &[]);
        let read: Vec<(u32, String, &str)> =
            marks.iter().map(|mark| (mark.line, mark.checks.join(","), mark.reason.as_str())).collect();
        let read: Vec<String> =
            read.iter().map(|(line, checks, reason)| format!("{line} {checks} {reason}")).collect();
        assert_eq!(read, ["1 jwt a sample token", "3 a-b,c-d because", "4 e told in docs", "5 f ", "6  "]);
    }

    #[test]
    fn a_reason_that_is_to_be_written_is_none() {
        for (reason, expected) in [
            ("TODO say why", ""),
            ("TODO", ""),
            ("TODO: why -->", ""),
            ("-- (TODO) why", ""),
            ("TODO(me) why", ""),
            ("TODOS of the sample app", "TODOS of the sample app"),
            ("a sample, TODO rename", "a sample, TODO rename"),
            ("todo app of the tutorial", "todo app of the tutorial"),
        ] {
            let marks = inline_marks(marked(&format!("# MARK jwt {reason}\n")).as_bytes(), &[]);
            assert_eq!(marks[0].reason, expected, "{reason}");
        }
    }

    #[test]
    fn sentences_about_marks_are_none() {
        for text in ["`MARK`", "`MARK CHECK reason`", "MARKed x y", "MARK <id> <why>"] {
            assert_eq!(inline_marks(marked(text).as_bytes(), &[]), [], "{text}");
        }
    }

    #[test]
    fn so_many_marks_of_a_line_are_read_and_no_more() {
        let text = format!("{}\n// MARK jwt a sample token\n", "MARK jwt x ".repeat(100));
        let lines: Vec<u32> =
            inline_marks(marked(&text).as_bytes(), &[]).iter().map(|mark| mark.line).collect();
        assert_eq!(lines, [&[1; super::MAX_ON_LINE][..], &[2]].concat());
        // Of checks it is the same, however many a mark names.
        let many = format!("MARK {} reason\n", ["jwt"; 100].join(",")).repeat(200);
        let marks = inline_marks(marked(&many).as_bytes(), &[]);
        assert!(marks.iter().map(|mark| mark.checks.len()).sum::<usize>() <= super::MAX_MARKS);
        assert!(marks.len() >= 99);
    }

    #[test]
    fn a_secret_does_not_get_into_a_reason() {
        let text = marked("// MARK jwt key is hunter2hunter2 there");
        let marks = inline_marks(text.as_bytes(), &[(Span::new(29, 43), 0)]);
        assert_eq!(marks[0].reason, "key is ************** there");
    }
}
