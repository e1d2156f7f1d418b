//! Public keys: algorithm and strength.

use sha2::{Digest as _, Sha256};
use spki::der::asn1::{AnyRef, BitStringRef, UintRef};
use spki::der::{Decode as _, Reader as _, SliceReader};
use spki::{ObjectIdentifier, SubjectPublicKeyInfoRef};

use super::pem;

/// The algorithm of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA over NIST's P-192.
    P192,
    /// ECDSA over NIST's P-224.
    P224,
    /// ECDSA over NIST's P-256: cosign's default.
    P256,
    /// ECDSA over NIST's P-384.
    P384,
    /// ECDSA over NIST's P-521.
    P521,
    /// ECDSA over the curve of Bitcoin.
    Secp256k1,
    /// Ed25519
    Ed25519,
    /// Ed448
    Ed448,
    /// RSA, with the size of its modulus in bits.
    Rsa(u32),
    /// DSA
    Dsa,
    /// ML-DSA (FIPS 204), with its level: 44, 65 or 87.
    MlDsa(u8),
    /// Another one, by its object identifier: `1.2.840.10045.2.1` and so on.
    Other(String),
}

impl Algorithm {
    /// The name, with the size if there are several.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::P192 => "ECDSA P-192".to_owned(),
            Self::P224 => "ECDSA P-224".to_owned(),
            Self::P256 => "ECDSA P-256".to_owned(),
            Self::P384 => "ECDSA P-384".to_owned(),
            Self::P521 => "ECDSA P-521".to_owned(),
            Self::Secp256k1 => "ECDSA secp256k1".to_owned(),
            Self::Ed25519 => "Ed25519".to_owned(),
            Self::Ed448 => "Ed448".to_owned(),
            Self::Rsa(bits) => format!("RSA {bits}"),
            Self::Dsa => "DSA".to_owned(),
            Self::MlDsa(level) => format!("ML-DSA-{level}"),
            Self::Other(id) => format!("an unknown algorithm ({id})"),
        }
    }

    /// Why signatures by such a key are weak, if so.
    #[must_use]
    pub fn weakness(&self) -> Option<&'static str> {
        match self {
            Self::Rsa(bits) if *bits < 2048 => Some("RSA keys below 2048 bits can be broken"),
            Self::Dsa => Some("DSA is no longer approved for signing (FIPS 186-5)"),
            Self::P192 => Some("a curve of 192 bits gives 96 bits of strength, less than the required 128"),
            Self::P224 => Some("a curve of 224 bits gives 112 bits of strength, less than the required 128"),
            _ => None,
        }
    }

    /// True for algorithms that cosign and its libraries can verify.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        match self {
            Self::P256 | Self::P384 | Self::P521 | Self::Ed25519 | Self::MlDsa(_) => true,
            Self::Rsa(bits) => (2048..=8192).contains(bits),
            _ => false,
        }
    }
}

/// A well-formed public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// `SubjectPublicKeyInfo`, DER.
    pub der: Vec<u8>,
    /// `SHA256:` and the digest of `der` in hexadecimal digits.
    pub fingerprint: String,
}

/// The only public key of a file.
///
/// # Errors
/// What is wrong, to follow the name of the file.
pub fn public_key(bytes: &[u8]) -> Result<KeyFacts, String> {
    let mut all = public_keys(bytes).into_iter().map(|(_, key)| key);
    let first = all.next().unwrap_or_else(|| {
        Err(if bytes.trim_ascii().is_empty() {
            "is empty".to_owned()
        } else if memchr::memmem::find(bytes, b"PRIVATE KEY-----").is_some() {
            "holds a private key and no public one".to_owned()
        } else {
            "holds no PEM block of a public key".to_owned()
        })
    })?;
    match all.next() {
        None => Ok(first),
        Some(_) => Err("holds more than one key; cosign reads the first alone".to_owned()),
    }
}

/// The public keys of a file with their first lines, each parsed or with an error.
#[must_use]
pub fn public_keys(bytes: &[u8]) -> Vec<(u32, Result<KeyFacts, String>)> {
    let blocks = pem::blocks(bytes).into_iter();
    blocks
        .filter_map(|block| {
            let of = match block.label {
                b"PUBLIC KEY" => facts,
                b"RSA PUBLIC KEY" => of_pkcs1,
                _ => return None,
            };
            let der = block.der.map_err(|message| format!("holds a key block that {message}"));
            Some((block.line, der.and_then(|der| of(&der))))
        })
        .collect()
}

const MALFORMED: &str = "contains a malformed key: it is not a SubjectPublicKeyInfo";

