//! CMS signatures (RFC 5652) of commits and tags, by gitsign and S/MIME.

use super::DigestAlgorithm;
use super::der::{self, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE, SET, Value};
use super::log_entry::LogEntry;
use super::sshsig::{Mistake, unarmoured};

const BEGIN: &[u8] = b"-----BEGIN SIGNED MESSAGE-----";
const END: &[u8] = b"-----END SIGNED MESSAGE-----";
/// The most certificates, signers or attributes.
const MAX_PARTS: usize = 64;

/// 1.2.840.113549.1.7.2
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
/// 1.2.840.113549.1.9.4
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
/// 1.2.840.113549.1.9.16.2.14
const TIMESTAMP: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 14];
/// 1.3.6.1.4.1.57264.3.1
const LOG_ENTRY: &[u8] = &[0x2b, 6, 1, 4, 1, 0x83, 0xbf, 0x30, 3, 1];
/// The prefix 1.3.6.1.4.1.57264.1 of Fulcio's extensions.
const FULCIO: &[u8] = &[0x2b, 6, 1, 4, 1, 0x83, 0xbf, 0x30, 1];
/// 2.16.840.1.101.3.4.2, the prefix of SHA-2.
const SHA2: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2];

/// A signature with one signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CmsSignature {
    /// The signed attributes, DER; `None` if the message is signed directly.
    pub attributes: Option<Vec<u8>>,
    /// The digest of the message among them.
    pub digest: Option<Vec<u8>>,
    /// The digest algorithm; `None` if it is not supported.
    pub digest_algorithm: Option<DigestAlgorithm>,
    /// The signature algorithm: the bytes of an object identifier.
    pub algorithm: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// The signer's certificate, DER.
    pub certificate: Vec<u8>,
    /// Its public key, DER, `SubjectPublicKeyInfo`.
    pub key: Vec<u8>,
    /// True if it has Fulcio's extensions.
    pub is_fulcio: bool,
    /// Its embedded log entry.
    pub log_entry: Option<LogEntry>,
    /// RFC 3161 time-stamp tokens.
    pub timestamps: Vec<Vec<u8>>,
}

impl CmsSignature {
    /// Parses a PEM-armoured signature.
    ///
    /// # Errors
    /// If it is malformed, or not supported.
    pub fn read(armoured: &[u8]) -> Result<Self, Mistake> {
        Self::from_der(&unarmoured(armoured, BEGIN, END)?)
    }

    /// Parses a signature without armour.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_der(bytes: &[u8]) -> Result<Self, Mistake> {
        if bytes.starts_with(&[SEQUENCE, 0x80]) {
            return Err(Mistake::Unknown("it uses BER with indefinite lengths".to_owned()));
        }
        let data = signed_data(bytes).ok_or(Mistake::Malformed("it is not CMS signed data"))?;
        let [signer] = data.signers.as_slice() else {
            return Err(Mistake::Unknown(format!("it has {} signers and not one", data.signers.len())));
        };
        let signer = signer_info(signer).ok_or(Mistake::Malformed("its signer cannot be read"))?;
        let certificate = data
            .certificates
            .iter()
            .filter_map(|whole| Some((whole, certificate(whole)?)))
            .find(|(_, certificate)| signer.is_by(certificate));
        let Some((certificate, Certificate { key, .. })) = certificate else {
            return Err(Mistake::Unknown("it does not contain the certificate of its signer".to_owned()));
        };
        let digests = of_kind(&signer.signed, MESSAGE_DIGEST);
        let digest = match digests.as_slice() {
            [digest] => Some(Reader(digest).take(OCTET_STRING).ok_or(WRONG_DIGEST)?.inner.to_vec()),
            _ if signer.attributes.is_none() => None,
            _ => return Err(WRONG_DIGEST),
        };
        let log_entry = match of_kind(&signer.unsigned, LOG_ENTRY).first() {
            Some(entry) => Some(
                Reader(entry)
                    .take(OCTET_STRING)
                    .and_then(|entry| LogEntry::read(entry.inner))
                    .ok_or(Mistake::Malformed("the log entry in it cannot be read"))?,
            ),
            None => None,
        };
        Ok(Self {
            attributes: signer.attributes.map(|inner| der::wrap(SET, inner)),
            digest,
            digest_algorithm: signer.digest_algorithm,
            algorithm: signer.algorithm.to_vec(),
            signature: signer.signature.to_vec(),
            is_fulcio: memchr::memmem::find(certificate, FULCIO).is_some(),
            certificate: certificate.to_vec(),
            key: key.to_vec(),
            log_entry,
            timestamps: of_kind(&signer.unsigned, TIMESTAMP).into_iter().map(<[u8]>::to_vec).collect(),
        })
    }
}

