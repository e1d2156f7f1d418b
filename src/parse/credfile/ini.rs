//! Name-value lines: INI, properties, and the files of mail and LDAP programs.

use super::{PAIRS_MAX, Pair, lines, trimmed, unquoted};
use crate::model::Span;

/// The separator of name and value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Between {
    /// `=` or `:`, whichever comes first.
    Sign,
    /// `=` only; names may contain colons.
    Equals,
    /// `=`, or blanks.
    Word,
}

/// `name = value` and `name: value`.
pub(super) fn ini(text: &[u8]) -> Vec<Pair<'_>> {
    pairs(text, Between::Sign)
}

/// `name=value` where names contain colons.
pub(super) fn equals(text: &[u8]) -> Vec<Pair<'_>> {
    pairs(text, Between::Equals)
}

/// `name value`, `set name = value`.
pub(super) fn words(text: &[u8]) -> Vec<Pair<'_>> {
    pairs(text, Between::Word)
}

/// Remote desktop files: `name:type:value`, and INI.
pub(super) fn sessions(text: &[u8]) -> Vec<Pair<'_>> {
    let mut pairs = ini(text);
    for pair in &mut pairs {
        if text[pair.value.range()].starts_with(b"b:") || text[pair.value.range()].starts_with(b"s:") {
            pair.value.start += 2;
        }
    }
    pairs
}

fn pairs(text: &[u8], between: Between) -> Vec<Pair<'_>> {
    let mut pairs = Vec::new();
    let (mut section, mut parent) = (&text[..0], 0);
    for line in lines(text) {
        let line = trimmed(text, line);
        let bytes = &text[line.range()];
        match bytes.first() {
            None | Some(b'#' | b';' | b'!') => continue,
            Some(b'[') if bytes.ends_with(b"]") => {
                section = &bytes[1..bytes.len() - 1];
                parent += 1;
                continue;
            }
            Some(_) => {}
        }
        if bytes.starts_with(b"//") && between != Between::Equals || pairs.len() >= PAIRS_MAX {
            continue;
        }
        let Some((key, value)) = split(bytes, between) else { continue };
        let value = uncommented(text, trimmed(text, Span::new(line.start + value, line.end)));
        pairs.push(Pair { key: last_word(&bytes[..key]), under: section, value, parent });
    }
    pairs
}

/// The end of the name and the start of the value.
fn split(line: &[u8], between: Between) -> Option<(usize, usize)> {
    let sign = match between {
        Between::Sign => memchr::memchr2(b'=', b':', line),
        Between::Equals => memchr::memchr(b'=', line),
        Between::Word => match memchr::memchr(b'=', line) {
            // `set imap_pass = "x"`; a sign within a value is not a separator.
            Some(sign)
                if line[..sign].trim_ascii_end().split(u8::is_ascii_whitespace).count() <= 2
                    && !line[..sign].contains(&b'"') =>
            {
                Some(sign)
            }
            _ => {
                let blank = line.iter().position(u8::is_ascii_whitespace)?;
                // `Xauth password x`: the key has two words.
                let rest = &line[blank + 1..];
                let second = |word: &[u8]| {
                    rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
                };
                let end = blank
                    + if second(b"password ") {
                        9
                    } else if second(b"secret ") {
                        7
                    } else {
                        0
                    };
                return Some((end, end + 1));
            }
        },
    }?;
    (sign > 0).then_some((sign, sign + 1))
}

/// The key without `set` or `export`.
fn last_word(key: &[u8]) -> &[u8] {
    let key = key.trim_ascii();
    let key = match key {
        [quote @ (b'"' | b'\''), inner @ .., last] if quote == last => inner,
        _ => key,
    };
    let after =
        |word: &[u8]| key.strip_prefix(word).filter(|rest| rest.first().is_some_and(u8::is_ascii_whitespace));
    [&b"set"[..], b"export", b"setenv", b"account", b"sets", b"seta"]
        .iter()
        .find_map(|word| after(word))
        .map_or(key, <[u8]>::trim_ascii)
}

/// The value without its quotes, a trailing comment and a trailing separator.
fn uncommented(text: &[u8], value: Span) -> Span {
    let bytes = &text[value.range()];
    if let Some(close) = super::closed(bytes) {
        return Span::new(value.start + 1, value.start + close);
    }
    let comment =
        (1..bytes.len()).find(|at| matches!(bytes[*at], b'#' | b';') && bytes[at - 1].is_ascii_whitespace());
    let end = value.start + comment.unwrap_or(bytes.len());
    unquoted(text, trimmed(text, Span::new(value.start, end)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown;
    use super::*;

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn the_usual_forms() {
        let text = "; note\n[client]\r\nuser = me\r\npassword = \"a # b\" # note\nPort: 25 ; note\nempty=\nmail.password : x=y\n";
        assert_eq!(
            shown(text, ini),
            [
                pair("user", "me"),
                pair("password", "a # b"),
                pair("Port", "25"),
                pair("empty", ""),
                pair("mail.password", "x=y")
            ]
        );
    }

    #[test]
    fn names_with_colons() {
        assert_eq!(
            shown("//registry.acme.test/:_authToken=abc\n", equals),
            [pair("//registry.acme.test/:_authToken", "abc")]
        );
    }

    #[test]
    fn values_behind_blanks() {
        let text = "bindpw s3same\nset imap_pass = \"a b\"\npassword \"x=y\"\nrcon_password \"q\"\nXauth password z\n";
        assert_eq!(
            shown(text, words),
            [
                pair("bindpw", "s3same"),
                pair("imap_pass", "a b"),
                pair("password", "x=y"),
                pair("rcon_password", "q"),
                pair("Xauth password", "z")
            ]
        );
    }
}
