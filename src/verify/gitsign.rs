//! Signatures made by gitsign: a CMS object with a Fulcio certificate and a log entry.
//!
//! The signed attributes include the digest of the commit. The digest is compared here; the rest becomes a
//! Sigstore bundle over the attributes.

use std::io::{self, Cursor};

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey,
    VerificationAlgorithm,
};
use data_encoding::BASE64;
use serde_json::json;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::{Artifact, Failure, Proof, Verifier};
use crate::parse::signature::cms::CmsSignature;
use crate::parse::signature::log_entry::Body;
use crate::parse::signature::{Content, DigestAlgorithm, der};

/// Verifies `signature` over `payload`, by a certificate that a trusted root of `verifier` vouches for.
///
/// # Errors
/// Why that is not proven.
pub fn verify(signature: &CmsSignature, payload: &[u8], verifier: &dyn Verifier) -> Result<Proof, Failure> {
    let inconclusive = |why: &str| Err(Failure::Inconclusive(why.to_owned()));
    let message = message(signature, payload)?;
    match is_by_certificate(signature, message) {
        Some(true) => {}
        Some(false) => {
            return Err(Failure::Invalid(
                "it was not made over its attributes with the key of its certificate".to_owned(),
            ));
        }
        None => return inconclusive("the key type of its certificate is not supported"),
    }
    if !signature.is_fulcio {
        return inconclusive(
            "its certificate is by none of Sigstore's authorities (S/MIME); `git verify-commit` with gpgsm or \
             smimesign judges it",
        );
    }
    let Some(entry) = &signature.log_entry else {
        return inconclusive(
            "its log entry is not in it, as gitsign leaves it by default; `gitsign verify` looks it up online, and \
             `gitsign.rekorMode = offline` embeds it in the commits to come",
        );
    };
    let about = Body { message, signature: &signature.signature, certificate: &signature.certificate };
    let Some(entry) = entry.in_bundle(&about) else {
        return inconclusive("the kind of its log entry is not supported");
    };
    let mut material = json!({ "certificate": { "rawBytes": BASE64.encode(&signature.certificate) }, "tlogEntries": [entry] });
    let timestamps: Vec<_> = signature
        .timestamps
        .iter()
        .map(|token| json!({ "signedTimestamp": BASE64.encode(&response(token)) }))
        .collect();
    if let (Some(fields), false) = (material.as_object_mut(), timestamps.is_empty()) {
        fields.insert("timestampVerificationData".to_owned(), json!({ "rfc3161Timestamps": timestamps }));
    }
    let bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": material,
        "messageSignature": {
            "messageDigest": { "algorithm": "SHA2_256", "digest": BASE64.encode(&Sha256::digest(message)) },
            "signature": BASE64.encode(&signature.signature),
        },
    });
    let open = || -> io::Result<Box<dyn io::Read>> { Ok(Box::new(Cursor::new(message.to_vec()))) };
    verifier.verify(&Content::Bundle(bundle.to_string()), &Artifact::Stream(&open), &[])
}

/// The signed bytes: the attributes if present, one of which is the digest of `payload`.
fn message<'a>(signature: &'a CmsSignature, payload: &'a [u8]) -> Result<&'a [u8], Failure> {
    let (Some(attributes), Some(digest)) = (&signature.attributes, &signature.digest) else {
        return Ok(payload);
    };
    let made = match signature.digest_algorithm {
        Some(DigestAlgorithm::Sha256) => Sha256::digest(payload).to_vec(),
        Some(DigestAlgorithm::Sha384) => Sha384::digest(payload).to_vec(),
        Some(DigestAlgorithm::Sha512) => Sha512::digest(payload).to_vec(),
        None => {
            return Err(Failure::Inconclusive(
                "its digest algorithm is not supported, for example SHA-1".to_owned(),
            ));
        }
    };
    if made == *digest {
        Ok(attributes)
    } else {
        Err(Failure::ArtifactMismatch("it was made for something else: its digest does not match".to_owned()))
    }
}

/// Whether the key of the certificate has signed `message`; `None` if the algorithm is not supported.
fn is_by_certificate(signature: &CmsSignature, message: &[u8]) -> Option<bool> {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    // The OIDs of signature algorithms and curves.
    const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3];
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
    const EDWARDS: &[u8] = &[0x2b, 0x65, 0x70];
    const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    const P384: &[u8] = &[0x2b, 0x81, 4, 0, 0x22];
    enum Way {
        Ecdsa,
        Rsa,
        Edwards,
    }
    let named = signature.algorithm.as_slice();
    let (way, digest) = match (named.strip_prefix(ECDSA), named.strip_prefix(RSA)) {
        (Some([2]), _) => (Way::Ecdsa, Sha256),
        (Some([3]), _) => (Way::Ecdsa, Sha384),
        (_, Some([1])) => (Way::Rsa, signature.digest_algorithm?),
        (_, Some([11])) => (Way::Rsa, Sha256),
        (_, Some([12])) => (Way::Rsa, Sha384),
        (_, Some([13])) => (Way::Rsa, Sha512),
        _ if named == EDWARDS => (Way::Edwards, Sha512),
        _ => return None,
    };
    let mut algorithm = der::Reader(&signature.key).take(der::SEQUENCE)?.parts().take(der::SEQUENCE)?.parts();
    algorithm.take(der::OID)?;
    let curve = algorithm.take(der::OID).map(|value| value.inner);
    let by: &'static dyn VerificationAlgorithm = match (way, curve, digest) {
        (Way::Ecdsa, Some(P256), Sha256) => &ECDSA_P256_SHA256_ASN1,
        (Way::Ecdsa, Some(P256), Sha384) => &ECDSA_P256_SHA384_ASN1,
        (Way::Ecdsa, Some(P384), Sha256) => &ECDSA_P384_SHA256_ASN1,
        (Way::Ecdsa, Some(P384), Sha384) => &ECDSA_P384_SHA384_ASN1,
        (Way::Rsa, _, Sha256) => &RSA_PKCS1_2048_8192_SHA256,
        (Way::Rsa, _, Sha384) => &RSA_PKCS1_2048_8192_SHA384,
        (Way::Rsa, _, Sha512) => &RSA_PKCS1_2048_8192_SHA512,
        (Way::Edwards, ..) => &ED25519,
        _ => return None,
    };
    Some(UnparsedPublicKey::new(by, &signature.key).verify(message, &signature.signature).is_ok())
}

/// Wraps a time-stamp token into a granted response, as bundles contain it.
fn response(token: &[u8]) -> Vec<u8> {
    let granted = der::wrap(der::SEQUENCE, &der::wrap(der::INTEGER, &[0]));
    der::wrap(der::SEQUENCE, &[granted.as_slice(), token].concat())
}
