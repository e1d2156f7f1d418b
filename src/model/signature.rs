//! What is known of a signature once it has been looked at.

use super::{Name, RepoPath};

/// What a signature is worth. There is no fifth way, and none of them is called good or bad alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// The cryptography holds, and who signed is allowed to.
    Verified,
    /// The cryptography holds, but nobody has said that this signer may sign this.
    UnexpectedIdentity,
    /// The cryptography does not hold, or what was signed is something else.
    Invalid,
    /// It cannot be told from what is at hand.
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
    /// What each of them begins with.
    pub const BEGIN: &'static [u8] = b"-----BEGIN ";

    /// By the first line of a signature; none if git knows no such.
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

/// Who has signed, as proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signer {
    /// The holder of a certificate by Fulcio, or by another authority of the trusted root.
    Identity {
        /// The subject's alternative name: a mail address, or the URI of a workflow.
        identity: String,
        /// Who vouched for it: the issuer of the token.
        issuer: String,
        /// The repository that the workflow ran for, `https://github.com/owner/name`, as the certificate
        /// says.
        repository: Option<String>,
    },
    /// The holder of a key.
    Key {
        /// `SHA256:` and the digest, in hexadecimal, of the key's `SubjectPublicKeyInfo`; of an SSH key
        /// as `ssh-keygen -l` writes it.
        fingerprint: String,
        /// The file with the public key, or the name that a list of signers gives it.
        name: Option<String>,
    },
}

/// A signature, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The file that it stands in.
    pub path: RepoPath,
    /// The line at which it starts, from 1.
    pub line: u32,
    /// What it is, in words: `Sigstore bundle v0.3`.
    pub form: Name,
    /// True if it is of a form that is only recognised, never verified.
    pub foreign: bool,
    /// What is signed, if it is here.
    pub artifact: Option<RepoPath>,
    /// What is signed, by its digest: `sha256:` and hexadecimal digits.
    pub digest: Option<String>,
    /// What it is worth.
    pub standing: Standing,
    /// True if it is invalid only in that the artifact is not what was signed.
    pub changed: bool,
    /// Why, in a sentence; of an inconclusive one what it would take.
    pub reason: String,
    /// Who has signed, as far as that is proven.
    pub signer: Option<Signer>,
    /// What was proven besides, a short sentence each: `in the log at index 123, 2024-05-01T10:00:00Z`.
    pub evidence: Vec<String>,
    /// The type of the statement that was signed, if it is one: `https://slsa.dev/provenance/v1`.
    pub predicate: Option<String>,
    /// True if the signature holds, or might, but what it signs is not here.
    pub lost: bool,
}
