//! The message of a commit that is about to be made.

use crate::model::{Blob, Error, RepoPath};
use crate::source::large::{self, Text};
use crate::source::{Item, Source};

/// A longer message is scanned in pieces.
const WHOLE_MAX: u64 = 10 << 20;

/// One text, in memory.
pub struct Message {
    path: RepoPath,
    text: Vec<u8>,
}

impl Message {
    /// The text `text`, reported as `path`.
    #[must_use]
    pub const fn new(path: RepoPath, text: Vec<u8>) -> Self {
        Self { path, text }
    }
}

impl Source for Message {
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), Error> {
        let blob = Blob { path: &self.path, bytes: &self.text, tracked: true };
        large::hand(visit, WHOLE_MAX, blob, Text::File);
        Ok(())
    }

    fn is_change(&self) -> bool {
        true
    }

    fn scope(&self) -> String {
        "commit message".to_owned()
    }
}