const WRONG_DIGEST: Mistake = Mistake::Malformed("it does not sign exactly one digest of the message");

struct SignedData<'a> {
    certificates: Vec<&'a [u8]>,
    signers: Vec<Value<'a>>,
}

fn signed_data(bytes: &[u8]) -> Option<SignedData<'_>> {
    let mut content = Reader(bytes).take(SEQUENCE)?.parts();
    if content.take(OID)?.inner != SIGNED_DATA {
        return None;
    }
    let mut data = content.take(der::context(0))?.parts().take(SEQUENCE)?.parts();
    data.take(INTEGER)?;
    data.take(SET)?;
    data.take(SEQUENCE)?;
    let certificates = data.take(der::context(0)).map(|all| values(&all)).unwrap_or_default();
    data.take(der::context(1));
    let signers = values(&data.take(SET)?);
    Some(SignedData { certificates: certificates.iter().map(|value| value.whole).collect(), signers })
}

fn values<'a>(of: &Value<'a>) -> Vec<Value<'a>> {
    let mut parts = of.parts();
    std::iter::from_fn(|| parts.any()).take(MAX_PARTS).collect()
}

/// An attribute: its type, and its first value.
type Attribute<'a> = (&'a [u8], &'a [u8]);

struct SignerInfo<'a> {
    /// Issuer and serial number, or the key's identifier.
    id: Value<'a>,
    digest_algorithm: Option<DigestAlgorithm>,
    /// The signed attributes, without their tag.
    attributes: Option<&'a [u8]>,
    signed: Vec<Attribute<'a>>,
    unsigned: Vec<Attribute<'a>>,
    algorithm: &'a [u8],
    signature: &'a [u8],
}

impl SignerInfo<'_> {
    fn is_by(&self, certificate: &Certificate<'_>) -> bool {
        let mut parts = self.id.parts();
        match self.id.tag {
            SEQUENCE => parts.any().zip(parts.any()).is_some_and(|(issuer, serial)| {
                issuer.whole == certificate.issuer && serial.whole == certificate.serial
            }),
            // The certificate's extension is not checked: the signature proves the key.
            _ => true,
        }
    }
}

fn signer_info<'a>(whole: &Value<'a>) -> Option<SignerInfo<'a>> {
    let mut parts = whole.parts();
    parts.take(INTEGER)?;
    let id = parts.any()?;
    let digest = parts.take(SEQUENCE)?.parts().take(OID)?;
    let attributes = parts.take(der::context(0));
    let algorithm = parts.take(SEQUENCE)?.parts().take(OID)?;
    let signature = parts.take(OCTET_STRING)?;
    let unsigned = parts.take(der::context(1));
    let listed = |all: Option<Value<'a>>| match all {
        Some(all) => values(&all).iter().map(attribute).collect::<Option<Vec<_>>>(),
        None => Some(Vec::new()),
    };
    Some(SignerInfo {
        id,
        digest_algorithm: match digest.inner.strip_prefix(SHA2) {
            Some([1]) => Some(DigestAlgorithm::Sha256),
            Some([2]) => Some(DigestAlgorithm::Sha384),
            Some([3]) => Some(DigestAlgorithm::Sha512),
            _ => None,
        },
        attributes: attributes.map(|all| all.inner),
        signed: listed(attributes)?,
        unsigned: listed(unsigned)?,
        algorithm: algorithm.inner,
        signature: signature.inner,
    })
}

fn attribute<'a>(whole: &Value<'a>) -> Option<Attribute<'a>> {
    let mut parts = whole.parts();
    let name = parts.take(OID)?;
    let mut values = parts.take(SET)?.parts();
    Some((name.inner, values.any()?.whole))
}

fn of_kind<'a>(attributes: &[Attribute<'a>], kind: &[u8]) -> Vec<&'a [u8]> {
    attributes.iter().filter(|(name, _)| *name == kind).map(|(_, value)| *value).collect()
}

struct Certificate<'a> {
    serial: &'a [u8],
    issuer: &'a [u8],
    key: &'a [u8],
}

fn certificate(whole: &[u8]) -> Option<Certificate<'_>> {
    let mut parts = Reader(whole).take(SEQUENCE)?.parts().take(SEQUENCE)?.parts();
    parts.take(der::context(0));
    let serial = parts.take(INTEGER)?.whole;
    parts.take(SEQUENCE)?;
    let issuer = parts.take(SEQUENCE)?.whole;
    parts.take(SEQUENCE)?;
    parts.take(SEQUENCE)?;
    Some(Certificate { serial, issuer, key: parts.take(SEQUENCE)?.whole })
}
