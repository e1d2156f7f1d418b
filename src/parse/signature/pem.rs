//! PEM blocks of certificates and public keys, and other encodings of certificates.

use std::cell::LazyCell;

use super::der::{Reader, SEQUENCE};
use super::json;
use crate::parse::lines::{LineIndex, number};

/// The most blocks of one file.
const BLOCKS_MAX: usize = 64;
/// The largest block: a certificate has two thousand bytes, an unusual key ten thousand.
const BLOCK_MAX: usize = 64 << 10;

/// The content between `-----BEGIN label-----` and its end.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub(super) label: &'a [u8],
    /// Its first line, from 1.
    pub(super) line: u32,
    pub(super) der: Result<Vec<u8>, String>,
}

/// The blocks of `bytes`, in order. Text around them is skipped.
pub(super) fn blocks(bytes: &[u8]) -> Vec<Block<'_>> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    let (mut found, mut at) = (Vec::new(), 0);
    let lines = LazyCell::new(|| LineIndex::new(bytes));
    while found.len() < BLOCKS_MAX
        && let Some(start) = memchr::memmem::find(&bytes[at..], BEGIN).map(|start| at + start)
    {
        let name = &bytes[start + BEGIN.len()..];
        let Some(end) = memchr::memmem::find(&name[..name.len().min(80)], b"-----") else {
            at = start + BEGIN.len();
            continue;
        };
        let (label, rest) = (&name[..end], &name[end + 5..]);
        // The next marker ends the block, whether it is an end or another beginning.
        let stop = memchr::memmem::find(rest, b"-----").unwrap_or(rest.len());
        let tail = &rest[stop..];
        let closed = tail
            .strip_prefix(b"-----END ")
            .and_then(|tail| tail.strip_prefix(label))
            .is_some_and(|tail| tail.starts_with(b"-----"));
        let body = &rest[..stop];
        let der = if !closed {
            Err("has no matching end".to_owned())
        } else if body.trim_ascii().is_empty() {
            Err("is empty".to_owned())
        } else if body.len() > 2 * BLOCK_MAX {
            Err(format!("is larger than {BLOCK_MAX} bytes"))
        } else {
            json::base64_lines(body).ok_or_else(|| "is not base64".to_owned())
        };
        found.push(Block { label, line: number(lines.line(start)), der });
        let next = bytes.len() - tail.len();
        at = if tail.starts_with(BEGIN) { next } else { (next + 5).min(bytes.len()) };
    }
    found
}

/// The certificates (DER) in a file: PEM, base64 of PEM as written by cosign, or DER. Other text, and undecodable
/// blocks, give none.
#[must_use]
pub fn certificates(bytes: &[u8]) -> Vec<Vec<u8>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let found = of_pem(bytes);
    if !found.is_empty() {
        return found;
    }
    if is_der(bytes) {
        return vec![bytes.to_vec()];
    }
    if bytes.len() > 2 * BLOCKS_MAX * BLOCK_MAX {
        return Vec::new();
    }
    match json::base64_lines(bytes) {
        Some(inner) if is_der(&inner) => vec![inner],
        Some(inner) => of_pem(&inner),
        None => Vec::new(),
    }
}

fn of_pem(bytes: &[u8]) -> Vec<Vec<u8>> {
    let all = blocks(bytes).into_iter();
    all.filter(|block| block.label == b"CERTIFICATE")
        .filter_map(|block| block.der.ok())
        .filter(|der| is_der(der))
        .collect()
}

/// True for a DER sequence of exactly its declared length.
pub(super) fn is_der(bytes: &[u8]) -> bool {
    let value = Reader(bytes).take(SEQUENCE);
    value.is_some_and(|value| !value.inner.is_empty() && value.whole.len() == bytes.len())
}

#[cfg(test)]
mod tests {
    use super::{blocks, certificates, is_der};

    #[test]
    fn blocks_have_lines_and_mistakes() {
        let text = b"text\n-----BEGIN A-----\nAAAA\n-----END A-----\n-----BEGIN B-----\n!!\n-----END B-----\n\
                     -----BEGIN C-----\nAAAA\n-----BEGIN D-----\nAAAA\n-----END E-----\n-----BEGIN F-----\n-----END F-----";
        let all: Vec<_> = blocks(text)
            .into_iter()
            .map(|block| (block.line, block.der.map_err(|text| text.len()).is_ok()))
            .collect();
        assert_eq!(all, [(2, true), (5, false), (8, false), (10, false), (13, false)]);
        assert!(blocks(b"-----BEGIN ").is_empty());
        assert!(blocks(b"-----BEGIN A").is_empty());
        assert_eq!(blocks(&b"-----BEGIN A-----".repeat(1000)).len(), 64);
    }

    #[test]
    fn certificates_are_of_three_spellings() {
        let der = vec![0x30, 3, 1, 2, 3];
        let pem = format!(
            "-----BEGIN CERTIFICATE-----\r\n{}\r\n-----END CERTIFICATE-----\r\n",
            data_encoding::BASE64.encode(&der)
        );
        let packed = data_encoding::BASE64.encode(pem.as_bytes());
        for text in [der.as_slice(), pem.as_bytes(), packed.as_bytes()] {
            assert_eq!(certificates(text), [der.as_slice()]);
        }
        assert!(certificates(b"").is_empty() && certificates(b"hello").is_empty());
    }

    #[test]
    fn der_is_as_long_as_it_says() {
        assert!(is_der(&[0x30, 1, 0]) && !is_der(&[0x30, 2, 0]) && !is_der(&[0x30]) && !is_der(&[0x30, 0]));
        assert!(is_der(&[&[0x30, 0x81, 2][..], &[0, 0]].concat()));
    }
}
