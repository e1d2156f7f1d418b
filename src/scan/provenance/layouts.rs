//! Layouts of OCI in a repository: their blobs by digest.

use std::collections::BTreeSet;

use super::names::beside;
use super::pair::Files;
use crate::model::RepoPath;
use crate::parse::signature::oci::{self, Layout};
use crate::parse::signature::{Digest, DigestAlgorithm, SIZE_MAX};

/// The folder of blobs in a layout, as the image specification of OCI has it.
const BLOBS: &[u8] = b"blobs/sha256/";

/// True if `path` can be that of a blob in a layout.
pub(super) fn is_blob(path: &RepoPath) -> bool {
    let name = path.file_name();
    name.len() == 64 && path.folder().ends_with(BLOBS) && name.iter().all(u8::is_ascii_hexdigit)
}

/// The file `oci-layout` of the layout that `path` would be a blob of.
pub(super) fn root(path: &RepoPath) -> Option<RepoPath> {
    let above = path.folder().strip_suffix(BLOBS)?;
    is_blob(path).then(|| RepoPath::new([above, b"oci-layout"].concat()))
}

/// Reads the layout that the file `oci-layout` at `path` belongs to. `blobs` are those of all layouts.
pub(super) fn read(path: &RepoPath, files: &Files<'_>, blobs: &BTreeSet<RepoPath>) -> Layout {
    let index = beside(path, b"index.json").and_then(|path| files.bytes(&path, SIZE_MAX as u64));
    let Some(index) = index else {
        let mistakes = vec![(1, "there is no index.json beside it that could be read".to_owned())];
        return Layout { mistakes, ..Layout::default() };
    };
    let below = RepoPath::new([path.folder(), BLOBS].concat());
    let of_layout = blobs
        .range(below.clone()..)
        .take_while(|blob| blob.as_bytes().starts_with(below.as_bytes()))
        .filter(|blob| blob.folder() == below.as_bytes());
    let digest =
        |blob: &RepoPath| Digest::hex(DigestAlgorithm::Sha256, std::str::from_utf8(blob.file_name()).ok()?);
    let present: Vec<Digest> = of_layout.filter_map(digest).collect();
    oci::layout(&index, &present, &|digest| {
        if digest.algorithm != DigestAlgorithm::Sha256 {
            return None;
        }
        let name = data_encoding::HEXLOWER.encode(&digest.bytes);
        files.bytes(&RepoPath::new([below.as_bytes(), name.as_bytes()].concat()), SIZE_MAX as u64)
    })
}
