//! Allowed signers with their SSH keys: the format under `ALLOWED SIGNERS` in `ssh-keygen(1)`.

use std::collections::HashMap;

use data_encoding::BASE64;
use jiff::civil::DateTime;

use super::sshsig::PublicKey;
use crate::parse::wildcard;

/// Only this much of a list is read.
const MAX_LIST: usize = 16 << 20;
/// The longest line, and the total length of all names for one key.
const MAX_LINE: usize = 16 << 10;
/// The longest pattern, as in OpenSSH.
const MAX_PATTERN: usize = 1023;
/// The most errors that are listed.
const MAX_MISTAKES: usize = 20;

/// A list of keys with their principals.
#[derive(Clone, Debug, Default)]
pub struct AllowedSigners {
    entries: Vec<Entry>,
    /// Entries by key blob.
    by_key: HashMap<Vec<u8>, Vec<usize>>,
    /// Errors: the line, from 1, and what is wrong.
    pub mistakes: Vec<(u32, String)>,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The line, from 1.
    pub line: u32,
    /// Comma-separated patterns: `alice@example.org,*@example.com,!eve@example.com`.
    pub principals: String,
    /// True for the key of a certificate authority.
    pub cert_authority: bool,
    /// Patterns of allowed namespaces; `None` for any.
    pub namespaces: Option<String>,
    /// Start of validity, in seconds since 1970.
    pub valid_after: Option<i64>,
    /// End of validity, in seconds since 1970.
    pub valid_before: Option<i64>,
}

impl Entry {
    /// True if it matches `principal`.
    #[must_use]
    pub fn is_for(&self, principal: &str) -> bool {
        matches_list(principal, &self.principals)
    }

    /// True if it allows `namespace`.
    #[must_use]
    pub fn allows(&self, namespace: &str) -> bool {
        self.namespaces.as_ref().is_none_or(|patterns| matches_list(namespace, patterns))
    }

    /// True if it is valid at that time.
    #[must_use]
    pub fn is_valid_at(&self, time: i64) -> bool {
        self.valid_after.is_none_or(|after| time >= after)
            && self.valid_before.is_none_or(|before| time <= before)
    }

    /// True if it names no e-mail address: it then does not restrict the addresses of its key.
    #[must_use]
    pub fn names_no_address(&self) -> bool {
        !self.principals.contains(['@', '*', '?', '!'])
    }
}

impl AllowedSigners {
    /// Parses a list. Dates without a time zone count as UTC; OpenSSH uses the local one.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        let mut list = Self::default();
        let mut names: HashMap<Vec<u8>, usize> = HashMap::new();
        let read = &bytes[..bytes.len().min(MAX_LIST)];
        let mut number = 0u32;
        for line in read.split(|byte| *byte == b'\n') {
            number = number.saturating_add(1);
            match entry(line, number) {
                Ok(None) => {}
                Ok(Some((key, entry))) => {
                    let total = names.entry(key.clone()).or_default();
                    *total += entry.principals.len();
                    if *total > MAX_LINE {
                        list.wrong(number, "its key has too many names");
                        continue;
                    }
                    list.by_key.entry(key).or_default().push(list.entries.len());
                    list.entries.push(entry);
                }
                Err(why) => list.wrong(number, why),
            }
        }
        if read.len() < bytes.len() {
            list.mistakes.push((number, "the list is longer than 16 MiB; it is read up to here".to_owned()));
        }
        list
    }

    fn wrong(&mut self, line: u32, why: &str) {
        match self.mistakes.len() {
            count if count < MAX_MISTAKES => self.mistakes.push((line, why.to_owned())),
            MAX_MISTAKES => self.mistakes.push((line, "and more such lines".to_owned())),
            _ => {}
        }
    }

    /// The entries with this key, in order.
    pub fn entries<'a>(&'a self, key: &PublicKey) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let found = self.by_key.get(&key.blob).map_or(&[][..], Vec::as_slice);
        found.iter().filter_map(|at| self.entries.get(*at))
    }

    /// The number of entries with a key.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if no entry has a key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Parses a line: its key and entry. `None` for a comment or an empty line.
fn entry(line: &[u8], number: u32) -> Result<Option<(Vec<u8>, Entry)>, &'static str> {
    let line = line.trim_ascii();
    if line.is_empty() || line.starts_with(b"#") {
        return Ok(None);
    }
    if line.len() > MAX_LINE {
        return Err("it is longer than 16 KiB");
    }
    let line = std::str::from_utf8(line).map_err(|_| "it is not UTF-8")?;
    let (principals, rest) = first(line)?;
    let mut entry = Entry {
        line: number,
        principals: principals.to_owned(),
        cert_authority: false,
        namespaces: None,
        valid_after: None,
        valid_before: None,
    };
    if let Some(key) = key(rest) {
        return Ok(Some((key, entry)));
    }
    let (options, rest) = options(rest);
    set(&mut entry, options)?;
    key(rest).map(|key| Some((key, entry))).ok_or("it has no key that can be read")
}

