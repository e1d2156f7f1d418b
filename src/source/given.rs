//! A text or an archive that is handed over and not read from a repository: the message of a commit, standard input, a
//! document of an editor.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Mutex;

use crate::model::{Blob, Error, PathGlobs, Problem, RepoPath, SkipReason};
use crate::source::large::{self, Large, Text};
use crate::source::{Item, Keeping, Limits, References, Source, Worktree, file};

/// A longer text is looked at in pieces where nothing else is said.
const WHOLE_MAX: u64 = 10 << 20;

/// One file that is given.
pub struct Given {
    path: RepoPath,
    content: Handed,
    scope: String,
    limits: Limits,
    around: Option<Worktree>,
    /// What was left out of it.
    problem: Option<String>,
}

enum Handed {
    Text(Vec<u8>),
    /// What is left to be read, and how many bytes may be read and unpacked.
    Archive(Mutex<Box<dyn Read + Send>>, u64),
}

impl Given {
    /// The text `text`, which a report calls `path`; `scope` is what it is.
    #[must_use]
    pub fn text(path: RepoPath, scope: &str, text: Vec<u8>) -> Self {
        Self::new(path, scope, Handed::Text(text))
    }

    /// An archive that is unpacked while it is read, once; at most `most` bytes are read and unpacked together.
    #[must_use]
    pub fn archive(path: RepoPath, scope: &str, content: Box<dyn Read + Send>, most: u64) -> Self {
        Self::new(path, scope, Handed::Archive(Mutex::new(content), most))
    }

    fn new(path: RepoPath, scope: &str, content: Handed) -> Self {
        let limits = Limits { max_file_size: WHOLE_MAX, exclude: PathGlobs::default() };
        Self { path, content, scope: scope.to_owned(), limits, around: None, problem: None }
    }

    /// The same within these limits, and with the other files of `around`, if it is in a worktree.
    #[must_use]
    pub fn within(self, limits: Limits, around: Option<Worktree>) -> Self {
        Self { limits, around, ..self }
    }

    /// The same, of which not all was handed over.
    #[must_use]
    pub fn cut(self, problem: String) -> Self {
        Self { problem: Some(problem), ..self }
    }

    /// True unless git passes over a file at this path.
    fn is_tracked(&self) -> bool {
        self.around.as_ref().is_none_or(|around| around.keeping(&self.path) != Keeping::Ignored)
    }
}

impl Source for Given {
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), Error> {
        if self.limits.exclude.hold(self.path.as_bytes()) {
            visit(Item::Skipped(self.path.clone(), SkipReason::Excluded));
            return Ok(());
        }
        if let Some(message) = self.problem.clone() {
            visit(Item::Problem(Problem { path: Some(self.path.clone()), message }));
        }
        let (path, tracked) = (&self.path, self.is_tracked());
        match &self.content {
            Handed::Text(text) if file::is_lfs_pointer(text) => {
                visit(Item::Skipped(path.clone(), SkipReason::LfsPointer));
            }
            Handed::Text(bytes) => {
                large::hand(visit, self.limits.max_file_size, Blob { path, bytes, tracked }, Text::File);
            }
            Handed::Archive(content, most) => {
                let mut content = content.lock().expect("no thread panics while it holds the lock");
                let content = &mut Once(&mut *content);
                let (origin, is_stored, unpack) = (None, false, Some(*most));
                visit(Item::Large(Large { path, tracked, origin, is_stored, unpack, content }));
            }
        }
        Ok(())
    }

    fn is_change(&self) -> bool {
        true
    }

    fn is_given(&self) -> bool {
        true
    }

    fn scope(&self) -> String {
        self.scope.clone()
    }

    fn file(&self, path: &RepoPath) -> Option<io::Result<Box<dyn Read>>> {
        match &self.content {
            Handed::Text(text) if *path == self.path => Some(Ok(Box::new(io::Cursor::new(text.clone())))),
            _ => self.around.as_ref()?.file(path),
        }
    }

    fn mode(&self, path: &RepoPath) -> Option<u32> {
        self.around.as_ref()?.mode(path)
    }

    fn link(&self, path: &RepoPath) -> Option<Vec<u8>> {
        self.around.as_ref()?.link(path)
    }

    fn references(&self) -> Option<References> {
        self.around.as_ref()?.references()
    }

    fn origin(&self) -> Option<&str> {
        self.around.as_ref()?.origin()
    }
}

/// What can be read once, and not gone back in.
struct Once<R>(R);

impl<R: Read> Read for Once<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R> Seek for Once<R> {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Given({:?})", self.path)
    }
}
