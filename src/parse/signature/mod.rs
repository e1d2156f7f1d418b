//! Files that sign other files: which there are, and what they say. Nothing is verified here.

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
mod wrapped;

pub use checksums::{Algorithm, Checksums, Digested, Listed, checksums};
pub use kinds::{Kind, SIZE_MAX, is_called_list, may_be_json, sniff};
pub use names::{documents_of, signed_names};
pub use pem::certificates;
pub use statements::statements;

use std::borrow::Cow;

use sha2::Digest as _;

/// An algorithm that files are digested with.
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
    /// How many bytes a digest has.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The name in in-toto statements, in OCI and before the colon of a digest: `sha256`.
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

    /// Takes `sha256`, `SHA2_256`, `sha-256` and the like.
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

/// A digest of what is signed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    /// How it was made.
    pub algorithm: DigestAlgorithm,
    /// As many bytes as the algorithm gives.
    pub bytes: Vec<u8>,
}

impl Digest {
    /// Takes as many bytes as the algorithm gives, and no others.
    #[must_use]
    pub fn new(algorithm: DigestAlgorithm, bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() == algorithm.size()).then_some(Self { algorithm, bytes })
    }

    /// Takes hexadecimal digits of either case.
    #[must_use]
    pub fn hex(algorithm: DigestAlgorithm, digits: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?;
        Self::new(algorithm, bytes)
    }

    /// Takes `sha256:` and digits in lower case, as OCI writes digests.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (algorithm, digits) = text.split_once(':')?;
        let digest = Self::hex(DigestAlgorithm::of(algorithm)?, digits)?;
        (digest.shown() == text).then_some(digest)
    }

    /// Whether `bytes` have this digest.
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

/// What a signature says that it signs. Nothing of it is proven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Its name, if it has one: of an in-toto subject, of a line of a checksum list.
    pub name: Option<String>,
    /// Its digests, of algorithms that are known here.
    pub digests: Vec<Digest>,
}

/// The forms of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// A Sigstore bundle.
    BundleV01,
    /// A Sigstore bundle.
    BundleV02,
    /// A Sigstore bundle.
    BundleV03,
    /// What cosign wrote before there were Sigstore bundles: `base64Signature`, `cert`, `rekorBundle`.
    LegacyBundle,
    /// A line of `cosign download signature`.
    CosignDownload,
    /// A DSSE envelope on its own, such as SLSA's generators write.
    Envelope,
    /// The signature alone, in base64 or as DER.
    Detached,
    /// The same beside a certificate.
    DetachedWithCertificate,
    /// In an OCI layout: a manifest of signatures, in the older and in the newer way.
    Oci,
    /// Not Sigstore's.
    Minisign,
    /// Not Sigstore's.
    Pgp,
    /// Made by `ssh-keygen -Y sign`.
    Ssh,
    /// Tauri's updater, a minisign signature in base64.
    Tauri,
    /// PEP 740, Python's attestations.
    PythonAttestation,
}

impl Form {
    /// What it is, in words.
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

/// What there is to verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A Sigstore bundle as JSON; legacy forms are translated into one.
    Bundle(String),
    /// The bytes of a signature, and the certificate (DER) of whoever made it if it is there.
    Raw {
        /// DER for ECDSA; the plain bytes otherwise.
        signature: Vec<u8>,
        /// The leaf, and what follows it in the chain.
        certificates: Vec<Vec<u8>>,
    },
    /// A DSSE envelope as JSON, and the certificate (DER) in it if there is one.
    Envelope {
        /// `payloadType`, `payload`, `signatures`
        json: String,
        /// The certificate that is part of the envelope.
        certificate: Option<Vec<u8>>,
    },
    /// Of a form that is recognised only.
    Opaque,
}

/// A signature as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The line at which it starts, from 1.
    pub line: u32,
    /// The number of it, from 1, among those of one document, and how many these are, if they are several.
    pub number: Option<(u32, u32)>,
    /// What it is.
    pub form: Form,
    /// What it says that it signs.
    pub subjects: Vec<Subject>,
    /// The type of the in-toto statement in it.
    pub predicate: Option<String>,
    /// What there is to verify.
    pub content: Content,
    /// What exactly is signed, if that is part of the file itself: the payload of an image's signature.
    pub payload: Option<Vec<u8>>,
}

impl Signed {
    /// What it is, and which of several.
    #[must_use]
    pub fn shown(&self) -> Cow<'static, str> {
        match self.number {
            Some((number, of)) => Cow::Owned(format!("{}, number {number} of {of}", self.form.words())),
            None => Cow::Borrowed(self.form.words()),
        }
    }
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// The signatures in it.
    pub signatures: Vec<Signed>,
    /// What cannot be read: the line, from 1, and what is wrong with it.
    pub mistakes: Vec<(u32, String)>,
}

/// Mistakes of one file that are told, at most.
const MISTAKES_MAX: usize = 100;

/// Reads the signatures in a file that [`sniff`] says may hold some. Of kinds that hold none by themselves
/// (keys, certificates, lists, layouts) nothing is read.
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

/// Keeps the first mistakes, and counts the others.
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
