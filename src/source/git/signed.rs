//! Which commits and tags are signed, and how; recorded during the walk.

use gix::ObjectId;
use rayon::prelude::*;

use super::decode;
use crate::model::SignatureKind;
use crate::source::StoredCommit;

/// A commit or a tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noted {
    pub(super) id: ObjectId,
    pub(super) is_tag: bool,
    /// Its position in the order of commits.
    pub(super) rank: u64,
    pub(super) signature: Option<SignatureKind>,
}

/// Calls `visit` for all of `noted`. Objects with a verifiable signature are read again, by `read`, with
/// per-thread state from `with`: they are few, and not kept in memory.
pub(super) fn show<T>(
    noted: &[Noted],
    with: impl Fn() -> T + Send + Sync,
    read: impl Fn(&mut T, &Noted) -> Option<Vec<u8>> + Send + Sync,
    visit: &(dyn Fn(StoredCommit<'_>) + Sync),
) {
    let shown = |one: &Noted, bytes: Option<&[u8]>| {
        let Noted { is_tag, rank, signature, .. } = *one;
        visit(StoredCommit { id: decode::model_id(one.id), is_tag, rank, signature, bytes });
    };
    let is_plain = |one: &&Noted| matches!(one.signature, None | Some(SignatureKind::Pgp));
    noted.iter().filter(is_plain).for_each(|one| shown(one, None));
    let others: Vec<&Noted> = noted.iter().filter(|one| !is_plain(one)).collect();
    others.par_iter().with_min_len(16).for_each_init(with, |with, one| {
        let bytes = read(with, one);
        shown(one, bytes.as_deref());
    });
}
