//! Dockerfiles, while they go by: what is kept of them, and what could not be read.

use crate::engine::repository::class::Class;
use crate::engine::repository::dockerfiles::Dockerfile;
use crate::model::{Blob, Problem, RepoPath};
use crate::parse::dockerfile;

/// What a file is.
pub(super) enum Seen {
    /// A Dockerfile, with its bytes.
    Dockerfile(Box<dockerfile::Dockerfile>, Vec<u8>),
    /// What says what is not sent to a build.
    Unsent,
}

impl Seen {
    /// Bytes that are kept of it.
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Dockerfile(_, bytes) => bytes.len(),
            Self::Unsent => 0,
        }
    }
}

/// What `blob` is; nothing for nearly all files.
pub(super) fn look(blob: &Blob<'_>) -> Option<Seen> {
    let name = blob.path.file_name();
    if name.ends_with(b".dockerignore") || name == b".containerignore" {
        return (!blob.bytes.trim_ascii().is_empty()).then_some(Seen::Unsent);
    }
    let is_one = dockerfile::is_name(name) && dockerfile::has_from(blob.bytes);
    is_one.then(|| Seen::Dockerfile(Box::new(dockerfile::read(blob.bytes)), blob.bytes.to_vec()))
}

/// All that was seen.
#[derive(Default)]
pub(super) struct Kept {
    files: Vec<(RepoPath, Box<dockerfile::Dockerfile>, Vec<u8>)>,
    unsent: Vec<RepoPath>,
}

impl Kept {
    /// Keeps what [`look`] saw at `path`.
    pub(super) fn add(&mut self, path: &RepoPath, seen: Seen) {
        match seen {
            Seen::Dockerfile(file, bytes) => self.files.push((path.clone(), file, bytes)),
            Seen::Unsent => self.unsent.push(path.clone()),
        }
    }

    /// What could not be read, of what is shipped or of the rest: tests of builders are made of broken files.
    pub(super) fn unread(&self, shipped: bool) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (path, file, _) in &self.files {
            let is_shipped = matches!(Class::of(path), Class::Shipped | Class::Development);
            if is_shipped != shipped {
                continue;
            }
            let mut say = |message: String| problems.push(Problem { path: Some(path.clone()), message });
            if let Some(first) = file.unread.first() {
                let more = match file.unread.len() {
                    1 => String::new(),
                    count => format!(", and {} further lines", count - 1),
                };
                say(format!(
                    "line {}: this part of the Dockerfile was not read: {}{more}",
                    first.line, first.message
                ));
            }
            if file.cut {
                say("this Dockerfile is too long to be read whole; the rest was not looked at".to_owned());
            }
        }
        problems.sort_by(|a, b| a.path.cmp(&b.path));
        problems
    }

    /// All of it, sorted.
    pub(super) fn finish(self) -> (Vec<Dockerfile>, Vec<RepoPath>) {
        let Self { mut files, mut unsent } = self;
        files.sort_by(|a, b| a.0.cmp(&b.0));
        unsent.sort();
        let file = |(path, file, bytes): (RepoPath, Box<dockerfile::Dockerfile>, Vec<u8>)| {
            Dockerfile::new(path, bytes, *file)
        };
        (files.into_iter().map(file).collect(), unsent)
    }
}
