//! Digests of git's kinds without the search for collisions of git's own functions, which takes longer than all the
//! rest: for what tells of damage, or of whether two texts are the same, and for nothing that vouches.

use gix::hash::Kind;
use gix::oid;
use sha1::Sha1;
use sha2::digest::Output;
use sha2::{Digest, Sha256};

/// True if `id` is that of a blob of these bytes.
pub(super) fn is_of_blob(id: &oid, bytes: &[u8]) -> bool {
    is_of(id.kind(), id.as_bytes(), &[format!("blob {}\0", bytes.len()).as_bytes(), bytes])
}

/// True if `digest` is that of all `parts`, one behind the other.
pub(super) fn is_of(kind: Kind, digest: &[u8], parts: &[&[u8]]) -> bool {
    match kind {
        Kind::Sha1 => made::<Sha1>(parts)[..] == *digest,
        Kind::Sha256 => made::<Sha256>(parts)[..] == *digest,
        _ => false,
    }
}

fn made<D: Digest>(parts: &[&[u8]]) -> Output<D> {
    parts.iter().fold(D::new(), |digest, part| digest.chain_update(part)).finalize()
}
