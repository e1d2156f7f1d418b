//! Dockerfiles and `.dockerignore` files.

use std::collections::BTreeMap;

use super::env_files as collected;
use crate::engine::repository::class::Class;
use crate::engine::repository::dockerfiles::{Context, Credentials, Dockerfile};
use crate::engine::repository::env_files;
use crate::model::{Blob, Problem, RepoPath};
use crate::parse::dockerfile::{self, Unsent};
use crate::source::Source;

/// Most tracked credential files checked per Dockerfile.
const CREDENTIALS_MAX: usize = 50;

/// What a file is.
pub(super) enum Seen {
    /// A Dockerfile, with its bytes.
    Dockerfile(Box<dockerfile::Dockerfile>, Vec<u8>),
    /// A `.dockerignore`.
    Unsent(Vec<u8>),
}

impl Seen {
    /// Bytes kept in memory.
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Dockerfile(_, bytes) | Self::Unsent(bytes) => bytes.len(),
        }
    }
}

/// Classifies `blob`; none for nearly all files.
pub(super) fn look(blob: &Blob<'_>) -> Option<Seen> {
    let name = blob.path.file_name();
    if name.ends_with(b".dockerignore") || name == b".containerignore" {
        return (!blob.bytes.trim_ascii().is_empty()).then(|| Seen::Unsent(blob.bytes.to_vec()));
    }
    let is_one = dockerfile::is_name(name) && dockerfile::has_from(blob.bytes);
    is_one.then(|| Seen::Dockerfile(Box::new(dockerfile::read(blob.bytes)), blob.bytes.to_vec()))
}

/// The collected files.
#[derive(Default)]
pub(super) struct Kept {
    files: Vec<(RepoPath, Box<dockerfile::Dockerfile>, Vec<u8>)>,
    /// The `.dockerignore` files.
    unsent: BTreeMap<RepoPath, Vec<u8>>,
}

impl Kept {
    /// Stores what [`look`] found at `path`.
    pub(super) fn add(&mut self, path: &RepoPath, seen: Seen) {
        match seen {
            Seen::Dockerfile(file, bytes) => self.files.push((path.clone(), file, bytes)),
            Seen::Unsent(bytes) => drop(self.unsent.insert(path.clone(), bytes)),
        }
    }

    /// Unreadable files, by whether they are shipped: tests of builders contain broken files.
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
                    "line {}: this part of the Dockerfile cannot be parsed: {}{more}",
                    first.line, first.message
                ));
            }
            if file.cut {
                say("this Dockerfile is too long; the rest was not checked".to_owned());
            }
        }
        problems.sort_by(|a, b| a.path.cmp(&b.path));
        problems
    }

    /// The sorted result, with the build context of each Dockerfile from `sources` and `paths`.
    pub(super) fn finish(self, sources: &[&dyn Source], paths: &[RepoPath]) -> Vec<Dockerfile> {
        let Self { mut files, unsent } = self;
        files.sort_by(|a, b| a.0.cmp(&b.0));
        let files = files.into_iter().map(|(path, file, bytes)| Dockerfile::new(path, bytes, *file));
        let with_context = |mut file: Dockerfile| {
            if file.whole_copies().next().is_some() {
                file.context = context(&file.path, &unsent, sources, paths);
            }
            file
        };
        files.map(with_context).collect()
    }
}

/// The build context of the Dockerfile at `path`: the nearest parent directory with a `.dockerignore`, if any.
fn context(
    path: &RepoPath,
    unsent: &BTreeMap<RepoPath, Vec<u8>>,
    sources: &[&dyn Source],
    paths: &[RepoPath],
) -> Context {
    let mut folder = path.folder();
    let at = |folder: &[u8], name: &[u8]| unsent.get(&RepoPath::new([folder, name].concat()));
    let mut list = at(path.as_bytes(), b".dockerignore");
    let mut above = folder;
    while list.is_none() {
        list = at(above, b".dockerignore").or_else(|| at(above, b".containerignore"));
        if list.is_some() {
            folder = above;
        }
        let Some(end) = above.len().checked_sub(1) else { break };
        above = &above[..memchr::memrchr(b'/', &above[..end]).map_or(0, |slash| slash + 1)];
    }
    let is_own = |path: &&RepoPath| {
        let name = path.file_name();
        let is_key = [&b".pem"[..], b".key", b"id_rsa", b"id_ed25519"].iter().any(|end| name.ends_with(end));
        is_key || env_files::is_name(name)
    };
    let start = paths.partition_point(|path| path.as_bytes() < folder);
    let tracked = paths[start..].iter().take_while(|path| path.as_bytes().starts_with(folder));
    let tracked = tracked.filter(is_own).take(CREDENTIALS_MAX).cloned();
    let named = collected::NAMES.iter().map(|name| RepoPath::new([folder, name.as_bytes()].concat()));
    let mut all: Vec<RepoPath> = tracked.chain(named).collect();
    all.retain(|path| matches!(Class::of(path), Class::Shipped | Class::Development));
    all.sort();
    all.dedup();
    let found = all.into_iter().filter_map(|path| {
        let is_key = collected::credential(sources, &path)?;
        Some(Credentials { path, is_key })
    });
    let mut credentials: Vec<Credentials> = found.collect();
    if !credentials.is_empty() {
        let list = list.map(|bytes| Unsent::read(bytes)).unwrap_or_default();
        credentials.retain(|one| !list.holds(&one.path.as_bytes()[folder.len()..]));
    }
    Context { is_listed: list.is_some(), credentials }
}
