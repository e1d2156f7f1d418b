//! JSON in signature files: no duplicate keys, bounded depth, one document or one per line.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The most documents of one file.
const DOCUMENTS_MAX: usize = 10_000;

/// An error, and its field, from which `line` finds the line.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) field: &'static str,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}

/// A value without duplicate keys: parsers differ in which one they use.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Strict(value)) = from.next_element()? {
            all.push(value);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(key) = from.next_key::<String>()? {
            let Strict(value) = from.next_value()?;
            if all.insert(key, value).is_some() {
                return Err(A::Error::custom("an object has a duplicate key"));
            }
        }
        Ok(Value::Object(all))
    }
}

/// Parses one document. The depth is limited to 128.
///
/// # Errors
/// The line, from 1, and the error, without any part of the text.
pub(super) fn parse(text: &str) -> Result<Value, (u32, String)> {
    serde_json::from_str::<Strict>(text).map(|Strict(value)| value).map_err(|error| mistake(&error))
}

/// The line of an error, from 1, and its message.
fn mistake(error: &serde_json::Error) -> (u32, String) {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let message = match message {
        "recursion limit exceeded" => "is nested too deeply",
        other => other,
    };
    (u32::try_from(error.line()).unwrap_or(u32::MAX).max(1), format!("is not JSON: {message}"))
}

/// Calls `each` for each document of `text`: the whole, or each line. An unreadable one does not prevent the
/// others from being read. The line is that of the document's start, or of the error.
pub(super) fn documents<'a>(text: &'a str, each: &mut dyn FnMut(u32, Result<(&'a str, Value), String>)) {
    let whole = text.trim_ascii_start();
    let skipped = text.len() - whole.len();
    let first = 1 + newlines(&text[..skipped]);
    let line = whole.lines().next().unwrap_or_default();
    let many = line.len() < whole.trim_ascii_end().len() && (is_by_lines(whole) || parse(line).is_ok());
    if !many {
        return match parse(whole) {
            Ok(value) => each(first, Ok((whole, value))),
            Err((_, message)) if message.ends_with("trailing characters") => stream(whole, first, each),
            Err((at, message)) => each(first - 1 + at, Err(message)),
        };
    }
    let mut seen = 0;
    for (at, line) in (first..).zip(whole.lines()) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        seen += 1;
        if seen > DOCUMENTS_MAX {
            return each(at, Err(format!("holds more than {DOCUMENTS_MAX} lines; the rest is not read")));
        }
        each(at, parse(line).map(|value| (line, value)).map_err(|(_, message)| message));
    }
}

/// Calls `each` for each of several concatenated multi-line documents.
fn stream<'a>(text: &'a str, first: u32, each: &mut dyn FnMut(u32, Result<(&'a str, Value), String>)) {
    let (mut at, mut line, mut seen) = (0, first, 0);
    loop {
        let rest = text[at..].trim_ascii_start();
        let start = text.len() - rest.len();
        line += newlines(&text[at..start]);
        if rest.is_empty() {
            return;
        }
        seen += 1;
        if seen > DOCUMENTS_MAX {
            let message = format!("holds more than {DOCUMENTS_MAX} documents; the rest is not read");
            return each(line, Err(message));
        }
        let mut documents = serde_json::Deserializer::from_str(rest).into_iter::<Strict>();
        let end = match documents.next() {
            Some(Ok(Strict(value))) => {
                let end = documents.byte_offset();
                each(line, Ok((&rest[..end], value)));
                end
            }
            Some(Err(error)) => {
                let (at, message) = mistake(&error);
                each(line + at - 1, Err(message));
                // The next one starts on a new line.
                rest.match_indices('\n')
                    .map(|(at, _)| at + 1)
                    .find(|at| rest[*at..].starts_with(['{', '[']))
                    .unwrap_or(rest.len())
            }
            None => return,
        };
        line += newlines(&rest[..end]);
        at = start + end;
    }
}

/// True if no line looks like the inside of a multi-line document.
fn is_by_lines(text: &str) -> bool {
    !text.lines().any(|line| line.starts_with([' ', '\t', '}', ']', '"']))
}

fn newlines(text: &str) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', text.as_bytes()).count()).unwrap_or(u32::MAX)
}

