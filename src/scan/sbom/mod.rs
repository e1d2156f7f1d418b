//! SBOMs from lock files, and differences between two of them.

mod cargo;
mod diff;
mod ecosystems;
mod listed;

pub use cargo::of_cargo;
pub use diff::{Difference, Rehashed, compare};
pub use ecosystems::{listed_of, of_other};
pub use listed::{Listed, of_bom, of_document, of_sbom};

use crate::parse::cargo::Mistake;

/// Why an SBOM cannot be made from a lock file: the first mistake, and the number of others.
fn refused(mistakes: &[Mistake]) -> Option<String> {
    let first = mistakes.first()?;
    // The text after the semicolon is about scans; here nothing is done.
    let what = first.message.split(';').next().unwrap_or_default();
    let more = match mistakes.len() {
        1 => String::new(),
        2 => ", and one more mistake".to_owned(),
        all => format!(", and {} more mistakes", all - 1),
    };
    Some(format!("line {}: {what}{more}", first.line))
}
