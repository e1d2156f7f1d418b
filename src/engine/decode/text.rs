//! Detects text, and converts UTF-16 to UTF-8: at once, or incrementally.

use std::borrow::Cow;
use std::io::{self, Read};

use super::is_packed;

/// Bytes in which a NUL makes a file binary, as in git.
pub(super) const SNIFF: usize = 8 * 1024;
/// Bytes per allowed non-text byte; one is always allowed.
const NEARLY: usize = 16;
/// Bytes that are read at once.
const PIECE: usize = 1 << 20;

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As it is.
    Plain,
    /// In UTF-16, behind so many bytes of a mark.
    Utf16(Order, usize),
}

/// The encoding of the text that starts with `bytes`; `None` if it is not text.
fn form(bytes: &[u8]) -> Option<Form> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => None,
        [0xff, 0xfe, ..] => Some(Form::Utf16(Order::Little, 2)),
        [0xfe, 0xff, ..] => Some(Form::Utf16(Order::Big, 2)),
        _ if memchr::memchr(0, &bytes[..bytes.len().min(SNIFF)]).is_none() => Some(Form::Plain),
        _ => match unmarked_utf16(bytes) {
            Some(order) => Some(Form::Utf16(order, 0)),
            None => is_nearly_text(&bytes[..bytes.len().min(SNIFF)]).then_some(Form::Plain),
        },
    }
}

/// True if only a few bytes keep `head` from being text, and it is not packed: a NUL must not hide an environment file
/// or source code.
fn is_nearly_text(head: &[u8]) -> bool {
    if is_packed(head) {
        return false;
    }
    let illegible: usize = head
        .utf8_chunks()
        .map(|chunk| {
            let odd = |byte: &u8| byte.is_ascii_control() && !is_plain(*byte);
            chunk.invalid().len() + chunk.valid().as_bytes().iter().filter(|byte| odd(byte)).count()
        })
        .sum();
    illegible * NEARLY <= head.len() + NEARLY
}

/// The text of a file: as it is, or decoded from UTF-16; `None` if the file is binary. Invalid
/// sequences become U+FFFD, so that nothing is lost but the damaged part.
#[must_use]
pub fn text(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    match form(bytes)? {
        Form::Plain => Some(Cow::Borrowed(bytes)),
        Form::Utf16(order, mark) => Some(Cow::Owned(utf16(&bytes[mark..], order))),
    }
}

/// Reads a text piece by piece, as [`text`] gives it.
pub struct Reader<R> {
    from: R,
    form: Form,
    /// What was read and is not given yet.
    held: Vec<u8>,
}

impl<R: Read> Reader<R> {
    /// Probes the start of `from`. Returns its first bytes if it is not text.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn new(mut from: R) -> io::Result<Result<Self, Vec<u8>>> {
        let mut held = Vec::with_capacity(SNIFF);
        Read::take(&mut from, SNIFF as u64).read_to_end(&mut held)?;
        Ok(match form(&held) {
            Some(form) => {
                if let Form::Utf16(_, mark) = form {
                    held.drain(..mark);
                }
                Ok(Self { from, form, held })
            }
            None => Err(held),
        })
    }

    /// Adds a piece of the text to `to`. False if that was the last.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn more(&mut self, to: &mut Vec<u8>) -> io::Result<bool> {
        let Form::Utf16(order, _) = self.form else {
            to.append(&mut self.held);
            return Ok(Read::take(&mut self.from, PIECE as u64).read_to_end(to)? == PIECE);
        };
        let goes_on = Read::take(&mut self.from, PIECE as u64).read_to_end(&mut self.held)? == PIECE;
        let mut len = self.held.len();
        if goes_on {
            // Neither a unit nor a pair of them is cut.
            len &= !1;
            let last = self.held[..len].last_chunk::<2>();
            if last.is_some_and(|unit| matches!(order.unit(*unit), 0xd800..=0xdbff)) {
                len -= 2;
            }
        }
        to.extend(utf16(&self.held[..len], order));
        self.held.drain(..len);
        Ok(goes_on)
    }
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
pub(super) const fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

impl Order {
    const fn unit(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }
}

fn utf16(bytes: &[u8], order: Order) -> Vec<u8> {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| order.unit(*pair));
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
        assert_eq!(text(b"a\0b").as_deref(), Some(b"a\0b".as_slice()));
        assert_eq!(text(b"a\0\0\x01\x02b"), None);
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

    #[test]
    fn a_text_is_the_same_in_pieces() {
        let words = "password = \"größe 🔑\"\r\n".repeat(60_000);
        for bytes in [
            words.as_bytes().to_vec(),
            encoded(&words, u16::to_le_bytes),
            [&[0xfe, 0xff][..], &encoded(&words, u16::to_be_bytes), b"x"].concat(),
            [&[0xff, 0xfe][..], &encoded(&words, u16::to_le_bytes), &[0x3d, 0xd8]].concat(),
        ] {
            let (mut read, mut reader) = (Vec::new(), Reader::new(bytes.as_slice()).unwrap().ok().unwrap());
            while reader.more(&mut read).unwrap() {}
            assert_eq!(Some(read.as_slice()), text(&bytes).as_deref());
        }
        assert_eq!(Reader::new(&b"\0\x01\0\x02"[..]).unwrap().err().unwrap(), b"\0\x01\0\x02");
    }
}
