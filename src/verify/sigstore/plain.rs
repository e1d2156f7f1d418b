//! Signatures by a plain key: over the artifact, or over an envelope that names it.

use std::io::{self, Read as _};

use sha2::{Digest as _, Sha256};
use sigstore_types::{ArtifactDigest, DerPublicKey, HashAlgorithm, SignatureBytes, Statement, pae};
use sigstore_verify::crypto::{ArtifactHasher, KeyAlgorithm, SigningScheme, VerificationKey, hash_reader};

use crate::parse::signature::DigestAlgorithm;
use crate::verify::{Artifact, Failure, PublicKey};

/// The largest artifact for algorithms that need it in memory.
const WHOLE_MAX: u64 = 512 << 20;
/// The payload type of in-toto statements.
const IN_TOTO: &str = "application/vnd.in-toto+json";

/// The failure for an unreadable artifact.
pub(super) fn unreadable(error: &io::Error) -> Failure {
    Failure::Inconclusive(format!("the artifact cannot be read: {error}"))
}

/// Converts a digest to the library's type.
pub(super) fn digest_of(digest: &crate::parse::signature::Digest) -> Result<ArtifactDigest, Failure> {
    let algorithm = match digest.algorithm {
        DigestAlgorithm::Sha256 => HashAlgorithm::Sha2256,
        DigestAlgorithm::Sha384 => HashAlgorithm::Sha2384,
        DigestAlgorithm::Sha512 => HashAlgorithm::Sha2512,
    };
    ArtifactDigest::new(algorithm, digest.bytes.clone())
        .map_err(|error| Failure::Inconclusive(format!("the digest of the artifact is malformed: {error}")))
}

/// The bytes of an artifact, for algorithms that need it in memory.
pub(super) fn whole(artifact: &Artifact<'_>) -> Result<Vec<u8>, Failure> {
    let Artifact::Stream(open) = artifact else {
        return Err(Failure::Inconclusive(
            "a signature of this algorithm needs the artifact itself, not its digest".to_owned(),
        ));
    };
    let mut bytes = Vec::new();
    let read = open().and_then(|stream| stream.take(WHOLE_MAX + 1).read_to_end(&mut bytes));
    read.map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > WHOLE_MAX {
        return Err(Failure::Inconclusive(format!(
            "a signature of this algorithm is verified over the whole artifact in memory, and that is larger than {} MiB",
            WHOLE_MAX >> 20
        )));
    }
    Ok(bytes)
}

/// The digests of an artifact by these algorithms, in one pass; of a digest, only that one.
fn digests(artifact: &Artifact<'_>, wanted: &[HashAlgorithm]) -> Result<Vec<ArtifactDigest>, Failure> {
    match artifact {
        Artifact::Digest(digest) => {
            let digest = digest_of(digest)?;
            Ok(wanted.contains(&digest.algorithm()).then_some(digest).into_iter().collect())
        }
        Artifact::Stream(open) => {
            let hashers: Result<Vec<ArtifactHasher>, _> =
                wanted.iter().map(|algorithm| ArtifactHasher::new(*algorithm)).collect();
            let mut hashers =
                hashers.map_err(|error| Failure::Inconclusive(format!("it cannot be digested: {error}")))?;
            let stream = open().map_err(|error| unreadable(&error))?;
            hash_reader(stream, &mut hashers).map_err(|error| unreadable(&error))?;
            Ok(hashers.into_iter().map(ArtifactHasher::finalize).collect())
        }
    }
}

/// The schemes with which a key of this kind may have signed. cosign uses SHA-256 for every kind.
const fn schemes(algorithm: KeyAlgorithm) -> &'static [SigningScheme] {
    match algorithm {
        KeyAlgorithm::EcdsaP256 => &[SigningScheme::EcdsaP256Sha256, SigningScheme::EcdsaP256Sha384],
        KeyAlgorithm::EcdsaP384 => &[SigningScheme::EcdsaP384Sha384, SigningScheme::EcdsaP384Sha256],
        KeyAlgorithm::Rsa => &[
            SigningScheme::RsaPkcs1Sha256,
            SigningScheme::RsaPkcs1Sha384,
            SigningScheme::RsaPkcs1Sha512,
            SigningScheme::RsaPssSha256,
            SigningScheme::RsaPssSha384,
            SigningScheme::RsaPssSha512,
        ],
        KeyAlgorithm::Ed25519 => &[SigningScheme::Ed25519],
        KeyAlgorithm::MlDsa44 => &[SigningScheme::MlDsa44],
        KeyAlgorithm::MlDsa65 => &[SigningScheme::MlDsa65],
        KeyAlgorithm::MlDsa87 => &[SigningScheme::MlDsa87],
        _ => &[],
    }
}

