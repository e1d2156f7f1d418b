//! An edit that mends a finding.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::Span;

/// What to change in the file of a finding, and nothing else of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in a few words: "keep the token out of `.git/config`".
    pub what: String,
    /// The [`content_hash`] of the file whose bytes the edits are for.
    pub of: u64,
    /// In the order of the file; they do not overlap.
    pub edits: Vec<Edit>,
}

/// A piece of a file that is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that go; none where something is put in.
    pub span: Span,
    /// What comes in their place.
    pub text: String,
}

/// Tells one content of a file from another, within one run.
#[must_use]
pub fn content_hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// `bytes` after all of `edits`, those that overlap with an earlier one left out.
#[must_use]
pub fn applied(bytes: &[u8], edits: &[&Edit]) -> Vec<u8> {
    let mut edits: Vec<&Edit> = edits.to_vec();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    edits.dedup();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for edit in edits {
        if edit.span.start < at || edit.span.end > bytes.len() {
            continue;
        }
        out.extend_from_slice(&bytes[at..edit.span.start]);
        out.extend_from_slice(edit.text.as_bytes());
        at = edit.span.end;
    }
    out.extend_from_slice(&bytes[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_keep_the_rest() {
        let edit = |start, end, text: &str| Edit { span: Span::new(start, end), text: text.to_owned() };
        let (a, b, c) = (edit(4, 4, "x"), edit(0, 1, ""), edit(3, 6, "y"));
        assert_eq!(applied(b"abcdef", &[&a, &b, &a]), b"bcdxef");
        // The one that starts first wins.
        assert_eq!(applied(b"abcdef", &[&a, &c]), b"abcy");
        assert_eq!(applied(b"abc", &[&edit(2, 9, "z")]), b"abc");
    }
}
