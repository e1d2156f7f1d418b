//! Bytes to facts. Pure, never fails hard: what cannot be read is told beside what can.

pub mod advisory;
pub mod baseline;
pub mod cargo;
pub mod codeowners;
pub mod command;
pub mod credfile;
pub mod dotenv;
pub mod event;
pub mod executable;
pub mod foreign_report;
pub mod hook;
pub mod identity;
pub mod invisible;
pub mod licence;
pub(crate) mod lines;
pub mod lockfile;
pub mod manifests;
pub mod sbom;
pub mod script;
pub mod signature;
pub mod tar;
mod tree;
pub mod version;
pub mod workflow;
pub mod yaml;
pub mod zip;
