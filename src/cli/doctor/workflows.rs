//! Where the workflows of a repository use the action.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use crate::model::Error;
use crate::parse::workflow;

/// The action, without a version.
const ACTION: &str = "bartizan-scan/bartizan";
/// A workflow larger than this is not read.
const MAX_SIZE: u64 = 1 << 20;
/// The most workflows that are read.
const MAX_FILES: usize = 1000;

/// A step that uses the action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Use {
    /// The workflow, from the root.
    pub(in crate::cli) file: String,
    pub(in crate::cli) line: u32,
    /// What stands behind the `@`.
    pub(in crate::cli) version: String,
}

/// The steps of all workflows of the repository at `root` that use the action. What cannot be read uses
/// nothing: that is for GitHub to say.
///
/// # Errors
/// If the folder of the workflows is there and cannot be read.
#[expect(clippy::disallowed_methods, reason = "the folder of the workflows, which is not a symlink")]
pub(in crate::cli) fn uses_of_action(root: &Path) -> Result<Vec<Use>, Error> {
    let mut folder = root.to_owned();
    for name in [".github", "workflows"] {
        folder.push(name);
        if !folder.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Ok(Vec::new());
        }
    }
    let wrong = |source: io::Error| Error::Read { path: folder.clone(), source };
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).map_err(wrong)?.take(MAX_FILES) {
        let name = entry.map_err(wrong)?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".yml") || name.ends_with(".yaml") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names.iter().flat_map(|name| of_file(&folder.join(name), name)).collect())
}

fn of_file(path: &Path, name: &str) -> Vec<Use> {
    let workflow = small(path).and_then(|bytes| workflow::github(&bytes).ok()).unwrap_or_default();
    let uses = workflow.uses().filter_map(|uses| {
        let (action, version) = uses.text.split_once('@')?;
        let is_ours = action.trim_end_matches('/').eq_ignore_ascii_case(ACTION);
        is_ours.then(|| Use {
            file: format!(".github/workflows/{name}"),
            line: uses.line,
            version: version.trim().to_owned(),
        })
    });
    uses.collect()
}

/// The bytes of a regular file, not of a symlink.
#[expect(clippy::disallowed_methods, reason = "a workflow, with a limit")]
fn small(path: &Path) -> Option<Vec<u8>> {
    // Asked before it is opened: to open a FIFO is to wait.
    path.symlink_metadata().ok().filter(|metadata| metadata.is_file() && metadata.len() <= MAX_SIZE)?;
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MAX_SIZE).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