/// The names, possibly quoted, and the rest.
fn first(line: &str) -> Result<(&str, &str), &'static str> {
    let split = match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').ok_or("its quote has no end")?,
        None => line.split_once([' ', '\t']).ok_or("it has no key")?,
    };
    Ok((split.0, split.1.trim_start_matches([' ', '\t'])))
}

/// `type base64`, with an optional comment: the blob of a key of that type.
fn key(text: &str) -> Option<Vec<u8>> {
    let mut words = text.split_ascii_whitespace();
    let (name, base64) = (words.next()?, words.next()?);
    let key = PublicKey::read(&BASE64.decode(base64.as_bytes()).ok()?).ok()?;
    (key.name == name && (key.material.is_some() || key.is_certificate())).then_some(key.blob)
}

/// Splits options from the rest: they end at the first unquoted blank.
fn options(text: &str) -> (&str, &str) {
    let (mut quoted, mut escaped) = (false, false);
    let end = text.bytes().position(|byte| {
        let ends = !quoted && (byte == b' ' || byte == b'\t');
        quoted ^= byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    let (options, rest) = text.split_at(end.unwrap_or(text.len()));
    (options, rest.trim_start_matches([' ', '\t']))
}

/// Parses comma-separated `name="value"` options and flags. Names are case-insensitive.
fn set(entry: &mut Entry, mut rest: &str) -> Result<(), &'static str> {
    const TWICE: &str = "it has an option twice";
    loop {
        let end = rest.find(['=', ',']).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        let name = name.to_ascii_lowercase();
        rest = behind;
        match (name.as_str(), behind.strip_prefix('=')) {
            ("cert-authority", None) => entry.cert_authority = true,
            ("namespaces" | "valid-after" | "valid-before", Some(quoted)) => {
                let (value, behind) = unquoted(quoted).ok_or("the value of an option is not in quotes")?;
                rest = behind;
                let is_new = match name.as_str() {
                    "namespaces" => entry.namespaces.replace(value).is_none(),
                    "valid-after" => entry.valid_after.replace(time(&value)?).is_none(),
                    _ => entry.valid_before.replace(time(&value)?).is_none(),
                };
                if !is_new {
                    return Err(TWICE);
                }
            }
            _ => return Err("it has an unknown option"),
        }
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None if rest.is_empty() => break,
            None => return Err("its options are not separated by commas"),
        }
    }
    match (entry.valid_after, entry.valid_before) {
        (Some(after), Some(before)) if before <= after => Err("it ends before it starts"),
        _ => Ok(()),
    }
}

/// A quoted text with backslash-escaped quotes, and the rest.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.strip_prefix('"')?.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((value, text.get(at + 2..)?)),
            '\\' if chars.peek().is_some_and(|(_, next)| *next == '"') => {
                value.extend(chars.next().map(|(_, quote)| quote));
            }
            char => value.push(char),
        }
    }
    None
}

/// `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, with an optional `Z`; in seconds since 1970.
fn time(text: &str) -> Result<i64, &'static str> {
    const WRONG: &str = "a time in it is not YYYYMMDD or YYYYMMDDHHMMSS";
    let digits = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || ![8, 12, 14].contains(&digits.len()) {
        return Err(WRONG);
    }
    let part = |from: usize, to: usize| digits.get(from..to).map_or(Ok(0), str::parse::<i8>);
    let date = || -> Option<DateTime> {
        let second = part(12, 14).ok()?.min(59);
        let year = digits.get(..4)?.parse().ok()?;
        DateTime::new(
            year,
            part(4, 6).ok()?,
            part(6, 8).ok()?,
            part(8, 10).ok()?,
            part(10, 12).ok()?,
            second,
            0,
        )
        .ok()
    };
    let date = date().ok_or(WRONG)?;
    let time = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| WRONG)?;
    Ok(time.timestamp().as_second())
}

