//! Files that are made for credentials, or often contain them: their kind, and their named values with locations.
//!
//! The readers are scanners, not parsers: they accept any bytes, keep the span of every value, skip what they do
//! not understand, expand nothing and bound their depth.

mod connection;
mod ini;
mod json;
mod kinds;
mod kubernetes;
mod lines;
mod literals;
mod names;
mod shell;
mod xml;
mod yaml;

use std::collections::HashMap;

use crate::model::Span;

pub use connection::secrets as connection_secrets;
pub use json::pairs as json;
pub use kinds::{CONTENTS, is_example, kind_of};
pub use names::Kind;

/// The most pairs per file.
const PAIRS_MAX: usize = 100_000;
/// The most lines per file.
const LINES_MAX: usize = 1_000_000;
/// The deepest nesting for which names are kept.
const DEPTH_MAX: usize = 64;

/// A named value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    /// The name, as written.
    pub key: &'a [u8],
    /// The name of its container: the object, section or element; empty at the top.
    pub under: &'a [u8],
    /// The location of the value, without quotes.
    pub value: Span,
    /// Equal for the members of one object, section or element.
    pub parent: usize,
}

/// Turns the members `name: X` and `value: y` of one object into `X: y`, and a lone `value` or `default` into the
/// value of its container.
fn name_values<'a>(text: &'a [u8], pairs: &mut [Pair<'a>]) {
    let is = |key: &[u8], words: &[&str]| words.iter().any(|word| key.eq_ignore_ascii_case(word.as_bytes()));
    let names: HashMap<usize, &[u8]> = pairs
        .iter()
        .filter(|pair| is(pair.key, &["key", "name"]))
        .map(|pair| (pair.parent, &text[pair.value.range()]))
        .collect();
    for pair in pairs {
        if is(pair.key, &["value", "currentvalue", "default"]) {
            match names.get(&pair.parent) {
                Some(name) => pair.key = name,
                None if !pair.under.is_empty() => pair.key = pair.under,
                None => {}
            }
        }
    }
}

/// Reads the elements of `args` as flags: `--token=x`, and `--token` followed by `x`.
fn flags<'a>(text: &'a [u8], pairs: &mut [Pair<'a>]) {
    let mut flag: Option<(usize, &[u8])> = None;
    for pair in pairs {
        if !pair.key.eq_ignore_ascii_case(b"args") {
            flag = None;
            continue;
        }
        let value = &text[pair.value.range()];
        let before = flag.take();
        let bare = value.iter().position(|b| *b != b'-').unwrap_or(value.len());
        match memchr::memchr(b'=', value) {
            Some(sign) if sign > bare => {
                pair.key = &value[bare..sign];
                pair.value.start += sign + 1;
            }
            _ if bare > 0 => flag = Some((pair.parent, &value[bare..])),
            _ => {
                if let Some((parent, name)) = before
                    && parent == pair.parent
                {
                    pair.key = name;
                }
            }
        }
    }
}

/// The end of the line at `at`, without its line ending.
fn line_end(text: &[u8], at: usize) -> usize {
    let at = at.min(text.len());
    let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |newline| at + newline);
    if end > at && text[end - 1] == b'\r' { end - 1 } else { end }
}

/// The first million lines of `text` without their line endings.
fn lines(text: &[u8]) -> impl Iterator<Item = Span> {
    let mut at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let lines = std::iter::from_fn(move || {
        if at >= text.len() {
            return None;
        }
        let line = Span::new(at, line_end(text, at));
        at = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |newline| at + newline + 1);
        Some(line)
    });
    lines.take(LINES_MAX)
}

/// `span`, trimmed.
fn trimmed(text: &[u8], span: Span) -> Span {
    let bytes = &text[span.range()];
    let start = span.start + (bytes.len() - bytes.trim_ascii_start().len());
    let end = start + text[start..span.end].trim_ascii_end().len();
    Span::new(start, end)
}

/// `span`, unquoted.
fn unquoted(text: &[u8], span: Span) -> Span {
    match &text[span.range()] {
        [first @ (b'"' | b'\'' | b'`'), .., last] if first == last => Span::new(span.start + 1, span.end - 1),
        _ => span,
    }
}

/// The position of the quote that closes `word`, if nothing of the value follows: a doubled quote, or one followed
/// by letters, belongs to the value.
fn closed(word: &[u8]) -> Option<usize> {
    let quote = *word.first().filter(|byte| matches!(byte, b'"' | b'\''))?;
    let closes = |at: &usize| match word.get(at + 1) {
        None => true,
        Some(next) => next.is_ascii_whitespace() || matches!(next, b',' | b';' | b'#' | b')'),
    };
    memchr::memchr_iter(quote, &word[1..]).map(|at| at + 1).find(closes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The pairs of a reader as text.
    pub(super) fn shown(text: &str, read: fn(&[u8]) -> Vec<Pair<'_>>) -> Vec<(String, String)> {
        let string = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        read(text.as_bytes())
            .iter()
            .map(|pair| (string(pair.key), string(&text.as_bytes()[pair.value.range()])))
            .collect()
    }

    type Reader = fn(&[u8]) -> Vec<Pair<'_>>;
    const READERS: &[Reader] = &[
        ini::ini,
        ini::equals,
        ini::words,
        ini::sessions,
        lines::chap,
        lines::subversion,
        json::pairs,
        json::commands,
        kubernetes::secrets,
        lines::fetchmail,
        lines::netrc,
        lines::pgpass,
        lines::url_logins,
        lines::user_and_secret,
        lines::whole,
        literals::pairs,
        shell::history,
        shell::statements,
        xml::pairs,
        yaml::pairs,
    ];

    proptest! {
        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            for read in READERS {
                for pair in read(&bytes) {
                    prop_assert!(pair.value.start <= pair.value.end && pair.value.end <= bytes.len());
                    prop_assert!(connection_secrets(&bytes, pair.value).iter().all(|part| part.end <= pair.value.end));
                }
            }
        }

        #[test]
        fn any_text_of_their_syntax(text in r#"([a-z]{1,3}|[ \n\t]{1,2}|[\[\]{}<>/"'=:;,\-\\|!?&#$()@*.]|password|kind: Secret\n|stringData:|<!\[CDATA\[|define\(|-->|é){0,60}"#) {
            for read in READERS {
                for pair in read(text.as_bytes()) {
                    prop_assert!(pair.value.start <= pair.value.end && pair.value.end <= text.len());
                    prop_assert!(connection_secrets(text.as_bytes(), pair.value).iter().all(|part| part.start >= pair.value.start));
                }
            }
        }
    }

    #[test]
    fn names_and_values_are_joined() {
        let text = r#"{"values":[{"key":"password","value":"one"},{"value":"two","name":"token"}],"outputs":{"db_password":{"value":"three"}}}"#;
        let found = shown(text, json::pairs);
        for pair in [("password", "one"), ("token", "two"), ("db_password", "three")] {
            assert!(found.contains(&(pair.0.to_owned(), pair.1.to_owned())), "{pair:?} is not in {found:?}");
        }
    }

    #[test]
    fn arguments_are_flags() {
        let found = shown(r#"{"args":["-y","server","--api-key","one","--token=two"]}"#, json::commands);
        for pair in [("api-key", "one"), ("token", "two")] {
            assert!(found.contains(&(pair.0.to_owned(), pair.1.to_owned())), "{pair:?} is not in {found:?}");
        }
    }
}
