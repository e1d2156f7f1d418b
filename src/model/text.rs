//! Escaping untrusted text.

/// Appends `text` to `out` with control, invisible and bidirectional characters escaped, and what the agent of Azure
/// Pipelines would run as a command.
pub fn escape_into(text: &str, out: &mut String) {
    for (at, c) in text.char_indices() {
        match c {
            '#' if is_log_command(text, at) => out.push_str("\\u{23}"),
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

/// True for the second `#` of `##vso[` or `##[`, which Azure Pipelines runs as commands wherever they stand in a line
/// that a step prints.
#[must_use]
pub fn is_log_command(text: &str, at: usize) -> bool {
    let Some(rest) = text[at..].strip_prefix('#').filter(|_| text[..at].ends_with('#')) else { return false };
    rest.starts_with('[') || rest.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("vso["))
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
