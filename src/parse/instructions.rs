//! Hidden or remotely controlled parts of agent instructions. Hidden text is reported only with two indications:
//! wording alone is a matter of style.

mod signs;

use super::remote::{Act, What, act};
use crate::model::Span;
use signs::Signs;

/// The largest text that is scanned, in bytes.
const BYTES_MAX: usize = 1 << 20;
/// The most findings of one text.
const FOUND_MAX: usize = 50;
/// The longest piece of hidden text or paragraph, in bytes.
const PIECE_MAX: usize = 8 << 10;
/// After this many blank columns text is out of sight.
const COLUMNS: usize = 40;
/// After this many empty lines it is.
const LINES: usize = 40;

/// Where something is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// In a comment.
    Comment,
    /// After many blank columns or lines.
    Blanks,
    /// In an invisible element.
    Element,
    /// Visible, but to be kept from the user.
    Sight,
}

/// A finding in instructions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// An instruction that is hidden from the user.
    Hidden {
        /// Its location.
        span: Span,
        /// How it is hidden.
        place: Where,
        /// What it asks for, a phrase.
        what: &'static str,
    },
    /// A command for the agent that runs what it fetches.
    Pipe {
        /// Its location.
        span: Span,
        /// What it does.
        act: Act,
    },
    /// A command for the agent that installs unverified input.
    Unverified {
        /// Its location.
        span: Span,
        /// What it does, a phrase.
        what: String,
    },
    /// A command that runs before the agent reads on.
    Runs {
        /// Its location.
        span: Span,
        /// What it does.
        act: Act,
    },
}

/// The findings in the instructions `bytes`, in order.
#[must_use]
pub fn read(bytes: &[u8]) -> Vec<Found> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    if bytes.len() > BYTES_MAX {
        return Vec::new();
    }
    let mut found = Vec::new();
    hidden(text, &mut found);
    paragraphs(text, &mut found);
    pipes(text, &mut found);
    inline(text, &mut found);
    found.truncate(FOUND_MAX);
    found
}

/// What a shell script of an agent hook does, with the responsible line.
#[must_use]
pub fn script(bytes: &[u8]) -> Option<Found> {
    let text = std::str::from_utf8(bytes).ok()?;
    let act = act(text).filter(|act| act.what >= What::Decodes || act.what == What::Collects)?;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        let is_it = !bare.starts_with('#') && bare.contains(act.program.as_str());
        if is_it && act.host.as_ref().is_none_or(|host| bare.contains(host.as_str())) {
            let from = start + (line.len() - line.trim_start().len());
            return Some(Found::Runs { span: Span::new(from, from + bare.len()), act });
        }
        start += line.len();
    }
    Some(Found::Runs { span: Span::new(0, 0), act })
}

/// Scans what is invisible where the text is rendered.
fn hidden(text: &str, found: &mut Vec<Found>) {
    let mut judge = |range: std::ops::Range<usize>, place: Where| {
        let piece = &text[range.start..text.floor_char_boundary(range.end.min(range.start + PIECE_MAX))];
        if let Some(what) = Signs::of(piece).hidden() {
            let trimmed = piece.trim();
            let start = range.start + (piece.len() - piece.trim_start().len());
            found.push(Found::Hidden { span: Span::new(start, start + trimmed.len()), place, what });
        }
    };
    let mut from = 0;
    while let Some(at) = text[from..].find("<!--").map(|at| from + at) {
        let end = text[at + 4..].find("-->").map_or(text.len(), |end| at + 4 + end);
        judge(at + 4..end, Where::Comment);
        from = end;
    }
    for at in memchr::memchr_iter(b'<', text.as_bytes()) {
        let tag = &text[at..text.floor_char_boundary((at + 300).min(text.len()))];
        let Some(close) = tag.find('>') else { continue };
        if is_unseen(&tag[..close]) {
            let end = text[at + close..].find("</").map_or(text.len(), |end| at + close + end);
            judge(at + close + 1..end.max(at + close + 1), Where::Element);
        }
    }
    let (mut start, mut blank) = (0, 0);
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if bare.is_empty() {
            blank += 1;
        } else {
            let lower = bare.trim_start();
            if ["[//]:", "[comment]:", "[hidden]:", "[_]:"].iter().any(|mark| lower.starts_with(mark)) {
                judge(start..start + bare.len(), Where::Comment);
            } else if let Some(at) = behind_blanks(bare) {
                judge(start + at..start + bare.len(), Where::Blanks);
            } else if blank >= LINES {
                judge(start..text.len(), Where::Blanks);
            }
            blank = 0;
        }
        start += line.len();
    }
}

/// The start of text in `line` after enough blanks to be out of sight.
fn behind_blanks(line: &str) -> Option<usize> {
    let (mut columns, mut found) = (0, None);
    for (at, char) in line.char_indices() {
        match char {
            '\t' => columns += 8,
            char if char.is_whitespace() => columns += 1,
            _ => {
                if columns >= COLUMNS {
                    found = Some(at);
                    break;
                }
                columns = 0;
            }
        }
    }
    found
}

/// True for the start of an invisible element.
fn is_unseen(tag: &str) -> bool {
    let flat: String = tag.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    let styles = [
        "display:none",
        "visibility:hidden",
        "font-size:0",
        "font-size:1px",
        "opacity:0",
        "color:white",
        "color:#fff",
        "color:transparent",
        "left:-9999",
        "height:0",
    ];
    flat.contains("style=") && styles.iter().any(|style| flat.contains(style))
        || tag.split_whitespace().skip(1).any(|word| word.trim_end_matches(['/', '"']) == "hidden")
}

