//! `weak-signing-key`: a malformed or weak public signing key.

use crate::engine::file_kind::is_aside;
use crate::engine::{Check, Reporter, Run};
use crate::model::{Blob, Confidence, Family, Meta, RepoPath, Severity, Span};
use crate::parse::signature::key;

/// The check.
pub(crate) static CHECK: Check = Check {
    meta: Meta {
        id: "weak-signing-key",
        title: "malformed or weak signing key",
        severity: Severity::Medium,
        confidence: Confidence::High,
        family: Family::Provenance,
        remedy: "create a new key pair with `cosign generate-key-pair`, sign the releases again and commit the new public key",
        docs: r"
## What it does
Reads public keys by name and location: `cosign.pub`, `*.pub` in the root, PEM files in directories such as `keys` and
`.github`, files named sign, release or verify. Unreadable keys, RSA keys below 2048 bits, DSA keys and the curves P-192
and P-224 are reported, and cosign keys of an algorithm that cosign does not support. SSH, OpenPGP and minisign keys,
tests and examples are skipped.

## Why is this bad
Users verify releases with the key in the repository. A weak one lets an attacker forge signatures; with a malformed one
verification is impossible, and users learn to skip it.

## Example
A `cosign.pub` that was cut off when it was copied, or one with an RSA key of 1024 bits.

## Use instead
The key that `cosign generate-key-pair` writes (ECDSA over P-256), or no key at all: keyless signing with the
identity of the release workflow.

## Known problems
Whether the point of a key lies on its curve is not computed.

## References
- [NIST SP 800-131A, transitioning the use of cryptographic algorithms](https://csrc.nist.gov/pubs/sp/800/131/a/r2/final)
- [FIPS 186-5, digital signature standard](https://csrc.nist.gov/pubs/fips/186-5/final)
",
    },
    run: Run::Named { named, contents: &[], applies, run },
};

/// True for keys named after cosign: such a file never contains anything else.
fn is_cosign(path: &RepoPath) -> bool {
    let name = path.file_name().to_ascii_lowercase();
    is_key_name(&name) && memchr::memmem::find(&name, b"cosign").is_some()
}

fn is_key_name(name: &[u8]) -> bool {
    [&b".pub"[..], b".pem"].iter().any(|end| name.len() > end.len() && name.ends_with(end))
}

fn named(path: &RepoPath) -> bool {
    const FOLDERS: [&[u8]; 8] =
        [b"keys", b"key", b".keys", b".github", b".sigstore", b"sigstore", b"cosign", b"signing"];
    const WORDS: [&[u8]; 5] = [b"cosign", b"sign", b"sigstore", b"release", b"verify"];
    let name = path.file_name().to_ascii_lowercase();
    if !is_key_name(&name) {
        return false;
    }
    let folders = &path.as_bytes()[..path.as_bytes().len() - name.len()];
    (folders.is_empty() && name.ends_with(b".pub"))
        || WORDS.iter().any(|word| memchr::memmem::find(&name, word).is_some())
        || folders.split(|b| *b == b'/').any(|folder| FOLDERS.contains(&folder))
}

fn applies(blob: &Blob<'_>) -> bool {
    named(blob.path) && !is_aside(blob)
}

fn run(blob: &Blob<'_>, to: &mut Reporter<'_>) {
    let cosign = is_cosign(blob.path);
    let keys = key::public_keys(blob.bytes);
    if keys.is_empty() {
        // A certificate or a key of another program is not a malformed key.
        let other = memchr::memmem::find(blob.bytes, b"-----BEGIN ").is_some()
            || [&b"ssh-"[..], b"ecdsa-", b"untrusted comment:"]
                .iter()
                .any(|start| blob.bytes.starts_with(start));
        if cosign && !other {
            let why = key::public_key(blob.bytes).err();
            to.file(format!("the signing key cannot be read: the file {}", why.unwrap_or_default()));
        }
        return;
    }
    for (line, key) in keys {
        let message = match key {
            Err(why) => Some(format!("the signing key cannot be read: the file {why}")),
            Ok(key) => match key.algorithm.weakness() {
                Some(why) => Some(format!("the signing key is weak ({}): {why}", key.algorithm.name())),
                None if cosign && !key.algorithm.is_usual() => Some(format!(
                    "the signing key is for {}, which cosign cannot verify with",
                    key.algorithm.name()
                )),
                None => None,
            },
        };
        if let Some(message) = message {
            to.report(span_of(blob.bytes, line), message);
        }
    }
}

/// The text of a line.
fn span_of(text: &[u8], line: u32) -> Span {
    let mut start = 0;
    for _ in 1..line {
        start += memchr::memchr(b'\n', &text[start..]).map_or(0, |at| at + 1);
    }
    let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at);
    Span::new(start, end)
}
