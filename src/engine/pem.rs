//! Key blocks between `-----BEGIN …-----` and `-----END …-----`.

use super::charset::CharSet;
use super::value;

/// The most bytes a block may have.
pub const BLOCK_MAX: usize = 64 * 1024;
/// The longest label that is read.
const LABEL_MAX: usize = 64;
/// Fewest characters of base64 in a block that holds a key.
const BODY_MIN: usize = 40;

/// Fewest different characters in it: a key of `xxxx` or `abcabc` is an illustration.
const DISTINCT_MIN: u32 = 12;

/// A block, as byte offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// The text between `BEGIN ` and the dashes.
    pub label: &'a [u8],
    /// Where the first dash stands.
    pub start: usize,
    /// One past the last dash, or past the last line if the end is missing.
    pub end: usize,
    /// What stands between the first and the last line, as written.
    pub body: &'a [u8],
}

/// Reads the block whose `-----BEGIN ` is at `at`, if it is. A block without an end is read as far as it
/// looks like base64.
#[must_use]
pub fn block(hay: &[u8], at: usize) -> Option<Block<'_>> {
    if !hay.get(at..)?.starts_with(b"-----BEGIN ") {
        return None;
    }
    let label_start = at + b"-----BEGIN ".len();
    let label_window = &hay[label_start..hay.len().min(label_start + LABEL_MAX)];
    let label_len = memchr::memmem::find(label_window, b"-----")?;
    let label = &label_window[..label_len];
    let body_start = label_start + label_len + 5;
    let window = body_window(hay, body_start);
    let (body, end) = match memchr::memmem::find(window, b"-----END ") {
        Some(body_len) => {
            let tail = body_start + body_len + b"-----END ".len() + label.len() + 5;
            (&window[..body_len], tail.min(hay.len()))
        }
        None => {
            let len = window.iter().take_while(|b| matches!(b, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'=' | b'\n' | b'\r' | b' ' | b'\t' | b'\\' | b'"' | b'\'' | b',')).count();
            (&window[..len], body_start + len)
        }
    };
    let base64 = base64_of(body);
    let seen = CharSet::EMPTY.with_all(&base64);
    (base64.len() >= BODY_MIN && seen.len() >= DISTINCT_MIN).then_some(Block { label, start: at, end, body })
}

/// One past the last byte on which it depends what [`block`] gives for the `-----BEGIN ` at `at` and what
/// is made of it, if nothing is made of a block whose label is not `wanted`; past the text if its end was met.
#[must_use]
pub fn end(hay: &[u8], at: usize, wanted: &dyn Fn(&[u8]) -> bool) -> usize {
    let label_start = at + b"-----BEGIN ".len();
    let label_end = label_start + LABEL_MAX;
    let Some(window) = hay.get(label_start..hay.len().min(label_end)) else { return label_end };
    let Some(label_len) = memchr::memmem::find(window, b"-----") else { return label_end };
    let body_start = label_start + label_len + 5;
    if !wanted(&window[..label_len]) {
        return body_start;
    }
    let body = body_window(hay, body_start);
    let tail = b"-----END ".len() + label_len + 5;
    match memchr::memmem::find(body, b"-----END ") {
        Some(len) => body_start + len + tail,
        None if body_start + body.len() < hay.len().min(body_start + BLOCK_MAX) => {
            body_start + body.len() + b"-----BEGIN ".len()
        }
        None => body_start + BLOCK_MAX,
    }
}

/// Where the body of a block that starts at `start` may be: up to the next block, in which it does not
/// reach, so that however many begin each byte is read for one of them.
fn body_window(hay: &[u8], start: usize) -> &[u8] {
    let window = &hay[start.min(hay.len())..hay.len().min(start + BLOCK_MAX)];
    &window[..memchr::memmem::find(window, b"-----BEGIN ").unwrap_or(window.len())]
}

/// The base64 of a body: headers such as `Proc-Type:` left out, and everything that embeds a key
/// in source code (quotes, commas, `+`-joined lines, `\n` escapes, comment marks) left out too.
#[must_use]
pub fn base64_of(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let text = unescaped_newlines(body);
    for line in text.split(|b| *b == b'\n') {
        if memchr::memchr(b':', line).is_some() {
            continue; // a header, or nothing that belongs to the key
        }
        let line = line.trim_ascii();
        let line = line.strip_suffix(b"+").map_or(line, |head| {
            if head.ends_with(b"\"")
                || head.ends_with(b"' ")
                || head.ends_with(b"\" ")
                || head.ends_with(b"'")
            {
                head
            } else {
                line
            }
        });
        if line.starts_with(b"=") {
            continue; // the checksum line of OpenPGP
        }
        out.extend(line.iter().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')));
    }
    out
}

/// True if the block says that its key is encrypted.
#[must_use]
pub fn says_encrypted(block: &Block<'_>) -> bool {
    value::contains(block.label, b"ENCRYPTED") || value::contains(block.body, b"ENCRYPTED")
}

/// `\n`, `\\n` and `\r` escapes as line ends.
fn unescaped_newlines(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() {
        if body[at] == b'\\' {
            let slashes = body[at..].iter().take_while(|b| **b == b'\\').count();
            match body.get(at + slashes) {
                Some(b'n' | b'r') => {
                    out.push(b'\n');
                    at += slashes + 1;
                }
                _ => at += slashes,
            }
        } else {
            out.push(body[at]);
            at += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7s9X";

    #[test]
    fn blocks_are_read_in_all_dress() {
        let plain = format!("-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----\n");
        let escaped = format!("\"-----BEGIN PRIVATE KEY-----\\n{BODY}\\n-----END PRIVATE KEY-----\\n\"");
        let joined =
            format!("\"-----BEGIN PRIVATE KEY-----\\n\" +\n \"{BODY}\\n\" +\n \"-----END PRIVATE KEY-----\"");
        for text in [plain, escaped, joined] {
            let at = text.find("-----BEGIN").unwrap();
            let block = block(text.as_bytes(), at).unwrap();
            assert_eq!(block.label, b"PRIVATE KEY");
            assert_eq!(base64_of(block.body), BODY.as_bytes(), "{text}");
            assert!(text[..block.end].ends_with("KEY-----"));
        }
    }

    #[test]
    fn an_empty_block_is_none() {
        assert_eq!(block(b"-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----", 0), None);
    }

    #[test]
    fn headers_are_no_key() {
        let body = format!("\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n{BODY}\n");
        assert_eq!(base64_of(body.as_bytes()), BODY.as_bytes());
    }
}
