//! Signature files: recognition and parsing. Nothing is verified here.

pub mod allowed_signers;
mod bundle;
mod checksums;
pub mod cms;
pub mod der;
mod detached;
pub mod git;
mod json;
pub mod key;
mod kinds;
mod legacy;
pub mod log_entry;
mod names;
pub mod oci;
mod pem;
pub mod sshsig;
mod statement;
mod statements;
mod text;
mod unknown;
mod wrapped;

pub use checksums::{Algorithm, Checksums, Digested, Listed, checksums};
pub use kinds::{Kind, SIZE_MAX, is_called_list, may_be_json, sniff};
pub use names::{documents_of, signed_names};
pub use pem::certificates;
pub use statements::statements;
pub use unknown::is_unknown;

use std::borrow::Cow;

use sha2::Digest as _;

/// A digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DigestAlgorithm {
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
}

impl DigestAlgorithm {
    /// The length of a digest in bytes.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The name in in-toto statements, in OCI, and as the prefix of a digest: `sha256`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// The digest of `bytes`.
    #[must_use]
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
            Self::Sha384 => sha2::Sha384::digest(bytes).to_vec(),
            Self::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
        }
    }

    /// Parses `sha256`, `SHA2_256`, `sha-256` and similar.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "sha256" | "sha2_256" | "sha2-256" | "sha-256" => Some(Self::Sha256),
            "sha384" | "sha2_384" | "sha2-384" | "sha-384" => Some(Self::Sha384),
            "sha512" | "sha2_512" | "sha2-512" | "sha-512" => Some(Self::Sha512),
            _ => None,
        }
    }
}

/// A digest of a subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    /// Its algorithm.
    pub algorithm: DigestAlgorithm,
    /// Its bytes, of the algorithm's length.
    pub bytes: Vec<u8>,
}

impl Digest {
    /// From bytes of the algorithm's length.
    #[must_use]
    pub fn new(algorithm: DigestAlgorithm, bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() == algorithm.size()).then_some(Self { algorithm, bytes })
    }

    /// From hexadecimal digits in either case.
    #[must_use]
    pub fn hex(algorithm: DigestAlgorithm, digits: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?;
        Self::new(algorithm, bytes)
    }

    /// From `sha256:` and lower-case digits, as in OCI.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (algorithm, digits) = text.split_once(':')?;
        let digest = Self::hex(DigestAlgorithm::of(algorithm)?, digits)?;
        (digest.shown() == text).then_some(digest)
    }

    /// True if `bytes` have this digest.
    #[must_use]
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        self.algorithm.digest(bytes) == self.bytes
    }

    /// `sha256:` and hexadecimal digits.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{}:{}", self.algorithm.as_str(), data_encoding::HEXLOWER.encode(&self.bytes))
    }
}

/// What a signature claims to sign, unproven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Its name, if it has one: of an in-toto subject, or a line of a checksum file.
    pub name: Option<String>,
    /// Its digests, of supported algorithms.
    pub digests: Vec<Digest>,
}

/// The formats of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// A Sigstore bundle.
    BundleV01,
    /// A Sigstore bundle.
    BundleV02,
    /// A Sigstore bundle.
    BundleV03,
    /// cosign's format before Sigstore bundles: `base64Signature`, `cert`, `rekorBundle`.
    LegacyBundle,
    /// A line of `cosign download signature`.
    CosignDownload,
    /// A bare DSSE envelope, as written by SLSA's generators.
    Envelope,
    /// A detached signature, in base64 or DER.
    Detached,
    /// The same with a certificate.
    DetachedWithCertificate,
    /// In an OCI layout: a signature manifest, of either generation.
    Oci,
    /// Not Sigstore's.
    Minisign,
    /// Not Sigstore's.
    Pgp,
    /// Made by `ssh-keygen -Y sign`.
    Ssh,
    /// Tauri's updater: a minisign signature in base64.
    Tauri,
    /// PEP 740: a Python attestation.
    PythonAttestation,
}

