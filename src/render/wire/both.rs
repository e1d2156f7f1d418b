//! Shapes of the `json` and `jsonl` formats that are written and read by one definition: a field that the model gets
//! is a field that is missing here, until it is decided what reports say of it.

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};

use super::words::{Plain, Told};
use crate::model::{self, Name};

#[derive(Serialize, Deserialize)]
#[serde(remote = "model::Span")]
pub(in crate::render) struct Span {
    start: usize,
    end: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "model::Region")]
pub(in crate::render) struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "model::Snippet")]
pub(in crate::render) struct Snippet {
    text: String,
    mark_start: usize,
    mark_len: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "model::Advice")]
pub(in crate::render) struct Advice {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    aliases: Vec<String>,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(deserialize_with = "plain")]
    kind: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    cvss: Option<String>,
    #[serde(default, deserialize_with = "score", skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    package: String,
    version: String,
    patched: Vec<String>,
    unaffected: Vec<String>,
    #[serde(rename = "dependency_path")]
    path: Vec<String>,
    notes: Vec<String>,
    help: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "model::Database")]
pub(in crate::render) struct Database {
    name: Name,
    origin: String,
    advisories: usize,
    newest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(rename = "age_days", skip_serializing_if = "Option::is_none")]
    age: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "model::Signer", tag = "kind", rename_all = "kebab-case")]
pub(in crate::render) enum Signer {
    Identity {
        identity: String,
        issuer: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        repository: Option<String>,
    },
    Key {
        fingerprint: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "model::Validity")]
enum Validity {
    #[serde(rename = "live")]
    Live,
    #[serde(rename = "revoked-or-expired")]
    Revoked,
    #[serde(rename = "not-accepted")]
    NotAccepted,
    #[serde(rename = "could-not-be-asked")]
    NotAsked,
    #[serde(rename = "no-way-to-ask")]
    NoWay,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "model::Validation")]
pub(in crate::render) struct Validation {
    #[serde(rename = "state", with = "Validity")]
    validity: model::Validity,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<String>,
    #[serde(rename = "asked_at", skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

fn plain<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
    Told::<Plain>::deserialize(deserializer).map(|told| told.0.0.into())
}

fn score<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let score = Option::<f64>::deserialize(deserializer)?;
    match score {
        Some(score) if !(0.0..=10.0).contains(&score) => Err(D::Error::custom("a score is from 0 to 10")),
        score => Ok(score),
    }
}
