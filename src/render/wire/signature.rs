//! The shape of a signature in the `json` and `jsonl` formats.

use serde::Serialize;

use super::{Path, both};
use crate::model;

#[derive(Serialize)]
pub(in crate::render) struct Signer<'a>(
    #[serde(with = "both::Signer")] pub(in crate::render) &'a model::Signer,
);

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
            signer: signature.signer.as_ref().map(Signer),
            evidence: &signature.evidence,
            predicate: signature.predicate.as_deref(),
        }
    }
}
