//! The trusted root that the configuration names.

use super::{Config, in_words, named_text};
use crate::model::{Error, text};

/// A trusted root larger than this is refused.
const MAX_SIZE: u64 = 4 << 20;

/// The name and the text of the trusted root that the configuration names, if it names one. Unless the user
/// has named the configuration it has to be in the repository.
///
/// # Errors
/// Why it cannot be read, and where it is named.
pub fn trusted_root(config: &Config) -> Result<Option<(String, String)>, Error> {
    let Some(named) = &config.signatures.trusted_root else { return Ok(None) };
    let name = text::escaped(&named.text);
    match named_text(config, &named.text, MAX_SIZE) {
        Ok(text) => Ok(Some((name, text))),
        Err(error) => Err(Error::Config(format!(
            "{}: cannot read the trusted root {name}: {}",
            named.at,
            in_words(&error)
        ))),
    }
}
