//! Files with a small grammar of their own: netrc, pgpass, lists of logins.

use super::{Pair, lines as all_lines, trimmed, unquoted};
use crate::model::Span;

const fn secret<'a>(key: &'a [u8], value: Span) -> Pair<'a> {
    Pair { key, under: b"", value, parent: 0 }
}

/// The words of `text` from `at`, unquoted.
fn words(text: &[u8], line: Span) -> Vec<Span> {
    let mut words = Vec::new();
    let mut at = line.start;
    while at < line.end {
        let byte = text[at];
        if byte.is_ascii_whitespace() || byte == b',' {
            at += 1;
        } else if let Some(close) = super::closed(&text[at..line.end]) {
            words.push(Span::new(at + 1, at + close));
            at += close + 1;
        } else {
            let end = at + text[at..line.end].iter().take_while(|b| !b.is_ascii_whitespace()).count();
            words.push(Span::new(at, end));
            at = end;
        }
    }
    words
}

/// `.netrc`: `machine H login L password P`, over lines or on one.
pub(super) fn netrc(text: &[u8]) -> Vec<Pair<'_>> {
    keyworded(text, &[b"password", b"account"], true)
}

/// `.fetchmailrc`: `user "U" with password "P"`.
pub(super) fn fetchmail(text: &[u8]) -> Vec<Pair<'_>> {
    keyworded(text, &[b"password", b"pass"], false)
}

fn keyworded<'a>(text: &'a [u8], keywords: &[&[u8]], across_lines: bool) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    let mut key: Option<&[u8]> = None;
    let mut macro_body = false;
    for line in all_lines(text) {
        let bytes = text[line.range()].trim_ascii();
        // A macro ends at an empty line; its commands are not logins.
        macro_body &= !bytes.is_empty();
        if macro_body || bytes.starts_with(b"#") {
            continue;
        }
        if !across_lines {
            key = None;
        }
        for word in words(text, line) {
            let bytes = &text[word.range()];
            match key.take() {
                Some(key) => pairs.push(secret(key, word)),
                None if bytes == b"macdef" && across_lines => {
                    macro_body = true;
                    break;
                }
                None if keywords.contains(&bytes) => key = Some(bytes),
                None => {}
            }
        }
    }
    pairs
}

/// `.pgpass`: `host:port:database:user:password`, with `\:` for a literal colon.
pub(super) fn pgpass(text: &[u8]) -> Vec<Pair<'_>> {
    all_lines(text)
        .filter_map(|line| {
            let line = trimmed(text, line);
            if text[line.range()].starts_with(b"#") {
                return None;
            }
            let mut colons = 0;
            let mut at = line.start;
            while at < line.end && colons < 4 {
                match text[at] {
                    b'\\' => at += 1,
                    b':' => colons += 1,
                    _ => {}
                }
                at += 1;
            }
            (colons == 4 && at < line.end).then(|| secret(b"password", Span::new(at, line.end)))
        })
        .collect()
}

/// `key:secret` on a line, as in s3fs.
pub(super) fn user_and_secret(text: &[u8]) -> Vec<Pair<'_>> {
    all_lines(text)
        .filter_map(|line| {
            let line = trimmed(text, line);
            let colon = memchr::memrchr(b':', &text[line.range()])?;
            let value = Span::new(line.start + colon + 1, line.end);
            (!text[line.range()].starts_with(b"#") && !value.is_empty()).then(|| secret(b"secret", value))
        })
        .collect()
}

/// `.git-credentials`: a URL with a login per line.
pub(super) fn url_logins(text: &[u8]) -> Vec<Pair<'_>> {
    all_lines(text)
        .filter_map(|line| {
            let bytes = &text[line.range()];
            let scheme = memchr::memmem::find(bytes, b"://")? + 3;
            let host = scheme + memchr::memrchr(b'@', &bytes[scheme..])?;
            let colon = scheme + memchr::memchr(b':', &bytes[scheme..host])?;
            Some(secret(b"password", Span::new(line.start + colon + 1, line.start + host)))
        })
        .collect()
}

/// A file that consists of one secret on its only line.
pub(super) fn whole(text: &[u8]) -> Vec<Pair<'_>> {
    let value = unquoted(text, trimmed(text, Span::new(0, text.len())));
    let bytes = &text[value.range()];
    let one_word = !bytes.is_empty() && bytes.len() <= 512 && !bytes.iter().any(|b| b.is_ascii_control());
    if one_word { vec![secret(b"", value)] } else { Vec::new() }
}

/// `chap-secrets` and `ipsec.secrets`: `client server secret addresses`, `: PSK "secret"`.
pub(super) fn chap(text: &[u8]) -> Vec<Pair<'_>> {
    all_lines(text)
        .filter_map(|line| {
            if text[line.range()].trim_ascii_start().starts_with(b"#") {
                return None;
            }
            let words = words(text, line);
            let shared =
                words.iter().position(|word| matches!(&text[word.range()], b"PSK" | b"XAUTH" | b"EAP"));
            let value = *words.get(shared.map_or(2, |at| at + 1))?;
            Some(secret(b"secret", value))
        })
        .collect()
}

/// Cached Subversion logins: lines of `K length`, name, `V length`, value.
pub(super) fn subversion(text: &[u8]) -> Vec<Pair<'_>> {
    let lines: Vec<Span> = all_lines(text).take(200).collect();
    lines
        .windows(3)
        .filter(|lines| {
            matches!(&text[lines[0].range()], b"password" | b"passphrase")
                && text[lines[1].range()].starts_with(b"V ")
        })
        .map(|lines| secret(b"password", lines[2]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown;
    use super::*;

    fn values(text: &str, read: fn(&[u8]) -> Vec<Pair<'_>>) -> Vec<String> {
        shown(text, read).into_iter().map(|(_, value)| value).collect()
    }

    #[test]
    fn netrc_in_all_layouts() {
        let text = "# note: password x\nmachine a login b password c\nmachine d\n  login e\n  password \"f g\"\nmacdef init\npassword no\n\ndefault login x password y\n";
        assert_eq!(values(text, netrc), ["c", "f g", "y"]);
    }

    #[test]
    fn pgpass_fields() {
        assert_eq!(
            values("# h:1:d:u:no\nlocalhost:5432:*:me:a:b\\:c\nh\\:x:1:d:u:e\nshort:line\n", pgpass),
            ["a:b\\:c", "e"]
        );
    }

    #[test]
    fn logins_in_lists() {
        assert_eq!(
            // bartizan:allow basic-auth-url-http made up for this test
            values("https://me:pa%40ss@git.acme.test\nhttps://git.acme.test\n", url_logins),
            ["pa%40ss"]
        );
        assert_eq!(
            values("poll mail.acme.test user 'me' there with password 'abc' is 'me' here\n", fetchmail),
            ["abc"]
        );
        assert_eq!(values("bucket:key:secret\n", user_and_secret), ["secret"]);
        assert_eq!(values("# a b c\nme * abc *\n: PSK \"d e\"\n", chap), ["abc", "d e"]);
        assert_eq!(values("K 8\npassword\nV 3\nabc\nK 8\nusername\nV 2\nme\nEND\n", subversion), ["abc"]);
        assert_eq!(values("abc\n", whole), ["abc"]);
        assert!(whole(b"a\nb").is_empty() && whole(b" \n").is_empty());
    }
}
