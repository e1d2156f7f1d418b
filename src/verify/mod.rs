//! Whether a signature holds: the cryptography, behind a trait of our own. Who may sign is not decided
//! here, and nothing is fetched.

#[cfg(feature = "signatures")]
pub mod gitsign;
mod roots;
#[cfg(feature = "signatures")]
mod sigstore;
#[cfg(feature = "signatures")]
pub mod ssh;

use std::io;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::model::Signer;
use crate::parse::signature::{Content, Digest};

pub use roots::{Root, Roots};
#[cfg(feature = "signatures")]
use sigstore::Sigstore;

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

impl PublicKey {
    /// `SHA256:` and the digest of the key in hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", data_encoding::HEXLOWER.encode(&Sha256::digest(&self.der)))
    }
}

/// What was proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Who has signed.
    pub signer: Signer,
    /// What was proven besides, a short sentence each.
    pub evidence: Vec<String>,
    /// When it was signed at the latest, in seconds since 1970, by a witness that the trusted root names.
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

    /// Looks at the roots now, instead of when the first signature asks for one.
    ///
    /// # Errors
    /// Which root cannot be used, and why.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// Why nothing can be verified at all, if so.
    fn unable(&self) -> Option<&'static str> {
        None
    }
}

/// What this build verifies with, asking `roots`.
#[cfg(feature = "signatures")]
#[must_use]
pub fn verifier(roots: Roots, require_inclusion_proof: bool) -> Arc<dyn Verifier + Send + Sync> {
    Arc::new(Sigstore::new(roots).require_inclusion_proof(require_inclusion_proof))
}

/// What this build verifies with: nothing.
#[cfg(not(feature = "signatures"))]
#[must_use]
pub fn verifier(_roots: Roots, _require_inclusion_proof: bool) -> Arc<dyn Verifier + Send + Sync> {
    Arc::new(Unable)
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