/// The index of the one of `keys` that made `signature` over the artifact.
pub(super) fn over_artifact(
    keys: &[DerPublicKey],
    signature: &SignatureBytes,
    artifact: &Artifact<'_>,
) -> Result<usize, Failure> {
    let ways: Vec<(usize, &DerPublicKey, &[SigningScheme])> = keys
        .iter()
        .enumerate()
        .filter_map(|(at, key)| Some((at, key, schemes(KeyAlgorithm::from_spki(key).ok()?))))
        .collect();
    if ways.is_empty() {
        return Err(unknown_keys());
    }
    let all = || ways.iter().flat_map(|(at, key, schemes)| schemes.iter().map(move |s| (*at, *key, *s)));
    let mut tried = false;
    // SHA-256 is almost universal; the others cost a second pass over the artifact.
    for round in [&[HashAlgorithm::Sha2256][..], &[HashAlgorithm::Sha2384, HashAlgorithm::Sha2512]] {
        let mut wanted = round.to_vec();
        wanted.retain(|algorithm| all().any(|(_, _, scheme)| scheme.hash_algorithm() == Some(*algorithm)));
        if wanted.is_empty() {
            continue;
        }
        for digest in digests(artifact, &wanted)? {
            for (at, key, scheme) in all() {
                if scheme.hash_algorithm() != Some(digest.algorithm()) {
                    continue;
                }
                tried = true;
                let key = VerificationKey::from_spki_with_scheme(key, scheme);
                if key.is_ok_and(|key| key.verify_prehashed(digest.as_bytes(), signature).is_ok()) {
                    return Ok(at);
                }
            }
        }
    }
    let mut bytes = None;
    for (at, key, scheme) in all().filter(|(_, _, scheme)| scheme.hash_algorithm().is_none()) {
        let bytes = match &bytes {
            Some(bytes) => bytes,
            None => bytes.insert(whole(artifact)?),
        };
        tried = true;
        let key = VerificationKey::from_spki_with_scheme(key, scheme);
        if key.is_ok_and(|key| key.verify(bytes, signature).is_ok()) {
            return Ok(at);
        }
    }
    if !tried {
        return Err(Failure::Inconclusive(
            "a signature by such a key is over a digest of another algorithm than the one that is known"
                .to_owned(),
        ));
    }
    Err(Failure::Invalid(not_made(keys.len())))
}

/// True if `hint` is a fingerprint in the format of registries, and matches none of `keys`.
pub(super) fn names_other(hint: &str, keys: &[PublicKey]) -> bool {
    let Some(named) = hint.strip_prefix("SHA256:") else { return false };
    let Some(named) = super::base64(named).filter(|digest| digest.len() == 32) else { return false };
    !keys.iter().any(|key| Sha256::digest(&key.der).as_slice() == named.as_slice())
}

/// The message if none of these keys made a signature.
pub(super) fn not_made(keys: usize) -> String {
    match keys {
        1 => "the signature was not made by the key over this artifact".to_owned(),
        keys => format!("the signature was made by none of the {keys} keys over this artifact"),
    }
}

/// The failure for keys of unsupported algorithms.
pub(super) fn unknown_keys() -> Failure {
    Failure::Inconclusive(
        "the key type is not supported; ECDSA over P-256 and P-384, RSA, Ed25519 and ML-DSA are".to_owned(),
    )
}

/// The index of the one of `keys` that made one of `signatures` over an envelope with this payload.
pub(super) fn over_envelope(
    keys: &[DerPublicKey],
    payload_type: &str,
    payload: &[u8],
    signatures: &[SignatureBytes],
) -> Result<usize, Failure> {
    let pae = pae(payload_type, payload);
    let mut known = false;
    for (at, key) in keys.iter().enumerate() {
        let Ok(algorithm) = KeyAlgorithm::from_spki(key) else { continue };
        known = true;
        for scheme in schemes(algorithm) {
            let Ok(key) = VerificationKey::from_spki_with_scheme(key, *scheme) else { continue };
            if signatures.iter().any(|signature| key.verify(&pae, signature).is_ok()) {
                return Ok(at);
            }
        }
    }
    if !known {
        return Err(unknown_keys());
    }
    Err(Failure::Invalid(match keys.len() {
        1 => "the envelope was not signed by the key".to_owned(),
        keys => format!("the envelope was signed by none of the {keys} keys"),
    }))
}

/// Checks that the payload of an envelope is about the artifact.
pub(super) fn bound(payload_type: &str, payload: &[u8], artifact: &Artifact<'_>) -> Result<(), Failure> {
    if payload_type != IN_TOTO {
        return Err(Failure::Inconclusive(format!(
            "the payload type `{payload_type}` of the envelope is not supported"
        )));
    }
    let statement: Statement = serde_json::from_slice(payload).map_err(|error| {
        Failure::Invalid(format!("the statement in the envelope cannot be read: {error}"))
    })?;
    let wanted = statement.subject_algorithms();
    let digests = digests(artifact, &wanted)?;
    if wanted.is_empty() || digests.is_empty() {
        return Err(Failure::Inconclusive(
            "the statement names its subjects by digests of other algorithms than SHA-256 and SHA-512, or than the one that is known"
                .to_owned(),
        ));
    }
    let named = digests.iter().any(|digest| match digest.algorithm() {
        HashAlgorithm::Sha2256 => {
            digest.as_bytes().try_into().is_ok_and(|hash| statement.matches_sha256(&hash))
        }
        HashAlgorithm::Sha2512 => {
            digest.as_bytes().try_into().is_ok_and(|hash| statement.matches_sha512(&hash))
        }
        _ => false,
    });
    if named {
        return Ok(());
    }
    Err(Failure::ArtifactMismatch(
        "the statement that was signed is about other files than this artifact".to_owned(),
    ))
}
