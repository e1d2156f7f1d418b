//! Escaping untrusted text.

/// Appends `text` to `out` with control, invisible and bidirectional characters escaped.
pub fn escape_into(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if needs_escape(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
}

/// `text` with control, invisible and bidirectional characters escaped.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape_into(text, &mut out);
    out
}

/// The URL `url` without credentials; git also accepts a URL as the name of a remote.
#[must_use]
pub fn without_login(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let host = rest.split('/').next().unwrap_or("");
    match host.rsplit_once('@') {
        Some((login, _)) => format!("{scheme}://{}", &rest[login.len() + 1..]),
        None => url.to_owned(),
    }
}

/// Untrusted text for a message: shortened and escaped.
#[must_use]
pub fn short(text: &str) -> String {
    const CHARS: usize = 60;
    let mut shown = escaped(&text.chars().take(CHARS).collect::<String>());
    if text.chars().nth(CHARS).is_some() {
        shown.push('…');
    }
    shown
}

/// True for characters that move the cursor, reorder text or are invisible.
#[must_use]
pub fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}
