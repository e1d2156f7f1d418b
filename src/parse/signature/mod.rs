//! Files that sign other files: which there are, and what they say. Nothing is verified here.

pub mod allowed_signers;
pub mod checksums;
pub mod cms;
pub mod der;
pub mod git;
pub mod key;
mod kinds;
pub mod log_entry;
pub mod oci;
pub mod sshsig;

pub use kinds::{Kind, sniff};

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

/// A digest of what is signed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    /// How it was made.
    pub algorithm: DigestAlgorithm,
    /// As many bytes as the algorithm gives.
    pub bytes: Vec<u8>,
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
    /// Tauri's updater, a minisign signature in base64.
    Tauri,
    /// PEP 740, Python's attestations.
    PythonAttestation,
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

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// The signatures in it.
    pub signatures: Vec<Signed>,
    /// What cannot be read: the line, from 1, and what is wrong with it.
    pub mistakes: Vec<(u32, String)>,
}

/// Reads a file of this kind.
#[must_use]
pub fn read(_kind: Kind, _name: &[u8], _bytes: &[u8]) -> Read {
    Read::default()
}

/// The certificates (DER) in a file.
#[must_use]
pub fn certificates(_bytes: &[u8]) -> Vec<Vec<u8>> {
    Vec::new()
}
