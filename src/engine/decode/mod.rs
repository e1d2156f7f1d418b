//! Nothing is hidden by an encoding: UTF-16, base64, hex, escapes, gzip, zip and tar, within bounds.
//!
//! Text that stands encoded in a text is decoded (`runs`, `escapes`) and looked at again
//! (`peel`); what is found there is reported at the encoded bytes. Files of an archive
//! (`archive`) are looked at as files of their own, named `a.zip!/inner/file`; what stands in it besides them
//! (`besides`) as `a.zip!/.names` and `a.zip!/.comments`. Depth, bytes and
//! with them time are bounded (`budget`); what the bounds leave out is counted.

mod archive;
mod besides;
mod budget;
mod entry;
mod escapes;
mod peel;
pub(super) mod runs;
mod tar;
mod text;
mod zip;

pub use archive::Inside;
pub(super) use budget::{Budget, Layer, Purse};
pub(super) use escapes::{line, triggers, windows};
pub use peel::Decoded;
pub(super) use peel::{Peeled, settle};
use text::is_plain;
pub use text::{Reader, text};

/// True if `bytes` are packed in a way that is known.
#[must_use]
pub fn is_packed(bytes: &[u8]) -> bool {
    archive::kind(bytes).is_some()
}
