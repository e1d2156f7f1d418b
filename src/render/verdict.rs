//! The verdict on one signature, for people or as JSON.

use std::io::{self, Write};

use serde::Serialize;

use super::Options;
use super::safe::SafeJson;
use super::wire::signature::Signer;
use super::wire::{SCHEMA_VERSION, Tool};
use crate::model::{self, Name, Standing};

/// What became of a signature that somebody asked about.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What is signed: the file, or its digest as it was given.
    pub artifact: String,
    /// The file with the signature.
    pub signature: String,
    /// The line at which it starts, if the file has several.
    pub line: Option<u32>,
    /// What it is, in words.
    pub form: Name,
    /// What it is worth.
    pub standing: Standing,
    /// Why, in a sentence.
    pub reason: String,
    /// Who has signed, if that is proven.
    pub signer: Option<model::Signer>,
    /// When it was signed at the latest: RFC 3339.
    pub time: Option<String>,
    /// What was proven besides, a short sentence each.
    pub evidence: Vec<String>,
    /// Other signatures in the same file that do not hold or cannot be judged.
    pub others: Vec<Other>,
}

/// A signature beside the one that the verdict is about.
#[derive(Clone, Debug, Serialize)]
pub struct Other {
    /// The line at which it starts.
    pub line: u32,
    /// What it is, in words.
    pub form: Name,
    /// What it is worth.
    #[serde(serialize_with = "word")]
    pub standing: Standing,
    /// Why, in a sentence.
    pub reason: String,
}

fn word<S: serde::Serializer>(standing: &Standing, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(standing.as_str())
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    tool: Tool<'a>,
    artifact: &'a str,
    signature: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    form: &'a str,
    standing: &'a str,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<Signer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<&'a str>,
    evidence: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    others: &'a [Other],
}

/// The JSON Schema of [`json`].
#[must_use]
pub fn schema() -> &'static str {
    include_str!("verify.schema.json")
}

/// Writes `verdict` as a JSON document, described by [`schema`].
///
/// # Errors
/// What `out` says.
pub fn json(verdict: &Verdict, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool::new(&options.version),
        artifact: &verdict.artifact,
        signature: &verdict.signature,
        line: verdict.line,
        form: &verdict.form,
        standing: verdict.standing.as_str(),
        reason: &verdict.reason,
        signer: verdict.signer.as_ref().map(Signer),
        time: verdict.time.as_deref(),
        evidence: &verdict.evidence,
        others: &verdict.others,
    };
    serde_json::to_writer_pretty(SafeJson::new(out), &document)?;
    out.write_all(b"\n")
}
