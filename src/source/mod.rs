//! stand-in
use crate::model::{Blob, Error, Problem, RepoPath, SkipReason};
/// One thing that a source has come across.
#[derive(Debug)]
pub enum Item<'a> {
    /// b
    Blob(Blob<'a>),
    /// s
    Skipped(RepoPath, SkipReason),
    /// p
    Problem(Problem),
}
/// A place that bytes come from.
pub trait Source: Sync {
    /// # Errors
    /// e
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), Error>;
    /// w
    fn scope(&self) -> String;
}