/// Scans paragraphs that ask to keep something from the user.
fn paragraphs(text: &str, found: &mut Vec<Found>) {
    let mut start = 0;
    for paragraph in text.split_inclusive("\n\n") {
        let piece = &paragraph[..paragraph.floor_char_boundary(PIECE_MAX)];
        // Comments are already scanned.
        if !piece.contains("<!--")
            && !piece.contains("-->")
            && let Some(what) = Signs::of(piece).in_sight()
        {
            let trimmed = piece.trim();
            let from = start + (piece.len() - piece.trim_start().len());
            let is_new = !found.iter().any(|other| {
                matches!(other, Found::Hidden { span, .. } if span.start < from + trimmed.len() && from < span.end)
            });
            if is_new {
                found.push(Found::Hidden {
                    span: Span::new(from, from + trimmed.len()),
                    place: Where::Sight,
                    what,
                });
            }
        }
        start += paragraph.len();
    }
}

/// Scans for commands that run what they fetch.
fn pipes(text: &str, found: &mut Vec<Found>) {
    const FETCHERS: [&str; 6] = ["curl", "wget", "iwr", "irm", "Invoke-", "DownloadString"];
    for (at, piece) in code(text, &FETCHERS) {
        let act = act(piece).filter(|act| act.what == What::RunsFetched && act.host.is_some());
        if let Some(act) = act {
            found.push(Found::Pipe { span: Span::new(at, at + piece.len()), act });
        }
    }
}

/// The pieces of code for the agent to run in `text`, with their offsets: on lines with one of `marks`, except
/// warnings.
#[must_use]
pub fn code<'t>(text: &'t str, marks: &[&str]) -> Vec<(usize, &'t str)> {
    let mut all = Vec::new();
    if !marks.iter().any(|mark| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some()) {
        return all;
    }
    let (mut start, mut is_code, mut before) = (0, false, "");
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        let is_fence = bare.starts_with("```") || bare.starts_with("~~~");
        if is_fence {
            is_code = !is_code;
        } else if marks.iter().any(|mark| bare.contains(mark)) && !warns(bare) && !warns(before) {
            let indent = line.len() - line.trim_start().len();
            let pieces = if is_code || line.starts_with("    ") {
                let piece = bare.trim_start_matches("$ ").trim_start_matches("> ");
                vec![(indent + bare.len() - piece.len(), piece)]
            } else {
                let pieces = spans_of_code(line);
                if pieces.is_empty() { bare_command(line).into_iter().collect() } else { pieces }
            };
            all.extend(pieces.into_iter().map(|(at, piece)| (start + at, piece)));
        }
        if !bare.is_empty() && !is_code && !is_fence {
            before = bare;
        }
        start += line.len();
    }
    all
}

/// The command on a line of prose, after a list marker and a word such as `Run`.
fn bare_command(line: &str) -> Option<(usize, &str)> {
    const PROGRAMS: [&str; 22] = [
        "pip", "pip3", "pipx", "python", "python3", "uv", "npm", "npx", "pnpm", "yarn", "bun", "cargo",
        "gem", "git", "curl", "wget", "sudo", "export", "bash", "sh", "iwr", "irm",
    ];
    let mut rest = line.trim_start();
    let mark = |c: char| c.is_ascii_digit() || matches!(c, '-' | '*' | '+' | '.' | ')' | ' ');
    rest = rest.trim_start_matches(mark);
    for word in ["Run ", "run ", "Run: ", "Use ", "Execute ", "$ "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let first = rest.split_whitespace().next()?;
    let is_variable = first.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    });
    let is_one = PROGRAMS.contains(&first) || first.starts_with("Invoke-") || is_variable;
    is_one.then(|| (line.len() - rest.len(), rest.trim_end()))
}

/// The inline code in a line of prose, with offsets.
fn spans_of_code(line: &str) -> Vec<(usize, &str)> {
    let ticks: Vec<usize> = memchr::memchr_iter(b'`', line.as_bytes()).take(100).collect();
    ticks.as_chunks::<2>().0.iter().map(|[open, close]| (open + 1, &line[open + 1..*close])).collect()
}

/// True for a line that says what not to do.
fn warns(line: &str) -> bool {
    const WORDS: [&str; 22] = [
        "never",
        "don't",
        "dont ",
        "do not",
        "not ",
        "avoid",
        "unsafe",
        "instead of",
        "forbid",
        "deny",
        "denied",
        "block",
        "dangerous",
        "risk",
        "malicious",
        "attack",
        "detect",
        "reject",
        "prohibit",
        "refuse",
        "bad:",
        "wrong",
    ];
    // This variable name is not a warning.
    let lower = line.to_ascii_lowercase().replace("reject_unauthorized", "");
    WORDS.iter().any(|word| lower.contains(word)) || line.contains(['❌', '✗', '🚫'])
}

/// Scans commands that run when the text is read: `` !`…` ``, and `!{…}`.
fn inline(text: &str, found: &mut Vec<Found>) {
    for (open, close) in [("!`", '`'), ("!{", '}')] {
        for (at, _) in text.match_indices(open).take(FOUND_MAX) {
            let start = at + open.len();
            let rest = &text[start..];
            let Some(end) = rest.find(close) else { continue };
            if let Some(act) = act(&rest[..end]).filter(|act| act.what > What::Fetches) {
                found.push(Found::Runs { span: Span::new(start, start + end), act });
            }
        }
    }
}

#[cfg(test)]
mod tests;
