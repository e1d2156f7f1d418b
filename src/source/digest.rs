//! Digests without git's collision detection, which takes longer than everything else: only to detect damage or to
//! compare texts, never to verify a signature.

use gix::hash::Kind;
use gix::oid;
use sha1::Sha1;
use sha2::digest::Output;
use sha2::{Digest, Sha256};

/// True if `id` is the blob id of `bytes`.
pub(super) fn is_of_blob(id: &oid, bytes: &[u8]) -> bool {
    is_of(id.kind(), id.as_bytes(), &[format!("blob {}\0", bytes.len()).as_bytes(), bytes])
}

/// True if `digest` is that of the concatenated `parts`.
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
