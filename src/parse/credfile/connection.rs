//! Connection strings: `Server=db;User Id=me;Password=x`.

use crate::model::Span;

/// The secrets inside of a connection string, if `value` is one.
#[must_use]
pub fn secrets(text: &[u8], value: Span) -> Vec<Span> {
    const SECRET: &[&[u8]] = &[
        b"password",
        b"pwd",
        b"accountkey",
        b"sharedaccesskey",
        b"sharedaccesssignature",
        b"accesskey",
        b"clientsecret",
    ];
    let bytes = &text[value.range()];
    if memchr::memchr(b';', bytes).is_none() || memchr::memchr(b'=', bytes).is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut at = value.start;
    for part in bytes.split(|b| *b == b';') {
        let start = at;
        at += part.len() + 1;
        let Some(sign) = memchr::memchr(b'=', part) else { continue };
        let name: Vec<u8> =
            part[..sign].iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
        if SECRET.contains(&name.as_slice()) {
            let inner = super::trimmed(text, Span::new(start + sign + 1, start + part.len()));
            found.push(super::unquoted(text, inner));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_of_connection_strings() {
        // bartizan:allow connection-string-password made up for this test
        let text = b"Server=db;User Id=me;Password = abc ;Timeout=3";
        assert_eq!(
            secrets(text, Span::new(0, text.len()))
                .iter()
                .map(|span| &text[span.range()])
                .collect::<Vec<_>>(),
            [b"abc"]
        );
        assert!(secrets(b"a=b", Span::new(0, 3)).is_empty());
    }
}