/// The line of `field` in a document that starts at `first`; the start if it is missing.
pub(super) fn line(document: &str, first: u32, field: &str) -> u32 {
    if field.is_empty() {
        return first;
    }
    let at = document
        .match_indices(field)
        .map(|(at, _)| at)
        .find(|at| document[..*at].ends_with('"') && document[at + field.len()..].starts_with('"'));
    first.saturating_add(newlines(&document[..at.unwrap_or(0)]))
}

/// Base64 as in protobuf's JSON: either alphabet, padded or not. `None` if malformed or empty.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    let bare = text.trim_end_matches('=');
    let padding = text.len() - bare.len();
    if bare.is_empty() || padding > 2 || (padding > 0 && !text.len().is_multiple_of(4)) {
        return None;
    }
    let encoding =
        if bare.contains(['-', '_']) { data_encoding::BASE64URL_NOPAD } else { data_encoding::BASE64_NOPAD };
    encoding.decode(bare.as_bytes()).ok()
}

/// Multi-line base64.
pub(super) fn base64_lines(text: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    base64(std::str::from_utf8(&text).ok()?)
}

/// A field with base64 of between one and `max` bytes.
///
/// # Errors
/// If it is malformed.
pub(super) fn bytes(of: &Value, field: &'static str, max: usize) -> Result<Vec<u8>, Fault> {
    let Some(text) = of.get(field).and_then(Value::as_str) else {
        return Err(Fault::new(field, format!("has no text as `{field}`")));
    };
    if text.is_empty() {
        return Err(Fault::new(field, format!("`{field}` is empty")));
    }
    if text.len() / 4 * 3 > max {
        return Err(Fault::new(field, format!("`{field}` holds more than {max} bytes")));
    }
    base64(text).ok_or_else(|| Fault::new(field, format!("`{field}` is not base64")))
}

/// An integer, which protobuf's JSON writes as a string.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Removes null members, which equal missing ones.
pub(super) fn drop_nulls(value: &mut Value) {
    let mut left = vec![value];
    while let Some(value) = left.pop() {
        match value {
            Value::Object(members) => {
                members.retain(|_, member| !member.is_null());
                left.extend(members.values_mut());
            }
            Value::Array(items) => left.extend(items.iter_mut()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{base64, documents, line, parse};

    fn lines(text: &str) -> Vec<(u32, bool)> {
        let mut seen = Vec::new();
        documents(text, &mut |at, document| seen.push((at, document.is_ok())));
        seen
    }

    #[test]
    fn one_document_or_one_a_line() {
        assert_eq!(lines("\n\n{\n \"a\": 1\n}\n"), [(3, true)]);
        assert_eq!(lines("{\"a\":1}\n\n{\"b\":2}\n"), [(1, true), (3, true)]);
        assert_eq!(lines("{\"a\":1}\nnothing\n{\"b\":2}"), [(1, true), (2, false), (3, true)]);
        assert_eq!(lines("nothing\n{\"b\":2}"), [(1, false), (2, true)]);
        assert_eq!(lines("{\n  \"a\": 1,\n  \"b\" 2\n}\n"), [(3, false)], "one mistake, at its line");
        assert_eq!(lines("{\n \"a\": 1\n}\n\n{\r\n \"b\": 2\r\n}\r\n"), [(1, true), (5, true)]);
        assert_eq!(lines("{\n \"a\": 1\n}\n{\n \"b\"\n}\n{\n}"), [(1, true), (6, false), (7, true)]);
    }

    #[test]
    fn depth_and_keys_are_bounded() {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(parse(&deep).unwrap_err(), (1, "is not JSON: is nested too deeply".to_owned()));
        let twice = "{\n\"a\": {\"x\": 1,\n\"x\": 2}}";
        assert_eq!(parse(twice).unwrap_err(), (3, "is not JSON: an object has a duplicate key".to_owned()));
    }

    #[test]
    fn base64_is_of_either_alphabet() {
        assert_eq!(base64("+/8="), Some(vec![0xfb, 0xff]));
        assert_eq!(base64("-_8"), Some(vec![0xfb, 0xff]));
        for wrong in ["", "=", "A", "AA=", "A===", "AA AA", "ä"] {
            assert_eq!(base64(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn fields_have_lines() {
        assert_eq!(line("{\n\"a\": 1,\n\"b\": 2}", 5, "b"), 7);
        assert_eq!(line("{}", 5, "b"), 5);
    }
}
