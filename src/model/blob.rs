//! The bytes that checks scan.

use super::RepoPath;

/// A file's content with its path in the repository.
#[derive(Clone, Copy, Debug)]
pub struct Blob<'a> {
    /// Where it is, relative to the root of the scan.
    pub path: &'a RepoPath,
    /// All of its bytes.
    pub bytes: &'a [u8],
    /// True if git tracks it. Outside a repository all files count as tracked.
    pub tracked: bool,
}
