//! OCI layouts.

use super::Read;

/// A blob larger than this is not read.
pub const BLOB_MAX: u64 = 4 << 20;

/// Reads the layout whose files `file` gives by their name.
pub fn read(_file: &mut dyn FnMut(&str) -> Option<Vec<u8>>) -> Read {
    Read::default()
}
