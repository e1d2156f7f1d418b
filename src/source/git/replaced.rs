//! What a change removes or replaces: the previous versions to compare with.

use std::io;

use gix::ObjectId;
use gix::objs::Kind;

use super::Git;
use super::decode;
use super::diff::{Seen, Walker};
use super::store::{MAX_TREE, Objects};
use crate::model::{self, Blob, Error, RepoPath};
use crate::source::dir::read_small;
use crate::source::large::{self, Text};
use crate::source::{Earlier, Item, Source};

/// The largest file that lists the merged commits.
const MAX_MERGED: u64 = 1 << 16;
/// The most commits merged at once.
const MAX_SIDES: usize = 64;

/// The files and symlinks of the tree `old` that the tree `new` does not have unchanged. Unreadable ones did not
/// exist: what is compared with them is new.
pub(super) fn entries(
    objects: &Objects,
    hash: gix::hash::Kind,
    old: ObjectId,
    new: ObjectId,
    side: usize,
) -> Vec<Earlier> {
    let mut earlier = Vec::new();
    Walker::new(objects, hash).each(b"", old, &[new], &mut |seen| {
        if let Seen::Blob { path, id, replaces, .. } = seen {
            let (path, object) = (RepoPath::new(path), decode::model_id(id));
            earlier.push(Earlier { path, object, side, gone: !replaces });
        }
    });
    earlier
}

/// The content of a blob of at most `max` bytes.
pub(super) fn content(git: &Git, object: model::ObjectId, max: u64) -> Option<Vec<u8>> {
    let id = ObjectId::try_from(object.as_bytes()).ok()?;
    let mut buffer = Vec::new();
    git.stores.objects().read(&id, Kind::Blob, max, &mut buffer).ok()?;
    Some(buffer)
}

impl Git {
    /// The trees of the commits being merged into `HEAD`; empty unless a merge is in progress.
    pub(super) fn merged(&self) -> Vec<ObjectId> {
        let list = read_small(&self.refs.git_dir.join("MERGE_HEAD"), MAX_MERGED).ok().flatten();
        let objects = self.stores.objects();
        let mut buffer = Vec::new();
        let mut tree = |line: &[u8]| {
            let id = ObjectId::from_hex(line.trim_ascii()).ok()?;
            Some(decode::commit(objects.read(&id, Kind::Commit, MAX_TREE, &mut buffer).ok()?)?.tree)
        };
        let list = list.unwrap_or_default();
        list.split(|byte| *byte == b'\n').take(MAX_SIDES).filter_map(&mut tree).collect()
    }
}

/// The files that a change removes or replaces.
pub(super) struct Replaced<'a> {
    /// The change.
    pub(super) of: &'a dyn Source,
    /// What it removes or replaces.
    pub(super) replaced: Vec<Earlier>,
    /// Larger files are read in pieces.
    pub(super) max_file_size: u64,
}

impl Source for Replaced<'_> {
    fn each(&self, visit: &(dyn Fn(Item<'_>) + Sync)) -> Result<(), Error> {
        for earlier in self.replaced.iter().filter(|earlier| earlier.side == 0) {
            if let Some(bytes) = self.of.content(earlier.object) {
                let blob = Blob { path: &earlier.path, bytes: &bytes, tracked: true };
                large::hand(visit, self.max_file_size, blob, Text::File);
            }
        }
        Ok(())
    }

    fn scope(&self) -> String {
        "previous versions".to_owned()
    }

    /// A change gives no files either.
    fn file(&self, _path: &RepoPath) -> Option<io::Result<Box<dyn io::Read>>> {
        None
    }
}
