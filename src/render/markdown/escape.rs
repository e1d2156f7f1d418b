//! Making text of a repository plain in Markdown as GitHub reads it: no link, mention, formula, cell,
//! heading or markup.

use std::fmt::Write as _;

use crate::model::text::escaped;

/// `text` as plain text of a line or a cell of a table; what stands between two backticks as code.
pub(in crate::render) fn text(text: &str) -> String {
    let text = escaped(text);
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut rest = text.as_str();
    while let Some((before, behind)) = rest.split_once('`') {
        plain_into(before, &mut out);
        rest = behind;
        match behind.split_once('`') {
            Some((inside, after)) if is_code(inside) => {
                out.push('`');
                out.push_str(inside);
                out.push('`');
                rest = after;
            }
            _ => out.push_str("&#96;"),
        }
    }
    plain_into(rest, &mut out);
    out
}

fn plain_into(text: &str, out: &mut String) {
    for (at, c) in text.char_indices() {
        match c {
            // As a reference these can neither open a tag nor end a cell, whatever stands before them.
            '<' | '>' | '&' | '|' | '\\' | '@' | '$' => {
                write!(out, "&#{};", u32::from(c)).expect("writing to a string cannot fail");
            }
            '*' | '_' | '[' | ']' | '~' | '#' | '!' | '{' | '}' => {
                out.push('\\');
                out.push(c);
            }
            // An address becomes a link by itself, by its scheme or by `www.`.
            ':' if text[at..].starts_with("://") => out.push_str("&#58;"),
            '.' if text[..at].to_ascii_lowercase().ends_with("www") => out.push_str("&#46;"),
            c => out.push(c),
        }
    }
}

/// `text` as code, if it is such that nothing in it could end the code; as plain text else.
pub(in crate::render) fn code(code: &str) -> String {
    if is_code(code) { format!("`{code}`") } else { text(code) }
}

fn is_code(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "./-_:+, ()*=\"'".contains(c);
    !text.is_empty() && text.chars().all(is_plain) && text.trim() == text
}

#[cfg(test)]
mod tests {
    use super::{code, text};

    #[test]
    fn nothing_is_markup() {
        assert_eq!(text("a|b <c> `d`"), "a&#124;b &#60;c&#62; `d`");
        assert_eq!(text("a ` b `` `c|d` `e`"), "a &#96; b &#96;&#96; &#96;c&#124;d&#96; `e`");
        assert_eq!(text("*a* _b_ [c](d)"), "\\*a\\* \\_b\\_ \\[c\\](d)");
        assert_eq!(text("https://x.test www.y.test"), "https&#58;//x.test www&#46;y.test");
        assert_eq!(text("@octocat $x$ a\nb"), "&#64;octocat &#36;x&#36; a&#92;nb");
        assert_eq!(code("src/a.rs:3:1"), "`src/a.rs:3:1`");
        assert_eq!(code("a`b"), "a&#96;b");
        assert_eq!(code(" a"), " a");
    }
}
