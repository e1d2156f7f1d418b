//! Nothing is hidden by an encoding: UTF-16, base64, hex, escapes, gzip, zip and tar, within bounds.
//!
//! Text that stands encoded in a text is decoded (`runs`, `escapes`) and looked at again
//! (`peel`); what is found there is reported at the encoded bytes. Files of an archive
//! (`archive`) are looked at as files of their own, named `a.zip!/inner/file`. Depth, bytes and
//! with them time are bounded (`budget`); what the bounds leave out is counted.

mod archive;
mod budget;
mod escapes;
mod peel;
pub(super) mod runs;
mod tar;
mod zip;

pub use archive::Inside;
pub(super) use budget::{Budget, Layer};
pub(super) use escapes::{line, triggers};
pub use peel::Decoded;
pub(super) use peel::{Peeled, settle};

use std::borrow::Cow;

/// Bytes in which a NUL makes a file binary, as git does.
const SNIFF: usize = 8 * 1024;

/// The text of a file: as it is, or decoded from UTF-16; `None` if the file is binary. Invalid
/// sequences become U+FFFD, so that nothing is lost but the damaged part.
#[must_use]
pub fn text(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => None,
        [0xff, 0xfe, rest @ ..] => Some(Cow::Owned(utf16(rest, u16::from_le_bytes))),
        [0xfe, 0xff, rest @ ..] => Some(Cow::Owned(utf16(rest, u16::from_be_bytes))),
        _ if memchr::memchr(0, &bytes[..bytes.len().min(SNIFF)]).is_none() => Some(Cow::Borrowed(bytes)),
        _ => match unmarked_utf16(bytes) {
            Some(Order::Little) => Some(Cow::Owned(utf16(bytes, u16::from_le_bytes))),
            Some(Order::Big) => Some(Cow::Owned(utf16(bytes, u16::from_be_bytes))),
            None => None,
        },
    }
}

/// True if `bytes` are packed in a way that is known.
pub(super) fn is_packed(bytes: &[u8]) -> bool {
    archive::kind(bytes).is_some()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

/// The byte order of UTF-16 without a mark, if the start of `bytes` is that: most units are plain
/// ASCII, and none is NUL.
fn unmarked_utf16(bytes: &[u8]) -> Option<Order> {
    let units = &bytes[..bytes.len().min(SNIFF)].as_chunks::<2>().0;
    if units.len() < 4 {
        return None;
    }
    let (mut little, mut big) = (0usize, 0usize);
    for unit in *units {
        match *unit {
            [0, 0] => return None,
            [byte, 0] if is_plain(byte) => little += 1,
            [0, byte] if is_plain(byte) => big += 1,
            _ => {}
        }
    }
    let enough = |count: usize| count * 10 >= units.len() * 7;
    if enough(little) {
        Some(Order::Little)
    } else if enough(big) {
        Some(Order::Big)
    } else {
        None
    }
}

/// True for printable ASCII, blanks and line ends.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn encodings_are_told_apart() {
        assert_eq!(text(b"plain").as_deref(), Some(b"plain".as_slice()));
        assert_eq!(text(b"\xff\xfea\0b\0").as_deref(), Some(b"ab".as_slice()));
        assert_eq!(text(b"\xfe\xff\0a\0b").as_deref(), Some(b"ab".as_slice()));
        assert_eq!(text(b"a\0b"), None);
    }

    #[test]
    fn utf16_needs_no_mark() {
        let words = "password = \"größe\"\r\n";
        assert_eq!(text(&encoded(words, u16::to_le_bytes)).as_deref(), Some(words.as_bytes()));
        assert_eq!(text(&encoded(words, u16::to_be_bytes)).as_deref(), Some(words.as_bytes()));
    }

    #[test]
    fn numbers_are_no_utf16() {
        let numbers: Vec<u8> = (0..4000u16).flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(&numbers), None);
        assert_eq!(text(&[0; 64]), None);
    }
}
