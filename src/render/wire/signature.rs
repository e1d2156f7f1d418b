//! The shape of a signature in the `json` and `jsonl` formats.

use serde::Serialize;

use super::Path;
use crate::model;

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(in crate::render) enum Signer<'a> {
    Identity {
        identity: &'a str,
        issuer: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        repository: Option<&'a str>,
    },
    Key {
        fingerprint: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<&'a str>,
    },
}

impl<'a> From<&'a model::Signer> for Signer<'a> {
    fn from(signer: &'a model::Signer) -> Self {
        match signer {
            model::Signer::Identity { identity, issuer, repository } => {
                Self::Identity { identity, issuer, repository: repository.as_deref() }
            }
            model::Signer::Key { fingerprint, name } => Self::Key { fingerprint, name: name.as_deref() },
        }
    }
}

#[derive(Serialize)]
pub(in crate::render) struct Signature<'a> {
    #[serde(flatten)]
    path: Path<'a>,
    line: u32,
    form: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact: Option<Path<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<&'a str>,
    standing: &'static str,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<Signer<'a>>,
    evidence: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    predicate: Option<&'a str>,
}

impl<'a> From<&'a model::Signature> for Signature<'a> {
    fn from(signature: &'a model::Signature) -> Self {
        Self {
            path: (&signature.path).into(),
            line: signature.line,
            form: &signature.form,
            artifact: signature.artifact.as_ref().map(Path::from),
            digest: signature.digest.as_deref(),
            standing: signature.standing.as_str(),
            reason: &signature.reason,
            signer: signature.signer.as_ref().map(Signer::from),
            evidence: &signature.evidence,
            predicate: signature.predicate.as_deref(),
        }
    }
}