impl Form {
    /// A description.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::BundleV01 => "Sigstore bundle v0.1",
            Self::BundleV02 => "Sigstore bundle v0.2",
            Self::BundleV03 => "Sigstore bundle v0.3",
            Self::LegacyBundle => "legacy cosign bundle",
            Self::CosignDownload => "line of `cosign download signature`",
            Self::Envelope => "DSSE envelope",
            Self::Detached => "detached signature",
            Self::DetachedWithCertificate => "detached signature with a certificate",
            Self::Oci => "signature of an image",
            Self::Minisign => "minisign signature",
            Self::Pgp => "OpenPGP signature",
            Self::Ssh => "SSH signature",
            Self::Tauri => "signature of Tauri's updater",
            Self::PythonAttestation => "Python attestation (PEP 740)",
        }
    }
}

/// The material to verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A Sigstore bundle as JSON; legacy formats are converted into one.
    Bundle(String),
    /// The bytes of a signature, and the signer's certificate (DER) if present.
    Raw {
        /// DER for ECDSA; otherwise raw.
        signature: Vec<u8>,
        /// The leaf, and the rest of the chain.
        certificates: Vec<Vec<u8>>,
    },
    /// A DSSE envelope as JSON, and its certificate (DER) if present.
    Envelope {
        /// `payloadType`, `payload`, `signatures`
        json: String,
        /// The certificate in the envelope.
        certificate: Option<Vec<u8>>,
    },
    /// A format that is only recognised.
    Opaque,
}

/// A signature in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Its first line, from 1.
    pub line: u32,
    /// Its number, from 1, and the total, if a document has several.
    pub number: Option<(u32, u32)>,
    /// Its format.
    pub form: Form,
    /// Its claimed subjects.
    pub subjects: Vec<Subject>,
    /// The predicate type of its in-toto statement.
    pub predicate: Option<String>,
    /// The material to verify.
    pub content: Content,
    /// The exact signed bytes, if part of the file: the payload of an image signature.
    pub payload: Option<Vec<u8>>,
}

impl Signed {
    /// Its description, and number.
    #[must_use]
    pub fn shown(&self) -> Cow<'static, str> {
        match self.number {
            Some((number, of)) => Cow::Owned(format!("{}, number {number} of {of}", self.form.words())),
            None => Cow::Borrowed(self.form.words()),
        }
    }
}

/// The content of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Its signatures.
    pub signatures: Vec<Signed>,
    /// Errors: the line, from 1, and what is wrong.
    pub mistakes: Vec<(u32, String)>,
}

/// The most errors reported for one file.
const MISTAKES_MAX: usize = 100;

/// Parses the signatures in a file recognised by [`sniff`]. Kinds without signatures (keys, certificates, checksum
/// files, layouts) give nothing.
#[must_use]
pub fn read(kind: Kind, name: &[u8], bytes: &[u8]) -> Read {
    let mut read = match kind {
        Kind::Json => match text::of(bytes) {
            Ok(text) => bundle::file(name, &text),
            Err(message) => mistaken(message),
        },
        Kind::Detached => detached::read(bytes),
        Kind::PublicKey | Kind::Certificate | Kind::Checksums | Kind::OciLayout => Read::default(),
    };
    bound(&mut read.mistakes);
    read
}

/// Keeps the first errors, and counts the others.
fn bound(mistakes: &mut Vec<(u32, String)>) {
    if let Some((line, _)) = mistakes.get(MISTAKES_MAX) {
        let more = (*line, format!("and {} more mistakes from here on", mistakes.len() - MISTAKES_MAX));
        mistakes.truncate(MISTAKES_MAX);
        mistakes.push(more);
    }
}

fn mistaken(message: String) -> Read {
    Read { signatures: Vec::new(), mistakes: vec![(1, message)] }
}
