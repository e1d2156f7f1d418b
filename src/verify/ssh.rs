//! Verifies SSH signatures.

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents, UnparsedPublicKey,
    VerificationAlgorithm,
};

use super::Failure;
use crate::parse::signature::sshsig::{Curve, HashAlgorithm, Material, SshSignature, pair};

/// Smaller RSA keys prove nothing.
const RSA_LEAST: usize = 2048 / 8;
/// Larger RSA keys are not supported.
const RSA_MOST: usize = 8192 / 8;

/// Verifies that `signature` covers `message`, for `namespace`, with the key that it names. Whose key it is, is
/// decided elsewhere.
///
/// # Errors
/// Why that is not proven.
pub fn verify(signature: &SshSignature, message: &[u8], namespace: &str) -> Result<(), Failure> {
    let invalid = |why: &str| Err(Failure::Invalid(why.to_owned()));
    let SshSignature { key, .. } = signature;
    if signature.namespace != namespace.as_bytes() {
        return invalid("the signature was made for something else than this: its namespace is another one");
    }
    let Some(material) = &key.material else {
        let what = if key.is_certificate() { "with certificates of SSH" } else { "with such keys" };
        return Err(Failure::Inconclusive(format!(
            "signatures {what} ({}) are not supported; use ssh-keygen -Y verify",
            key.name
        )));
    };
    let signed = signed(signature, message, namespace);
    let signed = match (&key.application, signature.token) {
        (None, None) => signed,
        // A security token signs its own structure.
        (Some(application), Some((flags, counter))) => [
            digest(&SHA256, application).as_ref(),
            &[flags],
            &counter.to_be_bytes(),
            digest(&SHA256, &signed).as_ref(),
        ]
        .concat(),
        _ => return invalid("its key and its algorithm do not match"),
    };
    let algorithm = signature.algorithm.as_str();
    let holds = match material {
        Material::Ed25519(point) => {
            algorithm == key.name && point.len() == 32 && holds(&ED25519, point, &signed, &signature.bytes)
        }
        Material::Ecdsa(curve, point) => {
            let by: &'static dyn VerificationAlgorithm = match curve {
                Curve::P256 => &ECDSA_P256_SHA256_FIXED,
                Curve::P384 => &ECDSA_P384_SHA384_FIXED,
                Curve::P521 => &ECDSA_P521_SHA512_FIXED,
            };
            let is_point = point.len() == 1 + 2 * curve.width() && point.first() == Some(&4);
            let numbers = pair(&signature.bytes, *curve);
            algorithm == key.name
                && is_point
                && numbers.is_some_and(|numbers| holds(by, point, &signed, &numbers))
        }
        Material::Rsa { e, n } => {
            let by = match algorithm {
                "rsa-sha2-256" => &RSA_PKCS1_2048_8192_SHA256,
                "rsa-sha2-512" => &RSA_PKCS1_2048_8192_SHA512,
                _ => return invalid("its algorithm is not allowed for RSA keys in SSH"),
            };
            if !(RSA_LEAST..=RSA_MOST).contains(&n.len()) {
                return Err(Failure::Inconclusive(format!(
                    "an RSA key of about {} bits is not supported, only 2048 to 8192",
                    n.len() * 8
                )));
            }
            // Some writers drop leading zeros of the number.
            let mut number = vec![0; n.len().saturating_sub(signature.bytes.len())];
            number.extend_from_slice(&signature.bytes);
            RsaPublicKeyComponents { n, e }.verify(by, &signed, &number).is_ok()
        }
    };
    if holds { Ok(()) } else { invalid("it was not made over these bytes with the key that it names") }
}

fn holds(by: &'static dyn VerificationAlgorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(by, key).verify(message, signature).is_ok()
}

/// The signed bytes: the purpose, and the digest of the message.
fn signed(signature: &SshSignature, message: &[u8], namespace: &str) -> Vec<u8> {
    let hashed = match signature.hash {
        HashAlgorithm::Sha256 => digest(&SHA256, message),
        HashAlgorithm::Sha512 => digest(&SHA512, message),
    };
    let mut bytes = b"SSHSIG".to_vec();
    for part in [namespace.as_bytes(), b"", signature.hash.as_str().as_bytes(), hashed.as_ref()] {
        bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};

    use super::{Failure, SshSignature, verify};

    fn string(bytes: &[u8]) -> Vec<u8> {
        [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
    }

    fn number(bytes: &[u8]) -> Vec<u8> {
        string(&[&[0], bytes].concat())
    }

    /// A signature of `message` as a token makes it.
    fn by_token(is_edwards: bool, message: &[u8]) -> SshSignature {
        let random = SystemRandom::new();
        let inner =
            [string(b"git"), string(b""), string(b"sha256"), string(digest(&SHA256, message).as_ref())];
        let inner = [&b"SSHSIG"[..], &inner.concat()].concat();
        let token = [1, 0, 0, 0, 9];
        let text = [digest(&SHA256, b"ssh:").as_ref(), &token, digest(&SHA256, &inner).as_ref()].concat();
        let (name, key, made) = if is_edwards {
            let key = Ed25519KeyPair::generate().unwrap();
            let name = b"sk-ssh-ed25519@openssh.com".as_slice();
            (name, string(key.public_key().as_ref()), key.sign(&text).as_ref().to_vec())
        } else {
            let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
            let made = key.sign(&random, &text).unwrap();
            let (r, s) = made.as_ref().split_at(32);
            let key = [string(b"nistp256"), string(key.public_key().as_ref())].concat();
            (b"sk-ecdsa-sha2-nistp256@openssh.com".as_slice(), key, [number(r), number(s)].concat())
        };
        let key = [string(name), key, string(b"ssh:")].concat();
        let made = [string(name), string(&made), token.to_vec()].concat();
        let parts = [string(&key), string(b"git"), string(b""), string(b"sha256"), string(&made)].concat();
        SshSignature::from_bytes(&[&b"SSHSIG\0\0\0\x01"[..], &parts].concat()).unwrap()
    }

    #[test]
    fn signatures_by_security_tokens_are_verified() {
        for is_edwards in [true, false] {
            let sound = by_token(is_edwards, b"message");
            assert_eq!(verify(&sound, b"message", "git"), Ok(()));
            let refused = |signature: &SshSignature, message: &[u8], namespace: &str| {
                matches!(verify(signature, message, namespace), Err(Failure::Invalid(_)))
            };
            assert!(refused(&sound, b"other", "git"));
            assert!(refused(&sound, b"message", "file"));
            let mut other = sound.clone();
            other.token = Some((0, 9));
            assert!(refused(&other, b"message", "git"));
            other.token = None;
            assert!(refused(&other, b"message", "git"));
            other = sound.clone();
            other.key.application = Some(b"ssh:other".to_vec());
            assert!(refused(&other, b"message", "git"));
            other = sound;
            other.algorithm = "ssh-ed25519".to_owned();
            assert!(refused(&other, b"message", "git"));
        }
    }
}
