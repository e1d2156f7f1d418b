//! Compares the digests in a signature with a file. A match proves nothing by itself, but a file with a different
//! digest is not the signed one.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::io;

use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use super::names::{literal_parts, parts};
use crate::parse::signature::{Algorithm, DigestAlgorithm, Subject};
use crate::verify::{Failure, Proof};

/// Read buffer size.
const PIECE: usize = 256 << 10;

/// Suffix of a mismatch message if the signature itself is inconclusive.
pub(super) const UNPROVEN: &str = "; whether the signature itself is valid is unknown: ";

/// The claim about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// A listed digest matches.
    Same,
    /// It has a different digest.
    Other,
    /// It is listed only with unsupported digest algorithms.
    Unknown,
    /// Nothing to compare.
    Nothing,
}

/// The subjects of a signature, indexed for many files.
pub struct Subjects<'s> {
    all: &'s [Subject],
    /// By the last part of their names: index, and all parts of the name, last one first.
    named: HashMap<&'s str, Vec<(usize, Vec<&'s str>)>>,
}

impl<'s> Subjects<'s> {
    /// Sorts them by name.
    #[must_use]
    pub fn new(all: &'s [Subject]) -> Self {
        let mut named: HashMap<&str, Vec<(usize, Vec<&str>)>> = HashMap::new();
        for (at, subject) in all.iter().enumerate() {
            let Some(name) = subject.name.as_deref() else { continue };
            let split = parts(name).last_first().collect();
            let literal: Vec<&str> = literal_parts(name).last_first().collect();
            for parts in
                [Some(literal).filter(|literal| *literal != split), Some(split)].into_iter().flatten()
            {
                if let Some(last) = parts.first() {
                    named.entry(*last).or_default().push((at, parts));
                }
            }
        }
        Self { all, named }
    }

    /// The subjects for the file at `path`, and whether they match by name: the longest matching name, or all if none
    /// matches.
    #[must_use]
    pub fn about(&self, path: &str) -> (Vec<&'s Subject>, bool) {
        let file: Vec<&str> = literal_parts(path).last_first().collect();
        let called = file.first().and_then(|last| self.named.get(last)).map_or(&[][..], Vec::as_slice);
        let alike = |parts: &[&str]| file.iter().zip(parts).take_while(|(a, b)| a == b).count();
        let Some(longest) = called.iter().map(|(_, parts)| alike(parts)).max() else {
            return (self.all.iter().collect(), false);
        };
        let best = called.iter().filter(|(_, parts)| alike(parts) == longest);
        (best.map(|(at, _)| &self.all[*at]).collect(), true)
    }

    /// Their claim about the file at `path`; `digest` computes its digests.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn claim(
        &self,
        path: &str,
        digest: &mut dyn FnMut(DigestAlgorithm) -> io::Result<Vec<u8>>,
    ) -> io::Result<Claim> {
        let (about, by_name) = self.about(path);
        let mut made: BTreeMap<DigestAlgorithm, Vec<u8>> = BTreeMap::new();
        let mut any = false;
        for wanted in about.iter().flat_map(|subject| &subject.digests) {
            any = true;
            let bytes = match made.entry(wanted.algorithm) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(digest(wanted.algorithm)?),
            };
            if *bytes == wanted.bytes {
                return Ok(Claim::Same);
            }
        }
        Ok(match (any, by_name) {
            (true, _) => Claim::Other,
            (false, true) => Claim::Unknown,
            (false, false) => Claim::Nothing,
        })
    }
}

/// The result of verifying a signature for a file with `claim`: a different digest counts even if the signature is
/// inconclusive or valid for another file.
///
/// # Errors
/// Why it is not proven.
pub fn settled(outcome: Result<Proof, Failure>, claim: Claim) -> Result<Proof, Failure> {
    const OTHER: &str = "this artifact is not the signed file";
    match (outcome, claim) {
        (Ok(_), Claim::Other) => Err(Failure::ArtifactMismatch(
            "the file signed under the name of this artifact is a different one".to_owned(),
        )),
        (Err(Failure::Inconclusive(why)), Claim::Other) => {
            Err(Failure::ArtifactMismatch(format!("{OTHER}{UNPROVEN}{why}")))
        }
        (Ok(_) | Err(Failure::ArtifactMismatch(_)), Claim::Unknown) => Err(Failure::Inconclusive(
            "the statement lists this artifact only with unsupported digest algorithms".to_owned(),
        )),
        (outcome, _) => outcome,
    }
}

/// The digest of the content of `reader`.
///
/// # Errors
/// If reading fails.
pub fn digest_of(algorithm: Algorithm, reader: &mut dyn io::Read) -> io::Result<Vec<u8>> {
    match algorithm {
        Algorithm::Sha2(DigestAlgorithm::Sha256) => hashed::<Sha256>(reader),
        Algorithm::Sha2(DigestAlgorithm::Sha384) => hashed::<Sha384>(reader),
        Algorithm::Sha2(DigestAlgorithm::Sha512) => hashed::<Sha512>(reader),
        Algorithm::Sha1 => hashed::<Sha1>(reader),
        Algorithm::Md5 => hashed::<Md5>(reader),
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::signature::Digest;

    fn subject(name: &str, bytes: &[u8]) -> Subject {
        let algorithm = DigestAlgorithm::Sha256;
        let digests = if bytes.is_empty() {
            Vec::new()
        } else {
            vec![Digest { algorithm, bytes: algorithm.digest(bytes) }]
        };
        Subject { name: (!name.is_empty()).then(|| name.to_owned()), digests }
    }

    fn claim(subjects: &[(&str, &str)], path: &str, content: &str) -> Claim {
        let subjects: Vec<Subject> =
            subjects.iter().map(|(name, bytes)| subject(name, bytes.as_bytes())).collect();
        let digest = &mut |algorithm: DigestAlgorithm| Ok(algorithm.digest(content.as_bytes()));
        Subjects::new(&subjects).claim(path, digest).expect("nothing is read")
    }

    #[test]
    fn subjects_that_are_called_like_the_file_speak_of_it() {
        let two = [("dist/a", "1"), ("dist/b", "2")];
        assert_eq!(claim(&two, "x/dist/a", "1"), Claim::Same);
        assert_eq!(claim(&two, "x/dist/a", "2"), Claim::Other, "that is what b is to be");
        assert_eq!(claim(&two, "c", "2"), Claim::Same, "under a name of its own it is any of them");
        assert_eq!(claim(&two, "c", "3"), Claim::Other);
        let systems = [("linux/app", "1"), ("windows\\app", "2")];
        assert_eq!(claim(&systems, "app", "2"), Claim::Same, "both are called so");
        assert_eq!(claim(&systems, "dist/windows/app", "1"), Claim::Other);
        assert_eq!(claim(&systems, "dist/windows/app", "2"), Claim::Same);
        assert_eq!(claim(&[("", "1")], "a", "1"), Claim::Same);
        assert_eq!(claim(&[("", "1")], "a", "2"), Claim::Other);
        assert_eq!(claim(&[("a", ""), ("b", "2")], "a", "2"), Claim::Unknown);
        assert_eq!(claim(&[], "a", "1"), Claim::Nothing);
    }
}
