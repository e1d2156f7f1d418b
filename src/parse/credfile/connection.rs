//! Connection strings: `Server=db;User Id=me;Password=x`.

use crate::model::Span;

/// The secrets in a connection string, if `value` is one.
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
    while at < value.end {
        let start = at;
        let part = &text[start..start + member(&text[start..value.end])];
        at += part.len() + 1;
        let Some(sign) = memchr::memchr(b'=', part) else { continue };
        let name: Vec<u8> =
            part[..sign].iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
        if SECRET.contains(&name.as_slice()) {
            let inner = super::trimmed(text, Span::new(start + sign + 1, start + part.len()));
            found.push(match &text[inner.range()] {
                [b'{', .., b'}'] => Span::new(inner.start + 1, inner.end - 1),
                _ => super::unquoted(text, inner),
            });
        }
    }
    found
}

/// The length of the member at the start of `rest`: up to a semicolon outside of quotes and braces; doubled ones
/// do not close.
fn member(rest: &[u8]) -> usize {
    let plain = memchr::memchr(b';', rest).unwrap_or(rest.len());
    let Some(sign) = memchr::memchr(b'=', &rest[..plain]) else { return plain };
    let blanks = rest[sign + 1..].iter().take_while(|b| **b == b' ').count();
    let open = sign + 1 + blanks;
    let close = match rest.get(open) {
        Some(quote @ (b'"' | b'\'')) => *quote,
        Some(b'{') => b'}',
        _ => return plain,
    };
    let mut at = open + 1;
    while let Some(found) = memchr::memchr(close, &rest[at..]) {
        at += found + 1;
        if rest.get(at) == Some(&close) {
            at += 1;
            continue;
        }
        return at + memchr::memchr(b';', &rest[at..]).unwrap_or(rest.len() - at);
    }
    plain
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
