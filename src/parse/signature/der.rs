//! DER, one level at a time: nested values are parsed on demand, so depth costs nothing.

/// `INTEGER`
pub const INTEGER: u8 = 0x02;
/// `BIT STRING`
pub const BIT_STRING: u8 = 0x03;
/// `OCTET STRING`
pub const OCTET_STRING: u8 = 0x04;
/// `OBJECT IDENTIFIER`
pub const OID: u8 = 0x06;
/// `SEQUENCE`
pub const SEQUENCE: u8 = 0x30;
/// `SET`
pub const SET: u8 = 0x31;

/// The constructed context-specific tag `[number]`.
#[must_use]
pub const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// A value with its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    /// The tag.
    pub tag: u8,
    /// Its content.
    pub inner: &'a [u8],
    /// The whole encoding: tag, length and content.
    pub whole: &'a [u8],
}

impl<'a> Value<'a> {
    /// The nested values.
    #[must_use]
    pub fn parts(&self) -> Reader<'a> {
        Reader(self.inner)
    }
}

/// Reads consecutive values.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// The next value; `None` at the end, and for malformed input. Multi-byte tags and indefinite lengths (BER)
    /// are not supported.
    pub fn any(&mut self) -> Option<Value<'a>> {
        let all = self.0;
        let (tag, rest) = all.split_first()?;
        let (len, mut rest) = rest.split_first()?;
        if tag & 0x1f == 0x1f {
            return None;
        }
        let mut len = usize::from(*len);
        if len >= 0x80 {
            let digits = len & 0x7f;
            if digits == 0 || digits > 4 {
                return None;
            }
            let (bytes, behind) = rest.split_at_checked(digits)?;
            len = bytes.iter().fold(0, |len, byte| len << 8 | usize::from(*byte));
            rest = behind;
        }
        let (inner, behind) = rest.split_at_checked(len)?;
        self.0 = behind;
        let whole = all.get(..all.len() - behind.len())?;
        Some(Value { tag: *tag, inner, whole })
    }

    /// The next value if it has this tag.
    pub fn take(&mut self, tag: u8) -> Option<Value<'a>> {
        let mut next = *self;
        let value = next.any().filter(|value| value.tag == tag)?;
        *self = next;
        Some(value)
    }
}

/// Encodes `inner` with its tag and length.
#[must_use]
pub fn wrap(tag: u8, inner: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(inner.len()) {
        Ok(len @ ..0x80) => out.push(len),
        _ => {
            let digits = inner.len().to_be_bytes();
            let zeros = digits.iter().take_while(|byte| **byte == 0).count();
            let digits = digits.get(zeros..).unwrap_or_default();
            out.push(0x80 | digits.len() as u8);
            out.extend_from_slice(digits);
        }
    }
    out.extend_from_slice(inner);
    out
}

#[cfg(test)]
mod tests {
    use super::{INTEGER, Reader, SEQUENCE, wrap};

    #[test]
    fn what_is_wrapped_is_read() {
        for len in [0, 1, 127, 128, 255, 256, 70_000] {
            let inner = vec![7; len];
            let whole = wrap(SEQUENCE, &inner);
            let mut reader = Reader(&whole);
            assert_eq!(reader.take(INTEGER), None);
            let value = reader.take(SEQUENCE).unwrap();
            assert_eq!((value.inner, value.whole), (inner.as_slice(), whole.as_slice()));
            assert!(reader.any().is_none());
        }
    }

    #[test]
    fn what_is_cut_or_of_no_length_is_none() {
        for bytes in
            [&b""[..], b"\x30", b"\x30\x02\x00", b"\x30\x80\x00\x00", b"\x3f\x01\x00", b"\x30\x85\0\0\0\0\0"]
        {
            assert_eq!(Reader(bytes).any(), None, "{bytes:?}");
        }
        assert_eq!(Reader(b"\x30\x84\xff\xff\xff\xff").any(), None);
    }
}
