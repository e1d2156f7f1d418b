//! The user's files with rules of other scanners.

use std::io;
use std::path::PathBuf;

use crate::model::{Error, text};
use crate::scan::config::packs::is_inside;
use crate::scan::config::{Config, in_words, named_text, read_text};
use crate::scan::import::RulesFile;

/// A file of rules larger than this is refused.
const MAX_SIZE: u64 = 16 << 20;

/// The files that the command line names, and those that `config` names behind them.
///
/// # Errors
/// The first that cannot be read, or is not in the repository whose configuration names it.
pub fn files(named: &[PathBuf], config: &Config) -> Result<Vec<RulesFile>, Error> {
    let mut files = Vec::with_capacity(named.len() + config.rules.len());
    for path in named {
        let name = text::escaped(&path.display().to_string());
        files.push(file(read_text(path, MAX_SIZE), name).map_err(Error::Config)?);
    }
    for named in &config.rules {
        let path = config.base.join(&named.text);
        let name = text::escaped(&named.text);
        let fence = config.fence.as_deref().filter(|_| config.tree.is_none());
        if fence.is_some_and(|fence| !is_inside(&path, fence)) {
            let message = format!(
                "{}: the rules in `{name}` are not in the repository; --rules may name them",
                named.at
            );
            return Err(Error::Config(message));
        }
        let text = named_text(config, &named.text, MAX_SIZE);
        files.push(file(text, name).map_err(|error| Error::Config(format!("{}: {error}", named.at)))?);
    }
    Ok(files)
}

fn file(text: io::Result<String>, name: String) -> Result<RulesFile, String> {
    let text = text.map_err(|error| format!("{name}: cannot read the rules: {}", in_words(&error)))?;
    Ok(RulesFile { name, text })
}
