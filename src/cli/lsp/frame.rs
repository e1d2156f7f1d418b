//! Messages on a pipe: headers, a length and JSON. No more of them is kept than a message may have.
//!
//! The reader of `lsp-server` takes the memory that a header names, and quotes a text that is not JSON, which may well
//! be a document with a secret in it; so messages are read here.

use std::io::{self, BufRead, Read as _, Write};

use lsp_server::Message;

/// Bytes of a message.
pub(super) const MESSAGE_MAX: u64 = 64 << 20;
/// Bytes of the headers of a message.
const HEADERS_MAX: u64 = 8 << 10;

/// What stood in the place of a message.
#[derive(Debug)]
pub(super) enum Frame {
    Message(Message),
    /// No JSON, or JSON that is not a message.
    Unreadable,
    /// More bytes than a message may have.
    TooLong,
}

/// The next message; none at the end of the input.
///
/// # Errors
/// If the input cannot be read, or if the start of the next message is unknown.
pub(super) fn read(input: &mut dyn BufRead) -> io::Result<Option<Frame>> {
    let Some(length) = length(input)? else { return Ok(None) };
    let cut = || Err(invalid("the input ends within a message"));
    if length > MESSAGE_MAX {
        let passed = io::copy(&mut input.take(length), &mut io::sink())?;
        return if passed == length { Ok(Some(Frame::TooLong)) } else { cut() };
    }
    let mut body = Vec::new();
    if input.take(length).read_to_end(&mut body)? as u64 != length {
        return cut();
    }
    let message = serde_json::from_slice(&body).or_else(|_| serde_json::from_slice(&repaired(&body)));
    Ok(Some(message.map_or(Frame::Unreadable, Frame::Message)))
}

/// JSON with U+FFFD in place of halves of surrogate pairs. Editors hold and send them, they are not Unicode, and both
/// count the same in every encoding, so that later changes still fit.
fn repaired(body: &[u8]) -> Vec<u8> {
    let code = |at: usize| {
        let digits = body.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let (mut whole, mut at) = (body.to_vec(), 0);
    while let Some(found) = memchr::memchr(b'\\', &body[at..]) {
        at += found;
        at += match (code(at), code(at + 6)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => 12,
            (Some(0xd800..0xe000), _) => {
                whole[at..at + 6].copy_from_slice(b"\\ufffd");
                6
            }
            // What is escaped may be a backslash.
            _ => 2.min(body.len() - at),
        };
    }
    whole
}

/// How long the next message is, by its headers.
fn length(input: &mut dyn BufRead) -> io::Result<Option<u64>> {
    let mut headers = input.take(HEADERS_MAX);
    let mut length = None;
    loop {
        let mut line = Vec::new();
        headers.read_until(b'\n', &mut line)?;
        if line.is_empty() && headers.limit() == HEADERS_MAX {
            return Ok(None);
        }
        let Some(line) = line.strip_suffix(b"\n") else {
            return Err(invalid("the headers of a message are cut off or too long"));
        };
        let line = line.trim_ascii();
        if line.is_empty() {
            let wrong = || invalid("a message has no header `Content-Length` with a number");
            return length.ok_or_else(wrong).map(Some);
        }
        let Some(colon) = memchr::memchr(b':', line) else {
            return Err(invalid("a header of a message has no colon"));
        };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"content-length") {
            length = std::str::from_utf8(value).ok().and_then(|value| value.parse().ok());
        }
    }
}

/// Writes a message.
///
/// # Errors
/// If it cannot be written.
pub(super) fn write(out: &mut dyn Write, message: impl Into<Message>) -> io::Result<()> {
    message.into().write(&mut &mut *out)
}

