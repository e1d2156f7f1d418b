//! What is text, and how it is read: as it is, or from UTF-16.

use std::borrow::Cow;

/// Bytes in which a NUL makes a file binary, as git does.
const SNIFF: usize = 8 * 1024;

/// The text of a file: as it is, or decoded from UTF-16 with a byte order mark; `None` if the
/// file is binary. Invalid sequences become U+FFFD, so that nothing is lost but the damaged part.
#[must_use]
pub fn text(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => None,
        [0xff, 0xfe, rest @ ..] => Some(Cow::Owned(utf16(rest, u16::from_le_bytes))),
        [0xfe, 0xff, rest @ ..] => Some(Cow::Owned(utf16(rest, u16::from_be_bytes))),
        _ if memchr::memchr(0, &bytes[..bytes.len().min(SNIFF)]).is_some() => None,
        _ => Some(Cow::Borrowed(bytes)),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_apart() {
        assert_eq!(text(b"plain").as_deref(), Some(b"plain".as_slice()));
        assert_eq!(text(b"\xff\xfea\0b\0").as_deref(), Some(b"ab".as_slice()));
        assert_eq!(text(b"\xfe\xff\0a\0b\0").as_deref(), Some(b"ab".as_slice()));
        assert_eq!(text(b"a\0b"), None);
    }
}
