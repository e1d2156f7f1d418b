//! A signature, and who made it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::place::{Path, PathBytes};
use crate::model;

/// The signer, as far as that is proven.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(remote = "model::Signer", tag = "kind", rename_all = "kebab-case")]
pub(super) enum Signer {
    /// By a certificate.
    Identity {
        /// The subject of the certificate.
        identity: String,
        /// Who issued the identity.
        issuer: String,
        /// The repository that a workflow ran for.
        #[serde(skip_serializing_if = "Option::is_none")]
        repository: Option<String>,
    },
    /// By a key.
    Key {
        /// `SHA256:` and the digest of the key.
        fingerprint: String,
        /// The file with the key, or the name that a list of signers gives it.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
}

/// A signature and its verification status.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Signature<'a> {
    path: Path<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<PathBytes>,
    /// The line at which it starts, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    line: u32,
    /// What it is, such as `Sigstore bundle v0.3`.
    form: Cow<'a, str>,
    /// The file that is signed, if it is in the repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact: Option<Cow<'a, model::RepoPath>>,
    /// The digest that is signed: `sha256:` and hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(regex(pattern = "^sha(256|384|512):[0-9a-f]+$")))]
    digest: Option<Cow<'a, str>>,
    standing: model::Standing,
    /// Why, in a sentence.
    reason: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<Cow<'a, model::Signer>>,
    /// What else was proven, a short sentence each.
    evidence: Cow<'a, [String]>,
    /// The type of the statement that is signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    predicate: Option<Cow<'a, str>>,
}

impl<'a> From<&'a model::Signature> for Signature<'a> {
    fn from(signature: &'a model::Signature) -> Self {
        let (path, path_bytes) = Path::split(&signature.path);
        Self {
            path,
            path_bytes,
            line: signature.line,
            form: Cow::Borrowed(&signature.form),
            artifact: signature.artifact.as_ref().map(Cow::Borrowed),
            digest: signature.digest.as_deref().map(Cow::Borrowed),
            standing: signature.standing,
            reason: Cow::Borrowed(&signature.reason),
            signer: signature.signer.as_ref().map(Cow::Borrowed),
            evidence: Cow::Borrowed(&signature.evidence),
            predicate: signature.predicate.as_deref().map(Cow::Borrowed),
        }
    }
}

impl From<Signature<'_>> for model::Signature {
    fn from(signature: Signature<'_>) -> Self {
        Self {
            path: signature.path.join(signature.path_bytes),
            line: signature.line,
            form: signature.form.into_owned().into(),
            // These three decide what a check reports; the findings of the report already say it.
            foreign: false,
            changed: false,
            lost: false,
            artifact: signature.artifact.map(Cow::into_owned),
            digest: signature.digest.map(Cow::into_owned),
            standing: signature.standing,
            reason: signature.reason.into_owned(),
            signer: signature.signer.map(Cow::into_owned),
            evidence: signature.evidence.into_owned(),
            predicate: signature.predicate.map(Cow::into_owned),
        }
    }
}