/// True if a pattern matches and no negated one does.
fn matches_list(text: &str, patterns: &str) -> bool {
    let mut found = false;
    for pattern in patterns.split(',') {
        let (pattern, negated) = match pattern.strip_prefix('!') {
            Some(rest) => (rest, true),
            None => (pattern, false),
        };
        if pattern.len() >= MAX_PATTERN {
            return false;
        }
        if wildcard::matches(text.as_bytes(), pattern.as_bytes()) {
            if negated {
                return false;
            }
            found = true;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{AllowedSigners, Entry, MAX_LINE, matches_list, time};
    use crate::parse::signature::sshsig::PublicKey;
    use crate::parse::wildcard;

    fn blob(byte: u8) -> Vec<u8> {
        [&b"\0\0\0\x0bssh-ed25519\0\0\0\x20"[..], &[byte; 32]].concat()
    }

    fn key(byte: u8) -> String {
        format!("ssh-ed25519 {}", data_encoding::BASE64.encode(&blob(byte)))
    }

    fn parse_line(line: &str) -> Result<Entry, String> {
        let list = AllowedSigners::read(line.as_bytes());
        let found: Vec<&Entry> = list.entries(&PublicKey::read(&blob(1)).unwrap()).collect();
        match (found.as_slice(), list.mistakes.as_slice()) {
            ([entry], []) => Ok((*entry).clone()),
            ([], [(1, why)]) => Err(why.clone()),
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn lines_are_read() {
        let key = key(1);
        assert_eq!(
            parse_line(&format!("  a@b,*@c,!d@c\t{key} alice's key")).unwrap().principals,
            "a@b,*@c,!d@c"
        );
        assert_eq!(parse_line(&format!("\"a b,c\" {key}")).unwrap().principals, "a b,c");
        let entry = parse_line(&format!(
            "* cert-authority,NAMESPACES=\"git,fi\\\"le\",valid-after=\"20240501Z\",valid-before=\"20240501123456\" {key}"
        ))
        .unwrap();
        assert!(entry.cert_authority && entry.is_for("anybody"));
        assert_eq!(entry.namespaces.as_deref(), Some("git,fi\"le"));
        assert!(entry.allows("git") && entry.allows("fi\"le") && !entry.allows("file"));
        assert_eq!((entry.valid_after, entry.valid_before), (Some(1_714_521_600), Some(1_714_566_896)));
        for (time, valid) in
            [(0, false), (1_714_521_600, true), (1_714_566_896, true), (1_714_566_897, false)]
        {
            assert_eq!(entry.is_valid_at(time), valid, "{time}");
        }
        assert!(parse_line(&format!("alice {key}")).unwrap().names_no_address());
        assert!(!parse_line(&format!("alice,b@c {key}")).unwrap().names_no_address());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let key = key(1);
        for (line, why) in [
            ("alice".to_owned(), "it has no key"),
            (format!("\"alice {key}"), "its quote has no end"),
            (format!("alice {} x", &key[..60]), "it has an unknown option"),
            (format!("alice valid-until=\"20240101\" {key}"), "it has an unknown option"),
            (format!("alice namespaces=git {key}"), "the value of an option is not in quotes"),
            (format!("alice namespaces=\"a\",namespaces=\"b\" {key}"), "it has an option twice"),
            (
                format!("alice namespaces=\"a\"namespaces=\"b\" {key}"),
                "its options are not separated by commas",
            ),
            (format!("alice valid-after=\"2024\" {key}"), "a time in it is not YYYYMMDD or YYYYMMDDHHMMSS"),
            (
                format!("alice valid-after=\"20240102\",valid-before=\"20240101\" {key}"),
                "it ends before it starts",
            ),
            (format!("alice cert-authority ssh-rsa {}", &key[12..]), "it has no key that can be read"),
            (format!("{} {key}", "a".repeat(MAX_LINE)), "it is longer than 16 KiB"),
        ] {
            assert_eq!(parse_line(&line).unwrap_err(), why, "{line}");
        }
        let list = AllowedSigners::read(format!("# a comment\n\nalice {key}\nbob\n\u{e9}\n").as_bytes());
        assert_eq!(list.len(), 1);
        assert_eq!(list.mistakes, [(4, "it has no key".to_owned()), (5, "it has no key".to_owned())]);
    }

    #[test]
    fn a_list_of_any_size_is_gone_through() {
        let line = format!("alice@example.org {}\n", key(2));
        let list = AllowedSigners::read(line.repeat(10_000_000 / line.len()).as_bytes());
        assert!(list.len() <= 1000 && list.mistakes.len() == 21, "{}", list.len());
        let list = AllowedSigners::read("x\n".repeat(10_000_000).as_bytes());
        assert!(list.is_empty() && list.mistakes.last().unwrap().1.contains("16 MiB"));
    }

    #[test]
    fn patterns() {
        for (text, pattern, fits) in [
            ("", "", true),
            ("a", "", false),
            ("", "*", true),
            ("abc", "a*c", true),
            ("abcbd", "a*b?", true),
            ("abcb", "a*b?", false),
            ("a@b.c", "*@b.?", true),
            ("a", "a**", true),
            ("A", "a", false),
        ] {
            assert_eq!(wildcard::matches(text.as_bytes(), pattern.as_bytes()), fits, "{text} {pattern}");
        }
        assert!(matches_list("a", "b,a") && !matches_list("a", "a,!a") && !matches_list("a", "!b"));
        assert!(!matches_list("a", &format!("a,{}", "b".repeat(1023))));
    }

    #[test]
    fn times() {
        assert_eq!(time("19700101Z"), Ok(0));
        assert_eq!(time("197001010001"), Ok(60));
        assert_eq!(time("19700101000101z"), Ok(61));
        assert!(time("19701301").is_err() && time("1970010").is_err() && time("é9700101").is_err());
    }
}