/// Parses a `SubjectPublicKeyInfo` (RFC 5280) in DER.
///
/// # Errors
/// What is wrong with it.
pub fn facts(der: &[u8]) -> Result<KeyFacts, String> {
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| MALFORMED.to_owned())?;
    let id = info.algorithm.oid.to_string();
    let algorithm = match id.as_str() {
        "1.2.840.10045.2.1" => curve(info.algorithm.parameters, &info.subject_public_key)?,
        "1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10" => rsa(bits(&info.subject_public_key)?)?,
        "1.2.840.10040.4.1" => Algorithm::Dsa,
        "1.3.101.112" => sized(&info.subject_public_key, 32, Algorithm::Ed25519)?,
        "1.3.101.113" => sized(&info.subject_public_key, 57, Algorithm::Ed448)?,
        "2.16.840.1.101.3.4.3.17" => sized(&info.subject_public_key, 1312, Algorithm::MlDsa(44))?,
        "2.16.840.1.101.3.4.3.18" => sized(&info.subject_public_key, 1952, Algorithm::MlDsa(65))?,
        "2.16.840.1.101.3.4.3.19" => sized(&info.subject_public_key, 2592, Algorithm::MlDsa(87))?,
        _ => Algorithm::Other(id),
    };
    let fingerprint = format!("SHA256:{}", data_encoding::HEXLOWER.encode(&Sha256::digest(der)));
    Ok(KeyFacts { algorithm, der: der.to_vec(), fingerprint })
}

fn bits<'a>(key: &BitStringRef<'a>) -> Result<&'a [u8], String> {
    key.as_bytes().ok_or_else(|| MALFORMED.to_owned())
}

fn sized(key: &BitStringRef<'_>, length: usize, algorithm: Algorithm) -> Result<Algorithm, String> {
    let found = bits(key)?.len();
    if found == length {
        return Ok(algorithm);
    }
    Err(format!("holds a key for {} of {found} bytes; it should have {length}", algorithm.name()))
}

/// The curve of a key; rejects a malformed point. The verifier checks that it is on the curve.
fn curve(parameters: Option<AnyRef<'_>>, key: &BitStringRef<'_>) -> Result<Algorithm, String> {
    let id = parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
    let Some(id) = id.map(|id| id.to_string()) else {
        return Err("holds a key for ECDSA that does not name its curve".to_owned());
    };
    let (algorithm, size) = match id.as_str() {
        "1.2.840.10045.3.1.1" => (Algorithm::P192, 24),
        "1.3.132.0.33" => (Algorithm::P224, 28),
        "1.2.840.10045.3.1.7" => (Algorithm::P256, 32),
        "1.3.132.0.34" => (Algorithm::P384, 48),
        "1.3.132.0.35" => (Algorithm::P521, 66),
        "1.3.132.0.10" => (Algorithm::Secp256k1, 32),
        _ => return Ok(Algorithm::Other(id)),
    };
    let point = bits(key)?;
    let fits = match point.first() {
        Some(4) => point.len() == 1 + 2 * size,
        Some(2 | 3) => point.len() == 1 + size,
        _ => false,
    };
    if fits && point.iter().skip(1).any(|b| *b != 0) {
        return Ok(algorithm);
    }
    Err(format!("holds a key for {} whose point is malformed", algorithm.name()))
}

/// Parses `RSAPublicKey` (RFC 8017): the modulus and the exponent.
fn rsa(der: &[u8]) -> Result<Algorithm, String> {
    let read = || -> spki::der::Result<(u32, Vec<u8>)> {
        let mut reader = SliceReader::new(der)?;
        let found = reader.sequence(|inner| {
            let modulus = UintRef::decode(inner)?;
            let exponent = UintRef::decode(inner)?;
            let zeros = modulus.as_bytes().first().map_or(0, |first| first.leading_zeros());
            let bits = u32::try_from(modulus.as_bytes().len()).unwrap_or(u32::MAX).saturating_mul(8);
            Ok((bits.saturating_sub(zeros), exponent.as_bytes().to_vec()))
        })?;
        reader.finish(found)
    };
    let (bits, exponent) = read().map_err(|_| "holds a key for RSA that is malformed".to_owned())?;
    let odd = exponent.last().is_some_and(|last| last % 2 == 1);
    if !odd || exponent == [1] {
        return Err("holds an RSA key with an invalid exponent".to_owned());
    }
    Ok(Algorithm::Rsa(bits))
}

/// Wraps the older format of RSA keys (PKCS#1) into a `SubjectPublicKeyInfo`.
fn of_pkcs1(der: &[u8]) -> Result<KeyFacts, String> {
    // rsaEncryption, with NULL parameters.
    const ALGORITHM: [u8; 15] =
        [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    rsa(der)?;
    let key = tagged(0x03, &[&[0], der].concat());
    facts(&tagged(0x30, &[&ALGORITHM, key.as_slice()].concat()))
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = &length[length.iter().take_while(|b| **b == 0).count()..];
    let mut out = vec![tag];
    match length {
        [] => out.push(0),
        [short @ 0..=0x7f] => out.push(*short),
        long => {
            // At most eight.
            out.push(0x80 | long.len() as u8);
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::tagged;

    #[test]
    fn lengths_are_as_short_as_they_can_be() {
        assert_eq!(tagged(4, &[])[..2], [4, 0]);
        assert_eq!(tagged(4, &[0; 127])[..2], [4, 127]);
        assert_eq!(tagged(4, &[0; 128])[..3], [4, 0x81, 128]);
        assert_eq!(tagged(4, &[0; 300])[..4], [4, 0x82, 1, 44]);
    }
}
