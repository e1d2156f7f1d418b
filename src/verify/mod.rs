//! Whether a signature holds: the cryptography, behind a trait of our own. Who may sign is not decided
//! here, and nothing is fetched.

#[cfg(feature = "signatures")]
pub mod gitsign;
#[cfg(feature = "signatures")]
pub mod ssh;

use std::io;

use crate::model::Signer;
use crate::parse::signature::{Content, Digest};

/// What is signed.
#[derive(Clone, Copy)]
pub enum Artifact<'a> {
    /// To be read, perhaps more than once: it may be larger than memory.
    Stream(&'a (dyn Fn() -> io::Result<Box<dyn io::Read>> + Sync)),
    /// Not at hand; what is known of it.
    Digest(&'a Digest),
}

/// A public key: DER, `SubjectPublicKeyInfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// The key.
    pub der: Vec<u8>,
    /// The file that it is in.
    pub name: String,
}

/// What was proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Who has signed.
    pub signer: Signer,
    /// What was proven besides, a short sentence each.
    pub evidence: Vec<String>,
    /// When it was signed, in seconds since 1970, by a witness that the trusted root names.
    pub time: Option<i64>,
}

/// Why nothing was proven; each with a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The signature, its certificate or its log entry is wrong.
    Invalid(String),
    /// The signature is sound, but for something else than the artifact.
    ArtifactMismatch(String),
    /// It cannot be told; what it would take.
    Inconclusive(String),
}

/// Verifies signatures offline.
pub trait Verifier: Sync {
    /// Whether `content` is a signature of `artifact`, by a certificate that a trusted root vouches for or
    /// by one of `keys`.
    ///
    /// # Errors
    /// Why that is not proven.
    fn verify(
        &self,
        content: &Content,
        artifact: &Artifact<'_>,
        keys: &[PublicKey],
    ) -> Result<Proof, Failure>;

    /// Why nothing can be verified at all, if so.
    fn unable(&self) -> Option<&'static str> {
        None
    }
}

/// Verifies nothing: for a build without the feature `signatures`.
pub struct Unable;

impl Unable {
    /// What it says of every signature.
    #[must_use]
    pub fn failure() -> Failure {
        Failure::Inconclusive(UNABLE.to_owned())
    }
}

impl Verifier for Unable {
    fn verify(&self, _: &Content, _: &Artifact<'_>, _: &[PublicKey]) -> Result<Proof, Failure> {
        Err(Self::failure())
    }

    fn unable(&self) -> Option<&'static str> {
        Some(UNABLE)
    }
}

const UNABLE: &str = "this build cannot verify signatures; one with the feature `signatures` can";
