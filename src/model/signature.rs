//! Signatures and their verdicts.

use super::{Name, RepoPath};

/// The verdict on a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Valid, by an allowed signer.
    Verified,
    /// Valid, but the signer is not known to be allowed.
    UnexpectedIdentity,
    /// Invalid, or for another artifact.
    Invalid,
    /// Undecidable with the available evidence.
    Inconclusive,
}

impl Standing {
    /// All of them, best first.
    pub const ALL: [Self; 4] = [Self::Verified, Self::UnexpectedIdentity, Self::Invalid, Self::Inconclusive];

    /// The key in machine-readable reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::UnexpectedIdentity => "unexpected-identity",
            Self::Invalid => "invalid",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// The words for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::UnexpectedIdentity => "valid, but signed by an unexpected identity",
            Self::Invalid => "invalid",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// How a commit or a tag is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureKind {
    /// With OpenPGP.
    Pgp,
    /// With an SSH key.
    Ssh,
    /// With a certificate, in a CMS object: by gitsign, or with S/MIME.
    X509,
}

impl SignatureKind {
    /// The first line of each.
    pub const BEGIN: &'static [u8] = b"-----BEGIN ";

    /// By the first line of a signature; none if unknown to git.
    #[must_use]
    pub fn of(signature: &[u8]) -> Option<Self> {
        let what = signature.strip_prefix(Self::BEGIN)?;
        let known: [(&[u8], Self); 4] = [
            (b"PGP SIGNATURE-----", Self::Pgp),
            (b"PGP MESSAGE-----", Self::Pgp),
            (b"SSH SIGNATURE-----", Self::Ssh),
            (b"SIGNED MESSAGE-----", Self::X509),
        ];
        known.iter().find(|(name, _)| what.starts_with(name)).map(|(_, kind)| *kind)
    }
}

/// The proven signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signer {
    /// The holder of a certificate from Fulcio, or another CA of the trusted root.
    Identity {
        /// The subject's alternative name: a mail address, or the URI of a workflow.
        identity: String,
        /// The issuer of the identity token.
        issuer: String,
        /// The repository of the workflow, `https://github.com/owner/name`, from the certificate.
        repository: Option<String>,
    },
    /// The holder of a key.
    Key {
        /// `SHA256:` and the digest, in hexadecimal, of the key's `SubjectPublicKeyInfo`; of an SSH key
        /// as `ssh-keygen -l` writes it.
        fingerprint: String,
        /// The file with the public key, or its name in the allowed signers file.
        name: Option<String>,
    },
}

/// A signature and its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The file that contains it.
    pub path: RepoPath,
    /// Its first line, from 1.
    pub line: u32,
    /// Its format: `Sigstore bundle v0.3`.
    pub form: Name,
    /// True if its format is recognised but not verified.
    pub foreign: bool,
    /// The signed file, if it is in the repository.
    pub artifact: Option<RepoPath>,
    /// The digest of the signed artifact: `sha256:` and hexadecimal digits.
    pub digest: Option<String>,
    /// The verdict.
    pub standing: Standing,
    /// True if it is invalid only because the artifact differs.
    pub changed: bool,
    /// The reason, in a sentence; if inconclusive, what is missing.
    pub reason: String,
    /// The signer, as far as proven.
    pub signer: Option<Signer>,
    /// Further proofs, a short sentence each: `in the log at index 123, 2024-05-01T10:00:00Z`.
    pub evidence: Vec<String>,
    /// The predicate type of a signed statement: `https://slsa.dev/provenance/v1`.
    pub predicate: Option<String>,
    /// True if the signature is or may be valid, but its artifact is missing.
    pub lost: bool,
}
