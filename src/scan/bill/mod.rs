//! From lock files to bills of materials, and what differs between two of them.

mod cargo;
mod diff;
mod listed;
mod other;

pub use cargo::of_cargo;
pub use diff::{Difference, Rehashed, compare};
pub use listed::{Listed, of_bill, of_document, of_sbom};
pub use other::{listed_of, of_other};

use crate::parse::cargo::Mistake;

/// What is wrong with a lock file of which no bill can be made: the first mistake, and how many more.
fn refused(mistakes: &[Mistake]) -> Option<String> {
    let first = mistakes.first()?;
    // What a scan does in spite of a mistake stands behind the semicolon; here nothing is done.
    let what = first.message.split(';').next().unwrap_or_default();
    let more = match mistakes.len() {
        1 => String::new(),
        2 => ", and one more mistake".to_owned(),
        all => format!(", and {} more mistakes", all - 1),
    };
    Some(format!("line {}: {what}{more}", first.line))
}
