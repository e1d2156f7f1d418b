//! Decoding of UTF-16, base64, hex, escapes, gzip, zip and tar, within bounds.
//!
//! Encoded parts of a text are decoded (`runs`, `escapes`) and scanned again (`peel`); findings are reported at the
//! encoded bytes. Files of an archive (`archive`) are scanned as files named `a.zip!/inner/file`, its metadata
//! (`metadata`) as `a.zip!/.names` and `a.zip!/.comments`. Depth, bytes and time are bounded (`budget`); what is left
//! out is counted.

mod archive;
mod budget;
mod entry;
mod escapes;
mod metadata;
mod peel;
pub(super) mod runs;
mod tar;
mod text;
mod zip;

pub use archive::{Inside, packed_otherwise};
pub(super) use budget::{Budget, Layer, Purse};
pub(super) use escapes::{line, triggers, windows};
pub use peel::Decoded;
pub(super) use peel::{Peeled, settle};
use text::is_plain;
pub use text::{Reader, text};

/// True if `bytes` are in a known archive format.
#[must_use]
pub fn is_packed(bytes: &[u8]) -> bool {
    archive::kind(bytes).is_some()
}
