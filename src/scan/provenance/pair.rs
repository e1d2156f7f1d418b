//! The files that signatures are about: opened by name, found by digest.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Read as _};
use std::sync::Mutex;

use super::claims::digest_of;
use crate::model::{RepoPath, SkipReason};
use crate::parse::signature::{Algorithm, Digest, DigestAlgorithm, Signed};
use crate::source::{Item, Source};

/// The files of a repository, to be opened by name.
pub(super) struct Files<'a> {
    /// Those that have the files of one moment.
    sources: Vec<&'a dyn Source>,
    /// What was passed over although there is something of that name: links are not followed.
    passed: &'a BTreeMap<RepoPath, SkipReason>,
    /// Digests that were made, for many signatures can be about one file.
    made: Mutex<HashMap<(RepoPath, Algorithm), Vec<u8>>>,
}

/// What there is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum There {
    /// A regular file.
    File,
    /// A link, a device, or what stands for a file that is elsewhere.
    Other(SkipReason),
    Nothing,
}

/// What there is in the place of a file that could be read.
pub(super) const fn not_a_file(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::Symlink => "is a symbolic link, and links are not followed",
        SkipReason::LfsPointer => "stands for a file that is with Git LFS; `git lfs pull` fetches it",
        _ => "is no regular file",
    }
}

/// What all files were asked for in one more pass over them.
#[derive(Default)]
pub(super) struct Wanted {
    /// Digests of files that no name leads to.
    pub(super) digests: BTreeSet<Digest>,
    /// Names of files that may be mentioned somewhere.
    pub(super) names: BTreeSet<Vec<u8>>,
}

/// What that pass gave.
#[derive(Default)]
pub(super) struct Survey {
    /// Files by digest, each list sorted.
    pub(super) by_digest: BTreeMap<Digest, Vec<RepoPath>>,
    /// Where a name is mentioned: the first file by its path.
    pub(super) mentions: BTreeMap<Vec<u8>, RepoPath>,
}

impl<'a> Files<'a> {
    /// `passed` are the names at which there is no regular file. A history has no files by name, and is never read again.
    pub(super) fn new(sources: &[&'a dyn Source], passed: &'a BTreeMap<RepoPath, SkipReason>) -> Self {
        let sources = sources.iter().copied().filter(|source| !source.is_history()).collect();
        Self { sources, passed, made: Mutex::default() }
    }

    /// Opens the file at `path`; none if there is no such regular file.
    pub(super) fn open(&self, path: &RepoPath) -> Option<io::Result<Box<dyn io::Read>>> {
        self.sources.iter().find_map(|source| source.file(path))
    }

    /// What there is at `path`.
    pub(super) fn look(&self, path: &RepoPath) -> There {
        match self.passed.get(path) {
            Some(reason) => There::Other(*reason),
            None if self.sources.iter().any(|source| source.has(path)) => There::File,
            None => There::Nothing,
        }
    }

    /// At most `max` bytes of the file at `path`; none if there is none, or more.
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

    /// Reads all files of the moment once more, and nothing of the history.
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
            // What cannot be read twice was read once: the names alone then have to do.
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
