//! The verdict on one signature, for people or as JSON.

use std::io::{self, Write};

use serde::Serialize;

use super::Options;
use super::safe::SafeJson;
use super::wire::{SCHEMA_VERSION, Tool};
use crate::model::{Name, Signer, Standing};

/// The verdict on a signature.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Verdict {
    /// What is signed: the file, or its digest as it was given.
    pub artifact: String,
    /// The file with the signature.
    pub signature: String,
    /// The line at which the signature starts, from 1, if the file has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub line: Option<u32>,
    /// What the signature is, such as `Sigstore bundle v0.3`.
    pub form: Name,
    /// Its status, which is the exit code: `verified` 0, `unexpected-identity` and `invalid` 1, `inconclusive` 2.
    pub standing: Standing,
    /// Why, in a sentence.
    pub reason: String,
    /// The signer; absent unless that is proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<Signer>,
    /// When it was signed at the latest, by a witness that the trusted root names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(extend("format" = "date-time")))]
    pub time: Option<String>,
    /// What else was proven, a short sentence each.
    pub evidence: Vec<String>,
    /// Other signatures in the same file that are not valid or cannot be judged; absent if there are none. They do
    /// not change the exit code.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Other>,
}

/// Another signature in the same file.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Other {
    /// The line at which it starts, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub line: u32,
    /// What it is, and its number if a document has several.
    pub form: Name,
    /// Its status; never `verified`.
    #[cfg_attr(test, schemars(extend("not" = { "const": "verified" })))]
    pub standing: Standing,
    /// Why, in a sentence.
    pub reason: String,
}

/// What `bartizan verify --format json` writes: the verdict on one signature. Within a schema version fields are only
/// added, so readers must ignore what they do not know.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document<'a> {
    /// The version of this schema. It is raised when a field changes its meaning or goes away.
    #[cfg_attr(test, schemars(extend("const" = SCHEMA_VERSION)))]
    schema_version: u32,
    tool: Tool,
    #[serde(flatten)]
    verdict: &'a Verdict,
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
    let document = Document { schema_version: SCHEMA_VERSION, tool: Tool::new(&options.version), verdict };
    serde_json::to_writer_pretty(SafeJson::new(out), &document)?;
    out.write_all(b"\n")
}
