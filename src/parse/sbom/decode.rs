//! Decodes UTF-8 and UTF-16, with or without a byte order mark.

use std::borrow::Cow;

use super::mistake::{Grade, Lines, Mistake};

/// The text of a document, without its byte order mark.
///
/// # Errors
///
/// If the bytes are neither UTF-8 nor UTF-16, or too many.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Mistake> {
    let mistake =
        |line, message: &str| Mistake { line, grade: Grade::Unreadable, message: message.to_owned() };
    let utf16 = order(bytes);
    if bytes.len() > super::BYTES_MAX * if utf16.is_some() { 2 } else { 1 } {
        let message = format!("is larger than {} MiB: not read", super::BYTES_MAX >> 20);
        return Err(mistake(1, &message));
    }
    if bytes.starts_with(b"\xff\xfe\0\0") || bytes.starts_with(b"\0\0\xfe\xff") {
        return Err(mistake(1, "is UTF-32: save it as UTF-8"));
    }
    if let Some(little) = utf16 {
        let units = bytes.chunks_exact(2).map(|pair| {
            let pair = [pair[0], pair[1]];
            if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
        });
        let text: Result<String, _> = char::decode_utf16(units).collect();
        return match text {
            Ok(text) if bytes.len().is_multiple_of(2) => {
                Ok(Cow::Owned(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
            }
            _ => Err(mistake(1, "starts as UTF-16 and is not: save it as UTF-8")),
        };
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).and_then(|good| std::str::from_utf8(good).ok());
        let line = good.map_or(1, |good| Lines::new(good).at(good.len()));
        mistake(line, "is neither UTF-8 nor UTF-16: save it as UTF-8")
    })
}

/// True for little-endian UTF-16: by its byte order mark, or because a document starts with ASCII.
pub(super) fn order(bytes: &[u8]) -> Option<bool> {
    match bytes {
        [0xff, 0xfe, ..] => Some(true),
        [0xfe, 0xff, ..] => Some(false),
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => Some(true),
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        let text = "{\"ä\": 1}";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            [b"\xff\xfe".to_vec(), little.clone()].concat(),
            [b"\xfe\xff".to_vec(), big].concat(),
            little.clone(),
        ] {
            assert_eq!(decode(&bytes).unwrap(), text);
        }
        assert_eq!(decode(b"{\n\n\"\xe4\"}").unwrap_err().line, 3);
        assert!(decode(&little[..little.len() - 1]).unwrap_err().message.contains("UTF-16"));
        assert!(decode(b"\xff\xfe\0\0{\0\0\0").unwrap_err().message.contains("UTF-32"));
        assert_eq!(decode(b"").unwrap(), "");
    }
}
