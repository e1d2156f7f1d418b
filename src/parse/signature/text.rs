//! Decompresses gzip and decodes UTF-16.

use std::borrow::Cow;
use std::io::Read as _;

use flate2::read::MultiGzDecoder;

/// True for gzip data.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 8])
}

/// The first `max` bytes of the decompressed data.
///
/// # Errors
/// If it is damaged.
pub(super) fn unpacked(bytes: &[u8], max: usize) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let unpacked = MultiGzDecoder::new(bytes).take(max as u64).read_to_end(&mut out);
    unpacked.map(|_| out).map_err(|_| "is compressed by gzip, and damaged".to_owned())
}

/// The text of a file, decompressed and in UTF-8 if it is text.
///
/// # Errors
/// If it is damaged, or larger than [`super::SIZE_MAX`] decompressed.
pub(super) fn of(bytes: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    let bytes = match is_gzip(bytes) {
        true => Cow::Owned(unpacked(bytes, super::SIZE_MAX + 1)?),
        false => Cow::Borrowed(bytes),
    };
    if bytes.len() > super::SIZE_MAX {
        return Err(format!("is larger than {} MiB; not read", super::SIZE_MAX >> 20));
    }
    Ok(decoded(&bytes).map_or(bytes, Cow::Owned))
}

/// Decodes UTF-16, as written by PowerShell; `None` if it is not UTF-16.
pub(super) fn decoded(bytes: &[u8]) -> Option<Vec<u8>> {
    let (rest, big) = match bytes {
        [0xff, 0xfe, rest @ ..] => (rest, false),
        [0xfe, 0xff, rest @ ..] => (rest, true),
        [first, 0, ..] if first.is_ascii() && *first != 0 && bytes.len().is_multiple_of(2) => (bytes, false),
        [0, first, ..] if first.is_ascii() && *first != 0 && bytes.len().is_multiple_of(2) => (bytes, true),
        _ => return None,
    };
    let units = rest.chunks(2).map(|unit| match *unit {
        [a, b] if big => u16::from_be_bytes([a, b]),
        [a, b] => u16::from_le_bytes([a, b]),
        _ => u16::from(b'?'),
    });
    let text: String = char::decode_utf16(units).map(|char| char.unwrap_or('\u{fffd}')).collect();
    Some(text.into_bytes())
}
