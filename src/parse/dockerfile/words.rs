//! Splits an instruction into flags, exec-form lists, words, and here-document names.

use std::ops::Range;

use super::{Instruction, Keyword, Text};
use crate::model::Span;

/// The most words of one instruction.
const WORDS_MAX: usize = 1000;

/// A raw instruction: its name, and the rest, lines joined.
pub(super) struct Line {
    pub(super) keyword: Keyword,
    pub(super) is_trigger: bool,
    pub(super) name: Span,
    pub(super) span: Span,
    pub(super) text: Text,
    pub(super) heredocs: Vec<Heredoc>,
}

/// A word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Without quotes, with known variables expanded; unknown ones read `${name}`.
    pub text: String,
    /// True if a part is set elsewhere: by whoever builds, or by the base image.
    pub span: Span,
    /// True if some of it is decided elsewhere: by who builds, or by the base image.
    pub is_open: bool,
    /// The variables that it names.
    pub variables: Vec<String>,
}

impl Word {
    /// Its name and value, if it is `name=value`.
    #[must_use]
    pub fn pair(&self) -> Option<(&str, &str)> {
        self.text.split_once('=')
    }
}

/// `--name=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Without `--`.
    pub name: String,
    /// Its value; empty if it has none.
    pub value: Word,
}

/// A here-document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// Its delimiter.
    pub name: String,
    /// True if variables in it are expanded.
    pub expands: bool,
    /// True if leading tabs are stripped.
    pub strips: bool,
    /// Its lines.
    pub body: Text,
}

/// The offset and length of the word after `at`; the end of the text and 0 if there is none.
pub(super) fn name(text: &str, at: usize) -> (usize, usize) {
    let rest = &text[at..];
    let start = at + rest.len() - rest.trim_start().len();
    let length = text[start..].find(char::is_whitespace).unwrap_or(text.len() - start);
    (start, length)
}

/// The here-documents that start in `text`, without their bodies.
pub(super) fn heredocs(text: &str) -> Vec<Heredoc> {
    if !text.contains("<<") || list(text.trim_start()).is_some() {
        return Vec::new();
    }
    let one = |range: Range<usize>| {
        let word = text[range].trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
        let strips = word.starts_with('-');
        let word = word.strip_prefix('-').unwrap_or(word);
        let name: String = word.chars().filter(|c| !matches!(c, '"' | '\'' | '\\')).collect();
        let expands = name.len() == word.len();
        (!name.is_empty() && !word.contains('<')).then(|| Heredoc {
            name,
            expands,
            strips,
            body: Text::default(),
        })
    };
    quoted(text, '\\').into_iter().filter_map(one).collect()
}

/// Parses the instruction on `line`, without expanding its words.
pub(super) fn instruction(line: Line, escape: char) -> Instruction {
    let Line { keyword, is_trigger, name, span, mut text, heredocs } = line;
    let mut flags = Vec::new();
    if matches!(keyword, Keyword::From | Keyword::Run | Keyword::Copy | Keyword::Add | Keyword::Healthcheck) {
        let mut at = 0;
        while flags.len() < WORDS_MAX {
            let (start, length) = self::name(&text.text, at);
            let Some(flag) = text.text[start..start + length].strip_prefix("--") else { break };
            at = start + length;
            let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
            let value =
                Word { text: value.to_owned(), span: text.locate(start..start + length), ..Word::default() };
            flags.push(Flag { name: name.to_owned(), value });
            if name.is_empty() {
                break;
            }
        }
        text = text.behind(at);
    }
    let list = list(&text.text).filter(|_| !matches!(keyword, Keyword::Env | Keyword::Arg | Keyword::Label));
    let is_list = list.is_some();
    let word = |range: Range<usize>| Word {
        text: text.text[range.clone()].to_owned(),
        span: text.locate(range),
        ..Word::default()
    };
    let words = match (list, keyword) {
        (Some(list), _) => {
            let word = |(range, word)| Word { text: word, span: text.locate(range), ..Word::default() };
            list.into_iter().map(word).collect()
        }
        (None, Keyword::Env | Keyword::Label) => pairs(&text.text, escape, word),
        (None, Keyword::Arg) => quoted(&text.text, escape).into_iter().map(word).collect(),
        (None, Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Healthcheck | Keyword::Shell) => {
            Vec::new()
        }
        (None, _) => blanks(&text.text).into_iter().map(word).collect(),
    };
    Instruction { keyword, is_trigger, name, span, text, flags, words, is_list, heredocs, stage: None }
}

/// The words of `ENV`: `a=b c=d`, or `a b`, which means `a=b`.
fn pairs(text: &str, escape: char, word: impl Fn(Range<usize>) -> Word) -> Vec<Word> {
    let words = quoted(text, escape);
    if words.first().is_none_or(|first| text[first.clone()].contains('=')) {
        return words.into_iter().map(word).collect();
    }
    let first = words[0].clone();
    let rest = text[first.end..].trim_start();
    let mut one = word(first.start..text.len());
    one.text = format!("{}={rest}", &text[first]);
    vec![one]
}

/// Splits at blanks.
fn blanks(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut at = 0;
    while words.len() < WORDS_MAX {
        let (start, length) = name(text, at);
        if length == 0 {
            break;
        }
        at = start + length;
        words.push(start..at);
    }
    words
}

/// Splits at blanks outside of quotes.
fn quoted(text: &str, escape: char) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let (mut start, mut quote, mut escaped) = (None, None, false);
    for (at, next) in text.char_indices() {
        if words.len() >= WORDS_MAX {
            return words;
        }
        let is_end = next.is_whitespace() && quote.is_none() && !escaped;
        match (is_end, start) {
            (true, Some(from)) => {
                words.push(from..at);
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
        match next {
            _ if escaped => escaped = false,
            next if next == escape && quote != Some('\'') => escaped = true,
            '"' | '\'' if quote.is_none() => quote = Some(next),
            next if quote == Some(next) => quote = None,
            _ => {}
        }
    }
    words.extend(start.map(|from| from..text.len()));
    words
}

/// The strings of a JSON list, each with its location; `None` if `text` is not such a list.
fn list(text: &str) -> Option<Vec<(Range<usize>, String)>> {
    let mut words = Vec::new();
    let bytes = text.as_bytes();
    let blank = |at: usize| at + bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    if bytes.first() != Some(&b'[') {
        return None;
    }
    let mut at = blank(1);
    if bytes.get(at) == Some(&b']') {
        return (blank(at + 1) == bytes.len()).then_some(words);
    }
    loop {
        if bytes.get(at) != Some(&b'"') || words.len() >= WORDS_MAX {
            return None;
        }
        let mut end = at + 1;
        while *bytes.get(end)? != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        end += 1;
        words.push((at..end, serde_json::from_str(text.get(at..end)?).ok()?));
        at = blank(end);
        match bytes.get(at)? {
            b',' => at = blank(at + 1),
            b']' => return (blank(at + 1) == bytes.len()).then_some(words),
            _ => return None,
        }
    }
}
