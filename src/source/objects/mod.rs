//! Git's object store as a source of bytes: every object once, next to the one it was made from.
//!
//! A pack holds most objects as deltas: pieces of another object, its base, and what is new. All
//! objects that come from one whole object are a *family*. [`Survey::walk`] goes through the
//! families from base to delta, so that each object is put together once, and tells a [`Visitor`] of
//! each what was copied from the base that it has just seen. Loose objects are families of one.
//!
//! Everything in here reads what a stranger may have written: offsets, sizes, chains and bases are
//! all checked, no size is believed before it was compared to a limit, and nothing recurses. What
//! cannot be read is listed with its id and the reason, and the rest is read all the same.

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

/// What an object is.
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
    /// The word that git uses.
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
    /// Its place in the order of all ids of the store: dense, starting at 0.
    pub number: u32,
    /// Its id, as the store has it: whether the bytes hash to it only
    /// [`Store::is_genuine`] tells.
    pub id: ObjectId,
    /// What it is.
    pub kind: ObjectKind,
    /// All of its bytes.
    pub bytes: &'a [u8],
}

/// What an object was made from.
#[derive(Debug)]
pub struct Base<'a, S> {
    /// What the visitor made of the base.
    pub state: &'a S,
    /// The bytes of the base.
    pub bytes: &'a [u8],
    /// What was copied from it.
    pub delta: &'a Delta,
}

/// Somebody who looks at objects, from many threads.
pub trait Visitor: Sync {
    /// What a thread keeps from one object to the next.
    type Scratch: Send;
    /// What is known of an object when those that were made from it are looked at.
    type State: Send;

    /// What a thread starts with.
    fn scratch(&self) -> Self::Scratch;

    /// Looks at `object`. The base is told if the visitor has seen it; an object without one is to be
    /// looked at whole.
    fn visit(
        &self,
        scratch: &mut Self::Scratch,
        object: Object<'_>,
        base: Option<Base<'_, Self::State>>,
    ) -> Self::State;

    /// What it has cost to look at `object`, in bytes of ordinary text that are looked at whole. A pack may
    /// cost so much and no more, see [`Reason::Spent`].
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
    /// It has more bytes than are read of an object.
    TooLarge,
    /// It is made from an object that is too large to be put together.
    TooLargeBase,
    /// Its bytes are not what they should be; what is wrong, in words that start with "its" or "it".
    Damaged(&'static str),
    /// It is made from an object that could not be read.
    BadBase,
    /// It is made from an object that is not there.
    MissingBase(ObjectId),
    /// It is made from itself, over others or directly.
    Cyclic,
    /// The objects of its pack are together more than is looked at of a pack of that size.
    Spent,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("it is over the size limit"),
            Self::TooLargeBase => f.write_str("it is stored as a change of an object over the size limit"),
            Self::Damaged(what) => f.write_str(what),
            Self::BadBase => f.write_str("it is stored as a change of an object that cannot be read"),
            Self::MissingBase(id) => write!(f, "it is stored as a change of {id}, which is not there"),
            Self::Cyclic => f.write_str("it is stored as a change of itself"),
            Self::Spent => f.write_str("its pack expands to more than is looked at"),
        }
    }
}
