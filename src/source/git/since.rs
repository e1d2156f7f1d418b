//! What is new in a repository since its refs were last seen.

use std::collections::{BTreeMap, BTreeSet};

use gix::ObjectId;
use gix::objs::Kind;
use sha2::{Digest as _, Sha256};

use super::pushed::peeled;
use super::refs::All;
use super::store::Objects;
use super::{Git, Pushed, Range, RangeOptions};
use crate::model::Error;

/// The refs of a repository at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landmarks {
    /// A digest of ref names, targets, and the shallow boundary: if it is unchanged, so is the history.
    pub digest: String,
    /// Their targets, each once, in hexadecimal, sorted.
    pub tips: Vec<String>,
}

impl Landmarks {
    /// Parses the output of `git ls-remote`, keeping the refs that a bare clone has: branches, tags and `HEAD`.
    /// `None` if it is malformed.
    #[must_use]
    pub fn listed(text: &[u8]) -> Option<Self> {
        let mut refs = BTreeMap::new();
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let tab = memchr::memchr(b'\t', line)?;
            let (id, name) = (ObjectId::from_hex(&line[..tab]).ok()?, &line[tab + 1..]);
            let is_cloned =
                name == b"HEAD" || name.starts_with(b"refs/heads/") || name.starts_with(b"refs/tags/");
            // A peeled tag is not a ref.
            if is_cloned && !name.ends_with(b"^{}") {
                refs.insert(name, id);
            }
        }
        Some(Self::of(refs.into_iter(), &BTreeSet::new()))
    }

    /// The digest of refs, sorted by name, and of the shallow boundary.
    fn of<'a>(refs: impl Iterator<Item = (&'a [u8], ObjectId)>, shallow: &BTreeSet<ObjectId>) -> Self {
        let (mut hash, mut tips) = (Sha256::new(), BTreeSet::new());
        for (name, id) in refs {
            hash.update((name.len() as u64).to_le_bytes());
            hash.update(name);
            hash.update(id.as_bytes());
            tips.insert(id);
        }
        shallow.iter().for_each(|id| hash.update(id.as_bytes()));
        Self {
            digest: data_encoding::HEXLOWER.encode(&hash.finalize()[..16]),
            tips: tips.into_iter().map(|id| id.to_string()).collect(),
        }
    }
}

impl Git {
    /// Its refs; `None` if one cannot be read.
    #[must_use]
    pub fn landmarks(&self) -> Option<Landmarks> {
        let All { refs, problems } = self.refs.all();
        let shallow = self.shallow.iter().copied().collect();
        let refs = refs.iter().map(|(name, one)| (name.as_slice(), one.id));
        problems.is_empty().then(|| Landmarks::of(refs, &shallow))
    }

    /// True if everything that was reachable from the refs of `had` is reachable from those of `now`.
    fn holds(&self, objects: &Objects, had: &[String], now: &[String]) -> bool {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for hex in now {
            let commit = commit(objects, hex);
            new.extend(commit.map(|(id, _)| id));
        }
        for hex in had {
            match commit(objects, hex) {
                Some((id, true)) => old.push(id),
                // A tag's message counts, too; and trees and blobs that a tag points to are in no commit.
                _ if now.binary_search(hex).is_ok() => {}
                _ => return false,
            }
        }
        self.reached(objects, &old, &new).is_ok_and(|left| left.steps.is_empty())
    }
}

/// The commit of an object, and whether it is that commit itself.
fn commit(objects: &Objects, hex: &str) -> Option<(ObjectId, bool)> {
    let id = ObjectId::from_hex(hex.as_bytes()).ok()?;
    match peeled(objects, id) {
        Ok((chain, Kind::Commit, id)) => Some((id, chain.is_empty())),
        _ => None,
    }
}

impl Range {
    /// What is reachable from the refs now and was not from `had`: the commits, and all tags and names. `None` if
    /// something is no longer reachable, if the clone is shallow, or if a ref cannot be read.
    ///
    /// # Errors
    /// If an object cannot be read.
    pub fn since(git: Git, had: &[String], options: &RangeOptions) -> Result<Option<Self>, Error> {
        let objects = git.stores.objects();
        let Some(now) = git.landmarks().filter(|_| !git.is_shallow() && !had.is_empty()) else {
            return Ok(None);
        };
        if !git.holds(&objects, had, &now.tips) {
            return Ok(None);
        }
        drop(objects);
        let names = git.refs.all().refs.into_keys().filter(|name| name != b"HEAD").collect();
        let pushed = Pushed { tips: now.tips, had: had.to_vec(), had_below: String::new(), names };
        Self::pushed(git, "what is new", &pushed, options).map(Some)
    }
}
