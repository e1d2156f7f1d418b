//! Messages about versions, algorithms and formats that are unknown. They may be sound: a newer version is not a fault.

pub(super) const BUNDLE: &str = "is a Sigstore bundle of an unknown version";
pub(super) const ATTESTATION: &str = "is a Python attestation of an unknown version";
pub(super) const ALGORITHM: &str = "the digest algorithm is unknown";
pub(super) const LISTED: &str = "a digest of an unknown algorithm";
pub(super) const FORMAT: &str = "of the attestations in it have an unknown format";

/// True if the message of a mistake says that what it is about is unknown.
#[must_use]
pub fn is_unknown(message: &str) -> bool {
    [BUNDLE, ATTESTATION, ALGORITHM, LISTED, FORMAT].iter().any(|known| message.ends_with(known))
}
