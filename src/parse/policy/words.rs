//! Words and phrases in prose.

/// The position of `phrase` in `text` at word boundaries. Both are in lower case.
pub fn find(text: &str, phrase: &str) -> Option<usize> {
    places(text, phrase).next()
}

/// Every position of `phrase` in `text` at word boundaries. Both are in lower case.
pub fn places<'a>(text: &'a str, phrase: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let (opens, closes) = (phrase.starts_with(is_word), phrase.ends_with(is_word));
    text.match_indices(phrase).map(|(at, _)| at).filter(move |at| {
        let before = text[..*at].chars().next_back();
        let behind = text[at + phrase.len()..].chars().next();
        !(opens && before.is_some_and(is_word) || closes && behind.is_some_and(is_word))
    })
}

/// True if `text` contains `phrase` at word boundaries. Both are in lower case.
#[must_use]
pub fn has(text: &str, phrase: &str) -> bool {
    find(text, phrase).is_some()
}

/// The first of `phrases` that occurs in `text`.
#[must_use]
pub fn any<'a>(text: &str, phrases: &[&'a str]) -> Option<&'a str> {
    phrases.iter().copied().find(|phrase| has(text, phrase))
}

/// The first word of `text`, without punctuation.
#[must_use]
pub fn first(text: &str) -> &str {
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’').unwrap_or(text.len());
    &text[..end]
}

/// `text` in lower case, of the same length in bytes.
#[must_use]
pub fn lower(text: &str) -> String {
    text.to_ascii_lowercase().replace('’', "'  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_by_themselves() {
        assert!(has("it will be", "will") && !has("willing", "will") && !has("free_will", "will"));
        assert!(has("a ⏳b", "⏳") && has("if configured.", "if configured"));
        assert_eq!((first("✅ **Use** it"), first("don't")), ("Use", "don't"));
        assert_eq!(lower("It’s").len(), "It’s".len());
        assert_eq!(any("we plan to", &["planned", "plan to"]), Some("plan to"));
    }
}
