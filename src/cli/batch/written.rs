//! What a batch has written for its own use: its plan, and what the results are about.

use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::batch::plan::Plan;
use crate::external::file;
use crate::model::Error;

/// Bytes of a plan.
pub(super) const MAX_PLAN: u64 = 4 << 30;

/// What a directory of results is about.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct About {
    pub(super) v: u32,
    pub(super) version: String,
    pub(super) rules: String,
    pub(super) settings: String,
    pub(super) now: i64,
}

/// The file in `out` that says what its results are about.
pub(super) fn about(out: &Path) -> anyhow::Result<Option<About>> {
    let path = out.join("run.json");
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    let text = file::read(&path, 1 << 20).map_err(|source| Error::Read { path: path.clone(), source })?;
    let about = serde_json::from_slice(&text)
        .with_context(|| format!("{} is not a bartizan file", path.display()))?;
    Ok(Some(about))
}

/// Reads the plan in a file.
pub(super) fn read_plan(path: &Path) -> anyhow::Result<Plan> {
    let bytes = file::read(path, MAX_PLAN).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    Ok(Plan::read(&bytes).map_err(|why| Error::Config(format!("{}: {why}", path.display())))?)
}
