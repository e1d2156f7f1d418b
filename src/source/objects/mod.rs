//! Git's object store as a source of bytes: every object once, right after its delta base.
//!
//! A pack stores most objects as deltas: pieces of another object, its base, and new bytes. All objects that go
//! back to one whole object form a *delta tree*. [`Survey::walk`] visits delta trees from base to delta, so each
//! object is assembled once, and passes a [`Visitor`] what was copied from the base visited just before. A loose
//! object is a delta tree of its own.
//!
//! The store is untrusted: offsets, sizes, chains and bases are checked, sizes are compared to limits first, and
//! nothing recurses. Unreadable objects are listed with id and reason; all others are read.

mod catalogue;
pub mod clean;
pub mod delta;
mod delta_walk;
mod find;
mod forest;
mod inflate;
mod loose;
mod pack;
mod pack_file;
mod pack_index;
mod places;
mod store;
mod survey;

use catalogue::Home;
pub use clean::{Clean, CleanCache};
pub use delta::{Copy, Delta};
pub use delta_walk::Walked;
pub use find::Found;
pub(in crate::source) use find::{Reader, Sizes};
pub use store::{STRUCTURE_MAX, Store};
pub use survey::Survey;

use std::fmt;

use gix::ObjectId;

/// The kind of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// A commit.
    Commit,
    /// A directory.
    Tree,
    /// The content of a file.
    Blob,
    /// An annotated tag.
    Tag,
}

impl ObjectKind {
    /// Git's name of the kind.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }

    fn from_word(word: &[u8]) -> Option<Self> {
        [Self::Commit, Self::Tree, Self::Blob, Self::Tag]
            .into_iter()
            .find(|kind| kind.word().as_bytes() == word)
    }
}

/// An object with its bytes, which are gone when the visitor returns.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    /// Its position among the ids of the store, dense, from 0.
    pub number: u32,
    /// Its id according to the store; only [`Store::is_genuine`] verifies it.
    pub id: ObjectId,
    /// What it is.
    pub kind: ObjectKind,
    /// All of its bytes.
    pub bytes: &'a [u8],
}

/// The delta base of an object.
#[derive(Debug)]
pub struct Base<'a, S> {
    /// The visitor's result for the base.
    pub state: &'a S,
    /// The bytes of the base.
    pub bytes: &'a [u8],
    /// What was copied from it.
    pub delta: &'a Delta,
}

/// Visits objects, from many threads.
pub trait Visitor: Sync {
    /// What a thread keeps between objects.
    type Scratch: Send;
    /// What is kept of an object for visiting its deltas.
    type State: Send;

    /// The initial state of a thread.
    fn scratch(&self) -> Self::Scratch;

    /// Visits `object`. `base` is given if the visitor has seen it; an object without one must be scanned whole.
    fn visit(
        &self,
        scratch: &mut Self::Scratch,
        object: Object<'_>,
        base: Option<Base<'_, Self::State>>,
    ) -> Self::State;

    /// The cost of visiting `object`, in bytes of ordinary text scanned whole. The budget of a pack is limited,
    /// see [`Reason::Spent`].
    fn cost(&self, object: Object<'_>, _state: &Self::State) -> u64 {
        object.bytes.len() as u64
    }
}

/// An object that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bad {
    /// The object.
    pub id: ObjectId,
    /// What is wrong with it.
    pub reason: Reason,
}

/// Why an object could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It is over the size limit.
    TooLarge,
    /// Its base is too large to assemble.
    TooLargeBase,
    /// It is malformed; a phrase that starts with "its" or "it".
    Damaged(&'static str),
    /// Its base cannot be read.
    BadBase,
    /// Its base is missing.
    MissingBase(ObjectId),
    /// It is its own base, directly or through others.
    Cyclic,
    /// The budget of its pack is spent.
    Spent,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("it is over the size limit"),
            Self::TooLargeBase => f.write_str("it is stored as a delta of an object over the size limit"),
            Self::Damaged(what) => f.write_str(what),
            Self::BadBase => f.write_str("it is stored as a delta of an object that cannot be read"),
            Self::MissingBase(id) => write!(f, "it is stored as a delta of {id}, which is missing"),
            Self::Cyclic => f.write_str("it is stored as a delta of itself"),
            Self::Spent => f.write_str("its pack expands beyond the limit"),
        }
    }
}
