//! Which baseline counts, and where a new one belongs.

use std::path::{Path, PathBuf};

use super::{NAMES, Wanted, commit, directory_of, in_words, nearest, read_fenced, read_text};
use crate::model::{Error, text};
use crate::parse::baseline::MAX_SIZE;

/// Where a baseline may be, below the directory that it is for: beside each of [`NAMES`].
pub const BASELINES: [&str; 3] =
    ["bartizan.baseline", ".config/bartizan.baseline", ".github/bartizan.baseline"];

/// A baseline that was not parsed yet.
#[derive(Clone, Debug)]
pub struct BaselineText {
    /// Its content.
    pub text: String,
    /// Its name in messages.
    pub name: String,
}

/// Finds and reads the baseline for a scan of `target`, if there is one.
///
/// # Errors
/// If it cannot be read.
pub fn load_baseline(target: &Path, wanted: &Wanted) -> Result<Option<BaselineText>, Error> {
    let (name, read, help) = match wanted {
        Wanted::Nothing => return Ok(None),
        Wanted::File(file) => (text::escaped(&file.display().to_string()), read_text(file, MAX_SIZE), ""),
        Wanted::Commit(tree) => {
            let Some(name) = BASELINES.into_iter().find(|name| commit::has(tree, name)) else {
                return Ok(None);
            };
            let shown = format!("{name} of commit {}", tree.commit().short());
            (shown, commit::text(tree, name, MAX_SIZE), "; --no-baseline scans without it")
        }
        Wanted::Search => {
            let Some(found) = nearest(target, &BASELINES) else { return Ok(None) };
            let read = read_fenced(&found.file, &found.root, MAX_SIZE);
            (found.shown, read, "; --no-baseline scans without it")
        }
    };
    match read {
        Ok(text) => Ok(Some(BaselineText { text, name })),
        Err(error) => {
            Err(Error::Config(format!("{name}: cannot read the baseline: {}{help}", in_words(&error))))
        }
    }
}

/// The file of the baseline for a scan of `target`, and its name in messages: the one that is
/// there, or where a new one belongs, which is beside the configuration.
///
/// # Errors
/// If there is no such target.
pub fn baseline_file(target: &Path) -> Result<(PathBuf, String), Error> {
    if let Some(found) = nearest(target, &BASELINES) {
        return Ok((found.file, found.shown));
    }
    if let Some(found) = nearest(target, &NAMES) {
        let folder = found.shown.rsplit_once('/').map_or("", |(folder, _)| folder);
        let shown = format!("{folder}{}{}", if folder.is_empty() { "" } else { "/" }, BASELINES[0]);
        return Ok((found.file.with_file_name(BASELINES[0]), shown));
    }
    let start = directory_of(target).map_err(|source| Error::Read { path: target.to_owned(), source })?;
    Ok((super::root_above(&start).join(BASELINES[0]), BASELINES[0].to_owned()))
}
