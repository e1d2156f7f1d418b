//! Allowed and forbidden actions of the configuration.

use crate::parse::workflow::Action;

/// The actions that may be used, and those that may not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actions {
    /// If there are any, no others may be used but those of the repository itself.
    pub allowed: Vec<ActionPattern>,
    /// These may not be used, allowed or not.
    pub forbidden: Vec<ActionPattern>,
}

/// `owner/*`, `owner/name`, `owner/name/path` or one of these with `@ref`; letters in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionPattern {
    text: String,
}

impl ActionPattern {
    /// Reads a pattern; nothing if it names no owner and repository.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, reference) = text.split_once('@').map_or((text, None), |(name, r)| (name, Some(r)));
        let parts: Vec<&str> = name.split('/').collect();
        let is_word = |part: &&str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        let fits = match parts.as_slice() {
            [owner, "*"] => is_word(owner),
            [_, _, ..] => parts.iter().all(is_word),
            _ => false,
        };
        let has_reference = reference.is_none_or(|reference| {
            !reference.is_empty() && !reference.contains(|c: char| c.is_whitespace() || c == '*')
        });
        (fits && has_reference).then(|| Self { text: text.to_owned() })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// True if it names `action`.
    #[must_use]
    pub fn names(&self, action: &Action<'_>) -> bool {
        let (name, reference) = self.text.split_once('@').unwrap_or((&self.text, ""));
        let is_named = match name.strip_suffix("/*") {
            Some(owner) => action.owner.eq_ignore_ascii_case(owner),
            None => action.is(name),
        };
        is_named && (reference.is_empty() || action.reference == reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_actions() {
        let names = |pattern: &str, uses: &str| {
            ActionPattern::parse(pattern).unwrap().names(&Action::parse(uses).unwrap())
        };
        assert!(names("Actions/*", "actions/checkout@v4"));
        assert!(names("docker/login-action", "docker/login-action@v3"));
        assert!(names("github/codeql-action/init", "github/codeql-action/init@v3"));
        assert!(names("a/b@v1", "a/b/c@v1"));
        assert!(!names("actions/*", "actions-rs/toolchain@v1"));
        assert!(!names("a/b@v1", "a/b@v2"));
        assert!(!names("github/codeql-action/init", "github/codeql-action/analyze@v3"));
        for wrong in ["", "*", "a", "a/", "*/b", "a/*/c", "a/b@", "a/b@v*", "./a/b c", "docker://x"] {
            assert_eq!(ActionPattern::parse(wrong), None, "{wrong}");
        }
    }
}
