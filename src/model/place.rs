//! Where a finding is: bytes first, lines and columns for people and editors.

use super::{Origin, RepoPath};

/// A half-open range of byte offsets into a blob.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The range `start..end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// As a range, to slice with.
    #[must_use]
    pub const fn range(self) -> std::ops::Range<usize> {
        self.start..self.end
    }

    /// Bytes covered.
    #[must_use]
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// True if no byte is covered.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// True if the two share a byte.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// Lines and columns of a span. Lines are 1-based; columns are 1-based and count UTF-16 code
/// units, as SARIF's `utf16CodeUnits`, the GitHub interface and editors do; the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region {
    /// First line.
    pub start_line: u32,
    /// Column of the first unit.
    pub start_column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last unit.
    pub end_column: u32,
}

impl Region {
    /// The start of a file, for findings about a whole file.
    pub const TOP: Self = Self { start_line: 1, start_column: 1, end_line: 1, end_column: 1 };
}

/// The first line of a finding: secrets masked, long lines cut.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Snippet {
    /// The text; the renderer escapes control characters.
    pub text: String,
    /// Characters of `text` before the marked part.
    pub mark_start: usize,
    /// Characters of the marked part, at least one.
    pub mark_len: usize,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, relative to the root of the scan; in the history, its path at that commit, or one below `.git`, see
    /// [`TextKind::path`](super::TextKind::path).
    pub path: RepoPath,
    /// Bytes of the file; empty at 0 for a finding about the whole file.
    pub span: Span,
    /// The same in lines and columns.
    pub region: Region,
    /// The masked line; absent for findings about a whole file.
    pub snippet: Option<Snippet>,
    /// GitHub's `primaryLocationLineHash` for the first line of the region.
    pub line_hash: Option<String>,
    /// The text of the history; none for the worktree and the index.
    pub origin: Option<Box<Origin>>,
    /// A short note without secret bytes, if the place needs one.
    pub note: Option<String>,
}
