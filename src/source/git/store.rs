//! Reads single objects from git's store, with size limits.
//!
//! Objects are read as they are: replacements (`refs/replace`) and grafts are ignored, as they could hide the
//! content of a commit.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;

use gix::objs::Kind;
use gix::{ObjectId, oid};

use crate::source::objects::{ObjectKind, Reader, Reason, STRUCTURE_MAX, Sizes, Store};

/// Larger trees and commits are not read.
pub(in crate::source) const MAX_TREE: u64 = STRUCTURE_MAX;
/// The largest base on the way to another object.
const MAX_BASE: usize = 256 << 20;

/// Why an object was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source) enum Failure {
    /// It is missing.
    Missing,
    /// It is missing, and this is a partial clone that need not have it.
    Promised,
    /// It is over the limit; its size.
    TooLarge,
    /// It is of another kind.
    Kind(Kind),
    /// It is malformed or unreadable; why.
    Broken(String),
}

impl Failure {
    /// The end of the sentence "commit 1234567 …".
    pub(in crate::source) fn words(&self) -> String {
        match self {
            Self::Missing => {
                "is missing; `git fsck` lists all missing objects, `git fetch --refetch` fetches them again"
                    .to_owned()
            }
            Self::Promised => "was left with the remote of this partial clone; \
                               `git fetch --refetch --no-filter` gets it"
                .to_owned(),
            Self::TooLarge => "is larger than the limit".to_owned(),
            Self::Kind(kind) => format!("is a {kind}, which is not expected there"),
            Self::Broken(why) => format!("cannot be read: {why}"),
        }
    }
}

/// The object stores of a repository; shared by all threads.
pub(in crate::source) struct Stores {
    store: Arc<Store>,
}

impl Stores {
    /// Opens the stores in these directories, in order of precedence.
    ///
    /// # Errors
    /// If one of them, or a directory that they name as an alternate, cannot be used.
    pub(in crate::source) fn open(
        directories: &[PathBuf],
        hash: gix::hash::Kind,
        promisor: bool,
    ) -> Result<Self, String> {
        let store = Store::in_directories(directories, hash, (MAX_TREE, MAX_TREE), promisor);
        match store.unusable_place() {
            Some(problem) => Err(problem.message.clone()),
            None => Ok(Self { store }),
        }
    }

    /// A handle for reading on one thread.
    pub(in crate::source) fn objects(&self) -> Objects {
        Objects { store: Arc::clone(&self.store), reader: RefCell::default() }
    }
}

/// Reads the objects of a repository on one thread.
pub(in crate::source) struct Objects {
    store: Arc<Store>,
    reader: RefCell<Reader>,
}

impl Objects {
    /// The kind and size of an object.
    ///
    /// # Errors
    /// If it is missing or cannot be read.
    pub(in crate::source) fn header(&self, id: &oid) -> Result<(Kind, u64), Failure> {
        match self.store.header_with(&mut self.reader.borrow_mut(), id, usize::MAX) {
            Some(Ok((kind, size))) => Ok((git_kind(kind), size)),
            Some(Err(reason)) => Err(failure(reason)),
            None => Err(self.missing()),
        }
    }

    /// Reads an object of this kind and of at most `max` bytes.
    ///
    /// # Errors
    /// If that cannot be done.
    pub(in crate::source) fn read<'a>(
        &self,
        id: &oid,
        kind: Kind,
        max: u64,
        buffer: &'a mut Vec<u8>,
    ) -> Result<&'a [u8], Failure> {
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let sizes = Sizes { max, limit: max.max(MAX_BASE) };
        let found = self.store.find_with(&mut self.reader.borrow_mut(), id, sizes, buffer);
        match found {
            Some(Ok(found)) if git_kind(found) != kind => Err(Failure::Kind(git_kind(found))),
            Some(Ok(_)) => Ok(buffer),
            Some(Err(Reason::TooLarge)) => match self.header(id)? {
                (found, _) if found != kind => Err(Failure::Kind(found)),
                _ => Err(Failure::TooLarge),
            },
            Some(Err(reason)) => Err(failure(reason)),
            None => Err(self.missing()),
        }
    }

    /// The only object whose id starts with these digits, at least four; `None` if it does not exist.
    ///
    /// # Errors
    /// If the prefix is ambiguous.
    pub(in crate::source) fn with_prefix(&self, digits: &str) -> Result<Option<ObjectId>, String> {
        let Ok(prefix) = gix::hash::Prefix::from_hex(digits) else { return Ok(None) };
        match self.store.with_prefix(&prefix).as_slice() {
            [] => Ok(None),
            [id] => Ok(Some(*id)),
            _ => Err("it is the start of several ids; write more of it".to_owned()),
        }
    }

    /// Why an object is in none of the stores.
    fn missing(&self) -> Failure {
        match self.store.problems().first() {
            _ if self.store.is_partial() => Failure::Promised,
            Some(problem) => Failure::Broken(problem.message.clone()),
            None => Failure::Missing,
        }
    }
}

fn git_kind(kind: ObjectKind) -> Kind {
    match kind {
        ObjectKind::Commit => Kind::Commit,
        ObjectKind::Tree => Kind::Tree,
        ObjectKind::Blob => Kind::Blob,
        ObjectKind::Tag => Kind::Tag,
    }
}

fn failure(reason: Reason) -> Failure {
    match reason {
        Reason::TooLarge | Reason::TooLargeBase => Failure::TooLarge,
        other => Failure::Broken(other.to_string()),
    }
}
