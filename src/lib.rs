//! bartizan: a repository and supply-chain hardening scanner.
//!
//! A scan runs from sources over blobs to checks, findings, a report and one of the formats; see
//! `ARCHITECTURE.md` for the layers that the modules follow.

pub mod batch;
#[path = "../checks/mod.rs"]
mod checks;
pub mod cli;
pub mod engine;
pub mod external;
pub mod model;
pub mod parse;
pub mod render;
pub mod scan;
pub mod source;
#[cfg(feature = "validate")]
pub mod validate;
pub mod verify;
