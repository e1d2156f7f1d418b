//! What a signature is about: found by its name, by the names in it, and by digests.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Read as _};
use std::sync::Mutex;

use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::names::{Strength, folder, named_artifacts};
use crate::model::RepoPath;
use crate::parse::signature::{Digest, DigestAlgorithm, Signed};
use crate::source::{Item, Source};

/// A file is read in pieces of this size.
const PIECE: usize = 256 << 10;

/// The files of a repository, to be opened by name.
pub(super) struct Files<'a> {
    sources: &'a [&'a dyn Source],
    /// Digests that were made, for many signatures can be about one file.
    made: Mutex<HashMap<(RepoPath, DigestAlgorithm), Vec<u8>>>,
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
    /// Every file, sorted.
    pub(super) paths: BTreeSet<RepoPath>,
}

impl<'a> Files<'a> {
    pub(super) fn new(sources: &'a [&'a dyn Source]) -> Self {
        Self { sources, made: Mutex::default() }
    }

    /// Opens the file at `path`; none if there is no such regular file.
    pub(super) fn open(&self, path: &RepoPath) -> Option<io::Result<Box<dyn io::Read>>> {
        self.sources.iter().find_map(|source| source.file(path))
    }

    /// True if there is a regular file at `path`.
    pub(super) fn has(&self, path: &RepoPath) -> bool {
        self.open(path).is_some()
    }

    /// At most `max` bytes of the file at `path`; none if there is none, or more.
    pub(super) fn bytes(&self, path: &RepoPath, max: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(path)?.ok()?.take(max + 1).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 <= max).then_some(bytes)
    }

    /// True if the file at `path` has this digest.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn is(&self, path: &RepoPath, digest: &Digest) -> io::Result<bool> {
        let key = (path.clone(), digest.algorithm);
        if let Some(known) = self.made.lock().expect("no thread panics while it holds the lock").get(&key) {
            return Ok(*known == digest.bytes);
        }
        let mut reader = self.open(path).ok_or(io::ErrorKind::NotFound)??;
        let made = digest_of(digest.algorithm, &mut reader)?;
        let same = made == digest.bytes;
        self.made.lock().expect("no thread panics while it holds the lock").insert(key, made);
        Ok(same)
    }

    /// Goes over all files once more.
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
                .map(|algorithm| Digest { algorithm: *algorithm, bytes: digest_bytes(*algorithm, bytes) })
                .filter(|digest| wanted.digests.contains(digest))
                .collect();
            let mentioned: Vec<&Vec<u8>> = finders
                .iter()
                .filter(|(_, finder)| finder.find(bytes).is_some())
                .map(|(name, _)| *name)
                .collect();
            add(&|survey| {
                survey.paths.insert(path.clone());
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
        for source in self.sources {
            // What cannot be read twice was read once: the names alone then have to do.
            let _ = source.each(&|item| match item {
                Item::Blob(blob) => each(blob.path, blob.bytes),
                Item::Skipped(path, _) => add(&|survey| {
                    survey.paths.insert(path.clone());
                }),
                Item::Historic(..) | Item::Problem(_) => {}
            });
        }
        let mut survey = survey.into_inner().expect("no thread panics while it holds the lock");
        survey.by_digest.values_mut().for_each(|paths| paths.sort());
        survey
    }
}

/// What a signature is about, as far as names tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Paired {
    /// These files have digests that it names.
    Bound(Vec<RepoPath>),
    /// This file by its name; it has another digest than the signature names, or none is named.
    Named(RepoPath),
    /// Nothing that names lead to.
    Nothing,
}

/// Looks for what `signed`, which stands in the file `path`, is about.
pub(super) fn by_name(files: &Files<'_>, path: &RepoPath, signed: &Signed) -> Paired {
    let digests = || signed.subjects.iter().flat_map(|subject| &subject.digests);
    let candidates: Vec<(RepoPath, Strength)> = named_artifacts(path, signed)
        .into_iter()
        .filter(|(candidate, _)| candidate != path && files.has(candidate))
        .collect();
    let bound: Vec<RepoPath> = candidates
        .iter()
        .map(|(candidate, _)| candidate)
        .filter(|candidate| digests().any(|digest| files.is(candidate, digest).unwrap_or(false)))
        .cloned()
        .collect();
    if !bound.is_empty() {
        return Paired::Bound(bound);
    }
    let loose = digests().next().is_some();
    let direct = candidates.into_iter().find(|(_, strength)| *strength == Strength::Direct || !loose);
    direct.map_or(Paired::Nothing, |(candidate, _)| Paired::Named(candidate))
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
    let near = found.iter().find(|candidate| folder(candidate) == folder(path));
    near.or_else(|| found.first()).map(|path| (*path).clone())
}

/// The digest of all that `reader` gives.
///
/// # Errors
/// If reading fails.
pub(super) fn digest_of(algorithm: DigestAlgorithm, reader: &mut dyn io::Read) -> io::Result<Vec<u8>> {
    fn hashed<H: sha2::Digest>(reader: &mut dyn io::Read) -> io::Result<Vec<u8>> {
        let mut hasher = H::new();
        let mut piece = vec![0; PIECE];
        loop {
            match reader.read(&mut piece) {
                Ok(0) => return Ok(hasher.finalize().to_vec()),
                Ok(count) => hasher.update(&piece[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
    match algorithm {
        DigestAlgorithm::Sha256 => hashed::<Sha256>(reader),
        DigestAlgorithm::Sha384 => hashed::<Sha384>(reader),
        DigestAlgorithm::Sha512 => hashed::<Sha512>(reader),
    }
}

/// The digest of `bytes`.
pub(super) fn digest_bytes(algorithm: DigestAlgorithm, bytes: &[u8]) -> Vec<u8> {
    match algorithm {
        DigestAlgorithm::Sha256 => Sha256::digest(bytes).to_vec(),
        DigestAlgorithm::Sha384 => Sha384::digest(bytes).to_vec(),
        DigestAlgorithm::Sha512 => Sha512::digest(bytes).to_vec(),
    }
}
