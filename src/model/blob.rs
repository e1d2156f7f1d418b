//! The bytes that checks look at.

use super::RepoPath;

/// A file's content together with the name it has in the repository.
#[derive(Clone, Copy, Debug)]
pub struct Blob<'a> {
    /// Where it is, relative to the root of the scan.
    pub path: &'a RepoPath,
    /// All of its bytes.
    pub bytes: &'a [u8],
    /// True if git tracks it. Outside of a repository all files count as tracked, for any may
    /// be shared as it is.
    pub tracked: bool,
}
