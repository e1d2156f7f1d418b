//! Matches findings of another scanner to ours, by value or by place.

use std::collections::{BTreeMap, HashMap};

use sha1::{Digest as _, Sha1};

use crate::model::{Finding, Place, Secret};
use crate::parse::foreign_report::Record;

/// Bytes that two values must share if one contains the other.
const LEAST_PART: usize = 8;

/// Bytes from which a match anywhere is not a coincidence.
const LONG: usize = 64;
/// Most of our findings with long values that are compared.
const LONG_MAX: usize = 200;
/// Longest prefix that is hashed.
const LONGEST_PREFIX: usize = 64;

/// Our findings, indexed for lookup.
pub struct Findings<'f> {
    all: Vec<&'f Finding>,
    by_value: HashMap<&'f [u8], Vec<usize>>,
    long: Vec<usize>,
    by_digest: HashMap<[u8; 20], Vec<usize>>,
    by_path: BTreeMap<&'f [u8], Vec<(&'f Place, usize)>>,
}

impl<'f> Findings<'f> {
    /// Indexes the secrets among `findings`.
    #[must_use]
    pub fn new(findings: impl IntoIterator<Item = &'f Finding>) -> Self {
        let all: Vec<&Finding> = findings.into_iter().filter(|finding| finding.secret().is_some()).collect();
        let mut index = Self {
            all: Vec::new(),
            by_value: HashMap::new(),
            long: Vec::new(),
            by_digest: HashMap::new(),
            by_path: BTreeMap::new(),
        };
        for (at, finding) in all.iter().enumerate() {
            let Some(secret) = finding.secret() else { continue };
            let value = secret.expose();
            index.by_value.entry(value).or_default().push(at);
            if value.len() >= LONG && index.long.len() < LONG_MAX {
                index.long.push(at);
            }
            index.by_digest.entry(Sha1::digest(value).into()).or_default().push(at);
            for place in finding.places() {
                index.by_path.entry(place.path.as_bytes()).or_default().push((place, at));
            }
        }
        index.all = all;
        index
    }

    /// The findings that match `record`. Its paths may start with `root`, without a trailing `/`.
    #[must_use]
    pub fn of(&self, record: &Record, root: Option<&[u8]>) -> Vec<&'f Finding> {
        let mut found: Vec<usize> = Vec::new();
        let path = record.path.as_deref().map(|path| relative(path, root));
        let here = || path.and_then(|path| self.by_path.get(path)).into_iter().flatten();
        for value in record.values.iter().map(Secret::expose) {
            match self.by_value.get(value) {
                Some(same) => found.extend(same),
                // Scanners may end values differently: one contains the other, in the same file or, if long enough,
                // anywhere.
                None => {
                    let near = here().map(|(_, at)| (*at, LEAST_PART));
                    let far = self.long.iter().map(|at| (*at, LONG));
                    let same = near.chain(far).filter(|(at, least)| self.overlaps(*at, value, *least));
                    found.extend(same.map(|(at, _)| at));
                }
            }
        }
        if let Some(digest) = &record.sha1 {
            found.extend(self.by_digest.get(digest).into_iter().flatten());
        }
        // A place says nothing about its current value, so the value comes first. Some digests cover only the prefix of
        // the value.
        if record.values.is_empty() {
            let same =
                |at: usize| record.is_block || record.sha1.is_none_or(|digest| self.begins(at, digest));
            found
                .extend(here().filter(|(place, at)| stands_at(place, record) && same(*at)).map(|(_, at)| at));
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|at| self.all[at]).collect()
    }

    /// True if the digest is of the first bytes of the value.
    fn begins(&self, at: usize, digest: [u8; 20]) -> bool {
        let Some(secret) = self.all[at].secret() else { return false };
        let value = secret.expose();
        let pieces = 1..=value.len().min(LONGEST_PREFIX);
        pieces.into_iter().any(|length| <[u8; 20]>::from(Sha1::digest(&value[..length])) == digest)
    }

    fn overlaps(&self, at: usize, value: &[u8], least: usize) -> bool {
        let Some(secret) = self.all[at].secret() else { return false };
        let (ours, theirs) = (secret.expose(), value);
        let (short, long) = if ours.len() < theirs.len() { (ours, theirs) } else { (theirs, ours) };
        short.len() >= least && memchr::memmem::find(long, short).is_some()
    }
}

/// True if it is the place in `record`: in that commit, or in the current files.
fn stands_at(place: &Place, record: &Record) -> bool {
    let commit = place.origin.as_ref().map(|origin| origin.commit.as_ref());
    let same_time = match (&record.commit, commit) {
        (None, None) => true,
        (Some(wanted), Some(Some(commit))) => commit.id.to_string().starts_with(wanted.as_str()),
        _ => false,
    };
    let lines = place.region.start_line..=place.region.end_line;
    same_time && record.line.is_some_and(|line| lines.contains(&line))
}

/// `path` relative to the root of the repository.
fn relative<'p>(path: &'p [u8], root: Option<&[u8]>) -> &'p [u8] {
    let below = root.and_then(|root| path.strip_prefix(root)?.strip_prefix(b"/"));
    let path = below.unwrap_or(path);
    path.strip_prefix(b"./").unwrap_or(path)
}