/// Answers what could not be read; its id is unknown.
///
/// # Errors
/// If it cannot be written.
pub(super) fn write_unreadable(out: &mut dyn Write) -> io::Result<()> {
    let code = lsp_server::ErrorCode::ParseError as i32;
    let text = format!(
        r#"{{"jsonrpc":"2.0","id":null,"error":{{"code":{code},"message":"not a message in JSON"}}}}"#
    );
    write!(out, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    out.flush()
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::{Frame, read};

    fn all(mut input: &[u8]) -> Vec<String> {
        let mut all = Vec::new();
        loop {
            all.push(match read(&mut input) {
                Ok(Some(Frame::Message(lsp_server::Message::Request(one)))) => one.method,
                Ok(Some(Frame::Message(lsp_server::Message::Notification(one)))) => one.method,
                Ok(Some(other)) => format!("{other:?}"),
                Ok(None) => return all,
                Err(error) => {
                    all.push(error.to_string());
                    return all;
                }
            });
        }
    }

    #[test]
    fn messages_are_separated_whatever_stands_between() {
        let body = r#"{"jsonrpc":"2.0","method":"a"}"#;
        let good = format!("content-length:{}\nContent-Type: x\r\n\r\n{body}", body.len());
        let empty = "Content-Length: 2\r\n\r\n[]";
        assert_eq!(all(format!("{good}{empty}{good}").as_bytes()), ["a", "Unreadable", "a"]);
        assert_eq!(all(b"Content-Length: 2\r\n\r\n\xff\xfe"), ["Unreadable"]);
        assert_eq!(all(b""), [""; 0]);
    }

    #[test]
    fn halves_of_surrogate_pairs_become_one_replacement_character() {
        for (text, expected) in [
            (r"a\ud83d", "a\u{fffd}"),
            (r"\uDD11\ud83d\udd11\uD83D", "\u{fffd}🔑\u{fffd}"),
            (r"\\ud83d\ud83d", "\\ud83d\u{fffd}"),
            (r"\ud83d\ud83d\udd11", "\u{fffd}🔑"),
        ] {
            let body = format!(r#"{{"jsonrpc":"2.0","method":"{text}"}}"#);
            let input = format!("Content-Length: {}\r\n\r\n{body}", body.len());
            assert_eq!(all(input.as_bytes()), [expected]);
        }
    }

    #[test]
    fn what_is_no_message_is_said() {
        for (input, says) in [
            (&b"Content-Length: 99999999999999999\r\n\r\n{}"[..], "ends within"),
            (b"Content-Length: 10\r\n\r\n{}", "ends within"),
            (b"Content-Length: -1\r\n\r\n", "no header"),
            (b"Content-Length: 99999999999999999999999\r\n\r\n", "no header"),
            (b"\r\n", "no header"),
            (b"GET / HTTP/1.1\r\n\r\n", "no colon"),
            (b"{}", "cut off"),
            (&[b'a'; 10_000], "too long"),
        ] {
            let said = all(input);
            assert!(said[0].contains(says), "{said:?}");
        }
    }

    #[test]
    fn what_is_too_long_is_passed_over() {
        let body = vec![b' '; super::MESSAGE_MAX as usize + 1];
        let mut input = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
        input.extend(body);
        input.extend(b"Content-Length: 2\r\n\r\n{}");
        assert_eq!(all(&input), ["TooLong", "Unreadable"]);
    }

    /// Bytes as they stand in messages, and any others.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"\\ud83d".to_vec()),
            Just(b"\\\\".to_vec()),
            Just(b"Content-Length: 7\r\n\r\n".to_vec()),
            Just(br#"{"jsonrpc":"2.0","method":""#.to_vec()),
            Just(br#""}"#.to_vec()),
            vec(any::<u8>(), 0..8),
        ];
        vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn the_message_after_any_body_is_read(body in bytes()) {
            let good = br#"{"jsonrpc":"2.0","method":"last"}"#;
            let frame = |body: &[u8]| [format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat();
            let all = all(&[frame(&body), frame(good)].concat());
            prop_assert_eq!(all.len(), 2);
            prop_assert_eq!(&all[1], "last");
        }

        #[test]
        fn any_bytes_come_to_an_end(input in bytes()) {
            prop_assert!(all(&input).len() <= input.len() + 1);
        }
    }
}
