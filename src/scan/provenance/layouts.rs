//! OCI layouts in a repository: their blobs by digest, and whether image parts match the manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use rayon::prelude::*;

use super::claims::digest_of;
use super::names::beside;
use super::pair::{Files, There, not_a_file};
use crate::model::RepoPath;
use crate::parse::signature::oci::{self, Layout, Part};
use crate::parse::signature::{Algorithm, Digest, DigestAlgorithm, SIZE_MAX, Signed};

/// Most bytes of image parts compared per layout.
const PARTS_MAX: u64 = 64 << 30;

/// The blob directory of an algorithm, by the OCI image specification.
const fn blobs(algorithm: DigestAlgorithm) -> &'static [u8] {
    match algorithm {
        DigestAlgorithm::Sha256 => b"blobs/sha256/",
        DigestAlgorithm::Sha384 => b"blobs/sha384/",
        DigestAlgorithm::Sha512 => b"blobs/sha512/",
    }
}

/// Algorithms used in layouts.
const ALGORITHMS: [DigestAlgorithm; 2] = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512];

/// A signature in a layout.
pub(super) struct InLayout {
    /// The image that it names.
    pub(super) image: Option<Digest>,
    /// The number of image parts that match the manifest.
    pub(super) same: usize,
    /// The differing parts, only at the first of several signatures of an image.
    pub(super) changed: Vec<RepoPath>,
}

/// Mistakes of a layout, by line of its `index.json`.
pub(super) type Mistakes = Vec<(u32, String)>;

/// True if `path` may be a blob of a layout.
pub(super) fn is_blob(path: &RepoPath) -> bool {
    above(path).is_some()
}

/// The layout directory of the blob at `path`.
fn above(path: &RepoPath) -> Option<&[u8]> {
    let (name, folder) = (path.file_name(), path.folder());
    let of = |algorithm: &DigestAlgorithm| {
        let above = folder.strip_suffix(blobs(*algorithm))?;
        (name.len() == 2 * algorithm.size() && name.iter().all(u8::is_ascii_hexdigit)).then_some(above)
    };
    ALGORITHMS.iter().find_map(of)
}

/// The `oci-layout` file for the blob at `path`.
pub(super) fn root(path: &RepoPath) -> Option<RepoPath> {
    Some(RepoPath::new([above(path)?, b"oci-layout"].concat()))
}

/// Reads the layout of the `oci-layout` file at `path`. `present` are the blobs of all layouts.
pub(super) fn read(
    path: &RepoPath,
    files: &Files<'_>,
    present: &BTreeSet<RepoPath>,
) -> (Vec<(Signed, InLayout)>, Mistakes) {
    let index = beside(path, b"index.json").and_then(|path| files.bytes(&path, SIZE_MAX as u64));
    let Some(index) = index else {
        return (Vec::new(), vec![(1, "the index.json next to it is missing or unreadable".to_owned())]);
    };
    let folder = path.folder();
    let blob_at = |digest: &Digest| {
        let name = data_encoding::HEXLOWER.encode(&digest.bytes);
        RepoPath::new([folder, blobs(digest.algorithm), name.as_bytes()].concat())
    };
    let mut here: Vec<Digest> = Vec::new();
    for algorithm in ALGORITHMS {
        let below = RepoPath::new([folder, blobs(algorithm)].concat());
        let of_layout = present
            .range(below.clone()..)
            .take_while(|blob| blob.as_bytes().starts_with(below.as_bytes()))
            .filter(|blob| blob.folder() == below.as_bytes());
        here.extend(
            of_layout.filter_map(|blob| Digest::hex(algorithm, std::str::from_utf8(blob.file_name()).ok()?)),
        );
    }
    let layout = oci::layout(&index, &here, &|digest, max| files.bytes(&blob_at(digest), max as u64));
    let compared = compared(&layout, files, &blob_at);
    let mut mistakes = layout.mistakes.clone();
    let mut blamed: BTreeSet<Digest> = BTreeSet::new();
    let mut found = Vec::new();
    for one in layout.signatures.iter().cloned() {
        let mut in_layout = InLayout { image: one.image.clone(), same: 0, changed: Vec::new() };
        let first = one.image.as_ref().is_some_and(|image| !blamed.contains(image));
        for manifest in one.image.iter().flat_map(|image| manifests(&layout, image)) {
            let Some(parts) = compared.get(&manifest) else { continue };
            in_layout.same += parts.same;
            if first {
                in_layout.changed.extend(parts.changed.iter().map(&blob_at));
            }
            blamed.insert(manifest);
        }
        in_layout.changed.sort();
        in_layout.changed.dedup();
        blamed.extend(one.image);
        found.push((one.signed, in_layout));
    }
    for (image, parts) in &compared {
        let line = layout.parts.get(image).map_or(1, |(line, _)| *line);
        mistakes.extend(parts.not_compared.iter().map(|why| (line, why.clone())));
        if !blamed.contains(image) {
            let wrong = |blob: &Digest| {
                let shown = blob.shown();
                (line, format!("the blob {shown} does not match the digest in its name"))
            };
            mistakes.extend(parts.changed.iter().map(wrong));
        }
    }
    (found, mistakes)
}

