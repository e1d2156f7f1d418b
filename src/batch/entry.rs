//! A repository of a plan: its line, and its estimated cost.

use serde::{Deserialize, Serialize};

/// Estimated cost of a repository in microseconds: fixed, and per KiB of its packs.
const COST: u64 = 6_000;
const COST_OF_KB: u64 = 35;
/// KiB assumed for a repository of unknown size.
const USUAL_KB: u64 = 300;
/// The one value of the field `type` of a repository of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OfEntry {
    /// It is one.
    #[default]
    Entry,
}

/// A repository of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// `entry`
    #[serde(rename = "type")]
    pub kind: OfEntry,
    /// Its key.
    pub key: String,
    /// Where it is.
    pub location: String,
    /// The bytes of a path that is not valid UTF-8, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<String>,
    /// True for a URL.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub url: bool,
    /// The shard, from 0.
    pub shard: u32,
    /// The key of the first repository of a consecutive group with a common history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// KiB of its packs, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_kb: Option<u64>,
    /// What it is a fork of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork_of: Option<String>,
    /// When it was last pushed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_at: Option<String>,
}

impl Entry {
    pub(super) fn cost(&self) -> u64 {
        COST + self.size_kb.unwrap_or(USUAL_KB).saturating_mul(COST_OF_KB)
    }
}
