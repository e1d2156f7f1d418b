//! A path inside the scanned repository, as git spells it.

use std::borrow::Cow;
use std::fmt;

/// A path relative to the root of the scan, separated by `/`, with raw bytes.
///
/// File names of a hostile repository are arbitrary bytes. `RepoPath` therefore has no `Display`:
/// a renderer picks [`RepoPath::shown`] (for people), [`RepoPath::lossy`] (for JSON) or
/// [`RepoPath::as_bytes`] (for URIs), and cannot print control characters by accident.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Box<[u8]>);

impl RepoPath {
    /// Wraps `bytes`, which are already relative.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into().into_boxed_slice())
    }

    /// The raw bytes, `/` separated.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The last component.
    #[must_use]
    pub fn file_name(&self) -> &[u8] {
        match memchr::memrchr(b'/', &self.0) {
            Some(slash) => &self.0[slash + 1..],
            None => &self.0,
        }
    }

    /// Its depth in directories.
    #[must_use]
    pub fn depth(&self) -> usize {
        memchr::memchr_iter(b'/', &self.0).count()
    }

    /// Its directory, with a slash; empty at the root.
    #[must_use]
    pub fn folder(&self) -> &[u8] {
        &self.0[..self.0.len() - self.file_name().len()]
    }

    /// The path as text, invalid UTF-8 replaced.
    #[must_use]
    pub fn lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// The path for a terminal or a log: control characters, invalid bytes and bidirectional characters are escaped, so
    /// that a name cannot forge output.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for chunk in self.0.utf8_chunks() {
            super::text::escape_into(chunk.valid(), &mut out);
            for byte in chunk.invalid() {
                out.push_str(&format!("\\x{byte:02x}"));
            }
        }
        out
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.shown())
    }
}

impl From<&str> for RepoPath {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}