/// The manifests of the parts of `image`: itself, or those of its index.
fn manifests(layout: &Layout, image: &Digest) -> BTreeSet<Digest> {
    let (mut all, mut open) = (BTreeSet::new(), vec![image.clone()]);
    while let Some(next) = open.pop() {
        if all.insert(next.clone()) {
            open.extend(layout.within.get(&next).into_iter().flatten().cloned());
        }
    }
    all
}

/// The result for the parts of one image.
#[derive(Default)]
struct Compared {
    same: usize,
    changed: Vec<Digest>,
    not_compared: Vec<String>,
}

/// A blob compared with its digest and size.
#[derive(Clone)]
enum Found {
    Same,
    Changed,
    Absent,
    Not(String),
}

/// Compares the parts of all images with their manifests, each blob once.
fn compared(
    layout: &Layout,
    files: &Files<'_>,
    blob_at: &(dyn Fn(&Digest) -> RepoPath + Sync),
) -> BTreeMap<Digest, Compared> {
    let mut wanted: BTreeMap<(&Digest, Option<u64>), Option<Found>> = BTreeMap::new();
    for part in layout.parts.values().flat_map(|(_, parts)| parts) {
        wanted.insert((&part.digest, part.size), None);
    }
    // By the sizes in the manifests, so that the limit does not depend on threads.
    let mut left = PARTS_MAX;
    for ((_, size), found) in &mut wanted {
        match left.checked_sub(size.unwrap_or(0)) {
            Some(rest) => left = rest,
            None => *found = Some(Found::Not("is beyond the limit of bytes to read".to_owned())),
        }
    }
    wanted.par_iter_mut().filter(|(_, found)| found.is_none()).for_each(|((digest, size), found)| {
        *found = Some(look(files, &blob_at(digest), digest, *size));
    });
    let of_image = |(_, parts): &(u32, Vec<Part>)| {
        let mut compared = Compared::default();
        let mut absent = Vec::new();
        for part in parts {
            match wanted.get(&(&part.digest, part.size)).cloned().flatten() {
                Some(Found::Same) => compared.same += 1,
                Some(Found::Changed) => compared.changed.push(part.digest.clone()),
                Some(Found::Not(why)) => {
                    let shown = part.digest.shown();
                    compared.not_compared.push(format!("the blob {shown} {why}: it was not compared"));
                }
                Some(Found::Absent) | None if part.optional => compared.same += 1,
                Some(Found::Absent) | None => absent.push(&part.digest),
            }
        }
        if let Some(first) = absent.first() {
            compared.not_compared.push(format!(
                "{} of the {} blobs of the image are missing and were not compared, such as {}",
                absent.len(),
                parts.len(),
                first.shown()
            ));
        }
        compared
    };
    layout.parts.iter().map(|(image, parts)| (image.clone(), of_image(parts))).collect()
}

fn look(files: &Files<'_>, path: &RepoPath, digest: &Digest, size: Option<u64>) -> Found {
    if let There::Other(reason) = files.look(path) {
        return Found::Not(not_a_file(reason).to_owned());
    }
    let Some(opened) = files.open(path) else { return Found::Absent };
    let read = opened.and_then(|file| {
        // One extra byte shows that the blob is too long.
        let mut file = file.take(size.map_or(u64::MAX, |size| size.saturating_add(1)));
        let made = digest_of(Algorithm::Sha2(digest.algorithm), &mut file)?;
        Ok((made, size.is_none() || file.limit() == 1))
    });
    match read {
        Ok((made, true)) if made == digest.bytes => Found::Same,
        Ok(_) => Found::Changed,
        Err(error) => Found::Not(format!("cannot be read: {error}")),
    }
}
