//! Text as one word of a shell.

use crate::model::text::needs_escape;

/// `text` quoted for a shell; none if it has characters that cannot be seen.
pub(super) fn word(text: &str) -> Option<String> {
    if text.is_empty() || text.chars().any(needs_escape) {
        return None;
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./+@%,".contains(c);
    if text.chars().all(is_plain) {
        return Some(text.to_owned());
    }
    Some(format!("'{}'", text.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn words_mean_themselves() {
        assert_eq!(word("a/.env").as_deref(), Some("a/.env"));
        assert_eq!(word("my app/.env").as_deref(), Some("'my app/.env'"));
        assert_eq!(word("$(id)`x`;'.env").as_deref(), Some(r"'$(id)`x`;'\''.env'"));
        assert_eq!(word("~/.env").as_deref(), Some("'~/.env'"));
        for hidden in ["", "a\n.env", "a\x1b[2K.env", "a\u{202e}vne", "\0"] {
            assert_eq!(word(hidden), None, "{hidden:?}");
        }
    }
}
