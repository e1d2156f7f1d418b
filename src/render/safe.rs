//! JSON that can be shown on a terminal: characters that move the cursor, reorder text or cannot
//! be seen are written as `\u` escapes, so nothing is lost and nothing is forged.

use std::io::{self, Write};

use crate::model::text::{is_log_command, needs_escape};

/// Passes JSON on to `out`, escaping what [`needs_escape`] and [`is_log_command`] name.
///
/// Below the space, JSON text holds line feeds only, and those between its tokens; all else that
/// is escaped here stands inside a string. Each write has to end between two characters, as the
/// serialiser's do; bytes that are not text are refused.
pub(crate) struct SafeJson<'a> {
    out: &'a mut dyn Write,
}

impl<'a> SafeJson<'a> {
    pub(crate) fn new(out: &'a mut dyn Write) -> Self {
        Self { out }
    }
}

impl Write for SafeJson<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(buffer).map_err(io::Error::other)?;
        let mut written = 0;
        for (at, c) in text.char_indices() {
            if c == '\n' || !needs_escape(c) && !is_log_command(text, at) {
                continue;
            }
            self.out.write_all(&buffer[written..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(self.out, "\\u{unit:04x}")?;
            }
            written = at + c.len_utf8();
        }
        self.out.write_all(&buffer[written..])?;
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::SafeJson;

    #[test]
    fn nothing_is_lost_and_nothing_is_raw() {
        let text = "##vso[x]##[y]###z\u{1b}[31m\u{9b}\u{7f}\u{202e}\u{e0041}é🔑\n\"\\";
        let mut out = Vec::new();
        serde_json::to_writer_pretty(SafeJson::new(&mut out), &[text]).unwrap();
        let json = String::from_utf8(out).unwrap();
        let expected = "[\n  \"#\\u0023vso[x]#\\u0023[y]###z\\u001b[31m\\u009b\\u007f\\u202e\\udb40\\udc41é🔑\\n\\\"\\\\\"\n]";
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text]);
    }
}
