//! Signature verification: the cryptography, behind a trait of our own. Signer policy is decided elsewhere, and
//! nothing is fetched.

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

/// The signed artifact.
#[derive(Clone, Copy)]
pub enum Artifact<'a> {
    /// A reader, possibly opened more than once: the artifact may be larger than memory.
    Stream(&'a (dyn Fn() -> io::Result<Box<dyn io::Read>> + Sync)),
    /// Only its digest is known.
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
    /// `SHA256:` and the hexadecimal digest of the key.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", data_encoding::HEXLOWER.encode(&Sha256::digest(&self.der)))
    }
}

/// A proven signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The signer.
    pub signer: Signer,
    /// What else was proven, a short sentence each.
    pub evidence: Vec<String>,
    /// The latest time of signing, in seconds since 1970, by a witness that the trusted root names.
    pub time: Option<i64>,
}

/// Why a signature is not proven, with a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The signature, its certificate or its log entry is wrong.
    Invalid(String),
    /// The signature is valid, but for something else than the artifact.
    ArtifactMismatch(String),
    /// Undecided; what is missing.
    Inconclusive(String),
}

/// Verifies signatures offline.
pub trait Verifier: Sync {
    /// Verifies that `content` is a signature of `artifact`, by a certificate that a trusted root vouches for or
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

    /// Parses the roots now, instead of at the first signature.
    ///
    /// # Errors
    /// Which root cannot be used, and why.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// Why this build cannot verify anything, if so.
    fn unable(&self) -> Option<&'static str> {
        None
    }
}

/// The verifier of this build, with `roots`.
#[cfg(feature = "signatures")]
#[must_use]
pub fn verifier(roots: Roots, require_inclusion_proof: bool) -> Arc<dyn Verifier + Send + Sync> {
    Arc::new(Sigstore::new(roots).require_inclusion_proof(require_inclusion_proof))
}

/// The verifier of this build: none.
#[cfg(not(feature = "signatures"))]
#[must_use]
pub fn verifier(_roots: Roots, _require_inclusion_proof: bool) -> Arc<dyn Verifier + Send + Sync> {
    Arc::new(Unable)
}

/// Verifies nothing: for builds without the feature `signatures`.
pub struct Unable;

impl Unable {
    /// Its result for every signature.
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
