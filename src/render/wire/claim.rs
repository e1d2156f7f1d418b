//! A claim of the project, and its verdict.

use serde::{Deserialize, Serialize};

use super::keyword::plain;
use crate::model::{self, Name};

/// A claim that the project makes about itself, and its verdict.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(remote = "model::Claim")]
pub(super) struct Claim {
    #[serde(rename = "verdict")]
    ruling: model::Ruling,
    /// What it is about, such as `supported-versions`.
    #[serde(deserialize_with = "plain")]
    #[cfg_attr(test, schemars(length(min = 1)))]
    kind: Name,
    /// The check that judged it.
    #[serde(deserialize_with = "plain")]
    #[cfg_attr(test, schemars(length(min = 1)))]
    check: Name,
    /// Where it stands.
    place: model::Place,
    /// What decides it, each place with a note.
    evidence: Vec<model::Place>,
    /// What decides it and is in no file, such as a tag. Absent if there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    facts: Vec<String>,
    /// Why, in a sentence.
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<model::Missing>,
}
