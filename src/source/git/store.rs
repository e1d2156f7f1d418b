//! Reading objects out of git's store, through gix, with a bound on what is believed.
//!
//! Objects are read as they are: replacements (`refs/replace`) and grafts are not asked, for they
//! could hide what a commit holds from whoever looks for it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::objs::{Find as _, Kind};
use gix::odb::Header as _;
use gix::odb::pack::cache::DecodeEntry;
use gix::{ObjectId, oid};

use crate::source::dir::read_small;

/// A tree or a commit larger than this is not read.
pub(in crate::source) const MAX_TREE: u64 = 256 << 20;
/// No piece of memory larger than this is asked for because an object says so.
const MAX_PIECE: usize = 2 << 30;
/// A file with the names of other stores is not larger.
const MAX_ALTERNATES: u64 = 1 << 20;
/// Stores that one leads to.
const MAX_STORES: usize = 128;

/// Why an object was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source) enum Failure {
    /// It is not there.
    Missing,
    /// It is not there, and this is a partial clone that need not have it.
    Promised,
    /// It has so many bytes, more than were wanted.
    TooLarge,
    /// It is of another kind.
    Kind(Kind),
    /// It cannot be read; why.
    Broken(String),
}

impl Failure {
    /// The end of the sentence "commit 1234567 …".
    pub(in crate::source) fn words(&self) -> String {
        match self {
            Self::Missing => {
                "is missing; `git fsck` tells what else is, `git fetch --refetch` gets it again".to_owned()
            }
            Self::Promised => "was left with the remote of this partial clone; \
                               `git fetch --refetch --no-filter` gets it"
                .to_owned(),
            Self::TooLarge => "is larger than such an object can be".to_owned(),
            Self::Kind(kind) => format!("is a {kind}, which cannot stand there"),
            Self::Broken(why) => format!("cannot be read: {why}"),
        }
    }
}

/// The object stores of a repository; shared by all threads.
pub(in crate::source) struct Stores {
    all: Vec<Arc<gix::odb::Store>>,
    promisor: bool,
}

impl Stores {
    /// Opens the stores in these directories, the one to look into first in front.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(in crate::source) fn open(
        directories: &[PathBuf],
        hash: gix::hash::Kind,
        promisor: bool,
    ) -> Result<Self, String> {
        let mut all = Vec::new();
        for directory in directories {
            are_regular(directory)?;
            let options = gix::odb::store::init::Options {
                alloc_limit_bytes: Some(MAX_PIECE),
                current_dir: Some(directory.clone()),
                ..Default::default()
            };
            let handle = gix::odb::at_opts(directory, hash, None, options)
                .map_err(|error| format!("its objects cannot be read: {error}"))?;
            all.push(handle.into_inner().store());
        }
        Ok(Self { all, promisor })
    }

    /// To read with, on one thread.
    pub(in crate::source) fn objects(&self) -> Objects {
        let handle = |store: &Arc<gix::odb::Store>| {
            let mut handle = store.to_cache_arc();
            handle.set_pack_cache(|| Box::<Bases>::default());
            handle
        };
        Objects { handles: self.all.iter().map(handle).collect(), promisor: self.promisor }
    }
}

/// The objects of a repository, to be read by one thread.
pub(in crate::source) struct Objects {
    handles: Vec<gix::odb::HandleArc>,
    promisor: bool,
}

impl Objects {
    /// The kind and size of an object.
    ///
    /// # Errors
    /// If it is not there or cannot be read.
    pub(in crate::source) fn header(&self, id: &oid) -> Result<(Kind, u64), Failure> {
        for handle in &self.handles {
            match handle.try_header(id) {
                Ok(Some(header)) => return Ok((header.kind(), header.size())),
                Ok(None) => {}
                Err(error) => return Err(Failure::Broken(error.to_string())),
            }
        }
        Err(if self.promisor { Failure::Promised } else { Failure::Missing })
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
        let (found, size) = self.header(id)?;
        if found != kind {
            return Err(Failure::Kind(found));
        }
        if size > max {
            return Err(Failure::TooLarge);
        }
        for handle in &self.handles {
            match handle.try_find(id, buffer) {
                // Asked again, for the store may have changed in between.
                Ok(Some(data)) if data.kind != kind => return Err(Failure::Kind(data.kind)),
                Ok(Some(_)) => return Ok(buffer),
                Ok(None) => {}
                Err(error) => return Err(Failure::Broken(error.to_string())),
            }
        }
        Err(Failure::Missing)
    }

    /// The one object whose id starts with these digits, at least four; none if there is none.
    ///
    /// # Errors
    /// If there are several.
    pub(in crate::source) fn with_prefix(&self, digits: &str) -> Result<Option<ObjectId>, String> {
        let Ok(prefix) = gix::hash::Prefix::from_hex(digits) else { return Ok(None) };
        let mut found = None;
        for handle in &self.handles {
            match handle.lookup_prefix(prefix, None) {
                Ok(Some(Ok(id))) if found.is_none_or(|other| other == id) => found = Some(id),
                Ok(Some(_)) => return Err("it is the start of several ids; write more of it".to_owned()),
                Ok(None) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(found)
    }
}

/// Decoded objects of packs that others are deltas of. Trees and commits only, in which a walk stays
/// close to where it was; all are dropped when there is no room.
#[derive(Default)]
struct Bases {
    known: HashMap<(u32, u64), (Kind, usize, Vec<u8>)>,
    bytes: usize,
}

impl Bases {
    const ROOM: usize = 16 << 20;
}

impl DecodeEntry for Bases {
    fn put(&mut self, pack: u32, offset: u64, data: &[u8], kind: Kind, compressed_size: usize) {
        if kind == Kind::Blob || data.len() > Self::ROOM / 8 {
            return;
        }
        if self.bytes + data.len() > Self::ROOM {
            self.known.clear();
            self.bytes = 0;
        }
        if self.known.insert((pack, offset), (kind, compressed_size, data.to_vec())).is_none() {
            self.bytes += data.len();
        }
    }

    fn get(&mut self, pack: u32, offset: u64, out: &mut Vec<u8>) -> Option<(Kind, usize)> {
        let (kind, compressed_size, data) = self.known.get(&(pack, offset))?;
        out.clear();
        out.extend_from_slice(data);
        Some((*kind, *compressed_size))
    }
}

/// An error if one of the files that gix will open is none: a FIFO in its place would be waited for.
fn are_regular(objects: &Path) -> Result<(), String> {
    let mut stores = vec![objects.to_owned()];
    let mut seen = 0;
    while let Some(store) = stores.pop() {
        seen += 1;
        if seen > MAX_STORES {
            return Err(format!("its objects are in more than {MAX_STORES} stores"));
        }
        for entry in store.join("pack").read_dir().into_iter().flatten().flatten() {
            if entry.path().metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
                return Err("a file among its packs is not a regular file".to_owned());
            }
        }
        let list = read_small(&store.join("info/alternates"), MAX_ALTERNATES)
            .map_err(|error| format!("objects/info/alternates cannot be read: {error}"))?
            .unwrap_or_default();
        let others = gix::odb::alternate::parse(&list)
            .map_err(|error| format!("objects/info/alternates cannot be read: {error}"))?;
        stores.extend(others.into_iter().map(|other| store.join(other)));
    }
    Ok(())
}
