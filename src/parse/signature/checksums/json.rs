//! JSON checksum files of any shape: the name of a file is a key, or next to its digest.

use serde_json::Value;

use super::algorithm::{Digested, Named, by_length, strength};
use super::{Checksums, LINES_MAX, Listed, decode};
use crate::parse::lines::line_number;
use crate::parse::signature::json;

/// Keys, in lower case, of the name of a file.
const NAMES: [&str; 6] = ["name", "file", "filename", "path", "artifact", "uri"];
/// Keys of the algorithm.
const ALGORITHMS: [&str; 5] = ["algorithm", "alg", "algo", "type", "hashalgorithm"];
/// Keys of the digest.
const DIGESTS: [&str; 12] = [
    "hash",
    "hashes",
    "digest",
    "digests",
    "checksum",
    "checksums",
    "sum",
    "sums",
    "integrity",
    "value",
    "checksumvalue",
    "content",
];

/// Adds the entries of a JSON checksum file; false if the text is not JSON.
pub(super) fn read(list: &[u8], bytes: &[u8], found: &mut Checksums) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut values: Vec<Value> = Vec::new();
    let mut broken = false;
    json::documents(text, &mut |_, document| match document {
        Ok((_, value)) => values.push(value),
        Err(_) => broken = true,
    });
    if broken {
        return false;
    }
    let mut walk = Walk { text, from: 0, found, of_list: Named::of_list(list) };
    for value in &values {
        walk.value(value, None, None);
    }
    found.lines = found.listed.len() + found.mistakes.len();
    if found.listed.is_empty() && found.mistakes.is_empty() {
        found.mistakes.push((1, "it contains no digest".to_owned()));
    }
    true
}

struct Walk<'a> {
    text: &'a str,
    /// The position of the last digest: they mostly come in order.
    from: usize,
    found: &'a mut Checksums,
    of_list: Option<Named>,
}

impl Walk<'_> {
    /// `name` is the file that everything within is about, `algorithm` that of its digests.
    fn value(&mut self, value: &Value, name: Option<&str>, algorithm: Option<&Named>) {
        match value {
            Value::Array(all) => all.iter().for_each(|one| self.value(one, name, algorithm)),
            Value::Object(members) => self.object(members, name, algorithm),
            Value::String(text) => {
                if let Some((bytes, named)) = digest(text, algorithm) {
                    self.add(text, name, &bytes, named.as_ref().or(algorithm));
                }
            }
            _ => {}
        }
    }

    fn object(
        &mut self,
        members: &serde_json::Map<String, Value>,
        name: Option<&str>,
        algorithm: Option<&Named>,
    ) {
        let one_of = |keys: &[&str]| {
            members.iter().find_map(|(key, value)| {
                let value = value.as_str()?;
                keys.contains(&key.to_ascii_lowercase().as_str()).then_some(value)
            })
        };
        let own = one_of(&NAMES).filter(|name| digest(name, None).is_none());
        let said = one_of(&ALGORITHMS).and_then(Named::of);
        let algorithm = said.as_ref().or(algorithm);
        let mut digests: Vec<(&str, Vec<u8>, Option<Named>)> = Vec::new();
        for (key, value) in members {
            let lower = key.to_ascii_lowercase();
            let of_key = Named::of(key);
            let is_digest = of_key.is_some() || DIGESTS.contains(&lower.as_str());
            match value {
                Value::String(text) => {
                    let read = digest(text, of_key.as_ref().or(algorithm));
                    match read {
                        Some((bytes, named)) if is_digest => {
                            digests.push((text, bytes, named.or(of_key).or_else(|| algorithm.cloned())));
                        }
                        // A file whose name is the key.
                        Some((bytes, named)) if own.is_none() => {
                            self.add(text, Some(key), &bytes, named.as_ref().or(algorithm));
                        }
                        None if of_key.is_some() => {
                            self.mistake(text, "the line has no digest of its algorithm")
                        }
                        _ => {}
                    }
                }
                _ if is_digest => self.value(value, own.or(name), of_key.as_ref().or(algorithm)),
                // The key may be a name, unless there is another one within.
                Value::Object(_) => self.value(value, Some(key), algorithm),
                _ => self.value(value, own.or(name), algorithm),
            }
        }
        // Of several digests of one file the strongest counts.
        let read = |one: &(&str, Vec<u8>, Option<Named>)| {
            self.digested(&one.1, one.2.as_ref()).map_or(0, |read| strength(&read))
        };
        if let Some((text, bytes, named)) = digests.iter().max_by_key(|one| read(one)) {
            self.add(text, own.or(name), bytes, named.as_ref());
        }
    }

    fn add(&mut self, text: &str, name: Option<&str>, bytes: &[u8], named: Option<&Named>) {
        if self.found.listed.len() >= LINES_MAX {
            return self.mistake(text, "has too many digests; the rest is not read");
        }
        match (name, self.digested(bytes, named)) {
            (Some(name), Ok(digest)) => {
                let line = self.line(text);
                self.found.listed.push(Listed { line, name: name.to_owned(), digest });
            }
            (None, Ok(_)) => self.mistake(text, "a digest without a name"),
            (_, Err(why)) => self.mistake(text, why),
        }
    }

    fn digested(&self, bytes: &[u8], named: Option<&Named>) -> Result<Digested, &'static str> {
        match named.or(self.of_list.as_ref()) {
            Some(named) => named.digest(bytes),
            None => by_length(bytes),
        }
    }

    fn mistake(&mut self, text: &str, message: &str) {
        let line = self.line(text);
        self.found.mistakes.push((line, message.to_owned()));
    }

    fn line(&mut self, text: &str) -> u32 {
        let find = |from: usize| {
            memchr::memmem::find(&self.text.as_bytes()[from..], text.as_bytes()).map(|at| from + at)
        };
        let at = find(self.from).or_else(|| find(0)).unwrap_or(0);
        self.from = at;
        line_number(self.text.as_bytes(), at)
    }
}

/// The digest in a text, and the algorithm that it names. Base64 counts only with an algorithm.
fn digest(text: &str, algorithm: Option<&Named>) -> Option<(Vec<u8>, Option<Named>)> {
    let text = text.trim();
    for (at, separator) in text.match_indices([':', '=', '-']) {
        if let Some(named) = Named::of(&text[..at]) {
            return Some((decode(&text[at + separator.len()..])?, Some(named)));
        }
    }
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hex && algorithm.is_none() {
        return None;
    }
    let bytes = decode(text)?;
    matches!(bytes.len(), 16 | 20 | 28 | 32 | 48 | 64).then_some((bytes, None))
}
