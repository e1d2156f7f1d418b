//! Files of a git tree, by path.

use std::io;

use gix::ObjectId;
use gix::objs::Kind;

use super::decode::{self, EntryKind, HashKind};
use super::store::{MAX_TREE, Objects};
use crate::model::RepoPath;

/// The type bits of the mode of a regular file.
const REGULAR: u32 = 0o100_000;

/// The content of the file at `path` below `tree`, at most `max` bytes; `None` if it does not exist.
pub(super) fn file(
    objects: &Objects,
    hash: HashKind,
    tree: ObjectId,
    path: &RepoPath,
    max: u64,
) -> Option<io::Result<Vec<u8>>> {
    let id = match find(objects, hash, tree, path)? {
        Ok(id) => id,
        Err(error) => return Some(Err(error)),
    };
    let mut buffer = Vec::new();
    match objects.read(&id, Kind::Blob, max, &mut buffer) {
        Ok(_) => Some(Ok(buffer)),
        Err(failure) => Some(Err(io::Error::other(format!("blob {id} {}", failure.words())))),
    }
}

/// The blob at `path` below `tree`; `None` if it does not exist.
pub(super) fn find(
    objects: &Objects,
    hash: HashKind,
    tree: ObjectId,
    path: &RepoPath,
) -> Option<io::Result<ObjectId>> {
    let mut buffer = Vec::new();
    let mut id = tree;
    let mut parts = path.as_bytes().split(|byte| *byte == b'/').peekable();
    while let Some(part) = parts.next() {
        let read = match objects.read(&id, Kind::Tree, MAX_TREE, &mut buffer) {
            Ok(data) => decode::tree(data, hash),
            Err(failure) => return Some(Err(io::Error::other(format!("tree {id} {}", failure.words())))),
        };
        let Some(entries) = read else {
            return Some(Err(io::Error::other(format!("tree {id} is damaged"))));
        };
        let entry = entries.iter().find(|entry| entry.name == part)?;
        let is_right = match parts.peek() {
            Some(_) => entry.kind == EntryKind::Tree,
            None => entry.mode & 0o170_000 == REGULAR,
        };
        if !is_right {
            return None;
        }
        id = entry.id;
    }
    Some(Ok(id))
}

/// How many bytes of `path` exist below `tree`: those of a directory, or all.
pub(super) fn known(objects: &Objects, hash: HashKind, tree: ObjectId, path: &RepoPath) -> usize {
    let mut buffer = Vec::new();
    let (mut id, mut known) = (tree, 0);
    let path = path.as_bytes();
    let ends = memchr::memchr_iter(b'/', path).chain([path.len()]);
    let mut start = 0;
    for end in ends {
        // What cannot be read did not exist.
        let read = objects.read(&id, Kind::Tree, MAX_TREE, &mut buffer).ok();
        let Some(entries) = read.and_then(|data| decode::tree(data, hash)) else { break };
        let Some(entry) = entries.iter().find(|entry| entry.name == &path[start..end]) else { break };
        known = end;
        if entry.kind != EntryKind::Tree {
            break;
        }
        id = entry.id;
        start = end + 1;
    }
    known
}
