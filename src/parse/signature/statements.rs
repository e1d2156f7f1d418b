//! In-toto statements in files, bare or signed; unverified.

use serde_json::Value;

use super::kinds::{Kind, sniff};
use super::{json, text, wrapped};

/// The prefix of a statement's type.
const TYPE: &[u8] = b"in-toto.io/Statement";
/// How many bytes at either end of a statement are searched for its type.
const ENDS: usize = 4 << 10;

/// The statements in the file with this name and content whose predicate type is `wanted`: the first line of each
/// or its signature, whether it is signed, and its text.
#[must_use]
pub fn statements(name: &[u8], bytes: &[u8], wanted: &dyn Fn(&str) -> bool) -> Vec<(u32, bool, String)> {
    // Most files end here.
    let starts = bytes.trim_ascii_start().first();
    if !starts.is_some_and(|first| matches!(first, b'{' | b'[' | 0xef | 0x1f | 0xfe | 0xff)) {
        return Vec::new();
    }
    let signed = sniff(name, bytes) == Some(Kind::Json);
    if !signed && !is_bare(bytes) {
        return Vec::new();
    }
    let Ok(bytes) = text::of(bytes) else { return Vec::new() };
    let Ok(text) = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    json::documents(text, &mut |line, document| {
        let Ok((text, value)) = document else { return };
        if is_wanted(&value, wanted) {
            found.push((line, false, text.to_owned()));
            return;
        }
        for signed in wrapped::within(value, &mut Vec::new()) {
            let statement = payload(&signed);
            let wanted = |text: &String| json::parse(text).is_ok_and(|value| is_wanted(&value, wanted));
            found.extend(statement.filter(wanted).map(|text| (line, true, text)));
        }
    });
    found
}

/// True for a file that is a bare statement, by its ends.
fn is_bare(bytes: &[u8]) -> bool {
    let (head, tail) = (&bytes[..bytes.len().min(ENDS)], &bytes[bytes.len().saturating_sub(ENDS)..]);
    let has = |part: &[u8]| memchr::memmem::find(part, TYPE).is_some();
    has(head) || has(tail)
}

fn is_wanted(value: &Value, wanted: &dyn Fn(&str) -> bool) -> bool {
    value.get("predicateType").and_then(Value::as_str).is_some_and(wanted) && value.get("predicate").is_some()
}

/// The payload of an envelope, as text.
fn payload(signed: &Value) -> Option<String> {
    let envelope = signed.get("dsseEnvelope").unwrap_or(signed);
    let payload = envelope.get("payload").or_else(|| signed.pointer("/envelope/statement"))?;
    String::from_utf8(json::base64(payload.as_str()?)?).ok()
}
