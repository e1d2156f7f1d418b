//! Fingerprints: the identity of a finding across runs.

use hmac::{Hmac, KeyInit, Mac as _};
use sha2::Sha256;

/// The default key. It is public: only unguessable values are hashed under it, see [`fingerprint`].
const PUBLIC_KEY: &[u8] = b"bartizan fingerprint v1";

/// The key of [`hint`], also public.
const HINT_KEY: &[u8] = b"bartizan fingerprint v1 hint";

/// A fingerprint over `parts`, keyed with `key` or, without one, with a public key.
///
/// Free of path, line, commit and author, so that it survives renames, rebases and reformatting.
/// A guessable value must not be among `parts` unless `key` is secret: a public hash of a weak password lets anyone
/// test guesses. Its [`hint`] is allowed.
#[must_use]
pub fn fingerprint(key: Option<&[u8]>, parts: &[&[u8]]) -> String {
    let digest = digest(key.unwrap_or(PUBLIC_KEY), parts);
    let mut out = String::with_capacity(35);
    out.push_str("b1:");
    out.push_str(&data_encoding::HEXLOWER.encode(&digest[..16]));
    out
}

/// Eight bits of a hash of `parts` under a public key: too few to confirm a guess, enough to detect a change in 255 of
/// 256 cases.
#[must_use]
pub fn hint(parts: &[&[u8]]) -> u8 {
    digest(HINT_KEY, parts)[0]
}

fn digest(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
