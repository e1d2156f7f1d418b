//! Fixes: edits that resolve a finding.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::Span;

/// The edits to the file of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// A short description: "keep the token out of `.git/config`".
    pub what: String,
    /// The [`content_hash`] of the file that the edits apply to.
    pub of: u64,
    /// In file order, without overlap.
    pub edits: Vec<Edit>,
}

/// A replaced range of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The range to replace; empty for an insertion.
    pub span: Span,
    /// The replacement.
    pub text: String,
}

/// Hashes the content of a file, within one run.
#[must_use]
pub fn content_hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// `bytes` after all `edits`, except those that overlap with an earlier one.
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
