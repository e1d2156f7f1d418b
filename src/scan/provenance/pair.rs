//! The artifacts of signatures: opened by name, found by digest.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Read as _};
use std::sync::Mutex;

use super::claims::digest_of;
use crate::model::{RepoPath, SkipReason};
use crate::parse::signature::{Algorithm, Digest, DigestAlgorithm, Signed};
use crate::source::{Item, Source};

/// The files of a repository, to be opened by name.
pub(super) struct Files<'a> {
    /// Sources of a single state.
    sources: Vec<&'a dyn Source>,
    /// Skipped entries with a name: symlinks are not followed.
    passed: &'a BTreeMap<RepoPath, SkipReason>,
    /// Cached digests, since many signatures can be about one file.
    made: Mutex<HashMap<(RepoPath, Algorithm), Vec<u8>>>,
}

/// The entry at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum There {
    /// A regular file.
    File,
    /// A symlink, a device, or a pointer to a file elsewhere.
    Other(SkipReason),
    Nothing,
}

/// Describes an entry that is not a readable file.
pub(super) const fn not_a_file(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::Symlink => "is a symlink, and symlinks are not followed",
        SkipReason::LfsPointer => "is a Git LFS pointer; `git lfs pull` fetches the file",
        _ => "is not a regular file",
    }
}

/// Requests for another pass over all files.
#[derive(Default)]
pub(super) struct Wanted {
    /// Digests of files not found by name.
    pub(super) digests: BTreeSet<Digest>,
    /// File names to search for.
    pub(super) names: BTreeSet<Vec<u8>>,
}

/// The result of that pass.
#[derive(Default)]
pub(super) struct Survey {
    /// Files by digest, each list sorted.
    pub(super) by_digest: BTreeMap<Digest, Vec<RepoPath>>,
    /// The first file, by path, that mentions a name.
    pub(super) mentions: BTreeMap<Vec<u8>, RepoPath>,
}

impl<'a> Files<'a> {
    /// `passed` are entries that are not regular files. Sources of a history are never read again.
    pub(super) fn new(sources: &[&'a dyn Source], passed: &'a BTreeMap<RepoPath, SkipReason>) -> Self {
        let sources = sources.iter().copied().filter(|source| !source.is_history()).collect();
        Self { sources, passed, made: Mutex::default() }
    }

    /// Opens the regular file at `path`, if any.
    pub(super) fn open(&self, path: &RepoPath) -> Option<io::Result<Box<dyn io::Read>>> {
        self.sources.iter().find_map(|source| source.file(path))
    }

    /// The entry at `path`.
    pub(super) fn look(&self, path: &RepoPath) -> There {
        match self.passed.get(path) {
            Some(reason) => There::Other(*reason),
            None if self.sources.iter().any(|source| source.has(path)) => There::File,
            None => There::Nothing,
        }
    }

    /// The file at `path`; none if missing or larger than `max` bytes.
    pub(super) fn bytes(&self, path: &RepoPath, max: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(path)?.ok()?.take(max + 1).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 <= max).then_some(bytes)
    }

    /// The digest of the file at `path`.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn digest(&self, path: &RepoPath, algorithm: impl Into<Algorithm>) -> io::Result<Vec<u8>> {
        let algorithm = algorithm.into();
        let key = (path.clone(), algorithm);
        if let Some(known) = self.made.lock().expect("no thread panics while it holds the lock").get(&key) {
            return Ok(known.clone());
        }
        let mut reader = self.open(path).ok_or(io::ErrorKind::NotFound)??;
        let made = digest_of(algorithm, &mut reader)?;
        self.made.lock().expect("no thread panics while it holds the lock").insert(key, made.clone());
        Ok(made)
    }

    /// True if the file at `path` has one of these digests.
    pub(super) fn has_any(&self, path: &RepoPath, digests: &[&Digest]) -> bool {
        let has =
            |digest: &&Digest| self.digest(path, digest.algorithm).is_ok_and(|made| made == digest.bytes);
        digests.iter().any(has)
    }

    /// Reads all current files once more, without the history.
    pub(super) fn survey(&self, wanted: &Wanted) -> Survey {
        let survey = Mutex::new(Survey::default());
        let algorithms: BTreeSet<DigestAlgorithm> =
            wanted.digests.iter().map(|digest| digest.algorithm).collect();
        let finders: Vec<(&Vec<u8>, memchr::memmem::Finder<'_>)> =
            wanted.names.iter().map(|name| (name, memchr::memmem::Finder::new(name))).collect();
        let add = |add: &dyn Fn(&mut Survey)| {
            add(&mut survey.lock().expect("no thread panics while it holds the lock"));
        };
        let each = |path: &RepoPath, bytes: &[u8]| {
            let found: Vec<Digest> = algorithms
                .iter()
                .map(|algorithm| Digest { algorithm: *algorithm, bytes: algorithm.digest(bytes) })
                .filter(|digest| wanted.digests.contains(digest))
                .collect();
            let mentioned: Vec<&Vec<u8>> = finders
                .iter()
                .filter(|(_, finder)| finder.find(bytes).is_some())
                .map(|(name, _)| *name)
                .collect();
            if found.is_empty() && mentioned.is_empty() {
                return;
            }
            add(&|survey| {
                for digest in &found {
                    survey.by_digest.entry(digest.clone()).or_default().push(path.clone());
                }
                for name in &mentioned {
                    if path.file_name() == name.as_slice() {
                        continue;
                    }
                    let first = survey.mentions.entry((*name).clone()).or_insert_with(|| path.clone());
                    if path < first {
                        *first = path.clone();
                    }
                }
            });
        };
        for source in &self.sources {
            // If files cannot be read again, names alone are used.
            let _ = source.each(&|item| {
                if let Item::Blob(blob) = item {
                    each(blob.path, blob.bytes);
                }
            });
        }
        let mut survey = survey.into_inner().expect("no thread panics while it holds the lock");
        survey.by_digest.values_mut().for_each(|paths| paths.sort());
        survey
    }
}

/// Looks by digest, in the folder of the signature first.
pub(super) fn by_digest(survey: &Survey, path: &RepoPath, signed: &Signed) -> Option<RepoPath> {
    let found: Vec<&RepoPath> = signed
        .subjects
        .iter()
        .flat_map(|subject| &subject.digests)
        .filter_map(|digest| survey.by_digest.get(digest))
        .flatten()
        .filter(|candidate| *candidate != path)
        .collect();
    let near = found.iter().find(|candidate| candidate.folder() == path.folder());
    near.or_else(|| found.first()).map(|path| (*path).clone())
}
