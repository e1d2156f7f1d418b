//! What makes a finding the same finding in another run.

use hmac::{Hmac, KeyInit, Mac as _};
use sha2::Sha256;

/// The key used where the user gave none. It is public: only values that cannot be guessed are
/// hashed under it, see [`fingerprint`].
const PUBLIC_KEY: &[u8] = b"bartizan fingerprint v1";

/// A fingerprint over `parts`, keyed with `key` or, without one, with a public key.
///
/// Free of path, line, commit and author, so that it survives renames, rebases and reformatting.
/// A value that can be guessed must not be among `parts` unless `key` is secret: a public keyed
/// hash of a weak password is a way to test guesses.
#[must_use]
pub fn fingerprint(key: Option<&[u8]>, parts: &[&[u8]]) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.unwrap_or(PUBLIC_KEY))
        .expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part);
    }
    let digest = mac.finalize().into_bytes();
    let mut out = String::with_capacity(35);
    out.push_str("b1:");
    out.push_str(&data_encoding::HEXLOWER.encode(&digest[..16]));
    out
}
